//! What people see: Chromium, driven through Debian's chromedriver, against servers on loopback. It
//! needs both installed (`scripts/test browser` does so) and never talks to another machine.
//! Screenshots are kept under `target/test-artefacts/screenshots/`.
#![cfg(test)]

mod account;
mod another_provider;
mod driver;
mod kit;
mod login;
mod outage;
mod program;
mod service_worker;
mod steps;
mod tabs;
mod the_kit;
mod topup;
mod words;
