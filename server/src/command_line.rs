//! The command line of the relay: words in, an exit code out.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::app::Part;
use crate::published::Connect;
use crate::serve::{self, Serve};
use crate::statistics::Week;
use crate::{command, demo_clock};
use clap::{Parser, Subcommand};

/// Anonymous, end-to-end-encrypted support chat: the relay and its pages in one file.
#[derive(Parser)]
#[command(name = "lykta", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the pages and the sockets.
    Serve {
        /// The centre's file; once for each centre that this process serves, each at its own hosts.
        #[arg(long, value_name = "FILE")]
        config: Vec<PathBuf>,
        /// A demonstration on this machine only: no passkeys, keys from a seed file, open at any hour.
        #[arg(long)]
        demo: bool,
        /// Where to listen; a demonstration listens on loopback only.
        #[arg(long, value_name = "ADDR")]
        listen: Option<SocketAddr>,
        /// Moves the demonstration's calendar (hours, holidays, last admission) to this moment.
        #[arg(long, value_name = "RFC3339", requires = "demo", value_parser = demo_clock)]
        demo_clock: Option<jiff::Timestamp>,
        /// The demonstration's seed, made when it is not there.
        #[arg(long, value_name = "FILE", requires = "demo", default_value = "target/demo/seed")]
        demo_seed: PathBuf,
        /// Keeps the line on this Redis (redis://…, rediss://… with TLS) instead of in this process's memory.
        #[arg(long, value_name = "URL")]
        redis: Option<String>,
        /// What to serve: everything, the visitor's page alone (its state by the calendar; no keys, no line), or all the
        /// rest. With two processes the page outlives the relay, and running chats the page.
        #[arg(long, value_enum, default_value = "all", conflicts_with = "demo")]
        role: Part,
    },
    /// Verify a roster and say who stands in it; with --install it becomes the relay's, at once if that runs.
    Roster {
        /// The roster as `lykta-root sign` wrote it; without it, the one the relay has.
        roster: Option<PathBuf>,
        /// The centre's file: whose roots are believed, and where the relay keeps its roster.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Put it into the state directory. An older one, or one no root signed, is refused.
        #[arg(long, requires = "roster")]
        install: bool,
    },
    /// The hashes of what this build serves for a centre: pages, WASM, texts, headers. Published, anybody compares.
    Hashes {
        /// The centre's file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Fetch a running page and everything it needs, and compare every byte and every header with this build.
    Verify {
        /// The page: https://HOST/ for the visitor's, https://STAFF-HOST/staff/ for the console.
        url: String,
        /// The centre's file that it should be serving.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Ask this server, under the address's name: one of several behind a balancer, or a tunnel.
        #[arg(long, value_name = "HOST:PORT")]
        connect: Option<String>,
        /// The only authority to believe about the server's certificate (PEM), instead of Mozilla's list.
        #[arg(long, value_name = "FILE")]
        ca_file: Option<PathBuf>,
        /// The same as --connect, for the relay's host, when that is another than the page's; without it, --connect's.
        #[arg(long, value_name = "HOST:PORT")]
        connect_relay: Option<String>,
    },
    /// Show how the service was used: weeks and quarters that are over, no number that could be one person.
    Report {
        /// The centre's file: its topics and languages, and where the relay keeps its statistics.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// The first week, for example 2026-W40; without it 13 weeks back.
        #[arg(long, value_name = "WEEK")]
        from: Option<Week>,
        /// The last week; without it the last one that is over.
        #[arg(long, value_name = "WEEK")]
        to: Option<Week>,
        /// Comma-separated values instead of tables.
        #[arg(long, conflicts_with = "svg")]
        csv: bool,
        /// A picture of the weeks instead of tables.
        #[arg(long)]
        svg: bool,
    },
    /// A sheet of cards to print, SVG: the visitors' page for a phone's camera, the address, and no word more.
    Card {
        /// The centre's file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// A line under the address, where it is safe that the card says what it is for.
        #[arg(long, value_name = "TEXT")]
        words: Option<String>,
    },
    /// Check a centre's file: every mistake at once, with line and remedy. Several: also whether one process can serve them.
    Check {
        /// The centre's file.
        #[arg(required = true)]
        config: Vec<PathBuf>,
    },
}

/// Does what the arguments of this process ask for.
#[must_use]
pub fn run() -> ExitCode {
    let told = match Arguments::parse().command {
        Command::Serve { config, demo, listen, demo_clock, demo_seed, redis, role } => {
            serve::run(Serve { config, demo, listen, demo_clock, demo_seed, redis, role })
        }
        Command::Roster { roster, config, install } => command::roster(roster.as_deref(), &config, install),
        Command::Hashes { config } => command::hashes(&config),
        Command::Verify { url, config, connect, ca_file, connect_relay } => {
            let connect = Connect { relay: connect_relay.or_else(|| connect.clone()), page: connect };
            command::verify(&url, &config, connect, ca_file.as_deref())
        }
        Command::Report { config, from, to, csv, svg } => {
            let form = match (csv, svg) {
                (true, _) => command::Form::Csv,
                (_, true) => command::Form::Svg,
                _ => command::Form::Text,
            };
            command::report(&config, from, to, form)
        }
        Command::Card { config, words } => command::card(&config, words.as_deref()),
        Command::Check { config } => command::check(&config),
    };
    match told {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("lykta: {sentence}");
            ExitCode::FAILURE
        }
    }
}
