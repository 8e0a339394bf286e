//! The sandbox as a client and a browser meet it: each test starts one on a free port and talks HTTP.

mod flow;
mod support;
