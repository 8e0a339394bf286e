//! The program from outside: every test starts the binary as it was built, talks to it as a browser does, and steers
//! its sandbox provider. Nothing here looks inside.
#![cfg(test)]

mod account;
mod audit;
mod durability;
mod encrypted;
mod headers;
mod hostile;
mod http2;
mod keys;
mod login;
mod metrics;
mod output;
mod replicas;
mod reverse_proxy;
mod secrets;
mod session;
mod set_back;
mod start;
mod stopping;
mod support;
mod threats;
