//! What happened: one event for each call of the provider's endpoints, and counters. An event never holds a
//! token, a code, a state, a verifier or a secret, so the log is safe to show.

use std::collections::VecDeque;

use actix_web::HttpRequest;
use serde::Serialize;
use serde_json::Value;

use super::clock;
use super::faults::Endpoint;

/// How many events are kept; the oldest go first.
const KEPT: usize = 1_000;

/// How a client showed who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ClientAuth {
    Body,
    Basic,
}

/// One call. It is filled in while the call is worked on and recorded when its answer is known.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Event {
    /// Counts up from 1 and is never used again.
    pub(crate) id: u64,
    pub(crate) endpoint: Endpoint,
    /// The path, for the endpoint `api`.
    pub(crate) path: Option<String>,
    /// The JSON that was sent, for the endpoint `api`.
    pub(crate) body: Option<Value>,
    pub(crate) grant_type: Option<&'static str>,
    /// `ok`, an error code, `page`, `held` (a hanging call has arrived) or `fault` (nothing was done).
    pub(crate) outcome: &'static str,
    /// Why, when the outcome alone does not say.
    pub(crate) reason: Option<&'static str>,
    /// The fault that the answer was changed into.
    pub(crate) fault: Option<&'static str>,
    pub(crate) user: Option<String>,
    pub(crate) client_auth: Option<ClientAuth>,
    pub(crate) had_verifier: bool,
    /// The caller's `X-Request-Id`.
    pub(crate) request_id: Option<String>,
    /// RFC 3339, by the sandbox's clock.
    pub(crate) at: String,
}

impl Event {
    /// An event for a call of `endpoint` that has just come in.
    pub(crate) fn of(endpoint: Endpoint, request: &HttpRequest) -> Self {
        let request_id = request
            .headers()
            .get("x-request-id")
            .and_then(|value| value.to_str().ok())
            .map(|value| value.chars().take(128).collect());
        Self {
            id: 0,
            endpoint,
            path: None,
            body: None,
            grant_type: None,
            outcome: "fault",
            reason: None,
            fault: None,
            user: None,
            client_auth: None,
            had_verifier: false,
            request_id,
            at: String::new(),
        }
    }
}

/// How often things happened since the log was cleared. Requests count whether they succeed or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counters {
    pub(crate) authorize_requests: u64,
    pub(crate) token_requests: u64,
    /// Token requests with `grant_type=authorization_code`.
    pub(crate) code_exchanges: u64,
    /// Token requests with `grant_type=refresh_token`.
    pub(crate) refreshes: u64,
    /// Refreshes that gave tokens.
    pub(crate) refreshes_granted: u64,
    /// Spent refresh tokens that were shown again.
    pub(crate) reuses: u64,
    /// Used codes that were shown again.
    pub(crate) code_reuses: u64,
    /// Calls of the revocation endpoint that ended something.
    pub(crate) revocations: u64,
    pub(crate) userinfo_requests: u64,
    pub(crate) topup_requests: u64,
    /// Calls of the API whose answers the developer of an app chooses.
    pub(crate) api_requests: u64,
    /// Calls that followed the `redirect` fault, and those of them that brought credentials along.
    pub(crate) redirects_followed: u64,
    pub(crate) credentials_leaked: u64,
}

/// The log and the counters.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    last_id: u64,
    events: VecDeque<Event>,
    counters: Counters,
}

impl Journal {
    /// Writes an event down and counts it.
    pub(crate) fn record(&mut self, mut event: Event, now: i64) {
        self.last_id += 1;
        event.id = self.last_id;
        event.at = clock::written(now);
        // A hanging call is counted when it arrives, because it may never end.
        let is_second_entry = event.outcome != "held" && event.fault == Some("hang");
        if !is_second_entry {
            self.count_arrival(&event);
        }
        self.count_outcome(&event);
        if self.events.len() == KEPT {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }

    fn count_arrival(&mut self, event: &Event) {
        let counters = &mut self.counters;
        match event.endpoint {
            Endpoint::Authorize => counters.authorize_requests += 1,
            Endpoint::Token => counters.token_requests += 1,
            Endpoint::TokenCode => {
                counters.token_requests += 1;
                counters.code_exchanges += 1;
            }
            Endpoint::TokenRefresh => {
                counters.token_requests += 1;
                counters.refreshes += 1;
            }
            Endpoint::Userinfo => counters.userinfo_requests += 1,
            Endpoint::Topup => counters.topup_requests += 1,
            Endpoint::Api => counters.api_requests += 1,
            Endpoint::Consent | Endpoint::Revoke | Endpoint::OauthApps | Endpoint::Any => {}
        }
    }

    fn count_outcome(&mut self, event: &Event) {
        let counters = &mut self.counters;
        match (event.endpoint, event.outcome, event.reason) {
            (Endpoint::TokenRefresh, "ok", _) => counters.refreshes_granted += 1,
            (Endpoint::TokenRefresh, _, Some("reused")) => counters.reuses += 1,
            (Endpoint::TokenCode, _, Some("reused")) => counters.code_reuses += 1,
            (Endpoint::Revoke, "ok", Some("revoked")) => counters.revocations += 1,
            _ => {}
        }
    }

    /// Counts a call that followed the `redirect` fault.
    pub(crate) fn count_followed_redirect(&mut self, with_credentials: bool) {
        self.counters.redirects_followed += 1;
        self.counters.credentials_leaked += u64::from(with_credentials);
    }

    pub(crate) fn counters(&self) -> Counters {
        self.counters
    }

    /// Events after the one with the id `after`, oldest first.
    pub(crate) fn after(&self, after: u64) -> impl DoubleEndedIterator<Item = &Event> {
        self.events.iter().filter(move |event| event.id > after)
    }

    /// Forgets all events and counts from zero; ids go on.
    pub(crate) fn clear(&mut self) {
        self.events.clear();
        self.counters = Counters::default();
    }
}
