//! The names of the keys in Redis, in one place: whatever one script touches has the same `{tag}`, and so one slot of a cluster.
//!
//! No name holds a session id: tags are hashes of it, or the user's id. Called by the store only.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use bff_core::{SessionKey, UserId};

/// Before every tag of a session's record.
const SESSION: &str = "aihubmix-bff:session:";

/// Matches the keys of all records, and nothing else of ours.
pub const EVERY_SESSION: &str = "aihubmix-bff:session:*";

/// Written and forgotten, to see whether the server takes writes.
pub const PING: &str = "aihubmix-bff:ping";

/// The session's name within its tag and within its user's index.
pub fn tag(key: &SessionKey) -> String {
    URL_SAFE_NO_PAD.encode(key.as_bytes())
}

/// The session that a tag names.
pub fn from_tag(tag: &str) -> Option<SessionKey> {
    let bytes = URL_SAFE_NO_PAD.decode(tag).ok()?;
    Some(SessionKey::from_bytes(bytes.try_into().ok()?))
}

/// The hash that holds the session's record.
pub fn session(key: &SessionKey) -> String {
    format!("{SESSION}{{{}}}", tag(key))
}

/// The session whose record has this key.
pub fn from_session(name: &str) -> Option<SessionKey> {
    let tag = name.strip_prefix(SESSION)?;
    from_tag(tag.strip_prefix('{')?.strip_suffix('}')?)
}

/// The session's lease; beside its record.
pub fn lease(key: &SessionKey) -> String {
    format!("aihubmix-bff:lease:{{{}}}", tag(key))
}

/// The mark that the session's refresh token is being spent; beside its record.
pub fn spending(key: &SessionKey) -> String {
    format!("aihubmix-bff:spending:{{{}}}", tag(key))
}

/// The tags of the user's sessions, by their logins. Encoded, because an id may hold any character, a brace too.
pub fn user(user: &UserId) -> String {
    format!(
        "aihubmix-bff:user:{{{}}}",
        URL_SAFE_NO_PAD.encode(user.as_str())
    )
}

/// The mark of a spent login attempt.
pub fn attempt(tag: &str) -> String {
    format!("aihubmix-bff:attempt:{tag}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_leads_back_to_its_session_and_nothing_else_does() {
        let key = SessionKey::from_bytes([7; 32]);
        assert_eq!(from_session(&session(&key)), Some(key));
        assert_eq!(from_session(&lease(&key)), None);
        assert_eq!(from_session(&spending(&key)), None);
        assert_eq!(from_session("aihubmix-bff:session:{AAAA}"), None);
        assert_eq!(from_session("aihubmix-bff:session:"), None);
    }

    #[test]
    fn a_user_id_cannot_end_its_own_tag() {
        let name = user(&UserId::new("}{"));
        assert_eq!(name.matches(['{', '}']).count(), 2);
    }
}
