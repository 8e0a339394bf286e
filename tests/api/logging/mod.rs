//! The log: security events, one line for each request, and outputs that do not accept data.

mod events;
mod output;
