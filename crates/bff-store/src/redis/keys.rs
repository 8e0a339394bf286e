//! The names of the keys in Redis, in one place. All keys of one script have the same `{tag}`, so that they are in one slot of a cluster.
//!
//! No key name contains a session id: a tag is a hash of it, or the user's id. Called by the store only.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use bff_core::{SessionKey, UserId};

/// The prefix of the key of a session's record.
const SESSION: &str = "bff:session:";

/// A pattern that matches the keys of all records, and no other keys of this program.
pub const EVERY_SESSION: &str = "bff:session:*";

/// A key that the health check writes to see whether the server accepts writes.
pub const PING: &str = "bff:ping";

/// The keys with which the command `doctor` tries the commands.
pub const DOCTOR: [&str; 3] = ["bff:doctor:{text}", "bff:doctor:{hash}", "bff:doctor:{set}"];

/// The key of the sorted set of what running replicas say of themselves.
pub const REPLICAS: &str = "bff:replicas";

/// Returns the tag of the session, for its keys and for its user's index.
pub fn tag(key: &SessionKey) -> String {
    URL_SAFE_NO_PAD.encode(key.as_bytes())
}

/// Returns the session with this tag.
pub fn from_tag(tag: &str) -> Option<SessionKey> {
    let bytes = URL_SAFE_NO_PAD.decode(tag).ok()?;
    Some(SessionKey::from_bytes(bytes.try_into().ok()?))
}

/// Returns the key of the hash with the session's record.
pub fn session(key: &SessionKey) -> String {
    format!("{SESSION}{{{}}}", tag(key))
}

/// Returns the session whose record has this key.
pub fn from_session(name: &str) -> Option<SessionKey> {
    let tag = name.strip_prefix(SESSION)?;
    from_tag(tag.strip_prefix('{')?.strip_suffix('}')?)
}

/// Returns the key of the session's lease. It is in the same slot as the record.
pub fn lease(key: &SessionKey) -> String {
    format!("bff:lease:{{{}}}", tag(key))
}

/// Returns the key of the mark that the session's refresh token is being spent. It is in the same slot as the record.
pub fn spending(key: &SessionKey) -> String {
    format!("bff:spending:{{{}}}", tag(key))
}

/// Returns the key of the user's index. The id is encoded, because it may contain any character, also a brace.
pub fn user(user: &UserId) -> String {
    format!("bff:user:{{{}}}", URL_SAFE_NO_PAD.encode(user.as_str()))
}

/// Returns the key of the mark of a spent login attempt.
pub fn attempt(tag: &str) -> String {
    format!("bff:attempt:{tag}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Covers: ASVS-7.2.1
    #[test]
    fn a_key_leads_back_to_its_session_and_nothing_else_does() {
        let key = SessionKey::from_bytes([7; 32]);
        assert_eq!(from_session(&session(&key)), Some(key));
        assert_eq!(from_session(&lease(&key)), None);
        assert_eq!(from_session(&spending(&key)), None);
        assert_eq!(from_session("bff:session:{AAAA}"), None);
        assert_eq!(from_session("bff:session:"), None);
    }

    #[test]
    fn a_user_id_cannot_end_its_own_tag() {
        let name = user(&UserId::new("}{"));
        assert_eq!(name.matches(['{', '}']).count(), 2);
    }
}
