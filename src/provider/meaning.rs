//! What codes and messages of the provider mean: the part of the decoder that reads words.
//!
//! A refused grant ends a session, so at the token endpoint only a definite word counts: a code, or a message that names both
//! the thing and the verdict. At a resource endpoint a wrong guess costs one refresh, so any word about the token will do.

use super::decode::{Endpoint, Kind};
use super::json::{Object, Scalar};

/// What an answer says about its failure.
#[derive(Default)]
pub(super) struct Signals {
    /// Machine codes, lower case, words joined by `_`.
    codes: Vec<String>,
    /// Free text, as it was sent.
    messages: Vec<String>,
    /// `error.type`: coarser than a code.
    kind: Option<String>,
    /// Everything of the above as it was sent, each text once.
    said: Vec<String>,
}

impl Signals {
    /// Collects them from every place where this family of servers puts them, and from `WWW-Authenticate`.
    pub(super) fn read(object: Option<&Object>, challenge: Option<&str>) -> Self {
        let mut signals = Self::default();
        if let Some(error) = challenge.and_then(challenge_error) {
            signals.code(error);
        }
        let Some(object) = object else { return signals };
        if let Some(error) = object.text("error") {
            signals.code(error.clone());
            signals.message(error);
        }
        if let Some(code) = object.scalar("code").and_then(Scalar::into_text) {
            signals.code(code);
        }
        for name in ["error_description", "message", "msg"] {
            object
                .text(name)
                .into_iter()
                .for_each(|text| signals.message(text));
        }
        let says_error = object
            .text("message")
            .is_some_and(|message| message.eq_ignore_ascii_case("error"));
        if says_error {
            object
                .text("data")
                .into_iter()
                .for_each(|text| signals.message(text));
        }
        if let Some(error) = object.object("error") {
            if let Some(code) = error.scalar("code").and_then(Scalar::into_text) {
                signals.code(code);
            }
            error
                .text("message")
                .into_iter()
                .for_each(|text| signals.message(text));
            if let Some(kind) = error.text("type") {
                signals.kind = Some(normal(&kind));
                signals.say(kind);
            }
        }
        signals
    }

    /// Notes a machine code. A sentence in its place is a message and nothing more.
    fn code(&mut self, text: String) {
        let trimmed = text.trim();
        if !trimmed.is_empty() && !trimmed.contains(char::is_whitespace) {
            self.codes.push(normal(trimmed));
        }
        self.say(text);
    }

    fn message(&mut self, text: String) {
        self.messages.push(text.clone());
        self.say(text);
    }

    fn say(&mut self, text: String) {
        if !text.trim().is_empty() && !self.said.contains(&text) {
            self.said.push(text);
        }
    }

    /// Codes and messages in one line; `None` when there are none. Foreign text.
    pub(super) fn summary(&self) -> Option<String> {
        (!self.said.is_empty()).then(|| self.said.join(": "))
    }
}

/// `AUTH_TOKEN_EXPIRED` and `auth-token-expired` are one code.
fn normal(text: &str) -> String {
    text.trim()
        .chars()
        .map(|c| match c {
            '-' | '.' => '_',
            other => other.to_ascii_lowercase(),
        })
        .collect()
}

/// The `error` of a `Bearer` challenge (RFC 6750 §3).
fn challenge_error(challenge: &str) -> Option<String> {
    let lower = challenge.to_ascii_lowercase();
    let start = lower.find("error=")? + "error=".len();
    let value = challenge[start..].trim_start_matches('"');
    let end = value
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-')
        .unwrap_or(value.len());
    Some(value[..end].to_owned())
}

/// The kind of failure that this answer is.
pub(super) fn judge(endpoint: Endpoint, status: u16, signals: &Signals) -> Kind {
    let words = Words::of(&signals.messages);
    match endpoint {
        Endpoint::Token | Endpoint::Revocation => judge_grant(status, signals, &words),
        Endpoint::UserInfo | Endpoint::TopUp | Endpoint::Registration => {
            judge_resource(status, signals, &words)
        }
    }
}

fn judge_grant(status: u16, signals: &Signals, words: &Words) -> Kind {
    if status == 429 {
        return Kind::Unavailable;
    }
    let by_code = signals.codes.iter().find_map(|code| match topic(code)? {
        Topic::Grant => Some(Kind::GrantRefused),
        Topic::Token => is_definite(code).then_some(Kind::GrantRefused),
        Topic::Account => Some(Kind::AccountDisabled),
        Topic::Client => Some(Kind::Misconfigured),
        Topic::Permission => Some(Kind::Forbidden),
        Topic::Passing => Some(Kind::Unavailable),
        Topic::SignIn => None,
    });
    if let Some(kind) = by_code {
        return kind;
    }
    match status {
        408 | 500.. => Kind::Unavailable,
        300..=399 => Kind::Unusable,
        _ if words.are_passing() => Kind::Unavailable,
        _ if words.blame_client() => Kind::Misconfigured,
        _ if words.blame_account() => Kind::AccountDisabled,
        _ if may_refuse_grant(status) && words.refuse_grant() => Kind::GrantRefused,
        // No word about the grant: the client itself was refused (RFC 6749 §5.2).
        401 | 403 => Kind::Misconfigured,
        _ => Kind::Unusable,
    }
}

/// Whether a code about a token is a verdict on the token, and not on the request or the address.
fn is_definite(code: &str) -> bool {
    let has = |words: &[&str]| words.iter().any(|word| code.contains(word));
    has(&["invalid", "expired", "revoked", "used", "reuse"])
        && !has(&["request", "type", "endpoint", "csrf"])
}

/// Whether words count at this status. A wrong address answers 404 with words such as "Invalid URL (POST …/token)", and must
/// not end every session.
const fn may_refuse_grant(status: u16) -> bool {
    matches!(status, 200..=299 | 400 | 401 | 403 | 422)
}

fn judge_resource(status: u16, signals: &Signals, words: &Words) -> Kind {
    if status == 429 {
        return Kind::Unavailable;
    }
    let topics = || signals.codes.iter().filter_map(|code| topic(code));
    if status == 401 {
        let is_account = topics().any(|topic| topic == Topic::Account) || words.blame_account();
        return if is_account {
            Kind::AccountDisabled
        } else {
            Kind::TokenRefused
        };
    }
    let by_code = topics().next().map(|topic| match topic {
        Topic::Grant | Topic::Token | Topic::SignIn => Kind::TokenRefused,
        Topic::Account => Kind::AccountDisabled,
        Topic::Client => Kind::Misconfigured,
        Topic::Permission => Kind::Forbidden,
        Topic::Passing => Kind::Unavailable,
    });
    if let Some(kind) = by_code {
        return kind;
    }
    let is_auth_type = signals
        .kind
        .as_deref()
        .is_some_and(|kind| kind.contains("authentication"));
    match status {
        300..=399 => Kind::Unusable,
        408 => Kind::Unavailable,
        _ if words.blame_account() => Kind::AccountDisabled,
        _ if words.speak_of_scope() => Kind::Forbidden,
        _ if words.refuse_token() => Kind::TokenRefused,
        500.. => Kind::Unavailable,
        _ if words.are_passing() => Kind::Unavailable,
        _ if words.speak_of_permission() || status == 403 => Kind::Forbidden,
        _ if words.speak_of_token() || is_auth_type => Kind::TokenRefused,
        _ => Kind::Unusable,
    }
}

/// What a machine code is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Topic {
    Grant,
    Token,
    SignIn,
    Account,
    Client,
    Permission,
    Passing,
}

fn topic(code: &str) -> Option<Topic> {
    let has = |words: &[&str]| words.iter().any(|word| code.contains(word));
    Some(match code {
        "invalid_grant" => Topic::Grant,
        "invalid_client"
        | "unauthorized_client"
        | "invalid_request"
        | "invalid_scope"
        | "unsupported_grant_type"
        | "unsupported_token_type"
        | "redirect_uri_mismatch" => Topic::Client,
        "access_denied" | "forbidden" | "403" => Topic::Permission,
        "server_error" | "temporarily_unavailable" | "slow_down" | "429" => Topic::Passing,
        "unauthorized" | "unauthenticated" | "401" => Topic::SignIn,
        _ if code.len() == 3
            && code.starts_with('5')
            && code.bytes().all(|b| b.is_ascii_digit()) =>
        {
            Topic::Passing
        }
        _ if has(&["account", "user"])
            && has(&["disabled", "banned", "suspended", "deleted", "locked"]) =>
        {
            Topic::Account
        }
        _ if has(&["scope", "permission"]) => Topic::Permission,
        _ if has(&[
            "rate_limit",
            "too_many",
            "unavailable",
            "internal_error",
            "timeout",
        ]) =>
        {
            Topic::Passing
        }
        _ if has(&["token", "auth_code", "authorization_code", "api_key"])
            && has(VERDICTS_IN_CODES) =>
        {
            Topic::Token
        }
        _ if code.starts_with("auth_")
            || has(&["login", "logged", "sign_in", "signed_in", "session_expired"]) =>
        {
            Topic::SignIn
        }
        _ => return None,
    })
}

const VERDICTS_IN_CODES: &[&str] = &[
    "invalid",
    "expired",
    "revoked",
    "used",
    "reuse",
    "missing",
    "required",
    "not_found",
    "malformed",
];

/// All messages of an answer as one lower-case text.
struct Words(String);

impl Words {
    fn of(messages: &[String]) -> Self {
        let joined = messages.join(" ").to_lowercase();
        // An address is not a statement about what its path is named after.
        let kept: Vec<&str> = joined
            .split_whitespace()
            .filter(|word| !word.contains('/'))
            .collect();
        let mut text = kept.join(" ");
        // Said of a request, not of a token.
        for phrase in [
            "token endpoint",
            "token request",
            "token type",
            "grant type",
            "grant_type",
            "token_type",
        ] {
            text = text.replace(phrase, "");
        }
        Self(text)
    }

    fn any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.0.contains(word))
    }

    fn have_verdict(&self) -> bool {
        self.any(&[
            "invalid",
            "not valid",
            "no longer valid",
            "expired",
            "revoked",
            "already used",
            "been used",
            "reuse",
            "not found",
            "does not exist",
            "malformed",
            "无效",
            "無效",
            "过期",
            "過期",
            "失效",
            "已使用",
            "不存在",
            "撤销",
            "撤銷",
            "吊销",
            "吊銷",
            "不合法",
            "非法",
        ])
    }

    fn are_passing(&self) -> bool {
        self.any(&[
            "try again later",
            "temporar",
            "timed out",
            "timeout",
            "busy",
            "unavailable",
            "internal error",
            "internal server error",
            "rate limit",
            "too many",
            "稍后",
            "稍後",
            "超时",
            "逾時",
            "繁忙",
            "频繁",
            "頻繁",
        ])
    }

    fn blame_client(&self) -> bool {
        self.any(&[
            "client",
            "客户端",
            "客戶端",
            "应用密钥",
            "應用密鑰",
            "redirect_uri",
            "redirect uri",
        ])
    }

    fn blame_account(&self) -> bool {
        self.any(&[
            "user", "account", "用户", "用戶", "账户", "賬戶", "帳戶", "账号", "帳號",
        ]) && self.any(&[
            "disabled",
            "banned",
            "suspended",
            "deactivated",
            "封禁",
            "禁用",
            "停用",
            "注销",
            "註銷",
        ])
    }

    fn refuse_grant(&self) -> bool {
        self.any(&[
            "token",
            "令牌",
            "grant",
            "authorization code",
            "auth code",
            "授权码",
            "授權碼",
        ]) && self.have_verdict()
    }

    fn refuse_token(&self) -> bool {
        let misses = self.any(&["未提供", "not provided", "missing", "required"]);
        let token = self.any(&["token", "令牌"]) && (misses || self.have_verdict());
        token
            || self.any(&[
                "not logged in",
                "not signed in",
                "log in again",
                "sign in again",
                "login required",
                "unauthorized",
                "unauthenticated",
                "not authenticated",
                "未登录",
                "未登錄",
                "未登入",
                "重新登录",
                "重新登錄",
                "重新登入",
            ])
    }

    fn speak_of_scope(&self) -> bool {
        self.any(&["scope", "授权范围", "授權範圍"])
    }

    fn speak_of_permission(&self) -> bool {
        self.any(&["permission", "forbidden", "无权", "無權", "权限", "權限"])
    }

    fn speak_of_token(&self) -> bool {
        self.any(&[
            "token",
            "令牌",
            "log in",
            "login",
            "sign in",
            "登录",
            "登錄",
            "登入",
            "authenticat",
        ])
    }
}
