//! Memory and processor of what is measured.

use std::time::Duration;

use tokio::time::Instant;

use crate::process::{Process, Watched as _};
use crate::relay::Relay;

/// Memory and processor of one that is measured, with its Redis.
pub(crate) struct Look<'a> {
    process: &'a Process,
    relay: Option<&'a Relay>,
    began: Instant,
    ran: f64,
}

impl<'a> Look<'a> {
    pub(crate) async fn begins(process: &'a Process, relay: Option<&'a Relay>) -> Self {
        let mut look = Self { process, relay, began: Instant::now(), ran: 0.0 };
        look.ran = look.has_run().await;
        look
    }

    async fn has_run(&self) -> f64 {
        let redis = match self.relay {
            Some(relay) => relay.redis_ran().await,
            None => 0.0,
        };
        self.process.ran().as_secs_f64() + redis
    }

    /// Of one core, relay and Redis together, since the look began.
    pub(crate) async fn share(&self) -> f64 {
        (self.has_run().await - self.ran) / self.began.elapsed().as_secs_f64() * 100.0
    }

    pub(crate) async fn of_redis(&self) -> f64 {
        match self.relay {
            Some(relay) => relay.redis_says("used_memory_rss").await,
            None => 0.0,
        }
    }

    pub(crate) async fn memory(&self, quiet: Duration) -> f64 {
        self.process.settled(quiet).await as f64 + self.of_redis().await
    }
}
