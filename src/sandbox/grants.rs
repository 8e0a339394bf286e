//! Codes, grants and their tokens: what was given to whom, what is still good, and what a second use of
//! something spent does. Pure: time comes in as a number. Only digests are kept.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::knobs::{Knobs, ScopeShape};
use super::opaque::{self, Digest};

/// Why a code or a token is refused. The text is for the log and the error description.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(super) enum Refusal {
    #[error("it is not known here")]
    Unknown,
    #[error("it has expired")]
    Expired,
    #[error("it has been revoked")]
    Revoked,
    #[error("it was used before; everything given with it is revoked")]
    Reused,
    #[error("it belongs to another client")]
    OtherClient,
    #[error("the redirect_uri is not the one of the authorization request")]
    OtherRedirectUri,
    #[error("the code_verifier is missing")]
    VerifierMissing,
    #[error("the code_verifier does not match")]
    VerifierWrong,
    #[error("there was no code_challenge for this code_verifier")]
    VerifierUnasked,
    #[error("the scope is wider than the grant")]
    ScopeTooWide,
}

impl Refusal {
    /// A stable name for the log.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Reused => "reused",
            Self::OtherClient => "other_client",
            Self::OtherRedirectUri => "redirect_uri_mismatch",
            Self::VerifierMissing => "verifier_missing",
            Self::VerifierWrong => "verifier_mismatch",
            Self::VerifierUnasked => "verifier_without_challenge",
            Self::ScopeTooWide => "scope_too_wide",
        }
    }
}

/// What a code is bound to.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct CodeTerms {
    pub(super) user: String,
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    /// Space separated, as granted.
    pub(super) scope: String,
    /// The `S256` code challenge, when the request had one.
    pub(super) challenge: Option<String>,
}

/// What a client shows to get a code's tokens.
#[derive(Clone, Copy)]
pub(super) struct Redemption<'a> {
    pub(super) code: &'a str,
    pub(super) client_id: &'a str,
    pub(super) redirect_uri: Option<&'a str>,
    pub(super) verifier: Option<&'a str>,
}

/// Tokens just made. The only place where they exist in clear.
pub(super) struct Issued {
    pub(super) user: String,
    pub(super) scope: String,
    pub(super) access_token: String,
    /// The refresh token that is good from now on.
    pub(super) refresh_token: String,
}

#[derive(Clone, Serialize, Deserialize)]
struct Code {
    terms: CodeTerms,
    expires_at: i64,
    /// The grant that its first use made.
    grant: Option<u64>,
}

/// One consent and the family of tokens that grows from it.
#[derive(Clone, Serialize, Deserialize)]
struct Grant {
    user: String,
    client_id: String,
    scope: String,
}

#[derive(Clone, Serialize, Deserialize)]
struct AccessToken {
    grant: u64,
    scope: String,
    expires_at: i64,
}

#[derive(Clone, Serialize, Deserialize)]
struct RefreshToken {
    grant: u64,
    expires_at: i64,
    spent_at: Option<i64>,
}

/// Everything that was granted.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Grants {
    next_grant: u64,
    last_sweep: i64,
    grants: HashMap<u64, Grant>,
    codes: HashMap<Digest, Code>,
    access_tokens: HashMap<Digest, AccessToken>,
    refresh_tokens: HashMap<Digest, RefreshToken>,
}

impl Grants {
    /// Makes a code for `terms`.
    pub(super) fn issue_code(&mut self, terms: CodeTerms, knobs: &Knobs, now: i64) -> String {
        self.sweep(now);
        let code = opaque::random_text(32);
        let record = Code {
            terms,
            expires_at: now + i64::from(knobs.code_lifetime),
            grant: None,
        };
        self.codes.insert(Digest::of(&code), record);
        code
    }

    /// Exchanges a code, once. A second use revokes what the first one gave (RFC 6749 §4.1.2).
    pub(super) fn redeem(
        &mut self,
        shown: Redemption<'_>,
        knobs: &Knobs,
        now: i64,
    ) -> Result<Issued, Refusal> {
        let code = self
            .codes
            .get_mut(&Digest::of(shown.code))
            .ok_or(Refusal::Unknown)?;
        let terms = &code.terms;
        if terms.client_id != shown.client_id {
            return Err(Refusal::OtherClient);
        }
        if let Some(grant) = code.grant {
            self.grants.remove(&grant);
            return Err(Refusal::Reused);
        }
        if code.expires_at <= now {
            return Err(Refusal::Expired);
        }
        if shown.redirect_uri != Some(&terms.redirect_uri) {
            return Err(Refusal::OtherRedirectUri);
        }
        match (&terms.challenge, shown.verifier) {
            (None, None) => {}
            (None, Some(_)) => return Err(Refusal::VerifierUnasked),
            (Some(_), None) => return Err(Refusal::VerifierMissing),
            (Some(challenge), Some(verifier)) => {
                if *challenge != opaque::s256(verifier) {
                    return Err(Refusal::VerifierWrong);
                }
            }
        }
        let grant = self.next_grant;
        self.next_grant += 1;
        code.grant = Some(grant);
        let record = Grant {
            user: terms.user.clone(),
            client_id: terms.client_id.clone(),
            scope: terms.scope.clone(),
        };
        let refresh_token = self.add_refresh_token(grant, knobs, now);
        let issued = self.issue(
            grant,
            &record,
            record.scope.clone(),
            refresh_token,
            knobs,
            now,
        );
        self.grants.insert(grant, record);
        Ok(issued)
    }

    /// Gives new tokens for a refresh token. With rotation the old one is spent, and to show it again
    /// revokes the whole family (RFC 9700 §4.14.2).
    pub(super) fn refresh(
        &mut self,
        token: &str,
        client_id: &str,
        scope: Option<&str>,
        knobs: &Knobs,
        now: i64,
    ) -> Result<Issued, Refusal> {
        let digest = Digest::of(token);
        let record = self.refresh_tokens.get(&digest).ok_or(Refusal::Unknown)?;
        let id = record.grant;
        let spent = record
            .spent_at
            .is_some_and(|at| now >= at + i64::from(knobs.rotation_grace));
        if record.expires_at <= now {
            return Err(Refusal::Expired);
        }
        let grant = self.grants.get(&id).cloned();
        if grant
            .as_ref()
            .is_some_and(|grant| grant.client_id != client_id)
        {
            return Err(Refusal::OtherClient);
        }
        if spent {
            self.grants.remove(&id);
            return Err(Refusal::Reused);
        }
        let grant = grant.ok_or(Refusal::Revoked)?;
        let scope = narrowed(&grant.scope, scope)?;
        let next = if knobs.rotation && !knobs.token_shape.refresh_token_absent {
            if let Some(record) = self.refresh_tokens.get_mut(&digest) {
                record.spent_at.get_or_insert(now);
            }
            self.add_refresh_token(id, knobs, now)
        } else {
            token.to_owned()
        };
        Ok(self.issue(id, &grant, scope, next, knobs, now))
    }

    /// Whose access token this is, and its scope.
    pub(super) fn bearer(&self, token: &str, now: i64) -> Result<(&str, &str), Refusal> {
        let record = self
            .access_tokens
            .get(&Digest::of(token))
            .ok_or(Refusal::Unknown)?;
        let grant = self.grants.get(&record.grant).ok_or(Refusal::Revoked)?;
        if record.expires_at <= now {
            return Err(Refusal::Expired);
        }
        Ok((&grant.user, &record.scope))
    }

    /// Revokes one token of `client_id` (RFC 7009 §2.1): a refresh token with its whole family, an
    /// access token alone. Gives the user; none when there was nothing to revoke.
    pub(super) fn revoke(
        &mut self,
        token: &str,
        client_id: &str,
    ) -> Result<Option<String>, Refusal> {
        let digest = Digest::of(token);
        let whole_family = self.refresh_tokens.get(&digest).map(|token| token.grant);
        let owner =
            whole_family.or_else(|| self.access_tokens.get(&digest).map(|token| token.grant));
        let Some((id, grant)) = owner.and_then(|id| self.grants.get(&id).map(|grant| (id, grant)))
        else {
            return Ok(None);
        };
        if grant.client_id != client_id {
            return Err(Refusal::OtherClient);
        }
        let user = grant.user.clone();
        if whole_family.is_some() {
            self.grants.remove(&id);
        } else {
            self.access_tokens.remove(&digest);
        }
        Ok(Some(user))
    }

    /// Revokes every grant of `user`. Gives how many there were.
    pub(super) fn revoke_user(&mut self, user: &str) -> usize {
        let before = self.grants.len();
        self.grants.retain(|_, grant| grant.user != user);
        before - self.grants.len()
    }

    /// Lets every access token of `user` expire now; refresh tokens stay. Gives how many there were.
    pub(super) fn expire_access_tokens(&mut self, user: &str, now: i64) -> usize {
        let grants = &self.grants;
        let of_user = |id: &u64| grants.get(id).is_some_and(|grant| grant.user == user);
        self.access_tokens
            .values_mut()
            .filter(|token| token.expires_at > now && of_user(&token.grant))
            .map(|token| token.expires_at = now)
            .count()
    }

    /// How many grants `user` has.
    pub(super) fn count(&self, user: &str) -> usize {
        self.grants
            .values()
            .filter(|grant| grant.user == user)
            .count()
    }

    fn add_refresh_token(&mut self, grant: u64, knobs: &Knobs, now: i64) -> String {
        let token = opaque::refresh_token(knobs.token_shape.token_bytes.into());
        let record = RefreshToken {
            grant,
            expires_at: now + i64::from(knobs.refresh_lifetime),
            spent_at: None,
        };
        self.refresh_tokens.insert(Digest::of(&token), record);
        token
    }

    fn issue(
        &mut self,
        id: u64,
        grant: &Grant,
        scope: String,
        refresh_token: String,
        knobs: &Knobs,
        now: i64,
    ) -> Issued {
        let scope = match knobs.token_shape.scope {
            ScopeShape::Narrower => scope.split(' ').next().unwrap_or_default().to_owned(),
            ScopeShape::Same | ScopeShape::Absent => scope,
        };
        let access_token = opaque::access_token(knobs.token_shape.token_bytes.into());
        let record = AccessToken {
            grant: id,
            scope: scope.clone(),
            expires_at: now + i64::from(knobs.token_lifetime),
        };
        self.access_tokens.insert(Digest::of(&access_token), record);
        Issued {
            user: grant.user.clone(),
            scope,
            access_token,
            refresh_token,
        }
    }

    /// Forgets what can no longer matter, at most once a minute.
    fn sweep(&mut self, now: i64) {
        if now < self.last_sweep + 60 {
            return;
        }
        self.last_sweep = now;
        // A used code is remembered a day longer, so that its second use is still noticed.
        self.codes.retain(|_, code| code.expires_at + 86_400 > now);
        self.access_tokens
            .retain(|_, token| token.expires_at + 86_400 > now);
        self.refresh_tokens
            .retain(|_, token| token.expires_at > now);
    }
}

/// The scope asked for at a refresh, which may only be narrower (RFC 6749 §6).
fn narrowed(granted: &str, asked: Option<&str>) -> Result<String, Refusal> {
    let Some(asked) = asked else {
        return Ok(granted.to_owned());
    };
    let is_granted = |wanted: &str| granted.split(' ').any(|one| one == wanted);
    if asked.split(' ').all(is_granted) {
        Ok(asked.to_owned())
    } else {
        Err(Refusal::ScopeTooWide)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    fn terms(challenge: Option<String>) -> CodeTerms {
        CodeTerms {
            user: "demo".into(),
            client_id: "app".into(),
            redirect_uri: "http://127.0.0.1/cb".into(),
            scope: "profile balance".into(),
            challenge,
        }
    }

    fn shown(code: &str) -> Redemption<'_> {
        Redemption {
            code,
            client_id: "app",
            redirect_uri: Some("http://127.0.0.1/cb"),
            verifier: None,
        }
    }

    fn with_tokens(knobs: &Knobs) -> (Grants, Issued) {
        let mut grants = Grants::default();
        let code = grants.issue_code(terms(None), knobs, 0);
        let issued = grants.redeem(shown(&code), knobs, 0).ok().unwrap();
        (grants, issued)
    }

    #[test]
    fn a_second_use_of_a_code_revokes_what_the_first_gave() {
        let knobs = Knobs::default();
        let mut grants = Grants::default();
        let code = grants.issue_code(terms(None), &knobs, 0);
        let issued = grants.redeem(shown(&code), &knobs, 0).ok().unwrap();
        assert_eq!(
            grants.bearer(&issued.access_token, 1),
            Ok(("demo", "profile balance"))
        );
        assert_eq!(
            grants.redeem(shown(&code), &knobs, 1).err(),
            Some(Refusal::Reused)
        );
        assert_eq!(
            grants.bearer(&issued.access_token, 1),
            Err(Refusal::Revoked)
        );
    }

    #[test]
    fn a_code_is_bound_to_its_client_its_redirect_uri_its_verifier_and_five_minutes() {
        let knobs = Knobs::default();
        let mut grants = Grants::default();
        let plain = grants.issue_code(terms(None), &knobs, 0);
        let proved = grants.issue_code(terms(Some(opaque::s256(VERIFIER))), &knobs, 0);
        let mut refused = |shown, now| grants.redeem(shown, &knobs, now).err();
        let plain = shown(&plain);
        let proved = shown(&proved);
        assert_eq!(refused(shown("other"), 0), Some(Refusal::Unknown));
        assert_eq!(
            refused(
                Redemption {
                    client_id: "b",
                    ..plain
                },
                0
            ),
            Some(Refusal::OtherClient)
        );
        let other = Redemption {
            redirect_uri: Some("http://127.0.0.1/cb/"),
            ..plain
        };
        assert_eq!(refused(other, 0), Some(Refusal::OtherRedirectUri));
        let other = Redemption {
            redirect_uri: None,
            ..plain
        };
        assert_eq!(refused(other, 0), Some(Refusal::OtherRedirectUri));
        let unasked = Redemption {
            verifier: Some(VERIFIER),
            ..plain
        };
        assert_eq!(refused(unasked, 0), Some(Refusal::VerifierUnasked));
        assert_eq!(refused(proved, 0), Some(Refusal::VerifierMissing));
        let wrong = Redemption {
            verifier: Some("x"),
            ..proved
        };
        assert_eq!(refused(wrong, 0), Some(Refusal::VerifierWrong));
        assert_eq!(refused(plain, 300), Some(Refusal::Expired));
        assert_eq!(refused(plain, 299), None);
        let right = Redemption {
            verifier: Some(VERIFIER),
            ..proved
        };
        assert_eq!(refused(right, 299), None);
    }

    #[test]
    fn a_spent_refresh_token_ends_the_whole_family() {
        let knobs = Knobs::default();
        let (mut grants, first) = with_tokens(&knobs);
        let second = grants
            .refresh(&first.refresh_token, "app", None, &knobs, 1)
            .ok()
            .unwrap();
        assert_ne!(first.refresh_token, second.refresh_token);
        assert!(grants.bearer(&first.access_token, 1).is_ok());
        let again = grants
            .refresh(&first.refresh_token, "app", None, &knobs, 1)
            .err();
        assert_eq!(again, Some(Refusal::Reused));
        let newer = grants
            .refresh(&second.refresh_token, "app", None, &knobs, 1)
            .err();
        assert_eq!(newer, Some(Refusal::Revoked));
        assert_eq!(
            grants.bearer(&second.access_token, 1),
            Err(Refusal::Revoked)
        );
    }

    #[test]
    fn within_the_grace_a_spent_refresh_token_still_works() {
        let knobs = Knobs {
            rotation_grace: 10,
            ..Knobs::default()
        };
        let (mut grants, first) = with_tokens(&knobs);
        let mut again = |now| {
            grants
                .refresh(&first.refresh_token, "app", None, &knobs, now)
                .err()
        };
        assert_eq!(again(1), None);
        assert_eq!(again(10), None);
        assert_eq!(again(11), Some(Refusal::Reused));
    }

    #[test]
    fn without_rotation_the_refresh_token_stays() {
        let knobs = Knobs {
            rotation: false,
            ..Knobs::default()
        };
        let (mut grants, first) = with_tokens(&knobs);
        for _ in 0..3 {
            let next = grants
                .refresh(&first.refresh_token, "app", None, &knobs, 1)
                .ok()
                .unwrap();
            assert_eq!(next.refresh_token, first.refresh_token);
        }
    }

    #[test]
    fn tokens_expire_and_a_refresh_may_only_narrow_the_scope() {
        let knobs = Knobs::default();
        let (mut grants, first) = with_tokens(&knobs);
        assert_eq!(
            grants.bearer(&first.access_token, 7_200),
            Err(Refusal::Expired)
        );
        let mut refresh =
            |scope, now| grants.refresh(&first.refresh_token, "app", scope, &knobs, now);
        assert_eq!(refresh(Some("admin"), 1).err(), Some(Refusal::ScopeTooWide));
        assert_eq!(refresh(None, 2_592_000).err(), Some(Refusal::Expired));
        assert_eq!(refresh(Some("profile"), 1).ok().unwrap().scope, "profile");
    }

    #[test]
    fn revocation_takes_an_access_token_alone_and_a_refresh_token_with_its_family() {
        let knobs = Knobs::default();
        let (mut grants, first) = with_tokens(&knobs);
        let other = grants.revoke(&first.refresh_token, "other").err();
        assert_eq!(other, Some(Refusal::OtherClient));
        assert_eq!(
            grants.revoke(&first.access_token, "app"),
            Ok(Some("demo".into()))
        );
        assert_eq!(grants.bearer(&first.access_token, 1), Err(Refusal::Unknown));
        let second = grants
            .refresh(&first.refresh_token, "app", None, &knobs, 1)
            .ok()
            .unwrap();
        assert_eq!(
            grants.revoke(&second.refresh_token, "app"),
            Ok(Some("demo".into()))
        );
        assert_eq!(
            grants.bearer(&second.access_token, 1),
            Err(Refusal::Revoked)
        );
        assert_eq!(grants.revoke("unknown", "app"), Ok(None));
    }
}
