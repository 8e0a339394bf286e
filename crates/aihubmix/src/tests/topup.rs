//! The top-up link: where it may lead, and what is used in its place.

use bff_core::provider::{Endpoint, Json};
use serde_json::json;
use url::Url;

use super::response;
use crate::decode::decode;
use crate::{TOPUP, TopupError, TopupRules, topup_link};

fn rules() -> TopupRules {
    TopupRules {
        allowed_hosts: vec!["aihubmix.com".to_owned(), "inferera.com".to_owned()],
        ..TopupRules::default()
    }
}

#[test]
fn a_topup_link_stays_on_the_allowed_hosts() {
    let strict = rules();
    let loopback = TopupRules {
        allow_loopback: true,
        ..rules()
    };
    let check = |link: &str, rules: &TopupRules| {
        let response = Json::parse(&json!({ "topup_url": link }).to_string()).unwrap();
        topup_link(&response, rules).ok().flatten()
    };
    for allowed in [
        "https://aihubmix.com/topup",
        "https://console.aihubmix.com/topup?x=1#y",
        "https://CONSOLE.InferEra.com/",
        "https://aihubmix.com:8443/topup",
    ] {
        assert!(check(allowed, &strict).is_some(), "{allowed}");
    }
    for refused in [
        "http://aihubmix.com/topup",
        "https://evilaihubmix.com/",
        "https://aihubmix.com.evil.test/",
        "https://aihubmix.com@evil.test/",
        "https://user:pw@aihubmix.com/",
        "https://evil.test/?https://aihubmix.com",
        "https://evil.test\\@aihubmix.com/",
        "https://aihubmix.com./",
        "//aihubmix.com/topup",
        "/topup",
        "javascript:alert(1)//aihubmix.com",
        "data:text/html,aihubmix.com",
        "https://",
        "",
        "http://127.0.0.1:3001/topup",
        "https://127.0.0.1/topup",
        "https://аihubmix.com/",
    ] {
        assert!(check(refused, &strict).is_none(), "{refused}");
    }
    let long = format!("https://aihubmix.com/{}", "a".repeat(5000));
    assert!(check(&long, &strict).is_none());
    for allowed in [
        "http://127.0.0.1:3001/topup",
        "http://localhost:1/",
        "http://[::1]:3001/",
    ] {
        assert!(check(allowed, &loopback).is_some(), "{allowed}");
    }
    for refused in [
        "http://10.0.0.1/",
        "http://localhost.evil.test/",
        "ftp://127.0.0.1/",
    ] {
        assert!(check(refused, &loopback).is_none(), "{refused}");
    }
}

#[test]
fn the_fallback_is_used_only_when_the_provider_gives_no_link() {
    let own = "https://console.aihubmix.com/topup";
    let fallback = "https://aihubmix.com/fallback";
    for (status, body, expected) in [
        (200, json!({ "topup_url": own }), Ok(own)),
        (
            200,
            json!({ "success": true, "data": { "topup_url": own } }),
            Ok(own),
        ),
        (200, json!({ "success": true, "data": own }), Ok(own)),
        (200, json!({ "topup_url": null }), Ok(fallback)),
        (200, json!({ "success": true, "data": "" }), Ok(fallback)),
        (404, json!(null), Ok(fallback)),
        (
            200,
            json!({ "topup_url": "https://evil.test/" }),
            Err(TopupError::NotAllowed),
        ),
    ] {
        let found = decode(Endpoint::Api(TOPUP), &response(status, &body.to_string())).unwrap();
        let with_fallback = TopupRules {
            fallback: Some(Url::parse(fallback).unwrap()),
            ..rules()
        };
        let link = topup_link(&found, &with_fallback).map(|link| link.unwrap().to_string());
        assert_eq!(link, expected.map(str::to_owned), "{body}");
        let without = topup_link(&found, &rules()).map(|link| link.is_some());
        assert_eq!(without, expected.map(|link| link == own), "{body}");
    }
    for (status, body) in [
        (200, json!({ "success": false, "message": "no" })),
        (500, json!({})),
    ] {
        let found = decode(Endpoint::Api(TOPUP), &response(status, &body.to_string()));
        assert!(found.is_err(), "{body}");
    }
}
