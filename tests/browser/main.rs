//! What people see: Chromium, driven through Debian's chromedriver, against servers on loopback. It
//! needs both installed (`scripts/test browser` does so) and never talks to another machine.
//! Screenshots are kept under `target/test-artefacts/screenshots/`.
#![cfg(test)]

mod kit;
mod the_kit;
