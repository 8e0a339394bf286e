//! Every case, in the order of the report.

mod bodies;
mod choices;
mod load;
mod login;
mod memory;
mod refresh;
mod requests;
mod sessions;
mod size;
mod start;
mod stored;

use crate::case::Case;

/// Returns every case for a program with this name.
pub fn all(program: &str) -> Vec<Case> {
    vec![
        requests::userinfo(program),
        requests::one_connection(program),
        requests::page_signed_out(program),
        requests::page_signed_in(program),
        requests::session(program),
        requests::slow_provider(program),
        login::login(program),
        login::one_login(program),
        start::start(program),
        memory::sessions(program),
        size::size(program),
        choices::stores(),
        choices::log(),
        choices::traces(),
        choices::workers(program),
        refresh::refresh(),
        sessions::live_sessions(),
        sessions::million(),
        bodies::down(program),
        bodies::up(program),
        memory::streams(program),
    ]
}
