//! The account: what the provider answers, what the API and the page make of it, and what becomes of the session.

mod broken_calls;
mod broken_refresh;
mod refresh;
mod shapes;
mod table;
