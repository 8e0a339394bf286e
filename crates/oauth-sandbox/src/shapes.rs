//! The shapes that answers of this family of servers have without being wrong: every tolerance that a
//! client needs can be asked for by a name from here. `knobs` holds the ones that are chosen.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How a refusal is written: the shapes that servers of this family use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ErrorStyle {
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
pub(crate) struct TokenShape {
    pub(crate) expires_in: ExpiresIn,
    pub(crate) token_type: TokenType,
    pub(crate) scope: ScopeShape,
    /// Whether the answer to a refresh leaves `refresh_token` out (the old one then stays good).
    pub(crate) refresh_token_absent: bool,
    /// Whether the answer is inside `{"success": true, "data": …}`.
    pub(crate) wrapped: bool,
    /// Shortest length of both tokens, in characters.
    pub(crate) token_bytes: u16,
}

/// How `expires_in` is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ExpiresIn {
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
    pub(crate) fn write(self, seconds: u32) -> Option<Value> {
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
pub(crate) enum TokenType {
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
    pub(crate) fn write(self) -> Option<Value> {
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
pub(crate) enum ScopeShape {
    #[default]
    Same,
    Absent,
    /// Only the first scope of the grant; the token is good for no other.
    Narrower,
}

/// The shape of a good userinfo answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct UserinfoShape {
    /// How `quota` and `used_quota` are written.
    pub(crate) numbers: Numbers,
    /// Members that are left out.
    pub(crate) absent: Vec<String>,
    /// Members that are `null`.
    pub(crate) null: Vec<String>,
    /// Whether the answer is inside `{"success": true, "data": …}`.
    pub(crate) wrapped: bool,
}

/// How numbers are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Numbers {
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
    pub(crate) fn write(self, number: i64) -> Value {
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
pub(crate) enum TopupShape {
    /// `{"topup_url": …}`
    Documented,
    /// `{"success": true, "data": {"topup_url": …}}`
    DataObject,
    /// `{"success": true, "data": "…"}`
    DataString,
    /// `{}`
    Absent,
}
