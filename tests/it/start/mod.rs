//! Starting, stopping, and the commands, as an operator sees them.

mod commands;
mod refusals;
mod running;
