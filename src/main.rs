//! The app: the engine in `crates/bff` with its command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    bff::main()
}
