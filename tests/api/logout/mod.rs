//! Logout: at once, on every replica, and over everything in flight.

mod everywhere;
mod sign_out;
