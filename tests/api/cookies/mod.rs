//! Cookies: their names and attributes, and cookies that other sites, other apps or attackers set.

mod attributes;
mod invalid;
mod planted;
