//! The use cases against a provider that answers on request, over stores that fail on request. What a browser sees of them is shown by the
//! tests of the running program.

mod failing_store;
mod forward;
mod login;
mod logout;
mod refresh;
pub(crate) mod support;
