//! Targets of links and navigations inside our own origin.
//!
//! This is the last check before a URL is written into a page. The caller has already checked it against the public origin.

/// A path of our own origin with its query and fragment: `/orders?id=1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalTarget<'a>(&'a str);

impl<'a> LocalTarget<'a> {
    /// The front page.
    pub const HOME: LocalTarget<'static> = LocalTarget("/");

    /// Accepts a target that begins with exactly one `/`. Refuses characters that a browser would read as another origin (`//`, `\`) or drop
    /// (control characters, blanks).
    pub fn new(target: &'a str) -> Option<Self> {
        let begins_at_our_root = target.starts_with('/') && !target[1..].starts_with('/');
        let is_plain = !target.contains(|c: char| c == '\\' || c.is_control() || c.is_whitespace());
        (begins_at_our_root && is_plain).then_some(Self(target))
    }

    /// Returns the target as text.
    pub const fn as_str(self) -> &'a str {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_our_own_are_taken() {
        for good in [
            "/",
            "/?login=success",
            "/orders?id=1#top",
            "/a//b",
            "/?next=https://x.test",
        ] {
            assert_eq!(LocalTarget::new(good).map(LocalTarget::as_str), Some(good));
        }
        for bad in [
            "",
            "orders",
            "//evil.test",
            "/\\evil.test",
            "\\/evil.test",
            "https://evil.test",
            "javascript:alert(1)",
            "/\t/evil.test",
            "/\n/evil.test",
            " /",
            "/a b",
            "/\u{0}",
            "///",
        ] {
            assert_eq!(LocalTarget::new(bad), None, "{bad:?}");
        }
    }
}
