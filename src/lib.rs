//! The app: what it adds to the engine in `crates/bff`, which runs it.

use bff::App;

/// Returns the app. Add routes of your own here: `.routes(notes::routes)`.
#[must_use]
pub fn app() -> App {
    App::new("aihubmix-bff")
}
