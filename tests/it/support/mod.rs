//! What the tests have in common: the program, a browser for it, and the wire below.

pub mod browser;
pub mod certificate;
pub mod fleet;
pub mod front;
pub mod jar;
pub mod kept;
pub mod nginx;
pub mod program;
pub mod provider;
pub mod replicas;
pub mod wire;
pub mod words;

pub use browser::{Browser, approve, fetch, navigation, parameter, with_parameter};
pub use jar::Initiator;
pub use kept::Kept;
pub use program::Program;
pub use replicas::Replicas;
pub use wire::{Answer, Request};
pub use words::english;
