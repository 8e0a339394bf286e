//! The app: what it adds to the engine in `crates/bff`, which runs it.

pub mod account;
pub mod topup;

use bff::App;

/// Returns the app. A feature of your own is a file and a line here, such as `.with(notes::feature)`.
#[must_use]
pub fn app() -> App {
    App::new(env!("CARGO_PKG_NAME"))
        .provider(aihubmix::provider)
        .defaults(include_str!("../config/default.toml"))
        .templates(bff::embed!("templates"))
        .static_files(bff::embed!("static"))
        .errors(include_str!("../docs/errors.md"))
        .languages(&["zh-Hant", "zh-Hans", "en", "ja"])
        .with(account::feature)
        .with(topup::feature)
}
