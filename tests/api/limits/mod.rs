//! Rate limits of the program, and limits that the nginx example in docs/operations.md sets.

mod rates;
mod reverse_proxy;
