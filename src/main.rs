//! The app: what it adds to the engine in `crates/bff`, which runs it.

use std::process::ExitCode;

use bff::App;

/// The app. Add routes of your own here: `.routes(notes::routes)`.
fn app() -> App {
    App::new("aihubmix-bff").defaults(include_str!("../config/default.toml"))
}

fn main() -> ExitCode {
    bff::run(app())
}
