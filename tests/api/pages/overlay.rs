//! `ui.overlay`: a folder of the operator over templates, words and static files, without a build.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::support::*;

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
    fs::write(path, text).expect("it can be written");
}

/// A home page with a sentence of the operator.
fn home(sentence: &str) -> String {
    format!(
        "{{# data: 1 #}}\n{{% extends \"app/home.html\" %}}\n{{% block main %}}<p>{sentence}</p>{{{{ super() }}}}{{% endblock main %}}\n"
    )
}

/// A new folder, and the setting that lays it over the built-in files.
fn overlay() -> (TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("a path").to_owned();
    (folder, path)
}

async fn front(browser: &Browser) -> Answer {
    browser.open("/?lang=en").await
}

/// Returns the address and the text of the style sheet and of the script of the page.
async fn bundles(browser: &Browser) -> [[String; 2]; 2] {
    let page = front(browser).await.text().replace("&#x2F;", "/");
    let mut bundles = ["/css/style.css", "/js/app.bundle.js"].map(|name| {
        let end = page.find(name).unwrap_or_else(|| panic!("{name}: {page}"));
        let begin = page[..end].rfind('"').map_or(0, |at| at + 1);
        [format!("{}{name}", &page[begin..end]), String::new()]
    });
    for [address, text] in &mut bundles {
        let answer = browser.fetch("GET", address).await;
        assert_eq!(answer.status, 200, "{address}");
        *text = answer.text();
    }
    bundles
}

#[tokio::test]
async fn in_development_a_change_shows_on_reload_and_a_fault_on_the_page_and_in_the_log() {
    let (folder, path) = overlay();
    let program = BINARY.start_with(&[("BFF_UI__OVERLAY", &path)]).await;
    let browser = program.browser();
    assert_eq!(front(&browser).await.status, 200);

    write(
        folder.path(),
        "templates/pages/home.html",
        &home("first sentence"),
    );
    write(
        folder.path(),
        "templates/i18n/en.ftl",
        "login-button = Let me in\n",
    );
    let before = bundles(&browser).await;
    write(folder.path(), "static/css/app.css", "body { --own: 1 }");
    write(folder.path(), "static/js/copy.js", "window.own = 1;");
    let page = front(&browser).await.text();
    for part in ["<p>first sentence</p>", "Let me in"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let after = bundles(&browser).await;
    for (index, own) in ["body { --own: 1 }", "window.own = 1;"].iter().enumerate() {
        let ([old, text], [new, changed]) = (&before[index], &after[index]);
        assert!(!text.contains(own) && changed.contains(own), "{changed}");
        assert_ne!(old, new, "browsers keep the old address for ever");
    }

    for (path, broken) in [
        (
            "templates/pages/home.html",
            "{# data: 1 #}\n{% extends \"app/home.html\" %}{% block main %}{{ no_such_value }}{% endblock main %}",
        ),
        ("templates/pages/home.html", "{# data: 1 #}\n{% block"),
        ("templates/i18n/en.ftl", "= nothing"),
    ] {
        write(folder.path(), path, broken);
        let answer = front(&browser).await;
        assert_eq!(answer.status, 500, "{broken}");
        let page = answer.text();
        assert!(
            page.contains("<h1>The page cannot be rendered</h1>"),
            "{broken}: {page}"
        );
        assert!(
            page.contains("home.html") || page.contains("en.ftl"),
            "{broken}: {page}"
        );
        assert!(answer.header("content-security-policy").is_some());
        program.logs("page_failed", 1).await;
        write(
            folder.path(),
            "templates/pages/home.html",
            &home("second sentence"),
        );
        write(folder.path(), "templates/i18n/en.ftl", "");
        assert!(
            front(&browser).await.text().contains("second sentence"),
            "{broken}"
        );
    }
    fs::remove_dir_all(folder.path().join("templates")).expect("it is there");
    assert!(!front(&browser).await.text().contains("sentence"));
}

#[tokio::test]
async fn nothing_outside_the_overlay_is_served() {
    let (folder, path) = overlay();
    write(folder.path(), "secret.css", "canary");
    write(folder.path(), "static/css/own.css", "own");
    let program = BINARY.start_with(&[("BFF_UI__OVERLAY", &path)]).await;
    let browser = program.browser();
    let page = front(&browser).await.text();
    let base = page
        .split("/static/")
        .nth(1)
        .and_then(|rest| rest.split('/').next());
    let base = format!("/static/{}", base.expect("an asset"));
    assert_eq!(
        browser
            .fetch("GET", &format!("{base}/css/own.css"))
            .await
            .status,
        200
    );
    for path in [
        "../secret.css",
        "%2e%2e/secret.css",
        "css/../../secret.css",
        "css/..%2f..%2fsecret.css",
        "secret.css",
    ] {
        let answer = browser.fetch("GET", &format!("{base}/{path}")).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.text().contains("canary"), "{path}");
    }
}

/// Returns the exit code, and what the command prints.
fn run(overlay: &str, profile: &str, command: &[&str]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let keys = "zPUNbtwMHzltKXwEG9/p+L+9Za6W5ypkzPTv8kfbuME=";
    let output = BINARY.run(&Addresses::free(), folder.path(), command, "", |process| {
        process
            .env("BFF_UI__OVERLAY", overlay)
            .env("BFF_PROFILE", profile)
            .env("SESSION_KEYS", keys)
            .env("OAUTH_CLIENT_ID", "client_1")
            .env("OAUTH_CLIENT_SECRET", "kT93hs-secret")
            .env("OAUTH_AUTH_SERVER", "https://as.test")
            .env("OAUTH_REDIRECT_URI", "https://app.test/oauth/callback")
            .env("BFF_SERVER__TRUSTED_PROXIES", "127.0.0.1")
            .env("RUST_LOG", "off")
            .env_remove("BFF_SANDBOX__LISTEN");
    });
    let told = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&told).into_owned(),
    )
}

#[test]
fn in_production_a_faulty_overlay_stops_the_start_with_one_line() {
    for (path, text, told) in [
        ("templates/pages/home.html", "{% block", "home.html"),
        (
            "templates/pages/parts/notice.html",
            "{# data: 1 #}\n{{ no_such_value }}",
            "no_such_value",
        ),
        (
            "templates/pages/parts/sign_out.html",
            "<a href=\"https://evil.test\">",
            "evil.test",
        ),
        ("templates/i18n/en.ftl", "only-here = x", "only-here"),
        (
            "templates/pages/a.html",
            "{{ t(id=\"no-such-words\") }}",
            "no-such-words",
        ),
    ] {
        let (folder, overlay) = overlay();
        write(folder.path(), path, text);
        let (code, output) = run(&overlay, "production", &["serve"]);
        assert_eq!(code, Some(2), "{path}: {output}");
        assert!(output.contains(told), "{path}: {output}");
        let lines = output
            .lines()
            .filter(|line| line.starts_with("aihubmix-bff: "));
        assert_eq!(lines.count(), 1, "{path}: {output}");
    }
    let (code, output) = run("/nonexistent/overlay", "production", &["serve"]);
    assert_eq!(code, Some(2), "{output}");
    assert!(output.contains("ui.overlay: cannot be opened"), "{output}");
}

#[test]
fn the_check_names_what_is_missing_outdated_or_unused_in_the_overlay() {
    let check = ["templates", "check"];
    let (folder, overlay) = overlay();
    write(
        folder.path(),
        "templates/pages/home.html",
        &home("a sentence"),
    );
    write(folder.path(), "static/css/app.css", "body { --own: 1 }");
    let (code, output) = run(&overlay, "production", &check);
    assert_eq!(code, Some(0), "{output}");

    write(
        folder.path(),
        "templates/pages/popup.html",
        "{# data: 7 #}\n{% extends \"app/popup.html\" %}",
    );
    write(
        folder.path(),
        "templates/pages/problem.html",
        "{% extends \"app/problem.html\" %}",
    );
    write(
        folder.path(),
        "templates/pages/accuont.html",
        "{# data: 1 #}",
    );
    write(
        folder.path(),
        "templates/pages/account.html",
        "{# data: 1 #}\n{{ account.colour }}",
    );
    write(folder.path(), "static/img/old.png", "x");
    write(folder.path(), "static/notes.docx", "x");
    write(folder.path(), "pages/home.html", "x");
    let (code, output) = run(&overlay, "production", &check);
    assert_eq!(code, Some(1), "{output}");
    for told in [
        "popup.html: expects version 7 of the data, but the program gives version 1",
        "problem.html: does not say which version",
        "accuont.html: no page uses it",
        "account: signed-in in en: ",
        "static/img/old.png: no page uses it",
        "static/notes.docx: is never served",
        "pages/home.html: is never read",
    ] {
        assert!(output.contains(told), "{told}: {output}");
    }
}
