//! The session: its endpoints, its lifetime, its record.

mod clock_set_back;
mod devices;
mod events;
mod lifetime;
mod limit;
mod postgres;
mod record;
mod replicas;
mod tokens;
