//! From the provider's answer to a session, and everything that can stop it on the way.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::support::{
    Place, REVOKE, TOKEN, answer_exchanges, answer_userinfo, calls, listen, login_settings,
    request, tokens,
};
use crate::domain::{
    AuthorizationCode, Clock as _, Display, LOGIN_ATTEMPT_TTL, LoginError, Purpose, ReturnTo,
    SessionKey,
};
use crate::flow::{
    AuthorizationResponse, BrowserState, Callback, FailedLogin, FinishedLogin, Login,
    LoginSettings, Parts, PresentAttempt,
};
use crate::store::Loaded;

/// A login that has begun.
struct Begun {
    callback: Callback,
    attempt: PresentAttempt,
    /// The query that the browser took to the provider.
    sent: Vec<(String, String)>,
}

fn build(parts: Parts) -> Arc<Login> {
    parts.login(&parts.logout(&parts.revoker()))
}

async fn place(login: LoginSettings) -> Place<Arc<Login>> {
    Place::new(0, |parts| build(Parts { login, ..parts })).await
}

impl Place<Arc<Login>> {
    /// Creates a place whose provider accepts every user.
    async fn open() -> Self {
        let place = place(login_settings()).await;
        answer_exchanges(&place.provider, 200, tokens(1)).await;
        let demo = json!({ "id": 7, "username": "demo" });
        answer_userinfo(&place.provider, "access-1", 200, demo).await;
        place
    }

    async fn begin(&self, display: Display) -> Begun {
        let login = &self.use_case;
        let started = login
            .start(ReturnTo::default(), display, None, &[])
            .await
            .unwrap();
        let sent: Vec<_> = started.location.query_pairs().into_owned().collect();
        let state = sent.iter().find(|(name, _)| name == "state").unwrap();
        Begun {
            callback: Callback {
                state: state.1.clone(),
                response: AuthorizationResponse::Code(AuthorizationCode::new("code")),
                issuer: None,
            },
            attempt: started.attempts.into_iter().next().unwrap(),
            sent,
        }
    }

    async fn finish(
        &self,
        callback: &Callback,
        present: &[PresentAttempt],
    ) -> Result<FinishedLogin, FailedLogin> {
        self.finish_holding(callback, present, None).await
    }

    async fn finish_holding(
        &self,
        callback: &Callback,
        present: &[PresentAttempt],
        replaces: Option<String>,
    ) -> Result<FinishedLogin, FailedLogin> {
        let carried = BrowserState {
            attempts: present.to_vec(),
            replaces,
            device: "Firefox on Linux".to_owned(),
        };
        let login = &self.use_case;
        login.finish(callback.clone(), carried, &request()).await
    }

    async fn fail(&self, begun: &Begun) -> FailedLogin {
        let present = std::slice::from_ref(&begun.attempt);
        self.finish(&begun.callback, present).await.unwrap_err()
    }

    async fn revocations(&self) -> usize {
        self.use_case.limit.tasks.finished().await;
        calls(&self.provider, REVOKE).await
    }
}

#[tokio::test]
async fn a_code_becomes_a_session_of_its_user_once() {
    let place = Place::open().await;
    let begun = place.begin(Display::Popup).await;
    let present = [begun.attempt.clone()];
    let login = place.finish(&begun.callback, &present).await.unwrap();
    assert_eq!(login.tag, begun.attempt.tag);
    assert_eq!(login.display, Display::Popup);
    assert_eq!(login.session.key, SessionKey::from_id(&login.id));
    let Loaded::Live(stored) = place.use_case.store.load(&login.session.key).await.unwrap() else {
        panic!("there is no session");
    };
    assert_eq!(stored.user.username.as_deref(), Some("demo"));
    assert_eq!(stored.device, "Firefox on Linux");
    assert_eq!(stored.tokens.access_token.reveal(), "access-1");
    let absolute = Duration::from_secs(86_400);
    let (now, ends) = (place.clock.now(), stored.absolute_expires_at);
    assert_eq!((stored.created_at, ends), (now, now.plus(absolute)));

    let again = place.fail(&begun).await;
    assert_eq!(again.error, LoginError::InvalidState);
    assert_eq!(again.tag, Some(begun.attempt.tag));
    assert_eq!(calls(&place.provider, TOKEN).await, 1);
}

#[tokio::test]
async fn each_finished_attempt_replaces_the_session_of_the_one_before() {
    let place = Place::open().await;
    let old = place.begin(Display::Page).await;
    place.clock.advance(LOGIN_ATTEMPT_TTL);
    let first = place.begin(Display::Page).await;
    let second = place.begin(Display::Page).await;
    let foreign = PresentAttempt {
        tag: "A".repeat(22),
        sealed: "not ours".to_owned(),
    };
    let jar = [&old, &first, &second].map(|begun| begun.attempt.clone());
    let jar = [&jar[..], &[foreign]].concat();

    let login = place.finish(&first.callback, &jar).await.unwrap();
    let replaces = place.use_case.seal_replaced(&login.session.key);
    let next = place
        .finish_holding(&second.callback, &jar, Some(replaces))
        .await
        .unwrap();
    let store = &place.use_case.store;
    let replaced = store.load(&login.session.key).await.unwrap();
    assert!(matches!(replaced, Loaded::Unknown), "{replaced:?}");
    let standing = store.load(&next.session.key).await.unwrap();
    assert!(matches!(standing, Loaded::Live(_)), "{standing:?}");
    assert_eq!(place.revocations().await, 1);
}

#[tokio::test]
async fn a_value_that_was_not_sealed_for_this_purpose_ends_no_session() {
    let place = Place::open().await;
    let first = place.begin(Display::Page).await;
    let jar = [first.attempt];
    let login = place.finish(&first.callback, &jar).await.unwrap();
    let key = login.session.key;
    let (store, sealer) = (&place.use_case.store, &place.use_case.sealer);
    let sealed = |purpose, bytes: &[u8]| {
        let sealed = sealer
            .keys
            .seal(purpose, b"", bytes, sealer.entropy.as_ref());
        URL_SAFE_NO_PAD.encode(sealed)
    };
    for made_up in [
        URL_SAFE_NO_PAD.encode(key.as_bytes()),
        sealed(Purpose::LoginAttempt, key.as_bytes()),
        sealed(Purpose::ReplacedSession, &key.as_bytes()[..31]),
        String::new(),
    ] {
        let next = place.begin(Display::Page).await;
        let jar = [next.attempt];
        let finished = place
            .finish_holding(&next.callback, &jar, Some(made_up))
            .await;
        assert!(finished.is_ok(), "{finished:?}");
    }
    let standing = store.load(&key).await.unwrap();
    assert!(matches!(standing, Loaded::Live(_)), "{standing:?}");
}

#[tokio::test]
async fn a_provider_error_during_a_login_becomes_a_login_error() {
    let disabled = json!({ "success": false, "code": "AUTH_USER_DISABLED" });
    for (token, userinfo, told) in [
        (
            (400, json!({ "error": "invalid_grant" })),
            None,
            LoginError::AuthorizationFailed,
        ),
        (
            (401, json!({ "error": "invalid_client" })),
            None,
            LoginError::ServerError,
        ),
        (
            (200, json!({ "token_type": "Bearer" })),
            None,
            LoginError::ServerError,
        ),
        ((503, json!({})), None, LoginError::ProviderUnavailable),
        ((403, disabled.clone()), None, LoginError::AccountDisabled),
        (
            (200, tokens(1)),
            Some((401, json!({}))),
            LoginError::AuthorizationFailed,
        ),
        (
            (200, tokens(1)),
            Some((
                403,
                json!({ "success": false, "code": "AUTH_INSUFFICIENT_SCOPE" }),
            )),
            LoginError::AuthorizationFailed,
        ),
        (
            (200, tokens(1)),
            Some((403, disabled)),
            LoginError::AccountDisabled,
        ),
        (
            (200, tokens(1)),
            Some((200, json!({ "id": 7, "status": 2 }))),
            LoginError::AccountDisabled,
        ),
        (
            (200, tokens(1)),
            Some((503, json!({}))),
            LoginError::ProviderUnavailable,
        ),
    ] {
        let place = place(login_settings()).await;
        answer_exchanges(&place.provider, token.0, token.1).await;
        let was_given = userinfo.is_some();
        if let Some((status, answer)) = userinfo {
            answer_userinfo(&place.provider, "access-1", status, answer).await;
        }
        let begun = place.begin(Display::Popup).await;
        let failure = place.fail(&begun).await;
        assert_eq!(failure.error, told);
        assert_eq!(failure.display, Display::Popup);
        assert_eq!(failure.tag, Some(begun.attempt.tag), "it is spent");
        assert_eq!(place.use_case.store.all().await.unwrap().len(), 0);
        assert_eq!(
            place.revocations().await,
            usize::from(was_given),
            "{told:?}"
        );
    }
}

#[tokio::test]
async fn a_refusal_by_the_provider_spends_the_attempt_and_asks_for_nothing() {
    let place = Place::open().await;
    let mut begun = place.begin(Display::Page).await;
    begun.callback.response = AuthorizationResponse::Refused(LoginError::AccessDenied);
    let failure = place.fail(&begun).await;
    assert_eq!(failure.error, LoginError::AccessDenied);
    assert_eq!(failure.tag, Some(begun.attempt.tag.clone()));
    begun.callback.response = AuthorizationResponse::Code(AuthorizationCode::new("code"));
    assert_eq!(place.fail(&begun).await.error, LoginError::InvalidState);
    assert_eq!(calls(&place.provider, TOKEN).await, 0);
}

#[tokio::test]
async fn a_store_outage_spends_no_attempt_and_the_same_callback_works_later() {
    let place = Place::open().await;
    let begun = place.begin(Display::Page).await;
    place.store.go_away();
    let refused = place
        .use_case
        .start(ReturnTo::default(), Display::Page, None, &[])
        .await;
    assert!(
        refused.is_err(),
        "no browser is sent to a login that cannot return"
    );
    let failure = place.fail(&begun).await;
    assert_eq!(
        (failure.error, failure.tag),
        (LoginError::ServerError, None)
    );
    assert_eq!(calls(&place.provider, TOKEN).await, 0);
    place.store.come_back();
    let present = [begun.attempt];
    assert!(place.finish(&begun.callback, &present).await.is_ok());
}

#[tokio::test]
async fn an_answer_must_name_the_issuer_where_one_is_set_and_spends_nothing_else() {
    let issuer = Some("https://issuer.test".to_owned());
    let place = place(LoginSettings {
        issuer: issuer.clone(),
        ..login_settings()
    })
    .await;
    answer_exchanges(&place.provider, 200, tokens(1)).await;
    answer_userinfo(&place.provider, "access-1", 200, json!({ "id": 7 })).await;
    let mut begun = place.begin(Display::Popup).await;
    for wrong in [None, Some("https://other.test".to_owned())] {
        begun.callback.issuer = wrong;
        let failure = place.fail(&begun).await;
        assert_eq!(failure.error, LoginError::AuthorizationFailed);
        assert_eq!((failure.display, failure.tag), (Display::Popup, None));
    }
    begun.callback.issuer = issuer;
    let present = [begun.attempt];
    assert!(place.finish(&begun.callback, &present).await.is_ok());
}

#[tokio::test]
async fn a_login_has_a_challenge_unless_pkce_is_switched_off() {
    for pkce in [true, false] {
        let place = place(LoginSettings {
            pkce,
            ..login_settings()
        })
        .await;
        let begun = place.begin(Display::Page).await;
        let challenge = begun.sent.iter().any(|(name, _)| name == "code_challenge");
        assert_eq!(challenge, pkce);
    }
}

#[tokio::test]
async fn each_login_each_failure_and_each_end_is_logged_once() {
    let (_listening, log) = listen();
    let place = Place::open().await;
    let begun = place.begin(Display::Page).await;
    let present = [begun.attempt.clone()];
    let login = place.finish(&begun.callback, &present).await.unwrap();
    place.fail(&begun).await;
    let unknown = FailedLogin::without_attempt(LoginError::MissingParameters);
    assert_eq!(unknown.tag, None);
    let logout = &place.use_case.logout;
    logout.log_out(&login.session, false).await.unwrap();
    let mut events = log.events();
    events.retain(|event| event.starts_with("login") || event.starts_with("session"));
    let told = [
        "login_started",
        "login_finished",
        "login_repeated",
        "login_failed",
        "login_failed",
        "session_ended",
    ];
    assert_eq!(events, told);
}
