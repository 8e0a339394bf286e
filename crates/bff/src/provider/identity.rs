//! The name under which servers see this program.

/// The name of the app in `User-Agent` and `Via`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity(&'static str);

impl Identity {
    /// Returns the identity with this name; `None` when the name is not a token (RFC 9110 §5.6.2), because headers carry it.
    #[must_use]
    pub fn new(name: &'static str) -> Option<Self> {
        let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        (!name.is_empty() && name.bytes().all(is_token)).then_some(Self(name))
    }

    /// Returns the name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }

    /// Returns the value of `User-Agent`: the name and the version of the engine.
    #[must_use]
    pub fn user_agent(self) -> String {
        format!("{}/{}", self.0, env!("CARGO_PKG_VERSION"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_a_header_cannot_carry_is_refused() {
        let version = env!("CARGO_PKG_VERSION");
        let agent = Identity::new("my-app").map(Identity::user_agent);
        assert_eq!(agent, Some(format!("my-app/{version}")));
        for name in ["", "my app", "my/app", "é", "a\r\nb"] {
            assert_eq!(Identity::new(name), None, "{name:?}");
        }
    }
}
