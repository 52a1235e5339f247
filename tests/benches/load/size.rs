//! How many people, and how long.

use std::time::Duration;

/// The whole of it, or a tenth to try it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    Whole,
    Small,
}

impl Size {
    /// `LYKTA_BENCH=small`
    pub(crate) fn chosen() -> Self {
        if std::env::var("LYKTA_BENCH").is_ok_and(|size| size == "small") { Self::Small } else { Self::Whole }
    }

    /// So many, or a tenth.
    pub(crate) fn of(self, many: u32) -> u32 {
        if self == Self::Whole { many } else { many.div_ceil(10) }
    }

    /// So often, or three times.
    pub(crate) fn rounds(self, many: u32) -> u32 {
        if self == Self::Whole { many } else { many.min(3) }
    }

    /// So long, or a quarter.
    pub(crate) fn lasting(self, span: Duration) -> Duration {
        if self == Self::Whole { span } else { span / 4 }
    }
}
