//! The offline tool: makes the root, shows it, signs rosters. Everything it decides is in the library; here
//! it reads, asks and writes.

mod tool;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgGroup, Args, Parser, Subcommand};

/// Makes and uses the centre's root key. For a machine without a network.
#[derive(Parser)]
#[command(name = "lykta-root", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a root and write it, encrypted, to a file.
    New(New),
    /// Say whose root a file holds; no passphrase is needed.
    Show {
        /// The root's file.
        root: PathBuf,
    },
    /// Sign certificates for those who ask, and the next roster as a whole.
    Sign(Sign),
    /// Verify a roster and say who stands in it.
    ShowRoster(ShowRoster),
}

#[derive(Args)]
#[command(group = ArgGroup::new("centre").required(true))]
struct New {
    /// The centre's number from centre.toml: 32 hexadecimal digits.
    #[arg(long, value_name = "HEX", group = "centre", value_parser = tool::hex_array::<16>)]
    centre_id: Option<[u8; 16]>,
    /// Make a new number for a new centre.
    #[arg(long, group = "centre")]
    new_centre: bool,
    /// The root's file; it must not be there yet.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    passphrase: PassphraseFrom,
}

/// Where the passphrase comes from: the terminal, unless a file descriptor is named. Never the arguments,
/// which every process on the machine can read.
#[derive(Args)]
struct PassphraseFrom {
    /// Read the passphrase as the first line of this open file descriptor (3 or higher).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(3..))]
    passphrase_fd: Option<u32>,
}

#[derive(Args)]
struct Sign {
    /// The root's file.
    #[arg(long, value_name = "FILE")]
    root: PathBuf,
    /// Enrolment requests.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    request: Vec<PathBuf>,
    /// The roster now in use; its version rises by one.
    #[arg(long, value_name = "FILE")]
    previous: Option<PathBuf>,
    /// The root that signed the previous roster, when it was another one: 64 hexadecimal digits.
    #[arg(long, value_name = "HEX", requires = "previous", value_parser = tool::hex_array::<32>)]
    previous_root: Option<[u8; 32]>,
    /// The epoch this roster will have. Checked against the previous roster; a first roster begins here (1).
    #[arg(long, value_name = "N")]
    epoch: Option<u16>,
    /// Raise the epoch by one: every certificate is signed again, and the old ones can be refused.
    #[arg(long)]
    raise_epoch: bool,
    /// Leave this person out.
    #[arg(long, value_name = "NAME")]
    remove: Vec<String>,
    /// How long new certificates live.
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    days: u16,
    /// Ask nothing: the words of everybody who must be met are given with --words.
    #[arg(long, requires = "words")]
    yes: bool,
    /// Words read from a person's own screen; once for each person. They are compared with the request.
    #[arg(long, value_name = "WORDS", requires = "yes", value_parser = tool::words)]
    words: Vec<lykta_root::Words>,
    /// The new roster's file; it must not be there yet.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    passphrase: PassphraseFrom,
}

#[derive(Args)]
#[command(group = ArgGroup::new("whom").required(true))]
struct ShowRoster {
    /// The roster.
    roster: PathBuf,
    /// The root's file, for its centre and public key.
    #[arg(long, value_name = "FILE", group = "whom")]
    root: Option<PathBuf>,
    /// A public root key instead, 64 hexadecimal digits; two while roots change.
    #[arg(long, value_name = "HEX", group = "whom", requires = "centre_id", value_parser = tool::hex_array::<32>)]
    trust: Vec<[u8; 32]>,
    /// The centre's number, with --trust.
    #[arg(long, value_name = "HEX", requires = "trust", value_parser = tool::hex_array::<16>)]
    centre_id: Option<[u8; 16]>,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::New(new) => tool::new::run(&new),
        Command::Show { root } => tool::show::root(&root),
        Command::Sign(sign) => tool::sign::run(sign),
        Command::ShowRoster(show) => tool::show::roster(&show),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("lykta-root: {sentence}");
            ExitCode::FAILURE
        }
    }
}
