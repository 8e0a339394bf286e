//! Renders every page that a user sees, from typed values. Each page has one function.
//!
//! The module knows no web framework and does no I/O for a request. It must never show a text from a query or from the provider's errors, so those
//! are passed in as enums. The handlers call it and add headers to what it returns. [`Assets`] has the files that the pages link to.

mod assets;
mod bundle;
mod check;
mod compiled;
mod engine;
mod error;
mod fault;
mod file;
mod files;
mod frame;
mod kept;
mod language;
mod literal_calls;
mod markup;
mod notice;
mod overlay;
mod overlay_check;
mod problem;
mod renderer;
mod sample;
mod target;
mod theme;
mod words;

#[cfg(test)]
mod gallery;
#[cfg(test)]
mod look;
#[cfg(test)]
mod tests;

pub use assets::{Asset, Assets};
pub use error::PageError;
pub use fault::fault_page;
pub use files::Files;
pub use frame::{Frame, Home, PopupOutcome};
pub use language::{Language, Languages};
pub use notice::{Notice, Tone};
pub use problem::Problem;
pub use renderer::{PageSettings, Pages};
pub use sample::PageSample;
pub use target::LocalTarget;
pub use theme::Theme;
