//! The parts of the bench that run as processes of their own, pinned to processors: the provider double, the bare proxy, and the clients.

mod bare;
mod calls;
pub mod client;
mod features;
mod fill;
mod hold;
pub mod login;
mod provider;
pub mod tally;
mod transfer;

use clap::Subcommand;

use crate::failure::Outcome;

/// A part, and its settings.
#[derive(Subcommand)]
pub enum Part {
    /// The provider double
    Provider(provider::Settings),
    /// A proxy of actix-web and reqwest without sessions
    Bare(bare::Settings),
    /// Signs users in
    Login(login::Settings),
    /// Sends the same call with many cookies
    Calls(calls::Settings),
    /// Sends or receives large bodies
    Transfer(transfer::Settings),
    /// Holds streams open until standard input ends
    Hold(hold::Settings),
    /// Stores sessions without a login
    Fill(fill::Settings),
    /// Prints the features of the processor
    Features,
}

impl Part {
    /// Runs the part to its end.
    ///
    /// # Errors
    /// [`Failure`](crate::failure::Failure) when it cannot do what it should.
    pub fn run(&self) -> Outcome<()> {
        // One thread, so that a part needs no more than one processor.
        actix_web::rt::System::new().block_on(async {
            match self {
                Self::Provider(settings) => provider::run(settings).await,
                Self::Bare(settings) => bare::run(settings).await,
                Self::Login(settings) => login::run(settings).await,
                Self::Calls(settings) => calls::run(settings).await,
                Self::Transfer(settings) => transfer::run(settings).await,
                Self::Hold(settings) => hold::run(settings).await,
                Self::Fill(settings) => fill::run(settings).await,
                Self::Features => features::run(),
            }
        })
    }
}
