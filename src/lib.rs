//! The app: what it adds to the engine in `crates/bff`, which runs it.

mod account;

use bff::App;

/// Returns the app. Add a feature of your own here: `.routes(notes::routes)`.
#[must_use]
pub fn app() -> App {
    App::new("aihubmix-bff")
        .provider(aihubmix::provider)
        .defaults(include_str!("../config/default.toml"))
        .settings::<account::BalanceSettings>("provider")
        .settings::<account::TopupSettings>("topup")
        .templates(bff::embed!("templates"))
        .static_files(bff::embed!("static"))
        .languages(&["zh-Hant", "zh-Hans", "en", "ja"])
        .routes(account::routes)
        // A link of another site must not call the provider.
        .closed_to_links("/topup")
}
