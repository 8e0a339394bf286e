//! Codes, grants and their tokens: what was given to whom, what is still good, and what a second use of
//! something spent does. Pure: time comes in as a number. Only digests are kept.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::knobs::Knobs;
use super::opaque::{self, Digest};
use super::shapes::ScopeShape;

use records::{AccessToken, Code, Grant, RefreshToken};
pub(crate) use records::{CodeTerms, Issued, Redemption};
pub(crate) use refusal::Refusal;

mod records;
mod refusal;

/// Everything that was granted.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Grants {
    next_grant: u64,
    last_sweep: i64,
    grants: HashMap<u64, Grant>,
    codes: HashMap<Digest, Code>,
    access_tokens: HashMap<Digest, AccessToken>,
    refresh_tokens: HashMap<Digest, RefreshToken>,
}

impl Grants {
    /// Makes a code for `terms`.
    pub(crate) fn issue_code(&mut self, terms: CodeTerms, knobs: &Knobs, now: i64) -> String {
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
    pub(crate) fn redeem(
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
        let (scope, access_token) = self.add_access_token(grant, record.scope.clone(), knobs, now);
        let user = record.user.clone();
        self.grants.insert(grant, record);
        Ok(Issued {
            user,
            scope,
            access_token,
            refresh_token,
        })
    }

    /// Gives new tokens for a refresh token. With rotation the old one is spent, and to show it again
    /// revokes the whole family (RFC 9700 §4.14.2).
    pub(crate) fn refresh(
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
        let (scope, access_token) = self.add_access_token(id, scope, knobs, now);
        Ok(Issued {
            user: grant.user,
            scope,
            access_token,
            refresh_token: next,
        })
    }

    /// Whose access token this is, and its scope.
    pub(crate) fn bearer(&self, token: &str, now: i64) -> Result<(&str, &str), Refusal> {
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
    pub(crate) fn revoke(
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
    pub(crate) fn revoke_user(&mut self, user: &str) -> usize {
        let before = self.grants.len();
        self.grants.retain(|_, grant| grant.user != user);
        before - self.grants.len()
    }

    /// Lets every access token of `user` expire now; refresh tokens stay. Gives how many there were.
    pub(crate) fn expire_access_tokens(&mut self, user: &str, now: i64) -> usize {
        let grants = &self.grants;
        let of_user = |id: &u64| grants.get(id).is_some_and(|grant| grant.user == user);
        self.access_tokens
            .values_mut()
            .filter(|token| token.expires_at > now && of_user(&token.grant))
            .map(|token| token.expires_at = now)
            .count()
    }

    /// How many grants `user` has.
    pub(crate) fn count(&self, user: &str) -> usize {
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

    /// A new access token, and the scope that is told with it.
    fn add_access_token(
        &mut self,
        grant: u64,
        scope: String,
        knobs: &Knobs,
        now: i64,
    ) -> (String, String) {
        let scope = match knobs.token_shape.scope {
            ScopeShape::Narrower => scope.split(' ').next().unwrap_or_default().to_owned(),
            ScopeShape::Same | ScopeShape::Absent => scope,
        };
        let token = opaque::access_token(knobs.token_shape.token_bytes.into());
        let record = AccessToken {
            grant,
            scope: scope.clone(),
            expires_at: now + i64::from(knobs.token_lifetime),
        };
        self.access_tokens.insert(Digest::of(&token), record);
        (scope, token)
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
mod tests;
