//! What is given, spent, narrowed, expired and revoked, with the time as a number.

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
    let mut refresh = |scope, now| grants.refresh(&first.refresh_token, "app", scope, &knobs, now);
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
