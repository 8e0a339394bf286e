//! The program from outside: each test starts the binary as it was built, calls it as a browser does, and controls its sandbox provider. One
//! folder or file for each subject. A line `/// Covers: ID` above a test names the rows of `standards/rows.toml` that the test checks.
#![cfg(test)]

mod account;
mod audit;
mod configuration;
mod cookies;
mod csrf;
mod doctor;
mod durability;
mod errors;
mod headers;
mod http2;
mod limits;
mod logging;
mod login;
mod logout;
mod metrics;
mod openapi;
mod proxy;
mod refresh;
mod requests;
mod reverse_proxies;
mod secrets;
mod session;
mod standards;
mod start;
mod stopping;
mod support;
mod threats;
mod topup;
