//! The use cases against a provider that answers on request, over stores that fail on request. What a browser sees of them is shown by the
//! tests of the running program.

mod api;
mod failing_store;
mod finish;
#[cfg(feature = "proxy")]
mod forward;
mod login;
mod logout;
mod refresh;
mod sessions;
mod succession;
pub(crate) mod support;
mod waiting;
