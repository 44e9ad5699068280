//! The binary: reads the command line and hands over to `commands/`.

use std::process::ExitCode;

fn main() -> ExitCode {
    recoup::commands::run()
}
