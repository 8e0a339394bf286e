//! The parameters of a request, from its query or its form. RFC 6749 §3.1 and §3.2: none may be repeated,
//! and one without a value counts as left out.

use std::borrow::Cow;

use actix_web::HttpMessage;
use actix_web::HttpRequest;
use thiserror::Error;

/// Why a request's parameters cannot be used.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum ParamsError {
    /// RFC 6749 §3.1: a parameter must not be included more than once.
    #[error("the parameter {0} is repeated")]
    Repeated(&'static str),
    /// A parameter that must be there is not.
    #[error("the parameter {0} is missing")]
    Missing(&'static str),
    /// The body of a form endpoint must be a form.
    #[error("the body must be application/x-www-form-urlencoded")]
    NotAForm,
}

/// Decoded name and value pairs in the order they came.
#[derive(Debug, Default)]
pub(crate) struct Params<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Params<'a> {
    /// Reads a query string or a form body.
    pub(crate) fn parse(encoded: &'a [u8]) -> Self {
        Self(url::form_urlencoded::parse(encoded).collect())
    }

    /// Reads a form body after looking at the content type.
    pub(crate) fn form(request: &HttpRequest, body: &'a [u8]) -> Result<Self, ParamsError> {
        if request.content_type() == "application/x-www-form-urlencoded" {
            Ok(Self::parse(body))
        } else {
            Err(ParamsError::NotAForm)
        }
    }

    /// The one value of `name`, or none.
    pub(crate) fn get(&self, name: &'static str) -> Result<Option<&str>, ParamsError> {
        let mut found = self.0.iter().filter(|(key, _)| key == name);
        let value = found.next().map(|(_, value)| value.as_ref());
        if found.next().is_some() {
            return Err(ParamsError::Repeated(name));
        }
        Ok(value.filter(|value| !value.is_empty()))
    }

    /// The one value of `name`, which must be there.
    pub(crate) fn require(&self, name: &'static str) -> Result<&str, ParamsError> {
        self.get(name)?.ok_or(ParamsError::Missing(name))
    }

    /// Whether `name` came with a value at all, however often.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0
            .iter()
            .any(|(key, value)| key == name && !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_parameter_is_refused_and_an_empty_one_is_absent() {
        let params = Params::parse(b"a=1&b=&c=1&c=2&d=x%20y");
        assert_eq!(params.get("a"), Ok(Some("1")));
        assert_eq!(params.get("b"), Ok(None));
        assert_eq!(params.get("c"), Err(ParamsError::Repeated("c")));
        assert_eq!(params.require("d"), Ok("x y"));
        assert_eq!(params.require("e"), Err(ParamsError::Missing("e")));
    }
}
