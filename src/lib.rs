//! The app: what it adds to the engine in `crates/bff`, which runs it.

mod account;
mod topup;

use bff::App;

/// Returns the app. Add a feature of your own here: `.routes(notes::routes)`.
#[must_use]
pub fn app() -> App {
    App::new(env!("CARGO_PKG_NAME"))
        .provider(aihubmix::provider)
        .defaults(include_str!("../config/default.toml"))
        .templates(bff::embed!("templates"))
        .static_files(bff::embed!("static"))
        .languages(&["zh-Hant", "zh-Hans", "en", "ja"])
        .routes(account::routes)
        .routes(topup::routes)
}
