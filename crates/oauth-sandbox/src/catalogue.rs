//! Every fault by its stable name: the error shapes that servers of this family send, and what networks do
//! to answers. `{error}` and `{message}` in a body are filled in from the order or from the defaults here.

/// A fault and what it does.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    pub(crate) effect: Effect,
}

/// What a fault does to a call.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Effect {
    /// A whole answer of another kind.
    Answer(Answer),
    /// An answer that begins well and never ends well: many bytes.
    Oversized,
    /// A redirect to another address.
    Redirect,
    /// Head and half of the body, then the connection closes.
    CutBody,
    /// Head and half of the body, then nothing until the fault is cleared.
    StallBody,
    /// Nothing until the fault is cleared.
    Hang,
    /// The connection closes without an answer.
    Drop,
    /// The call has its effect, then the connection closes without an answer.
    DropAfter,
    /// The right answer, late.
    Slow,
    /// The browser comes back to the app with something else than a code and its state.
    Callback(CallbackFault),
}

/// A canned answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) body: &'static str,
    pub(crate) error: &'static str,
    pub(crate) message: &'static str,
}

/// How a redirect back to the app goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallbackFault {
    /// `error=` and the right state.
    Error,
    /// `error=` without a state.
    ErrorWithoutState,
    /// A code without a state.
    WithoutState,
    /// A code with a state that is not the app's.
    ForeignState,
    /// The right state and neither code nor error.
    WithoutCode,
}

/// The fault called `name`.
pub(crate) fn find(name: &str) -> Option<&'static Fault> {
    ALL.iter().find(|fault| fault.name == name)
}

const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";

const OAUTH: &str = r#"{"error":"{error}","error_description":"{message}"}"#;
const SUCCESS_FALSE: &str = r#"{"success":false,"message":"{message}"}"#;
const SUCCESS_FALSE_CODE: &str = r#"{"success":false,"code":"{error}","message":"{message}"}"#;
const ERROR_OBJECT: &str =
    r#"{"error":{"message":"{message}","type":"sandbox_api_error","param":"","code":"{error}"}}"#;
const MESSAGE_ERROR: &str = r#"{"message":"error","data":"{message}"}"#;
const ERROR_PAGE: &str = "<!doctype html><html><head><title>{error}</title></head>\
    <body><center><h1>{error}</h1></center><hr><center>{message}</center></body></html>";

const BUSY: &str = "系統繁忙，請稍後再試";
const AUTH: &str = "無權進行此操作，未登入且未提供有效的 access token";

const fn json(name: &'static str, status: u16, body: &'static str) -> Fault {
    with(name, status, body, "server_error", BUSY)
}

const fn with(
    name: &'static str,
    status: u16,
    body: &'static str,
    error: &'static str,
    message: &'static str,
) -> Fault {
    let content_type = JSON;
    let effect = Effect::Answer(Answer {
        status,
        content_type,
        body,
        error,
        message,
    });
    Fault { name, effect }
}

const fn html(name: &'static str, status: u16, title: &'static str) -> Fault {
    let effect = Effect::Answer(Answer {
        status,
        content_type: HTML,
        body: ERROR_PAGE,
        error: title,
        message: "sandbox gateway",
    });
    Fault { name, effect }
}

const fn wire(name: &'static str, effect: Effect) -> Fault {
    Fault { name, effect }
}

const fn callback(name: &'static str, fault: CallbackFault) -> Fault {
    wire(name, Effect::Callback(fault))
}

#[rustfmt::skip]
/// All faults, in the order in which the control page offers them.
pub(crate) static ALL: &[Fault] = &[
    with("oauth_error_400", 400, OAUTH, "invalid_grant", "the grant is not valid"),
    with("oauth_error_401", 401, OAUTH, "invalid_grant", "the grant is not valid"),
    with("oauth_error_200", 200, OAUTH, "invalid_grant", "the grant is not valid"),
    with("invalid_client", 401, OAUTH, "invalid_client", "client authentication failed"),
    with("invalid_token", 401, OAUTH, "invalid_token", "the access token expired"),
    with("insufficient_scope", 403, OAUTH, "insufficient_scope", "the scope is too narrow"),
    json("oauth_error_503", 503, OAUTH),
    json("success_false_200", 200, SUCCESS_FALSE),
    with("success_false_200_auth", 200, SUCCESS_FALSE, "", AUTH),
    with("success_false_code_200", 200, SUCCESS_FALSE_CODE, "AUTH_TOKEN_EXPIRED", AUTH),
    with("success_false_code_401", 401, SUCCESS_FALSE_CODE, "AUTH_TOKEN_EXPIRED", AUTH),
    with("success_false_code_403", 403, SUCCESS_FALSE_CODE, "AUTH_TOKEN_EXPIRED", AUTH),
    with("account_disabled_403", 403, SUCCESS_FALSE_CODE, "USER_DISABLED", "使用者已被停用"),
    json("error_object_200", 200, ERROR_OBJECT),
    with("error_object_200_auth", 200, ERROR_OBJECT, "invalid_access_token", AUTH),
    with("error_object_400", 400, ERROR_OBJECT, "bad_request", "the request is not understood"),
    with("error_object_401", 401, ERROR_OBJECT, "invalid_access_token", AUTH),
    with("error_object_403", 403, ERROR_OBJECT, "forbidden", "not allowed for this account"),
    with("error_object_404", 404, ERROR_OBJECT, "not_found", "there is no such address"),
    with("error_object_429", 429, ERROR_OBJECT, "rate_limited", "too many requests"),
    json("error_object_500", 500, ERROR_OBJECT),
    json("error_object_503", 503, ERROR_OBJECT),
    json("message_error_200", 200, MESSAGE_ERROR),
    with("message_error_200_auth", 200, MESSAGE_ERROR, "", AUTH),
    json("empty_200", 200, ""),
    json("empty_401", 401, ""),
    json("empty_429", 429, ""),
    json("empty_500", 500, ""),
    json("empty_503", 503, ""),
    html("html_200", 200, "Welcome"),
    html("html_404", 404, "404 Not Found"),
    html("html_502", 502, "502 Bad Gateway"),
    html("html_504", 504, "504 Gateway Time-out"),
    json("null", 200, "null"),
    json("array", 200, "[]"),
    json("empty_object", 200, "{}"),
    json("string", 200, "\"ok\""),
    json("number", 200, "42"),
    json("wrong_types", 200, r#"{"access_token":42,"refresh_token":[],"id":{},"topup_url":7,"quota":true}"#),
    json("success_without_data", 200, r#"{"success":true,"message":"","data":null}"#),
    json("truncated_json", 200, r#"{"access_token":"eyJ","token_type":"Bea"#),
    wire("oversized", Effect::Oversized),
    wire("redirect", Effect::Redirect),
    wire("cut_body", Effect::CutBody),
    wire("stall_body", Effect::StallBody),
    wire("hang", Effect::Hang),
    wire("drop", Effect::Drop),
    wire("drop_after", Effect::DropAfter),
    wire("slow", Effect::Slow),
    callback("redirect_error", CallbackFault::Error),
    callback("redirect_error_without_state", CallbackFault::ErrorWithoutState),
    callback("redirect_without_state", CallbackFault::WithoutState),
    callback("redirect_foreign_state", CallbackFault::ForeignState),
    callback("redirect_without_code", CallbackFault::WithoutCode),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_fault_has_a_name_of_its_own() {
        let names: HashSet<_> = ALL.iter().map(|fault| fault.name).collect();
        assert_eq!(names.len(), ALL.len());
    }
}
