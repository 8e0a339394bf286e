//! The compose file, run by podman-compose with the profile `sandbox` and that of a store.

use std::process::Command;

use bff_testing::{Addresses, SandboxControl};
use tempfile::TempDir;

use crate::podman::{IMAGE, answers, podman, signed_in, write_secrets};

const FILE: &str = "deploy/compose/compose.yaml";
const POSTGRES_PASSWORD: &str = "password-of-postgres";

/// A project of compose. Dropping it removes its containers and volumes.
struct Project {
    name: String,
    /// The profile and the service of the store.
    store: &'static str,
    environment: Vec<(&'static str, String)>,
}

impl Project {
    /// Runs podman-compose, which must succeed. Returns what it printed.
    fn compose(&self, arguments: &[&str]) -> String {
        let output = self
            .command(arguments)
            .output()
            .expect("podman-compose; run `just containers`");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("podman-compose");
        command
            .args([
                "-f",
                FILE,
                "-p",
                &self.name,
                "--profile",
                "sandbox",
                "--profile",
                self.store,
            ])
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    fn container(&self, service: &str) -> String {
        format!("{}_{service}_1", self.name)
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        if std::thread::panicking() {
            drop(self.command(&["logs"]).status());
        }
        // It may have ended already.
        drop(
            self.command(&["down", "--volumes", "--timeout", "5"])
                .output(),
        );
    }
}

#[tokio::test]
async fn compose_starts_the_app_with_redis_and_a_provider_and_keeps_sessions_over_a_restart() {
    sessions_outlive_a_restart("redis", "redis://redis").await;
}

#[tokio::test]
async fn compose_starts_the_app_with_postgres_and_a_provider_and_keeps_sessions_over_a_restart() {
    let url = format!("postgres://bff:{POSTGRES_PASSWORD}@postgres/bff");
    sessions_outlive_a_restart("postgres", &url).await;
}

/// Starts the app with a store, signs in, and restarts both.
async fn sessions_outlive_a_restart(store: &'static str, url: &str) {
    let addresses = Addresses::free();
    let port = |address: &str| address.rsplit_once(':').expect("a port").1.to_owned();
    let secrets = TempDir::new().expect("a folder can be made");
    write_secrets(secrets.path(), Some(65_532));
    let password = secrets.path().join("postgres_password");
    std::fs::write(&password, POSTGRES_PASSWORD).expect("it can be written");
    // The user of PostgreSQL's image.
    std::os::unix::fs::chown(&password, Some(999), Some(999)).expect("root runs this");
    let provider = format!("http://{}", addresses.sandbox);
    let project = Project {
        name: format!("bff{}", std::process::id()),
        store,
        environment: vec![
            ("APP_IMAGE", IMAGE.to_owned()),
            ("SANDBOX_IMAGE", IMAGE.to_owned()),
            ("REDIS_IMAGE", "localhost/bff-redis".to_owned()),
            ("POSTGRES_IMAGE", "localhost/bff-postgres".to_owned()),
            ("APP_PORT", port(&addresses.public)),
            ("SANDBOX_PORT", port(&addresses.sandbox)),
            ("OAUTH_REDIRECT_URI", addresses.redirect_uri()),
            ("OAUTH_AUTH_SERVER", provider.clone()),
            ("SESSION_STORE", url.to_owned()),
            ("SECRETS", secrets.path().display().to_string()),
        ],
    };
    project.compose(&["up", "--detach", "--no-build"]);
    let ready = format!("{}/readyz", addresses.origin());
    answers(&ready).await;
    answers(&format!("{provider}/sandbox")).await;
    SandboxControl::new(&provider).sign_in_as("demo").await;

    let browser = signed_in(&addresses.origin(), &addresses.public).await;
    let app = project.container("app");
    podman(&["healthcheck", "run", &app]);
    let rights = podman(&[
        "inspect",
        "--format",
        "{{.HostConfig.ReadonlyRootfs}} {{.EffectiveCaps}} {{.HostConfig.SecurityOpt}}",
        &app,
    ]);
    assert!(rights.starts_with("true [] [no-new-privileges"), "{rights}");

    podman(&["restart", "--time", "40", &project.container(store)]);
    podman(&["restart", "--time", "40", &app]);
    answers(&ready).await;
    assert!(
        browser.is_signed_in().await,
        "{store} has written the session to its volume"
    );
}
