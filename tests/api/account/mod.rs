//! The account: answers of the provider, and what the API and the page make of them.

mod account_shapes;
pub mod broken_calls;
mod pending;
pub mod table;
