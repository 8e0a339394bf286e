//! An authorization request as it must be (RFC 6749 §4.1.1, RFC 7636 §4.3), and what is wrong with one that
//! is not. Reading it again after every form keeps the query the only place where it lives.

use url::Url;

use super::params::{Params, ParamsError};
use super::world::World;

/// Where browsers are sent to.
pub(crate) const PATH: &str = "/api/oauth2/authorize";

/// The scopes that can be asked for.
const SCOPES: [&str; 2] = ["profile", "balance"];

/// A sentence in the two languages of the sandbox's pages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    pub(crate) zh: &'static str,
    pub(crate) en: &'static str,
}

const INCOMPLETE: Words = Words {
    zh: "缺少 client_id 或 redirect_uri，或重複出現。",
    en: "The client_id or the redirect_uri is missing or repeated.",
};
const UNKNOWN_CLIENT: Words = Words {
    zh: "沒有這個 client_id 的應用。",
    en: "There is no app with this client_id.",
};
const MISMATCH: Words = Words {
    zh: "redirect_uri 與註冊的不完全相同。",
    en: "The redirect_uri is not exactly the registered one.",
};

/// A sound request of a known client.
#[derive(Debug)]
pub(crate) struct AuthorizationRequest {
    pub(crate) client_id: String,
    pub(crate) client_name: String,
    /// As it was sent, which is as it was registered.
    pub(crate) redirect_uri: String,
    /// The same, parsed.
    pub(crate) destination: Url,
    pub(crate) state: Option<String>,
    pub(crate) scope: Vec<&'static str>,
    /// The `S256` challenge, when there is one.
    pub(crate) challenge: Option<String>,
    /// Whether the consent page is skipped.
    pub(crate) auto_authorize: bool,
}

/// What is wrong with a request, and who is told.
#[derive(Debug)]
pub(crate) enum Problem {
    /// There is no client or no redirect URI that could be trusted with an answer (RFC 6749 §4.1.2.1).
    ForThePerson(Words),
    /// The error code and the address to send the browser to.
    ForTheApp(&'static str, Url),
}

impl AuthorizationRequest {
    /// Reads and checks a request's query.
    pub(crate) fn read(query: &str, world: &World) -> Result<Self, Problem> {
        let params = Params::parse(query.as_bytes());
        let person = |_: ParamsError| Problem::ForThePerson(INCOMPLETE);
        let client_id = params.require("client_id").map_err(person)?;
        let redirect_uri = params.require("redirect_uri").map_err(person)?;
        let client = world.client(client_id);
        let client = client.ok_or(Problem::ForThePerson(UNKNOWN_CLIENT))?;
        if client.redirect_uri != redirect_uri {
            return Err(Problem::ForThePerson(MISMATCH));
        }
        let mut request = Self {
            client_id: client_id.to_owned(),
            client_name: client.name.clone(),
            redirect_uri: redirect_uri.to_owned(),
            destination: Url::parse(redirect_uri).map_err(|_| Problem::ForThePerson(MISMATCH))?,
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
    pub(crate) fn callback(&self, pairs: &[(&str, Option<&str>)]) -> Url {
        let mut url = self.destination.clone();
        let present = pairs
            .iter()
            .filter_map(|(name, value)| Some((name, (*value)?)));
        url.query_pairs_mut().extend_pairs(present);
        url
    }

    /// The redirect URI with an error and the state.
    pub(crate) fn error(&self, code: &str, description: &str) -> Url {
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
