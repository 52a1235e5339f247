//! `lykta-root new`.

use lykta_root::{RootFile, WORK, tell};
use lykta_trust::CentreId;
use zeroize::Zeroizing;

use super::{Told, ask, files, say};
use crate::New;

/// Makes a root from the operating system's randomness and writes it encrypted.
pub(crate) fn run(new: &New) -> Told<()> {
    files::must_be_free(&new.out)?;
    let centre = match new.centre_id {
        Some(id) => CentreId(id),
        None => {
            let mut id = [0; 16];
            getrandom::fill(&mut id).map_err(no_randomness)?;
            CentreId(id)
        }
    };
    let passphrase = ask::new_passphrase(&new.passphrase)?;
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *seed).map_err(no_randomness)?;
    let file = RootFile::seal(&mut seed, centre, &passphrase, WORK).map_err(|error| error.to_string())?;
    // Opened once before it is trusted: a root that cannot be opened must not reach centre.toml.
    file.open(&passphrase).map_err(|error| error.to_string())?;
    files::write_new(&new.out, file.to_text().as_bytes())?;
    // The epoch a first roster begins with.
    say(&tell::root(file.centre(), file.public(), 1))
}

fn no_randomness(error: getrandom::Error) -> String {
    format!("the operating system gives no randomness: {error}")
}
