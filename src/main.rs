//! The app: what it adds to the engine in `crates/bff`, which runs it.

mod account;

use std::process::ExitCode;

use bff::App;

/// The app. Add routes of your own here: `.routes(notes::routes)`.
fn app() -> App {
    App::new("aihubmix-bff")
        .provider(aihubmix::provider)
        .defaults(include_str!("../config/default.toml"))
        .templates(bff::embed!("templates"))
        .static_files(bff::embed!("static"))
        .languages(&["zh-Hant", "zh-Hans", "en", "ja"])
        .routes(account::routes)
}

fn main() -> ExitCode {
    bff::run(app())
}
