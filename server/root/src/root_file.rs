//! The root's file: what may be known in the open, then the seed under a passphrase.
//!
//! ```text
//! lykta-root-1
//! centre 34451b23bcb64992676f9ae6c71aef3f
//! public <64 hexadecimal digits>
//!
//! -----BEGIN AGE ENCRYPTED FILE-----
//! …
//! -----END AGE ENCRYPTED FILE-----
//! ```
//!
//! Inside the age file (scrypt recipient) lie 60 bytes: `"lykta-root-1" 12 | centre_id 16 | seed 32`. The open
//! lines are a convenience and prove nothing until the file is opened: then they must agree with what lies
//! inside, so nobody can make a root sign for another centre by editing them.

use std::fmt;
use std::io::Read as _;

use age::armor::ArmoredReader;
use age::{DecryptError, Decryptor};
use lykta_trust::{CentreId, Lines, RootKey, hex};
use zeroize::Zeroizing;

use crate::passphrase::Passphrase;

const HEAD: &str = "lykta-root-1";
const HEAD_LEN: usize = 12;
const SEALED_LEN: usize = HEAD_LEN + 16 + 32;

/// The scrypt work factor of a new file: `N = 2^18`, that is 256 MiB and about a second for each guess, on
/// any machine. Fixed rather than measured, so that a slow offline machine does not make a weaker file.
pub const WORK: u8 = 18;
/// Files of more work than this are not opened: `2^22` is 4 GiB, which the machine may not have.
const MOST_WORK: u8 = 22;

/// A root's file, closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootFile {
    centre: CentreId,
    public: [u8; 32],
    armour: String,
}

/// Why a root's file cannot be read or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootFileError {
    /// Not this kind of file, or damaged.
    Malformed,
    /// Another passphrase was given when the file was made.
    Passphrase,
    /// The open lines do not say what the file holds.
    HeadChanged,
    /// The file demands more memory than any root of ours.
    TooMuchWork,
    /// The file could not be encrypted.
    NotSealed,
}

impl fmt::Display for RootFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "this is not a root's file, or it is damaged; take the other copy",
            Self::Passphrase => "the passphrase does not open this root",
            Self::HeadChanged => "the open lines of this root's file were changed; take the other copy",
            Self::TooMuchWork => "this file demands more memory than any root's file; take the other copy",
            Self::NotSealed => "the root could not be encrypted",
        })
    }
}

impl std::error::Error for RootFileError {}

impl RootFile {
    /// Encrypts a seed. `seed` is overwritten with zeros; `work` is the power of two for scrypt, [`WORK`] for
    /// everything but tests.
    ///
    /// # Errors
    /// [`RootFileError::TooMuchWork`] unless `work` is 1 to 22, [`RootFileError::NotSealed`] if age fails.
    pub fn seal(
        seed: &mut [u8; 32],
        centre: CentreId,
        passphrase: &Passphrase,
        work: u8,
    ) -> Result<Self, RootFileError> {
        let mut sealed = Zeroizing::new([0; SEALED_LEN]);
        let (head, rest) = sealed.split_at_mut(HEAD_LEN);
        let (middle, tail) = rest.split_at_mut(16);
        head.copy_from_slice(HEAD.as_bytes());
        middle.copy_from_slice(&centre.0);
        tail.copy_from_slice(seed);
        let public = RootKey::take_seed(seed).public();
        if !(1..=MOST_WORK).contains(&work) {
            return Err(RootFileError::TooMuchWork);
        }
        let mut recipient = age::scrypt::Recipient::new(passphrase.for_age());
        recipient.set_work_factor(work);
        let armour = age::encrypt_and_armor(&recipient, &*sealed).map_err(|_| RootFileError::NotSealed)?;
        Ok(Self { centre, public, armour })
    }

    /// Reads the file's text. Nothing is decrypted, so nothing is proven.
    ///
    /// # Errors
    /// [`RootFileError::Malformed`].
    pub fn parse(text: &str) -> Result<Self, RootFileError> {
        let mut lines = Lines::new(text);
        let read = |lines: &mut Lines<'_>| {
            (lines.line()? == HEAD).then_some(())?;
            let centre = CentreId(hex::read_array(lines.value("centre")?)?);
            let public = hex::read_array(lines.value("public")?)?;
            lines.line()?.is_empty().then_some(())?;
            let mut armour = String::new();
            while let Some(line) = lines.line() {
                armour.push_str(line);
                armour.push('\n');
            }
            armour.starts_with("-----BEGIN AGE ENCRYPTED FILE-----\n").then_some(())?;
            Some(Self { centre, public, armour })
        };
        read(&mut lines).ok_or(RootFileError::Malformed)
    }

    /// The file's text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let (centre, public) = (hex::write(&self.centre.0), hex::write(&self.public));
        format!("{HEAD}\ncentre {centre}\npublic {public}\n\n{}", self.armour)
    }

    /// The centre the open lines name.
    #[must_use]
    pub const fn centre(&self) -> CentreId {
        self.centre
    }

    /// The public key the open lines name.
    #[must_use]
    pub const fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// Decrypts the seed. The key is for the centre and the public key of the open lines, or it is refused.
    ///
    /// # Errors
    /// [`RootFileError`] says what is wrong.
    pub fn open(&self, passphrase: &Passphrase) -> Result<RootKey, RootFileError> {
        let mut identity = age::scrypt::Identity::new(passphrase.for_age());
        identity.set_max_work_factor(MOST_WORK);
        let decryptor = Decryptor::new_buffered(ArmoredReader::new(self.armour.as_bytes())).map_err(why)?;
        let mut reader = decryptor.decrypt(std::iter::once(&identity as _)).map_err(why)?;
        let mut sealed = Zeroizing::new([0; SEALED_LEN]);
        reader.read_exact(&mut *sealed).map_err(|_| RootFileError::Malformed)?;
        // The last piece of an age file is authenticated when its end is reached.
        if !matches!(reader.read(&mut [0]), Ok(0)) {
            return Err(RootFileError::Malformed);
        }
        let (head, rest) = sealed.split_at(HEAD_LEN);
        let (centre, kept) = rest.split_at(16);
        if head != HEAD.as_bytes() {
            return Err(RootFileError::Malformed);
        }
        let mut seed = Zeroizing::new([0; 32]);
        seed.copy_from_slice(kept);
        let root = RootKey::take_seed(&mut seed);
        if centre != self.centre.0 || root.public() != self.public {
            return Err(RootFileError::HeadChanged);
        }
        Ok(root)
    }
}

fn why(error: DecryptError) -> RootFileError {
    match error {
        DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed | DecryptError::NoMatchingKeys => {
            RootFileError::Passphrase
        }
        DecryptError::ExcessiveWork { .. } => RootFileError::TooMuchWork,
        _ => RootFileError::Malformed,
    }
}
