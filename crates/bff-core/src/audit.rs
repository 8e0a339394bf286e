//! Declares the security events. Each is declared once, as a function that logs it and a row that describes it.
//!
//! A security event is an event of the log with the target [`TARGET`]. `telemetry` also writes it to the audit log, with exactly the fields of its
//! row. A test makes `docs/audit-events.md` from [`EVENTS`]. No field of the audit log holds a secret, or text from a client, the provider or an
//! upstream: only codes, words, numbers and hashes of this program. The code that causes an event calls its function.

use std::fmt::Display;

use crate::session::Session;

/// Target of every event in this file, for filters (`RUST_LOG=audit=info`).
pub const TARGET: &str = "audit";

/// Version of the form of the audit log. It is raised when a field is removed or changes its meaning, not when a field is added.
pub const FORM: u64 = 1;

/// Name of the field that holds the hash of a session. The audit log writes it as `session`. The field `session` holds the handle, which only the
/// log contains.
pub const SESSION_HASH: &str = "session_hash";

/// Methods that are logged by name. Others are logged as `other`.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Describes a security event of the audit log.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// The name, in the field `event`.
    pub name: &'static str,
    /// `info`, `warn` or `error`.
    pub level: &'static str,
    /// What happened, for the reference.
    pub meaning: &'static str,
    /// Whether it concerns a session. The field `session` then holds the session's hash.
    pub has_session: bool,
    /// The fields that only this event has, in order.
    pub fields: &'static [Field],
}

/// Describes a field of an event.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The name.
    pub name: &'static str,
    /// The type.
    pub form: Form,
    /// What the value means, for the reference.
    pub meaning: &'static str,
}

/// The type of a field of the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A text.
    Text,
    /// A text, or `null`.
    MaybeText,
    /// A whole number, zero or more.
    Number,
}

macro_rules! parameter {
    (Text) => { &str };
    (MaybeText) => { Option<&str> };
    (Number) => { usize };
}

/// Declares events. Each has a meaning, level and name; in brackets the session that it concerns; its fields; in braces values that only the log
/// gets; the message of the log line.
macro_rules! events {
    ($(
        #[doc = $meaning:literal]
        $level:ident $name:ident [$($session:ident)?] ($($field:ident: $form:ident = $field_meaning:literal),*) {$($log_only:ident),*} $message:literal;
    )*) => {
        /// Every security event.
        pub const EVENTS: &[Kind] = &[$(Kind {
            name: stringify!($name),
            level: stringify!($level),
            meaning: $meaning.trim_ascii_start(),
            has_session: !concat!($(stringify!($session))?).is_empty(),
            fields: &[$(Field { name: stringify!($field), form: Form::$form, meaning: $field_meaning }),*],
        }),*];

        $(
            #[doc = $meaning]
            pub fn $name($($session: &Session,)? $($field: parameter!($form),)* $($log_only: &dyn Display),*) {
                tracing::$level!(
                    target: TARGET,
                    event = stringify!($name),
                    $($session = %$session.key.handle(), session_hash = $session.hash.as_str(),)?
                    $($field,)*
                    $($log_only = %$log_only,)*
                    $message
                );
            }
        )*
    };
}

events! {
    /// The program starts with a valid configuration.
    info configuration_loaded [] (
        version: Text = "version of the program",
        profile: Text = "`BFF_PROFILE`",
        public_origin: Text = "scheme, host and port that browsers use",
        store: Text = "the session store: `sqlite`, `memory`, `postgres`, `redis`, `redis+sentinel`, `redis+cluster`",
        keys: Number = "number of keys that open sealed values",
        sealing: Text = "id of the key that seals; an id is the start of a hash"
    ) {} "configuration loaded";

    /// A login started: the browser was redirected to the provider.
    info login_started [] (
        attempt: Text = "name of the login attempt in the following events"
    ) {} "login started";

    /// A login finished, and a session was created.
    info login_finished [session] (
        attempt: Text = "the login attempt",
        device: Text = "browser and system, in fixed words of this program, such as `Firefox on Linux`"
    ) {} "login finished";

    /// A login failed: it ended without a session.
    info login_failed [] (
        attempt: MaybeText = "the login attempt, if it is spent; else `null`",
        error: Text = "the code that the page showed to the user"
    ) {} "login failed";

    /// A callback arrived for a login attempt that is already spent: the user reloaded the page, or an attacker replays the answer.
    warn login_repeated [] (
        attempt: Text = "the login attempt"
    ) {} "callback for a login attempt that is already spent";

    /// The `iss` of a callback is not `oauth.issuer`: the configuration is wrong, or another server answered (mix-up attack, RFC 9207).
    warn issuer_mismatch [] (
        attempt: Text = "the login attempt, which stays pending"
    ) {} "the issuer of a callback is not oauth.issuer";

    /// The return address of a login was refused. The login will end on the front page.
    info return_to_refused [] (
        reason: Text = "`elsewhere` (another origin, or a route of the login), `too_long` (more than 2,048 bytes, percent-encoded), `no_room` (later logins of the same browser have long addresses too, and the cookies would exceed one header line)"
    ) {} "return address of a login refused";

    /// The provider issued new tokens for a session.
    info refreshed [session] () {} "tokens refreshed";

    /// The provider definitely refused the refresh token. The session ends, unless newer tokens were stored meanwhile.
    warn refresh_refused [session] () {error} "the provider definitely refused the refresh token";

    /// The provider refused the refresh token because it was used before. An attacker used it, or an answer of the provider was lost, or an old copy of the sessions was restored.
    warn reuse_suspected [session] () {} "the provider refused the refresh token because it was used before";

    /// A session ended.
    info session_ended [session] (
        cause: Text = "`idle_limit`, `absolute_limit`, `refresh_refused`, `tokens_expired` (there was no refresh token), `logged_out`, `replaced` (the same browser signed in again), `ended_elsewhere` (its user ended it from another session), `revoked` (`sessions revoke`), `too_many_sessions` (its user signed in more often than `session.max_per_user`, and it was the oldest)"
    ) {} "session ended";

    /// A request has several session cookies and counts as signed out. A browser sends several only if another site set one (RFC 6265 §8.6).
    warn session_cookie_repeated [] () {} "a request has several session cookies and counts as signed out";

    /// A stored session cannot be opened, because its key was removed or the row was altered. It counts as no session.
    warn session_record_unreadable [] (
        part: Text = "the sealed part that cannot be opened, or `record`"
    ) {session, why} "a stored session cannot be opened and counts as no session";

    /// A request from another site was refused (403). It had no effect.
    warn csrf_rejected [] (
        method: Text = "the method; `other` for an uncommon one"
    ) {} "cross-site request refused";

    /// A rate limit refused requests (429). There is one line a minute for each client. A line without a client counts the requests that were not reported yet.
    warn rate_limited [] (
        limit: Text = "`client`, `login` or `session`",
        refused: Number = "number of requests refused since the last such line"
    ) {} "rate limit exceeded";

    /// The sealing keys were reloaded and have changed.
    info keys_reloaded [] (
        keys: Number = "number of keys that open sealed values",
        newest: MaybeText = "id of the first key",
        sealing: Text = "id of the key that seals now"
    ) {} "sealing keys reloaded";

    /// The newest key seals from now on.
    info key_seals [] (
        key: Text = "id of the key"
    ) {} "the newest key seals from now on";

    /// The key that sealed until now was removed. The sessions and pending logins that it sealed are lost.
    warn sealing_key_removed [] (
        key: Text = "id of the key"
    ) {} "the sealing key was removed; users whose sessions it sealed are signed out";

    /// The sealing keys could not be reloaded. The former keys stay in use.
    error keys_refused [] () {why} "the sealing keys cannot be reloaded; the former keys stay in use";

    /// The client secret was reloaded and has changed.
    info client_secret_reloaded [] () {} "client secret reloaded";

    /// The client secret could not be reloaded. The former secret stays in use.
    error client_secret_refused [] () {why} "the client secret cannot be reloaded; the former one stays in use";
}

/// Returns the event of this name.
#[must_use]
pub fn kind(name: &str) -> Option<&'static Kind> {
    EVENTS.iter().find(|kind| kind.name == name)
}

/// Returns the method's own name if it is a common one, else `other`, because a client can send any word as a method.
#[must_use]
pub fn known_method(method: &str) -> &'static str {
    METHODS
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or("other")
}
