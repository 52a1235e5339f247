//! `lykta-root show` and `lykta-root show-roster`.

use std::path::Path;

use lykta_root::{hex, root_words, tell};
use lykta_trust::{Anchors, CentreId, SignedRoster};

use super::{Told, files, now, say};
use crate::ShowRoster;

/// Says what the open lines of a root's file say.
pub(crate) fn root(path: &Path) -> Told<()> {
    let file = files::root(path)?;
    say(&format!(
        "centre  {}\npublic  {}\nwords   {}\n",
        hex::write(&file.centre().0),
        hex::write(file.public()),
        root_words(file.centre(), file.public())
    ))
}

/// Verifies a roster and says who stands in it.
pub(crate) fn roster(show: &ShowRoster) -> Told<()> {
    let (centre, roots) = match (&show.root, show.centre_id) {
        (Some(path), _) => {
            let file = files::root(path)?;
            (file.centre(), vec![*file.public()])
        }
        (None, Some(id)) => (CentreId(id), show.trust.clone()),
        (None, None) => return Err("name --root, or --trust and --centre-id".to_owned()),
    };
    let anchors = Anchors::new(centre, &roots, 0).map_err(|error| error.to_string())?;
    let signed = SignedRoster::from_bytes(files::bytes(&show.roster)?);
    let roster = signed.verify(&anchors).map_err(|error| format!("{}: {error}", show.roster.display()))?;
    say(&tell::roster(&roster, centre, now()))
}
