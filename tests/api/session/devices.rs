//! The page at `/sessions`: what it lists, and what its forms do without a script.

use serde_json::Value;

use crate::support::*;

const WINDOWS: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

/// Signs in from a browser that names itself.
async fn sign_in_with(browser: &Browser, user_agent: &str) {
    let callback = browser.come_back("").await;
    let path = &callback[url::Position::BeforePath..];
    let request = Request::new("GET", path)
        .header("Sec-Fetch-Site", "cross-site")
        .header("Sec-Fetch-Mode", "navigate")
        .header("Sec-Fetch-Dest", "document")
        .header("Accept", "text/html")
        .header("User-Agent", user_agent);
    let answer = browser.send(request, Initiator::CrossSite).await;
    assert_eq!(answer.location(), "/?login=success");
}

/// The page in English.
async fn page(browser: &Browser) -> String {
    let answer = browser.click("/sessions?lang=en").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text()
}

/// The handle of each session of the user, and whether it is that of the browser that asks.
async fn handles(browser: &Browser) -> Vec<(String, bool)> {
    let answer = browser.fetch("GET", "/api/sessions").await.json();
    let sessions = answer["sessions"].as_array().expect("a list").iter();
    let text = |value: &Value| value.as_str().expect("a handle").to_owned();
    sessions
        .map(|one| (text(&one["id"]), one["current"] == true))
        .collect()
}

async fn handle_of(browser: &Browser) -> String {
    let mut own = handles(browser).await.into_iter();
    own.find(|(_, is_current)| *is_current).expect("its own").0
}

#[tokio::test]
async fn the_page_lists_the_devices_of_the_user_and_says_which_one_this_is() {
    let program = BINARY.start().await;
    let (here, there) = (program.browser(), program.browser());
    program.sign_in_as("ada").await;
    program.browser().sign_in().await;
    program.sign_in_as("demo").await;
    sign_in_with(&there, WINDOWS).await;
    sign_in_with(&here, "curl/8").await;
    let text = page(&here).await;
    assert_eq!(text.matches("<li class=\"device\"").count(), 2, "{text}");
    let (first, second) = text.split_once("</li>").expect("two devices");
    assert!(first.contains(&english("devices-this")), "{first}");
    assert!(first.contains(&english("devices-unknown")), "{first}");
    assert!(!second.contains(&english("devices-this")), "{second}");
    assert!(second.contains("<bdi>Chrome on Windows</bdi>"), "{second}");
    for handle in [&here, &there] {
        let field = format!("name=\"end\" value=\"{}\"", handle_of(handle).await);
        assert!(text.contains(&field), "{field}: {text}");
    }
    assert!(text.contains("<time datetime=\"20"), "{text}");
    assert!(text.contains(&english("ago-just_now")), "{text}");
    assert!(!text.contains("<script"), "it needs no script: {text}");
    let account = here.open("/").await.text();
    assert!(account.contains("href=\"/sessions\""), "{account}");
}

#[tokio::test]
async fn a_form_ends_another_device_which_shows_why() {
    let program = BINARY.start().await;
    let (here, there) = (program.browser(), program.browser());
    here.sign_in().await;
    there.sign_in().await;
    let form = format!("end={}", handle_of(&there).await);
    // Twice is as good as once.
    for _ in 0..2 {
        let answer = here.submit("/sessions", &form).await;
        assert_eq!(answer.location(), "/sessions?done=one");
    }
    there
        .fetch("GET", "/api/user/info")
        .await
        .is_problem(401, "not_authenticated")
        .tells_cause("ended_elsewhere");
    assert!(here.is_signed_in().await);
    let text = here.click("/sessions?done=one&lang=en").await.text();
    assert!(text.contains(&english("notice-device_ended")), "{text}");
    assert_eq!(text.matches("<li class=\"device\"").count(), 1, "{text}");
    assert!(!text.contains("value=\"others\""), "there are no others");
}

#[tokio::test]
async fn a_form_ends_all_other_devices_of_this_user_only() {
    let program = BINARY.start().await;
    program.sign_in_as("ada").await;
    let another = program.browser();
    another.sign_in().await;
    program.sign_in_as("demo").await;
    let others = [program.browser(), program.browser()];
    for other in &others {
        other.sign_in().await;
    }
    let here = program.browser();
    here.sign_in().await;
    assert!(page(&here).await.contains("value=\"others\""));
    let answer = here.submit("/sessions", "end=others").await;
    assert_eq!(answer.location(), "/sessions?done=others");
    for other in &others {
        assert!(!other.is_signed_in().await);
    }
    assert!(here.is_signed_in().await && another.is_signed_in().await);
}

#[tokio::test]
async fn to_end_the_own_device_signs_out() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let form = format!("end={}", handle_of(&browser).await);
    let answer = browser.submit("/sessions", &form).await;
    assert_eq!(answer.location(), "/?logout=success");
    assert_eq!(answer.header("clear-site-data"), Some("\"storage\""));
    assert!(answer.removes_session());
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn a_browser_that_is_signed_out_is_sent_to_sign_in_and_comes_back_to_the_list() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let asked = browser.click("/sessions").await;
    assert_eq!(asked.location(), "/auth/oauth/start?return_to=%2Fsessions");
    let posted = browser.submit("/sessions", "end=others").await;
    assert_eq!(posted.location(), "/auth/oauth/start?return_to=%2Fsessions");
    for body in ["", "end="] {
        assert_eq!(browser.submit("/sessions", body).await.status, 400);
    }
    let callback = browser.come_back("?return_to=%2Fsessions").await;
    let landed = browser.arrive(&callback).await;
    assert_eq!(landed.location(), "/sessions?login=success");
}

/// Covers: BFF-6.1.3.3-1
#[tokio::test]
async fn no_other_site_and_no_user_ends_a_device_of_another_user() {
    let program = BINARY.start().await;
    program.sign_in_as("ada").await;
    let ada = program.browser();
    ada.sign_in().await;
    program.sign_in_as("demo").await;
    let browser = program.browser();
    browser.sign_in().await;
    let form = format!("end={}", handle_of(&ada).await);
    browser.submit("/sessions", &form).await.location();
    assert!(ada.is_signed_in().await);
    let own = format!("end={}", handle_of(&browser).await);
    for (name, value) in [
        ("Origin", "https://evil.test"),
        ("Sec-Fetch-Site", "cross-site"),
    ] {
        let request = Request::new("POST", "/sessions")
            .header(name, value)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(own.clone());
        let answer = browser.send(request, Initiator::SameOrigin).await;
        answer.is_problem(403, "csrf_rejected");
    }
    for body in ["", "end", "end=", "other=1"] {
        let answer = browser.submit("/sessions", body).await;
        assert_eq!(answer.status, 400, "{body}");
    }
    assert!(browser.is_signed_in().await);
}
