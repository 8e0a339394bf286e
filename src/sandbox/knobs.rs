//! What can be set on the sandbox while it runs: lifetimes, rotation, and the shape of good answers. Every
//! tolerance a client of this provider needs has a knob here; wrong answers are in `faults`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// All knobs. What is left out has its documented value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Knobs {
    /// Seconds an access token works.
    pub(super) token_lifetime: u32,
    /// Seconds a refresh token works.
    pub(super) refresh_lifetime: u32,
    /// Seconds an authorization code works.
    pub(super) code_lifetime: u32,
    /// Milliseconds every endpoint waits before it acts.
    pub(super) latency_ms: u32,
    /// Whether a refresh gives a new refresh token and spends the old one.
    pub(super) rotation: bool,
    /// Seconds during which a spent refresh token is still accepted.
    pub(super) rotation_grace: u32,
    /// Whether an authorization request without a code challenge is refused.
    pub(super) require_pkce: bool,
    /// The account every browser counts as signed in with; for tests without a cookie jar.
    pub(super) signed_in_as: Option<String>,
    /// `Cross-Origin-Opener-Policy` of the pages a browser sees.
    pub(super) coop: Option<Coop>,
    /// How refusals look that are not faults: an unknown code, a dead token.
    pub(super) error_style: ErrorStyle,
    pub(super) token_shape: TokenShape,
    pub(super) userinfo_shape: UserinfoShape,
    pub(super) topup_shape: TopupShape,
    /// The URL `topup` gives in place of the sandbox's own page.
    pub(super) topup_url: Option<String>,
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
    pub(super) fn patched(&self, patch: Map<String, Value>) -> Result<Self, serde_json::Error> {
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
pub(super) enum Coop {
    SameOrigin,
    SameOriginAllowPopups,
    NoopenerAllowPopups,
}

impl Coop {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::SameOrigin => "same-origin",
            Self::SameOriginAllowPopups => "same-origin-allow-popups",
            Self::NoopenerAllowPopups => "noopener-allow-popups",
        }
    }
}

/// How a refusal is written: the shapes that servers of this family use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ErrorStyle {
    /// `{"error", "error_description"}`, RFC 6749 §5.2.
    Oauth,
    /// `{"error": {"message", "type", "code"}}` with the status of the refusal.
    ErrorObject,
    /// The same with HTTP 200.
    ErrorObject200,
    /// `{"success": false, "code", "message"}` with the status of the refusal.
    SuccessFalse,
    /// `{"success": false, "message"}` with HTTP 200.
    SuccessFalse200,
    /// `{"message": "error", "data": "text"}` with HTTP 200.
    MessageError200,
}

/// The shape of a good answer of the token endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct TokenShape {
    pub(super) expires_in: ExpiresIn,
    pub(super) token_type: TokenType,
    pub(super) scope: ScopeShape,
    /// Whether the answer to a refresh leaves `refresh_token` out (the old one then stays good).
    pub(super) refresh_token_absent: bool,
    /// Whether the answer is inside `{"success": true, "data": …}`.
    pub(super) wrapped: bool,
    /// Shortest length of both tokens, in characters.
    pub(super) token_bytes: u16,
}

/// How `expires_in` is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ExpiresIn {
    #[default]
    Number,
    Absent,
    Null,
    String,
    Float,
    Zero,
    Negative,
    Huge,
    Words,
}

impl ExpiresIn {
    /// The member for a token that lives `seconds`, or none.
    pub(super) fn write(self, seconds: u32) -> Option<Value> {
        Some(match self {
            Self::Number => json!(seconds),
            Self::Absent => return None,
            Self::Null => Value::Null,
            Self::String => json!(seconds.to_string()),
            Self::Float => json!(f64::from(seconds) + 0.5),
            Self::Zero => json!(0),
            Self::Negative => json!(-1),
            Self::Huge => json!(u64::MAX),
            Self::Words => json!("two hours"),
        })
    }
}

/// How `token_type` is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TokenType {
    #[default]
    Bearer,
    Lower,
    Upper,
    Absent,
    Null,
    /// A type that this client cannot use.
    Mac,
}

impl TokenType {
    pub(super) fn write(self) -> Option<Value> {
        match self {
            Self::Bearer => Some(json!("Bearer")),
            Self::Lower => Some(json!("bearer")),
            Self::Upper => Some(json!("BEARER")),
            Self::Mac => Some(json!("mac")),
            Self::Null => Some(Value::Null),
            Self::Absent => None,
        }
    }
}

/// Which `scope` the token endpoint says and gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ScopeShape {
    #[default]
    Same,
    Absent,
    /// Only the first scope of the grant; the token is good for no other.
    Narrower,
}

/// The shape of a good userinfo answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct UserinfoShape {
    /// How `quota` and `used_quota` are written.
    pub(super) numbers: Numbers,
    /// Members that are left out.
    pub(super) absent: Vec<String>,
    /// Members that are `null`.
    pub(super) null: Vec<String>,
    /// Whether the answer is inside `{"success": true, "data": …}`.
    pub(super) wrapped: bool,
}

/// How numbers are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Numbers {
    #[default]
    Integer,
    Float,
    String,
    DecimalString,
    Negative,
    /// 2^53 more than the value, where a double loses the last digit.
    BeyondDouble,
}

impl Numbers {
    pub(super) fn write(self, number: i64) -> Value {
        match self {
            Self::Integer => json!(number),
            Self::Float => json!(number as f64 + 0.5),
            Self::String => json!(number.to_string()),
            Self::DecimalString => json!(format!("{number}.25")),
            Self::Negative => json!(number.saturating_abs().saturating_neg()),
            Self::BeyondDouble => json!(number.saturating_add((1 << 53) + 1)),
        }
    }
}

/// The shape of the top-up answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TopupShape {
    /// `{"topup_url": …}`
    Documented,
    /// `{"success": true, "data": {"topup_url": …}}`
    DataObject,
    /// `{"success": true, "data": "…"}`
    DataString,
    /// `{}`
    Absent,
}

#[cfg(test)]
mod tests {
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
