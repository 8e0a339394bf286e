//! The sandbox as a client and a browser meet it: each test starts one on a free port and talks HTTP.

mod answers;
mod authorizing;
mod controls;
mod faults;
mod flow;
mod pages;
mod running;
mod shapes;
mod support;
mod tokens;
mod wire;
