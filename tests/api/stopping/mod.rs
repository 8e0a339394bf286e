//! Graceful shutdown: requests in flight finish, idle connections are closed, no request is cut off.

mod drain;
mod rolling;
mod succession;
