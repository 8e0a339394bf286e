//! Tokens and codes of the provider double. Each contains the number of its user, so that the double needs no memory.

/// Length of an access token, which is about that of the provider's JSON Web Tokens.
const LENGTH: usize = 700;

/// Returns the access token of a user.
pub fn access(user: u64) -> String {
    let begin = format!("eyJ.{user:012}.");
    format!("{begin}{}", "a".repeat(LENGTH - begin.len()))
}

/// Returns a refresh token of a user; the serial number makes it unique.
pub fn refresh(user: u64, serial: u64) -> String {
    format!("refresh.{user:012}.{serial:020}.aaaaaaaaaaaaaaaaaaaa")
}

/// Returns an authorization code of a user.
pub fn code(user: u64) -> String {
    format!("code.{user:012}")
}

/// Returns the user of a token or code.
pub fn user(token: &str) -> Option<u64> {
    token.split('.').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_token_names_its_user() {
        for token in [access(42), refresh(42, 7), code(42)] {
            assert_eq!(user(&token), Some(42), "{token}");
        }
        assert_eq!(access(1).len(), LENGTH);
        assert_eq!(user("other"), None);
    }
}
