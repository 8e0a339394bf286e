//! What people see: Chromium, driven through Debian's chromedriver, against servers on loopback. It
//! needs both installed (`scripts/test browser` does so) and never talks to another machine.
//! Screenshots are kept under `target/test-artefacts/screenshots/`.
#![cfg(test)]

mod account;
mod another_provider;
mod conditions;
mod devices;
mod driver;
mod gallery;
mod kit;
mod login;
mod look;
mod outage;
mod pictures;
mod program;
mod sandbox;
mod service_worker;
mod slow;
mod steps;
mod tabs;
mod the_kit;
mod topup;
mod words;
mod zoom;
