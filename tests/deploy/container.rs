//! The image: what is in it, and that it serves with no right beyond that to listen.

use bff_testing::Addresses;
use tempfile::TempDir;

use crate::podman::{Container, IMAGE, answers, output, podman, run, signed_in, write_secrets};
use crate::provider;

/// The user of the image.
const USER: u32 = 65_532;

#[tokio::test]
async fn the_image_signs_users_in_without_any_right_and_keeps_sessions_over_a_restart() {
    let addresses = Addresses::free();
    let provider = provider(&addresses).await;
    let secrets = TempDir::new().expect("a folder can be made");
    write_secrets(secrets.path(), Some(USER));
    let volume = format!("{}:/run/secrets:ro", secrets.path().display());
    let environment = [
        ("OAUTH_CLIENT_ID_FILE", "/run/secrets/client_id"),
        ("OAUTH_CLIENT_SECRET_FILE", "/run/secrets/client_secret"),
        ("SESSION_KEYS_FILE", "/run/secrets/session_keys"),
        ("OAUTH_AUTH_SERVER", &provider.sandbox.base),
        ("OAUTH_REDIRECT_URI", &addresses.redirect_uri()),
        ("BFF_SERVER__LISTEN", &addresses.public),
        ("BFF_SERVER__ADMIN_LISTEN", &addresses.admin),
    ]
    .map(|(name, value)| format!("--env={name}={value}"));
    let rights = "--read-only --cap-drop=ALL --security-opt=no-new-privileges --memory=256m --pids-limit=64 --network=host";
    let mut arguments: Vec<&str> = rights.split(' ').collect();
    arguments.extend(environment.iter().map(String::as_str));
    arguments.extend(["--volume", &volume, IMAGE]);
    let container = Container::start(&arguments);
    let origin = addresses.origin();
    answers(&format!("{origin}/readyz")).await;

    assert_eq!(container.status_of_process("CapEff:"), "0000000000000000");
    assert_eq!(container.status_of_process("CapBnd:"), "0000000000000000");
    assert_eq!(container.status_of_process("NoNewPrivs:"), "1");
    assert_eq!(container.status_of_process("Seccomp:"), "2");
    assert_eq!(
        container.status_of_process("Uid:"),
        [USER.to_string().as_str(); 4].join("\t")
    );
    assert_eq!(container.inspect("{{.HostConfig.ReadonlyRootfs}}"), "true");

    let browser = signed_in(&origin, &addresses.public).await;
    podman(&["healthcheck", "run", &container.0]);
    podman(&["restart", "--time", "40", &container.0]);
    answers(&format!("{origin}/readyz")).await;
    assert!(browser.is_signed_in().await, "the volume keeps the session");
    podman(&["stop", "--time", "40", &container.0]);
    assert_eq!(container.inspect("{{.State.ExitCode}}"), "0");
    assert!(container.log().contains("\"event\":\"stopping\""));
}

#[test]
fn the_health_check_fails_where_nothing_serves() {
    let health = run(
        "podman",
        &["run", "--rm", "--network=none", IMAGE, "health"],
    );
    assert_eq!(health.status.code(), Some(1));
    let said = String::from_utf8_lossy(&health.stderr);
    assert!(said.contains("server.admin_listen"), "{said}");
}

#[test]
fn the_image_without_settings_names_what_it_needs_and_ends() {
    let started = run("podman", &["run", "--rm", "--network=none", IMAGE]);
    assert_eq!(started.status.code(), Some(2));
    let said = String::from_utf8_lossy(&started.stderr);
    for key in ["oauth.client_id", "oauth.auth_server", "session.keys"] {
        assert!(said.contains(key), "{key}: {said}");
    }
}

#[test]
fn the_image_has_no_shell_and_a_folder_that_only_its_user_reads() {
    let container = Container(podman(&["create", IMAGE]));
    let listed = output(
        "sh",
        &[
            "-c",
            "podman export \"$0\" | tar -tv --numeric-owner",
            &container.0,
        ],
    );
    let names: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.split_whitespace().nth(5))
        .collect();
    assert!(names.contains(&"usr/local/bin/aihubmix-bff"), "{names:?}");
    let shells = [
        "sh", "bash", "dash", "ash", "busybox", "apt", "dpkg", "perl",
    ];
    let found = names.iter().find(|name| {
        let last = name.rsplit('/').next().unwrap_or_default();
        name.contains("bin/") && shells.contains(&last)
    });
    assert_eq!(found, None);
    let data = listed
        .lines()
        .find(|line| line.ends_with(" data/"))
        .expect("the folder is there");
    assert!(data.starts_with("drwx------ 65532/65532"), "{data}");

    let image = |format| podman(&["image", "inspect", "--format", format, IMAGE]);
    assert_eq!(image("{{.User}}"), "65532:65532");
    assert_eq!(
        image("{{json .Config.Entrypoint}}"),
        r#"["/usr/local/bin/aihubmix-bff"]"#
    );
    // `CMD` before a program and its arguments, `CMD-SHELL` before a line for a shell.
    assert_eq!(
        image("{{json .HealthCheck.Test}}"),
        r#"["CMD","/usr/local/bin/aihubmix-bff","health"]"#
    );
    assert_eq!(image("{{json .Config.Volumes}}"), r#"{"/data":{}}"#);
    assert_eq!(
        image(r#"{{index .Labels "org.opencontainers.image.licenses"}}"#),
        "MIT OR Apache-2.0"
    );
}

#[test]
fn two_builds_of_the_same_files_have_the_same_digest() {
    let digest = |tag| {
        output("scripts/image", &[tag, "oci"]);
        podman(&["image", "inspect", "--format", "{{.Digest}}", tag])
    };
    let [one, other] = ["localhost/bff-one", "localhost/bff-other"].map(digest);
    assert_eq!(one, other);
    // The docker format records the name of the building machine, and has the same layers.
    let layers = |tag| podman(&["image", "inspect", "--format", "{{json .RootFS}}", tag]);
    assert_eq!(layers(IMAGE), layers("localhost/bff-one"));
    podman(&["rmi", "localhost/bff-one", "localhost/bff-other"]);
}
