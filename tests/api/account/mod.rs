//! The account: what the provider answers, what the API and the page make of it, and what becomes of the session.

mod account_shapes;
mod broken_calls;
pub mod table;
