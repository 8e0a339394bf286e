//! [`Failure`]: why a measurement failed, in one line for the operator.

/// Why a measurement failed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(String);

/// The result of a step that can fail.
pub type Outcome<T> = Result<T, Failure>;

impl Failure {
    /// Makes a failure with this text.
    pub fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

/// Returns a failure with this text.
pub fn fail<T>(what: impl Into<String>) -> Outcome<T> {
    Err(Failure::new(what))
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        Self(format!("{error:?}"))
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<bff_store::StoreError> for Failure {
    fn from(error: bff_store::StoreError) -> Self {
        Self(error.to_string())
    }
}
