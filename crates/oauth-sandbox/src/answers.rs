//! Answers of the API that the control API has set.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An answer as the control API takes and shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApiAnswer {
    #[serde(default = "get")]
    pub(crate) method: String,
    /// Begins with a slash. A query is ignored.
    pub(crate) path: String,
    #[serde(default = "ok")]
    pub(crate) status: u16,
    pub(crate) body: Value,
}

fn get() -> String {
    Method::GET.to_string()
}

fn ok() -> u16 {
    200
}

impl ApiAnswer {
    /// Returns why this cannot be an answer, if so.
    fn fault(&self) -> Option<&'static str> {
        if !self.path.starts_with('/') || self.path.contains('?') {
            return Some("path must begin with a slash and have no query");
        }
        (!(200..600).contains(&self.status)).then_some("status must be between 200 and 599")
    }

    pub(crate) fn respond(&self) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        HttpResponse::build(status).json(&self.body)
    }
}

/// The answers that the control API has set, by method and path. They take precedence over the files.
#[derive(Debug, Default)]
pub(crate) struct Answers(HashMap<(String, String), ApiAnswer>);

impl Answers {
    /// Sets an answer in place of an earlier one for the same method and path.
    ///
    /// # Errors
    /// When the path or the status cannot be used.
    pub(crate) fn set(&mut self, mut answer: ApiAnswer) -> Result<(), &'static str> {
        if let Some(fault) = answer.fault() {
            return Err(fault);
        }
        answer.method.make_ascii_uppercase();
        let key = (answer.method.clone(), answer.path.clone());
        self.0.insert(key, answer);
        Ok(())
    }

    /// Returns all answers, in no particular order.
    pub(crate) fn all(&self) -> Vec<&ApiAnswer> {
        self.0.values().collect()
    }

    /// Removes all answers.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn find(&self, method: &Method, path: &str) -> Option<ApiAnswer> {
        let key = (method.to_string(), path.to_owned());
        self.0.get(&key).cloned()
    }
}
