//! The program from outside: every test starts the binary as it was built, talks to it as a browser does, and steers
//! its sandbox provider. Nothing here looks inside.
#![cfg(test)]

mod account;
mod audit;
mod durability;
mod encrypted;
mod hostile;
mod http2;
mod keys;
#[path = "../support/launch.rs"]
mod launch;
mod login;
mod metrics;
#[path = "../support/redis.rs"]
mod redis_server;
mod replicas;
mod secrets;
mod session;
mod start;
mod stopping;
mod support;
mod threats;
