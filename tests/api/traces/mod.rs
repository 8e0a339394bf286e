//! Traces: what a collector gets, what it costs when the collector fails, and who decides that a trace is exported.

pub mod collector;
mod context;
mod export;
mod faults;
