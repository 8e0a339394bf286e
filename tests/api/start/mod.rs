//! Start, stop and commands, as an operator sees them.

mod commands;
#[cfg(target_os = "linux")]
mod core_dumps;
mod health;
mod manual;
mod refusals;
mod register;
mod running;
