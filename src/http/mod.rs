//! The web side: what the browser sees.

pub mod pages;
