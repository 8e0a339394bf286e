//! Single kinds of requests, beside the other servers.

use super::load::{CPU_PLOT, Request, columns};
use crate::case::{Case, Row};

const USERINFO: Request = Request::signed_in("/api/user/info");

/// Calls of the provider's API by users who are signed in.
pub fn userinfo(program: &str) -> Case {
    Case {
        is_quick: true,
        ..case(
            "userinfo",
            "GET /api/user/info, 64 connections",
            "Each request loads the session, calls the provider with the user's token and returns the answer. nginx and the bare proxy send a constant token and have no sessions.",
            USERINFO.all_rows(program),
        )
    }
}

/// The same with one connection: the latency without a queue.
pub fn one_connection(program: &str) -> Case {
    let request = Request {
        connections: 1,
        ..USERINFO
    };
    Case {
        is_quick: true,
        ..case(
            "one-connection",
            "GET /api/user/info, one connection",
            "One request after the other, so that the latency contains no waiting for other requests.",
            request.all_rows(program),
        )
    }
}

/// The page before a login.
pub fn page_signed_out(program: &str) -> Case {
    let request = Request {
        is_signed_in: false,
        ..Request::signed_in("/")
    };
    Case {
        is_quick: true,
        ..case(
            "page-signed-out",
            "GET / signed out, 64 connections",
            "The program renders the page from its template. The others send the same page as a file or from memory.",
            request.all_rows(program),
        )
    }
}

/// The page with the account.
pub fn page_signed_in(program: &str) -> Case {
    Case {
        is_quick: true,
        ..case(
            "page-signed-in",
            "GET / signed in, 64 connections",
            "The program calls the provider and renders the account. nginx sends a file, so it shows only the state of the machine.",
            Request::signed_in("/").two_rows(program),
        )
    }
}

/// The state of the session, which needs no call of the provider.
pub fn session(program: &str) -> Case {
    Case {
        is_quick: true,
        ..case(
            "session",
            "GET /api/session signed in, 64 connections",
            "The program loads the session from its store. nginx returns a constant text, so it shows only the state of the machine.",
            Request::signed_in("/api/session").two_rows(program),
        )
    }
}

/// A provider that takes 20 ms.
pub fn slow_provider(program: &str) -> Case {
    let request = Request {
        delay_ms: 20,
        ..USERINFO
    };
    case(
        "slow-provider",
        "GET /api/user/info, 64 connections, provider answers after 20 ms",
        "64 connections can have at most 3,200 answers a second, because each waits for 20 ms.",
        request.all_rows(program),
    )
}

fn case(name: &'static str, title: &'static str, about: &'static str, rows: Vec<Row>) -> Case {
    Case {
        name,
        title,
        about,
        is_quick: false,
        most_rounds: usize::MAX,
        subject: "server",
        columns: columns(),
        ratio: Some("cpu"),
        plot: CPU_PLOT,
        rows,
    }
}
