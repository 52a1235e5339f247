//! `lykta` for the stories of `deploy`: the very command line, in a program whose place the stories know.

use std::process::ExitCode;

fn main() -> ExitCode {
    lykta_server::command_line::run()
}
