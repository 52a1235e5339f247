//! Reading small files, and writing new ones that nobody else can read.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use lykta_root::{Request, RootFile};

use super::Told;

/// Larger than any file of ours: a full roster is about 300 KiB.
const MOST: u64 = 1024 * 1024;

/// A whole file.
pub(super) fn bytes(path: &Path) -> Told<Vec<u8>> {
    let name = path.display();
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MOST + 1).read_to_end(&mut bytes))
        .map_err(|error| format!("{name} cannot be read: {error}"))?;
    if bytes.len() as u64 > MOST {
        return Err(format!("{name} is too large to be a file of ours"));
    }
    Ok(bytes)
}

fn text(path: &Path) -> Told<String> {
    String::from_utf8(bytes(path)?).map_err(|_| format!("{} is not text", path.display()))
}

/// A root's file, closed.
pub(super) fn root(path: &Path) -> Told<RootFile> {
    RootFile::parse(&text(path)?).map_err(|error| format!("{}: {error}", path.display()))
}

/// An enrolment request, signatures checked.
pub(super) fn request(path: &Path) -> Told<Request> {
    Request::parse(&text(path)?).map_err(|error| format!("{}: {error}", path.display()))
}

/// Refuses early what [`write_new`] would refuse, before somebody types a long passphrase for nothing.
pub(super) fn must_be_free(path: &Path) -> Told<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(format!("{} cannot be written: {error}", path.display())),
        Ok(_) => Err(taken(path)),
    }
}

/// Writes a new file with mode 0600 and waits until it is on the disk. Never overwrites; what is left of a
/// failed write is removed.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Told<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(
        |error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => taken(path),
            _ => format!("{} cannot be written: {error}", path.display()),
        },
    )?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|error| {
        // The file is ours: create_new made it a moment ago.
        let left =
            fs::remove_file(path).err().map_or("", |_| ", and what is left of it could not be removed");
        format!("{} cannot be written: {error}{left}", path.display())
    })
}

fn taken(path: &Path) -> String {
    format!("{} is there already; it is never overwritten, choose another name", path.display())
}
