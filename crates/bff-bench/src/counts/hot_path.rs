//! [`HotPath`]: the requests whose instructions are counted.

use crate::servers::Server;

/// A kind of request.
#[derive(Clone, Copy, Debug)]
pub struct HotPath {
    /// Its name on the command line and in the baseline.
    pub name: &'static str,
    /// The request.
    pub title: &'static str,
    /// The program with the settings that it is sent to.
    pub server: Server,
    /// How it is sent.
    pub visit: Visit,
    /// Requests of one batch. They were chosen so that the counts of three runs differ by less than 1 %.
    pub batch: u16,
}

/// How a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visit {
    /// A GET without a session, and the status of its answer.
    SignedOut(&'static str, u16),
    /// A GET with a session, answered with 200.
    SignedIn(&'static str),
    /// A GET of the style sheet of the page.
    StyleSheet,
    /// The start of a login and the callback. Each login is that of another user.
    Login,
    /// A refresh. Each is that of another session.
    Refresh,
}

/// All of them. The logins come before the refreshes, which need their sessions.
pub const ALL: [HotPath; 11] = [
    signed_out("healthz", "GET /healthz", "/healthz", 200),
    signed_out(
        "session-signed-out",
        "GET /api/session, signed out",
        "/api/session",
        200,
    ),
    signed_in("session", "GET /api/session, signed in", "/api/session"),
    signed_in("userinfo", "GET /api/user/info", "/api/user/info"),
    signed_out("page-signed-out", "GET /, signed out", "/", 200),
    signed_in("page", "GET /, signed in", "/"),
    path("static", "GET of the style sheet", Visit::StyleSheet, 50),
    signed_out("not-found", "GET /missing, status 404", "/missing", 404),
    path("login", "login: start and callback", Visit::Login, 15),
    path("refresh", "POST /api/user/refresh", Visit::Refresh, 15),
    HotPath {
        name: "exported",
        title: "GET /api/user/info, every trace exported",
        server: Server::Traced("1"),
        visit: Visit::SignedIn("/api/user/info"),
        // Two spans each, so that every batch has one export of 512 spans.
        batch: 256,
    },
];

const fn signed_out(
    name: &'static str,
    title: &'static str,
    url: &'static str,
    status: u16,
) -> HotPath {
    path(name, title, Visit::SignedOut(url, status), 50)
}

const fn signed_in(name: &'static str, title: &'static str, url: &'static str) -> HotPath {
    path(name, title, Visit::SignedIn(url), 60)
}

const fn path(name: &'static str, title: &'static str, visit: Visit, batch: u16) -> HotPath {
    HotPath {
        name,
        title,
        server: Server::program(),
        visit,
        batch,
    }
}

/// Returns the path with this name.
///
/// # Errors
/// The known names when it is unknown.
pub fn find(name: &str) -> Result<HotPath, String> {
    let found = ALL.into_iter().find(|path| path.name == name);
    found.ok_or_else(|| {
        let known = ALL.map(|path| path.name).join(", ");
        format!("unknown path; there are {known}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_path_is_refused_with_the_known_ones() {
        assert_eq!(find("login").map(|path| path.visit), Ok(Visit::Login));
        let refusal = find("logins").expect_err("it is unknown");
        assert!(refusal.contains("login, refresh"), "{refusal}");
    }
}
