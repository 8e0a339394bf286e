//! The faults that are set: which endpoint goes wrong how, how often, and when. What each fault does is
//! in `catalogue`; carrying it out is in `misbehave`.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::catalogue::{self, Effect, Fault};

/// An endpoint of the provider, as faults and the log name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Endpoint {
    Authorize,
    /// The answer to the consent page.
    Consent,
    /// The token endpoint, whatever the grant type.
    Token,
    #[serde(rename = "token.code")]
    TokenCode,
    #[serde(rename = "token.refresh")]
    TokenRefresh,
    Revoke,
    Userinfo,
    Topup,
    /// The API that the developer of an app chooses.
    Api,
    /// App registration.
    OauthApps,
    /// All of them.
    Any,
}

impl Endpoint {
    fn covers(self, called: Self) -> bool {
        self == called
            || self == Self::Any
            || (self == Self::Token && matches!(called, Self::TokenCode | Self::TokenRefresh))
    }
}

/// Whether the call is acted on before the fault: a refresh that rotates and whose answer is lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum When {
    /// Nothing is done; `slow` and `hang` act when they are over.
    #[default]
    Before,
    /// The call has its full effect, then its answer goes wrong.
    After,
}

/// A fault as the control API takes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FaultOrder {
    pub(crate) endpoint: Endpoint,
    /// A name from the catalogue.
    pub(crate) fault: String,
    /// How many calls are hit; `null`: all until it is cleared. Left out: one.
    #[serde(default = "once")]
    pub(crate) times: Option<u32>,
    /// How many calls pass unharmed first.
    #[serde(default)]
    pub(crate) skip: u32,
    #[serde(default)]
    pub(crate) when: When,
    /// Another status than the catalogue's.
    #[serde(default)]
    pub(crate) status: Option<u16>,
    /// Another error code than the catalogue's.
    #[serde(default)]
    pub(crate) error: Option<String>,
    /// Another message than the catalogue's.
    #[serde(default)]
    pub(crate) message: Option<String>,
    /// For `slow`: milliseconds.
    #[serde(default)]
    pub(crate) ms: Option<u64>,
    /// For `oversized`: length of the body.
    #[serde(default)]
    pub(crate) bytes: Option<u64>,
    /// For `redirect`: where to.
    #[serde(default)]
    pub(crate) location: Option<String>,
    /// A `Retry-After` header for the answer, in seconds.
    #[serde(default)]
    pub(crate) retry_after: Option<u32>,
}

fn once() -> Option<u32> {
    Some(1)
}

/// Why a fault cannot be set.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum OrderError {
    #[error("unknown fault")]
    UnknownFault,
    #[error("status must be between 200 and 599")]
    BadStatus,
    #[error("this fault is for the endpoint authorize only")]
    OnlyAuthorize,
}

/// A fault that is set.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Rule {
    pub(crate) id: u64,
    #[serde(flatten)]
    pub(crate) order: FaultOrder,
    /// How many calls it has hit.
    pub(crate) hits: u32,
    #[serde(skip)]
    pub(crate) fault: &'static Fault,
}

impl Rule {
    /// Whether the call is acted on although it goes wrong.
    pub(crate) fn acts_first(&self) -> bool {
        self.order.when == When::After || matches!(self.fault.effect, Effect::DropAfter)
    }

    fn is_used_up(&self) -> bool {
        self.order.times.is_some_and(|times| self.hits >= times)
    }
}

/// All faults that are set, in the order they came. One that is used up stays until it is cleared,
/// because calls may still hang on it.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    last_id: u64,
    rules: Vec<Rule>,
}

impl Faults {
    /// Sets a fault.
    pub(crate) fn set(&mut self, order: FaultOrder) -> Result<Rule, OrderError> {
        let fault = catalogue::find(&order.fault).ok_or(OrderError::UnknownFault)?;
        if order
            .status
            .is_some_and(|status| !(200..600).contains(&status))
        {
            return Err(OrderError::BadStatus);
        }
        if matches!(fault.effect, Effect::Callback(_)) && order.endpoint != Endpoint::Authorize {
            return Err(OrderError::OnlyAuthorize);
        }
        self.last_id += 1;
        let rule = Rule {
            id: self.last_id,
            order,
            hits: 0,
            fault,
        };
        self.rules.push(rule.clone());
        Ok(rule)
    }

    /// The fault that hits a call of `endpoint`, if any; it is counted. `wanted` chooses among the kinds.
    pub(crate) fn hit(
        &mut self,
        endpoint: Endpoint,
        wanted: impl Fn(&Effect) -> bool,
    ) -> Option<Rule> {
        for rule in &mut self.rules {
            let applies = rule.order.endpoint.covers(endpoint) && wanted(&rule.fault.effect);
            if !applies || rule.is_used_up() {
                continue;
            }
            if rule.order.skip > 0 {
                rule.order.skip -= 1;
                continue;
            }
            rule.hits += 1;
            return Some(rule.clone());
        }
        None
    }

    /// Whether the fault is still set.
    pub(crate) fn has(&self, id: u64) -> bool {
        self.rules.iter().any(|rule| rule.id == id)
    }

    pub(crate) fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Clears one fault. Says whether it was there.
    pub(crate) fn clear(&mut self, id: u64) -> bool {
        let before = self.rules.len();
        self.rules.retain(|rule| rule.id != id);
        before > self.rules.len()
    }

    pub(crate) fn clear_all(&mut self) {
        self.rules.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(json: &str) -> FaultOrder {
        serde_json::from_str(json).unwrap()
    }

    fn any(_: &Effect) -> bool {
        true
    }

    #[test]
    fn a_fault_hits_its_endpoint_as_often_as_ordered() {
        let mut faults = Faults::default();
        let json = r#"{"endpoint":"token.refresh","fault":"html_502","times":2,"skip":1}"#;
        faults.set(order(json)).unwrap();
        let mut hits = |endpoint| faults.hit(endpoint, any).is_some();
        assert!(!hits(Endpoint::TokenCode));
        assert!(!hits(Endpoint::TokenRefresh));
        assert!(hits(Endpoint::TokenRefresh));
        assert!(hits(Endpoint::TokenRefresh));
        assert!(!hits(Endpoint::TokenRefresh));
    }

    #[test]
    fn times_left_out_is_one_and_null_is_for_ever() {
        assert_eq!(order(r#"{"endpoint":"any","fault":"null"}"#).times, Some(1));
        assert_eq!(
            order(r#"{"endpoint":"any","fault":"null","times":null}"#).times,
            None
        );
    }

    #[test]
    fn token_covers_both_grant_types_and_any_covers_all() {
        assert!(Endpoint::Token.covers(Endpoint::TokenCode));
        assert!(Endpoint::Token.covers(Endpoint::TokenRefresh));
        assert!(!Endpoint::TokenCode.covers(Endpoint::TokenRefresh));
        assert!(Endpoint::Any.covers(Endpoint::Topup));
    }

    #[test]
    fn an_order_that_means_nothing_is_refused() {
        let mut faults = Faults::default();
        let mut refused = |json: &str| faults.set(order(json)).err();
        let unknown = r#"{"endpoint":"token","fault":"nonsense"}"#;
        assert_eq!(refused(unknown), Some(OrderError::UnknownFault));
        let misplaced = r#"{"endpoint":"token","fault":"redirect_error"}"#;
        assert_eq!(refused(misplaced), Some(OrderError::OnlyAuthorize));
        let status = r#"{"endpoint":"token","fault":"null","status":99}"#;
        assert_eq!(refused(status), Some(OrderError::BadStatus));
    }
}
