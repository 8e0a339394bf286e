//! Runs the app.

use std::process::ExitCode;

fn main() -> ExitCode {
    bff::run(app::app())
}
