//! An authorization request as it must be (RFC 6749 §4.1.1, RFC 7636 §4.3), and what is wrong with one that
//! is not. Reading it again after every form keeps the query the only place where it lives.

use url::Url;

use super::params::{Params, ParamsError};
use super::state::World;

/// The scopes that can be asked for.
const SCOPES: [&str; 2] = ["profile", "balance"];

/// A sound request of a known client.
#[derive(Debug)]
pub(super) struct AuthorizationRequest {
    pub(super) client_id: String,
    pub(super) client_name: String,
    pub(super) redirect_uri: Url,
    pub(super) state: Option<String>,
    pub(super) scope: Vec<&'static str>,
    /// The `S256` challenge, when there is one.
    pub(super) challenge: Option<String>,
    /// Whether the consent page is skipped.
    pub(super) auto_authorize: bool,
}

/// What is wrong with a request, and who is told.
#[derive(Debug)]
pub(super) enum Problem {
    /// There is no client or no redirect URI that could be trusted with an answer (RFC 6749 §4.1.2.1).
    ForThePerson(&'static str),
    /// The error code and the address to send the browser to.
    ForTheApp(&'static str, Url),
}

impl AuthorizationRequest {
    /// Reads and checks a request's query.
    pub(super) fn read(query: &str, world: &World) -> Result<Self, Problem> {
        let params = Params::parse(query.as_bytes());
        let person = |_: ParamsError| {
            Problem::ForThePerson(
                "client_id 或 redirect_uri 缺少或重複。A client_id or redirect_uri is missing or repeated.",
            )
        };
        let client_id = params.require("client_id").map_err(person)?;
        let redirect_uri = params.require("redirect_uri").map_err(person)?;
        let client = world.client(client_id).ok_or(Problem::ForThePerson(
            "沒有這個應用。There is no app with this client_id.",
        ))?;
        let mismatch = Problem::ForThePerson(
            "redirect_uri 與註冊的不同。The redirect_uri is not the registered one, character for character.",
        );
        if client.redirect_uri != redirect_uri {
            return Err(mismatch);
        }
        let mut request = Self {
            client_id: client_id.to_owned(),
            client_name: client.name.clone(),
            redirect_uri: Url::parse(redirect_uri).map_err(|_| mismatch)?,
            state: None,
            scope: Vec::new(),
            challenge: None,
            auto_authorize: false,
        };
        match request.fill(&params, world.knobs.require_pkce) {
            Ok(()) => Ok(request),
            Err((code, text)) => Err(Problem::ForTheApp(code, request.error(code, &text))),
        }
    }

    fn fill(
        &mut self,
        params: &Params<'_>,
        require_pkce: bool,
    ) -> Result<(), (&'static str, String)> {
        let invalid = |text: &str| ("invalid_request", text.to_owned());
        let repeated = |error: ParamsError| ("invalid_request", error.to_string());
        self.state = params.get("state").map_err(repeated)?.map(str::to_owned);
        match params.require("response_type").map_err(repeated)? {
            "code" => {}
            _ => return Err(("unsupported_response_type", "use response_type=code".into())),
        }
        let method = params.get("code_challenge_method").map_err(repeated)?;
        match (params.get("code_challenge").map_err(repeated)?, method) {
            (None, None) if require_pkce => return Err(invalid("a code_challenge is required")),
            (None, None) => {}
            (None, Some(_)) => return Err(invalid("the code_challenge is missing")),
            (Some(challenge), Some("S256")) if is_s256(challenge) => {
                self.challenge = Some(challenge.to_owned());
            }
            (Some(_), Some("S256")) => {
                return Err(invalid("the code_challenge is not an S256 value"));
            }
            (Some(_), _) => return Err(invalid("use code_challenge_method=S256")),
        }
        let auto_authorize = params.get("auto_authorize").map_err(repeated)?;
        self.auto_authorize = auto_authorize == Some("true");
        let asked = params.get("scope").map_err(repeated)?.unwrap_or("profile");
        for wanted in asked.split(' ').filter(|wanted| !wanted.is_empty()) {
            match SCOPES.iter().find(|scope| **scope == wanted) {
                Some(scope) if self.scope.contains(scope) => {}
                Some(scope) => self.scope.push(scope),
                None => return Err(("invalid_scope", "use profile and balance".into())),
            }
        }
        Ok(())
    }

    /// The redirect URI with what is there of `pairs` added to its query.
    pub(super) fn callback(&self, pairs: &[(&str, Option<&str>)]) -> Url {
        let mut url = self.redirect_uri.clone();
        let present = pairs
            .iter()
            .filter_map(|(name, value)| Some((name, (*value)?)));
        url.query_pairs_mut().extend_pairs(present);
        url
    }

    /// The redirect URI with an error and the state.
    pub(super) fn error(&self, code: &str, description: &str) -> Url {
        self.callback(&[
            ("error", Some(code)),
            ("error_description", Some(description)),
            ("state", self.state.as_deref()),
        ])
    }
}

/// An SHA-256 in base64url without padding has 43 characters.
fn is_s256(challenge: &str) -> bool {
    challenge.len() == 43
        && challenge
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}
