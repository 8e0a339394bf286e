//! The codes and phrases of this family of servers, in English and both Chinese scripts, by topic.
//!
//! This module determines the topic of a text; `classify` decides what follows from it.

/// The topic of a machine code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    Grant,
    Token,
    SignIn,
    Account,
    Client,
    Permission,
    Temporary,
}

/// Returns whether `text` contains one of the phrases, which are separated by `|`.
pub(super) fn has_any(text: &str, phrases: &str) -> bool {
    phrases.split('|').any(|phrase| text.contains(phrase))
}

/// Returns whether a refusal says that the grant was spent before.
pub(super) fn speaks_of_reuse(text: &str) -> bool {
    has_any(&text.to_lowercase(), REUSES)
}

/// Returns the topic of a code in lower case; `None` when the code is unknown.
pub(super) fn topic(code: &str) -> Option<Topic> {
    let has = |phrases| has_any(code, phrases);
    let is_number = code.bytes().all(|b| b.is_ascii_digit());
    Some(match code {
        "invalid_grant" => Topic::Grant,
        "invalid_client" | "unauthorized_client" | "invalid_request" | "invalid_scope" => {
            Topic::Client
        }
        "unsupported_grant_type" | "unsupported_token_type" | "redirect_uri_mismatch" => {
            Topic::Client
        }
        "access_denied" | "forbidden" | "403" => Topic::Permission,
        "server_error" | "temporarily_unavailable" | "slow_down" | "429" => Topic::Temporary,
        "unauthorized" | "unauthenticated" | "401" => Topic::SignIn,
        _ if is_number && code.len() == 3 && code.starts_with('5') => Topic::Temporary,
        _ if has("account|user") && has("disabled|banned|suspended|deleted|locked") => {
            Topic::Account
        }
        _ if has("scope|permission") => Topic::Permission,
        _ if has("rate_limit|too_many|unavailable|internal_error|timeout") => Topic::Temporary,
        _ if has("token|auth_code|authorization_code|api_key") && has(CODE_VERDICTS) => {
            Topic::Token
        }
        _ if code.starts_with("auth_") || has("login|logged|sign_in|signed_in|session_expired") => {
            Topic::SignIn
        }
        _ => return None,
    })
}

const CODE_VERDICTS: &str =
    "invalid|expired|revoked|used|reuse|missing|required|not_found|malformed";

const TOKEN: &str = "token|令牌";

/// Phrases about a request or its form, not about a token.
const NOT_TOKEN: [&str; 6] = [
    "token endpoint",
    "token request",
    "token type",
    "token_type",
    "grant type",
    "grant_type",
];

const GRANT: &str = "token|令牌|grant|authorization code|auth code|授权码|授權碼";

const VERDICTS: &str = "invalid|not valid|no longer valid|expired|revoked|already used|been used|reuse|not found|does not exist|\
    malformed|无效|無效|过期|過期|失效|已使用|不存在|撤销|撤銷|吊销|吊銷|不合法|非法";

const REUSES: &str =
    "already used|already been used|been used|used before|reuse|已使用|重复使用|重複使用";

const ABSENCES: &str = "missing|required|not provided|未提供";

const SIGN_IN: &str = "not logged in|not signed in|login required|unauthorized|unauthenticated|not authenticated|\
    未登录|未登錄|未登入";

const SIGN_IN_AGAIN: &str = "log in again|login again|sign in again|重新登录|重新登錄|重新登入";

const TEMPORARY: &str = "try again later|temporar|timed out|timeout|busy|unavailable|internal error|internal server error|\
    rate limit|too many|稍后|稍後|超时|逾時|繁忙|频繁|頻繁";

/// All messages of a response as one lower-case text.
pub(super) struct Messages(String);

impl Messages {
    pub(super) fn new(messages: &[String]) -> Self {
        let joined = messages.join(" ").to_lowercase();
        // A word with a slash is an address. The names in its path are not statements about the failure.
        let spoken = joined.split_whitespace().filter(|word| !word.contains('/'));
        let text = spoken.collect::<Vec<_>>().join(" ");
        Self(
            NOT_TOKEN
                .iter()
                .fold(text, |text, phrase| text.replace(phrase, "")),
        )
    }

    fn have(&self, phrases: &str) -> bool {
        has_any(&self.0, phrases)
    }

    /// Returns whether the messages describe a temporary failure.
    pub(super) fn are_temporary(&self) -> bool {
        self.have(TEMPORARY)
    }

    /// Returns whether the messages blame this client, and not the user.
    pub(super) fn blame_client(&self) -> bool {
        self.have("client|客户端|客戶端|应用密钥|應用密鑰|redirect_uri|redirect uri")
    }

    /// Returns whether the messages say that the account is disabled or deleted.
    pub(super) fn blame_account(&self) -> bool {
        self.have("user|account|用户|用戶|账户|賬戶|帳戶|账号|帳號")
            && self.have("disabled|banned|suspended|deactivated|封禁|禁用|停用|注销|註銷")
            && !self.have(TOKEN)
    }

    /// Returns whether the messages are a verdict on a code or a token, with both named, or ask the user to sign in again.
    pub(super) fn refuse_grant(&self) -> bool {
        (self.have(GRANT) && self.have(VERDICTS)) || self.have(SIGN_IN_AGAIN)
    }

    /// Returns whether the messages are a verdict on the access token, or ask the user to sign in.
    pub(super) fn refuse_token(&self) -> bool {
        let is_verdict = self.have(VERDICTS) || self.have(ABSENCES);
        (self.have(TOKEN) && is_verdict) || self.have(SIGN_IN) || self.have(SIGN_IN_AGAIN)
    }

    /// Returns whether the messages are about what the token may do.
    pub(super) fn speak_of_scope(&self) -> bool {
        self.have("scope|授权范围|授權範圍")
    }

    /// Returns whether the messages are about what the account may do.
    pub(super) fn speak_of_permission(&self) -> bool {
        self.have("permission|forbidden|无权|無權|权限|權限")
    }

    /// Returns whether the messages mention the token or signing in at all.
    pub(super) fn speak_of_token(&self) -> bool {
        self.have(TOKEN) || self.have("log in|login|sign in|登录|登錄|登入|authenticat")
    }
}
