//! What can be set on the sandbox while it runs: lifetimes, rotation, and which of the `shapes` its answers
//! have. Wrong answers are in `faults`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::shapes::{ErrorStyle, TokenShape, TopupShape, UserinfoShape};

/// All knobs. What is left out has its documented value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Knobs {
    /// Seconds an access token works.
    pub(crate) token_lifetime: u32,
    /// Seconds a refresh token works.
    pub(crate) refresh_lifetime: u32,
    /// Seconds an authorization code works.
    pub(crate) code_lifetime: u32,
    /// Milliseconds every endpoint waits before it acts.
    pub(crate) latency_ms: u32,
    /// Whether a refresh gives a new refresh token and spends the old one.
    pub(crate) rotation: bool,
    /// Seconds during which a spent refresh token is still accepted.
    pub(crate) rotation_grace: u32,
    /// Whether an authorization request without a code challenge is refused.
    pub(crate) require_pkce: bool,
    /// The account every browser counts as signed in with; for tests without a cookie jar.
    pub(crate) signed_in_as: Option<String>,
    /// `Cross-Origin-Opener-Policy` of the pages a browser sees.
    pub(crate) coop: Option<Coop>,
    /// How refusals look that are not faults: an unknown code, a dead token.
    pub(crate) error_style: ErrorStyle,
    pub(crate) token_shape: TokenShape,
    pub(crate) userinfo_shape: UserinfoShape,
    pub(crate) topup_shape: TopupShape,
    /// The URL `topup` gives in place of the sandbox's own page.
    pub(crate) topup_url: Option<String>,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            token_lifetime: 7_200,
            refresh_lifetime: 2_592_000,
            code_lifetime: 300,
            latency_ms: 0,
            rotation: true,
            rotation_grace: 0,
            require_pkce: false,
            signed_in_as: None,
            coop: None,
            error_style: ErrorStyle::Oauth,
            token_shape: TokenShape::default(),
            userinfo_shape: UserinfoShape::default(),
            topup_shape: TopupShape::Documented,
            topup_url: None,
        }
    }
}

impl Knobs {
    /// These knobs changed by a JSON merge patch (RFC 7396): `null` sets a member back.
    pub(crate) fn patched(&self, patch: Map<String, Value>) -> Result<Self, serde_json::Error> {
        let mut knobs = serde_json::to_value(self)?;
        merge(&mut knobs, &Value::Object(patch));
        serde_json::from_value(knobs)
    }
}

fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    if let Value::Object(target) = target {
        for (name, value) in patch {
            if value.is_null() {
                target.remove(name);
            } else {
                merge(target.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
    }
}

/// Values of `Cross-Origin-Opener-Policy` that cut a pop-up off from its opener.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Coop {
    SameOrigin,
    SameOriginAllowPopups,
    NoopenerAllowPopups,
}

impl Coop {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::SameOrigin => "same-origin",
            Self::SameOriginAllowPopups => "same-origin-allow-popups",
            Self::NoopenerAllowPopups => "noopener-allow-popups",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::shapes::ExpiresIn;
    use super::*;

    fn patched(knobs: &Knobs, patch: Value) -> Result<Knobs, serde_json::Error> {
        knobs.patched(serde_json::from_value(patch).unwrap())
    }

    #[test]
    fn a_patch_changes_what_it_names_and_null_sets_back() {
        let knobs = patched(
            &Knobs::default(),
            json!({"token_lifetime": 5, "token_shape": {"expires_in": "huge"}}),
        )
        .unwrap();
        assert_eq!(knobs.token_lifetime, 5);
        assert_eq!(knobs.token_shape.expires_in, ExpiresIn::Huge);
        let back = patched(
            &knobs,
            json!({"token_lifetime": null, "token_shape": {"expires_in": null}}),
        )
        .unwrap();
        assert_eq!(back, Knobs::default());
    }

    #[test]
    fn an_unknown_knob_is_refused() {
        for patch in [
            json!({"lifetime": 5}),
            json!({"token_shape": {"x": 5}}),
            json!({"rotation": "yes"}),
            json!({"token_lifetime": -1}),
        ] {
            assert!(patched(&Knobs::default(), patch).is_err());
        }
    }
}
