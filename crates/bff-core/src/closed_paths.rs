//! Paths that links of other sites must not open.

/// Paths that a navigation from another site must not open, and that a login does not return to: those of the API and of the login, and those that
/// the app closes.
#[derive(Clone, Debug, Default)]
pub struct ClosedPaths(Vec<&'static str>);

impl ClosedPaths {
    /// Path prefixes that are closed in every app, because they are not pages.
    pub const NOT_PAGES: [&str; 3] = ["/api/", "/auth/", "/oauth/"];

    /// Closes a path, or all paths that begin with it when it ends with `/`.
    pub fn close(&mut self, path: &'static str) {
        self.0.push(path);
    }

    /// Returns whether `path` is closed. It is the percent-decoded path, as the router reads it.
    #[must_use]
    pub fn covers(&self, path: &str) -> bool {
        let is_below = |prefix: &&str| prefix.ends_with('/') && path.starts_with(*prefix);
        let mut closed = Self::NOT_PAGES.iter().chain(&self.0);
        closed.any(|closed| path == *closed || is_below(closed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_closed_alone_or_with_all_below_it() {
        let mut paths = ClosedPaths::default();
        paths.close("/topup");
        paths.close("/internal/");
        for (path, expected) in [
            ("/", false),
            ("/api/session", true),
            ("/apiary", false),
            ("/topup", true),
            ("/topup/help", false),
            ("/internal/", true),
            ("/internal/x", true),
            ("/internal", false),
        ] {
            assert_eq!(paths.covers(path), expected, "{path}");
        }
    }
}
