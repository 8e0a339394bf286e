//! The security events: each declared once, here, as a function that tells it and a row that describes it.
//!
//! An event is one event of the log, under the target [`TARGET`]; `telemetry` also writes it to the audit log, with exactly the fields of its row.
//! `docs/audit-events.md` is made from [`EVENTS`] by `tests/events.rs`. No field of the audit log holds a secret, or a text that somebody else chose:
//! codes, words, numbers and hashes of our own only. Called wherever such a thing happens.

use std::fmt::Display;

use crate::Session;

/// The target of every event in this file, for filters (`RUST_LOG=audit=info`).
pub const TARGET: &str = "audit";

/// The number of the form that the audit log has. It counts up when a field goes or changes its meaning, not when one is added.
pub const FORM: u64 = 1;

/// Under this name an event carries what the audit log calls its session; `session` is the handle, which is for the log alone.
pub const SESSION_HASH: &str = "session_hash";

/// Methods that are told under their own name.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// A security event as the audit log has it.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// Its name, the field `event`.
    pub name: &'static str,
    /// `info`, `warn` or `error`.
    pub level: &'static str,
    /// What it says and when.
    pub meaning: &'static str,
    /// Whether it is about a session, whose hash then stands in `session`.
    pub has_session: bool,
    /// Its own fields, in order.
    pub fields: &'static [Field],
}

/// A field of an event.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub form: Form,
    /// What that means.
    pub meaning: &'static str,
}

/// What a field of the audit log can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A text.
    Text,
    /// A text, or `null`.
    MaybeText,
    /// A whole number, not below zero.
    Number,
}

macro_rules! parameter {
    (Text) => { &str };
    (MaybeText) => { Option<&str> };
    (Number) => { usize };
}

/// One event: its meaning, level and name; in brackets the session that it is about; its fields; in braces what only the log is told besides; the
/// sentence of the log line.
macro_rules! events {
    ($(
        #[doc = $meaning:literal]
        $level:ident $name:ident [$($session:ident)?] ($($field:ident: $form:ident = $told:literal),*) {$($aside:ident),*} $sentence:literal;
    )*) => {
        /// Every security event.
        pub const EVENTS: &[Kind] = &[$(Kind {
            name: stringify!($name),
            level: stringify!($level),
            meaning: $meaning.trim_ascii_start(),
            has_session: !concat!($(stringify!($session))?).is_empty(),
            fields: &[$(Field { name: stringify!($field), form: Form::$form, meaning: $told }),*],
        }),*];

        $(
            #[doc = $meaning]
            pub fn $name($($session: &Session,)? $($field: parameter!($form),)* $($aside: &dyn Display),*) {
                tracing::$level!(
                    target: TARGET,
                    event = stringify!($name),
                    $($session = %$session.key.handle(), session_hash = $session.hash.as_str(),)?
                    $($field,)*
                    $($aside = %$aside,)*
                    $sentence
                );
            }
        )*
    };
}

events! {
    /// The program starts with a configuration in which nothing is wrong.
    info configuration_loaded [] (
        version: Text = "the program's",
        profile: Text = "`BFF_PROFILE`",
        public_origin: Text = "scheme, host and port that browsers see",
        store: Text = "what keeps the sessions: `sqlite`, `memory`, `redis`, `redis+sentinel`, `redis+cluster`",
        keys: Number = "how many keys open what is sealed",
        sealing: Text = "the id of the key that seals; an id is the start of a hash"
    ) {} "the configuration is loaded";

    /// A browser was sent to the provider.
    info login_started [] (
        attempt: Text = "names the attempt in the events that follow"
    ) {} "a login began";

    /// A session was made.
    info login_finished [session] (
        attempt: Text = "the attempt that it comes from",
        device: Text = "browser and system in words of this program, such as `Firefox on Linux`"
    ) {} "a login finished";

    /// A login ended without a session.
    info login_failed [] (
        attempt: MaybeText = "the attempt, where it is known to be spent; else `null`",
        error: Text = "the code that the person was shown"
    ) {} "a login failed";

    /// The provider's answer came once more to an attempt that is spent: a reload, or somebody who plays it back.
    warn login_repeated [] (
        attempt: Text = "the attempt"
    ) {} "an answer came to an attempt that is spent";

    /// A callback did not name `oauth.issuer`: a mistake in the configuration, or another server's answer (mix-up).
    warn issuer_mismatch [] (
        attempt: Text = "the attempt, which stays pending"
    ) {} "an answer does not come from the configured issuer";

    /// The return address of a login was not kept; the login will end on the front page.
    info return_to_refused [] (
        reason: Text = "`elsewhere` (it leads to another origin or to a route of the login), `too_long` (more than 2,048 bytes, percent-encoded), `no_room` (later logins of the same browser have long addresses too, and their cookies would not fit into one header line)"
    ) {} "the return address of a login was not kept";

    /// New tokens for a session.
    info refreshed [session] () {} "tokens refreshed";

    /// The provider refused the refresh token for good; unless newer tokens were stored meanwhile, the session ends.
    warn refresh_refused [session] () {error} "the provider refused the refresh token for good";

    /// The provider refused the refresh token and says that it had been used before. Either somebody else used it, or an answer of the provider was lost, or an old copy of the sessions was restored.
    warn reuse_suspected [session] () {} "the provider says that the refresh token was used before";

    /// A session ended.
    info session_ended [session] (
        cause: Text = "`idle_limit`, `absolute_limit`, `refresh_refused`, `tokens_expired` (there was no refresh token), `logged_out`, `replaced` (the same browser signed in anew), `ended_elsewhere` (its owner ended it from another session), `revoked` (`sessions revoke`), `too_many_sessions` (its user signed in more often than `session.max_per_user`, and it was the oldest)"
    ) {} "a session ended";

    /// A request carried several session cookies, which a browser does only where somebody planted one; it counts as signed out.
    warn session_cookie_repeated [] () {} "a request carries several session cookies; it counts as signed out";

    /// A stored session does not open: its key is gone, or the row was altered. It counts as no session.
    warn session_record_unreadable [] (
        part: Text = "the sealed part that does not open, or `record`"
    ) {session, why} "a stored session does not open and counts as no session";

    /// A request from another site was refused, and nothing was done.
    warn csrf_rejected [] (
        method: Text = "its method; `other` for a word that is no usual one"
    ) {} "a request from another site was refused";

    /// A limit refused requests, or connections. Of one client there is one such line a minute; one without a client tells of what was not told yet.
    warn rate_limited [] (
        limit: Text = "`client`, `login` or `session`",
        refused: Number = "how many it refused since the last such line"
    ) {} "more was asked than is allowed";

    /// The sealing keys were read again and are others.
    info keys_reloaded [] (
        keys: Number = "how many keys open what is sealed",
        newest: MaybeText = "the id of the first key",
        sealing: Text = "the id of the key that seals now"
    ) {} "the sealing keys were read again";

    /// The newest key seals from now on.
    info key_seals [] (
        key: Text = "its id"
    ) {} "the newest key seals from now on";

    /// The key that sealed until now was taken out: its sessions and pending logins are over.
    warn sealing_key_removed [] (
        key: Text = "its id"
    ) {} "the key that sealed until now was taken out: what it sealed does not open any more, and whoever it belongs to is signed out";

    /// The sealing keys could not be read again; they stay as they were.
    error keys_refused [] () {why} "the sealing keys cannot be read again; they stay as they were";
}

/// The event of this name.
#[must_use]
pub fn kind(name: &str) -> Option<&'static Kind> {
    EVENTS.iter().find(|kind| kind.name == name)
}

/// A method under its own name, or `other`: a method is any word that a stranger likes.
#[must_use]
pub fn known_method(method: &str) -> &'static str {
    METHODS
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or("other")
}
