//! The systemd unit in a booted system.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use bff_testing::Addresses;
use tempfile::TempDir;

use crate::podman::{Container, answers, signed_in, write_secrets};
use crate::provider;

const UNIT: &str = "aihubmix-bff.service";
const TOP: &str = env!("CARGO_MANIFEST_DIR");

#[tokio::test]
async fn the_unit_serves_as_a_user_of_its_own_and_keeps_sessions_over_a_restart() {
    let addresses = Addresses::free();
    let provider = provider(&addresses).await;
    let settings = TempDir::new().expect("a folder can be made");
    write_secrets(settings.path(), None);
    fs::set_permissions(settings.path(), fs::Permissions::from_mode(0o700)).expect("it is ours");
    let environment = format!(
        "OAUTH_REDIRECT_URI={}\nOAUTH_AUTH_SERVER={}\nBFF_SERVER__LISTEN={}\nBFF_SERVER__ADMIN_LISTEN={}\n",
        addresses.redirect_uri(),
        provider.sandbox.base,
        addresses.public,
        addresses.admin
    );
    fs::write(settings.path().join("environment"), environment).expect("it can be written");
    let system = boot(&settings);
    let origin = addresses.origin();

    system.exec(&["systemctl", "start", UNIT]);
    answers(&format!("{origin}/readyz")).await;
    let browser = signed_in(&origin, &addresses.public).await;
    let user = system.exec(&[
        "sh",
        "-c",
        "ps=$(systemctl show -p MainPID --value \"$0\"); stat -c %u /proc/$ps",
        UNIT,
    ]);
    assert!(
        (61_184..=65_519).contains(&user.parse().unwrap_or(0)),
        "the user is {user}, of no dynamic user"
    );
    let modes = system.exec(&[
        "stat",
        "-c",
        "%a",
        "/var/lib/private/aihubmix-bff",
        "/var/lib/private/aihubmix-bff/data/sessions.db",
    ]);
    assert_eq!(modes, "700\n600");
    let listed = system.exec(&[
        "sh",
        "-c",
        "stat -c '%a %U' /run/credentials/\"$0\"/client_secret",
        UNIT,
    ]);
    assert!(
        listed.starts_with("440 root") || listed.starts_with("400 "),
        "{listed}"
    );

    system.exec(&["systemctl", "restart", UNIT]);
    answers(&format!("{origin}/readyz")).await;
    assert!(browser.is_signed_in().await, "the session file stays");
    system.exec(&["systemctl", "stop", UNIT]);
    let ended = system.exec(&[
        "systemctl",
        "show",
        "-p",
        "Result",
        "-p",
        "ExecMainStatus",
        UNIT,
    ]);
    assert_eq!(ended, "Result=success\nExecMainStatus=0");
}

/// Boots a system with the unit, the program and these settings.
fn boot(settings: &TempDir) -> Container {
    let more = settings.path().join("drop-in");
    fs::create_dir(&more).expect("a folder can be made");
    // Written by scripts/containers: the folder from which a debug build reads pages.
    let sources =
        fs::read_to_string(format!("{TOP}/target/containers/sources")).unwrap_or_default();
    let drop_in = if sources.is_empty() {
        String::new()
    } else {
        format!("[Service]\nBindReadOnlyPaths={TOP}\n")
    };
    fs::write(more.join("test.conf"), drop_in).expect("it can be written");
    let mounts = [
        format!("{TOP}/deploy/systemd/{UNIT}:/etc/systemd/system/{UNIT}:ro"),
        format!("{}:/etc/systemd/system/{UNIT}.d:ro", more.display()),
        format!("{}:/etc/aihubmix-bff:ro", settings.path().display()),
        format!("{TOP}/target/containers/program:/usr/local/bin/aihubmix-bff:ro"),
        format!("{TOP}:{TOP}:ro"),
    ];
    let mut arguments = vec!["--systemd=always", "--privileged", "--network=host"];
    arguments.extend(mounts.iter().flat_map(|mount| ["--volume", mount]));
    arguments.extend(["localhost/bff-systemd", "/lib/systemd/systemd"]);
    let system = Container::start(&arguments);
    // Without it systemd cannot hand credentials to a service in a container.
    system.exec(&["mount", "--make-rshared", "/"]);
    let booted = "until systemctl is-system-running --quiet || systemctl --quiet is-active multi-user.target; do sleep 0.1; done 2>/dev/null";
    system.exec(&["timeout", "60", "sh", "-c", booted]);
    system
}
