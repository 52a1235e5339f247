//! The relay's program. What it can be asked stands in the library, so that tests ask the very same.

use std::process::ExitCode;

fn main() -> ExitCode {
    lykta_server::command_line::run()
}
