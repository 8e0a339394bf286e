//! A value of a layer, before a section reads it, and its source.

use toml::Value;

use super::field::MASK;
use super::given::Given;
use super::origin::Origin;

/// A value that no section has parsed yet. It has no `Debug` because it may be a secret.
#[derive(Clone, PartialEq)]
pub(super) enum Raw {
    /// A value from a file, with its TOML type.
    Toml(Value),
    /// A value from a variable, always text.
    Text(String),
    /// A refused value. Its fault is already recorded, so that the section does not report the key again.
    Refused,
}

/// A value and its source.
pub(super) struct Layered {
    pub(super) raw: Raw,
    pub(super) origin: Origin,
}

impl Raw {
    /// Returns the value. `None` when it is refused.
    pub(super) fn given(&self) -> Option<Given<'_>> {
        match self {
            Self::Toml(value) => Some(Given::Toml(value)),
            Self::Text(text) => Some(Given::Text(text)),
            Self::Refused => None,
        }
    }

    /// Returns true when the value is not the empty text.
    pub(super) fn is_set(&self) -> bool {
        match self {
            Self::Text(text) | Self::Toml(Value::String(text)) => !text.trim().is_empty(),
            Self::Toml(_) | Self::Refused => true,
        }
    }

    /// Returns the value as the `config` command prints it: a text by the type of the default, and a secret as the mask, or as the empty text when it is
    /// not set.
    pub(super) fn shown(&self, default: &Value, is_secret: bool) -> Value {
        if is_secret {
            let is_set =
                self.is_set() && !matches!(self, Self::Toml(Value::Array(list)) if list.is_empty());
            return Value::from(if is_set { MASK } else { "" });
        }
        let text = match self {
            Self::Toml(value) => return value.clone(),
            Self::Text(text) => text.trim(),
            Self::Refused => "",
        };
        let typed = match default {
            Value::Integer(_) => text.parse().ok().map(Value::Integer),
            Value::Float(_) => text.parse().ok().map(Value::Float),
            Value::Boolean(_) => text.parse().ok().map(Value::Boolean),
            Value::Array(_) => {
                let entries = text.split([',', '\n']).map(str::trim);
                let entries = entries.filter(|entry| !entry.is_empty());
                Some(Value::from(entries.collect::<Vec<_>>()))
            }
            Value::String(_) | Value::Datetime(_) | Value::Table(_) => None,
        };
        typed.unwrap_or_else(|| Value::from(text))
    }
}
