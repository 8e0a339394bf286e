//! A fork of this repository, made by the steps of `docs/your-first-change.md` and `docs/forking.md`: it builds, its tests pass, it takes an upgrade
//! of the engine without a conflict, and it leaves parts out. The folder `target` has the dependencies already, so that no network is needed.
#![cfg(test)]

mod document;
mod repository;
mod upgrade;

use document::{Document, read};
use repository::Repository;

const FEATURE: &str = "docs/your-first-change.md";
const FORKING: &str = "docs/forking.md";

/// The name of this app. A repository with another name is a fork already: these steps are done there.
const NAME: &str = "aihubmix-bff";

#[test]
fn a_fork_by_the_documents_takes_an_upgrade_without_a_conflict() {
    if env!("CARGO_PKG_NAME") != NAME {
        return;
    }
    let fork = Repository::copy("fork");
    let top = fork.top.as_path();
    let forking = Document::read(top, FORKING);

    fork.git(["switch", "--quiet", "--create", "acme"]);
    forking.follow_section("## The name", top);
    fork.cargo("update --workspace --quiet");
    fork.commit("Rename the app");
    assert_eq!(fork.changed("main", &[]), ["Cargo.lock", "Cargo.toml"]);

    assert!(Document::read(top, FEATURE).follow(top) >= 10);
    fork.commit("Add notes");
    for heading in [
        "## The look",
        "## The words",
        "### Without top-up",
        "## The tests",
    ] {
        forking.follow_section(heading, top);
    }
    fork.commit("Look, title, no top-up");
    assert_eq!(fork.changed("main", &["crates"]), [""; 0]);
    run_its_tests(&fork, "");
    run_tests_of_the_engine(&fork);
    assert_eq!(
        fork.git(["status", "--porcelain"]),
        "",
        "the build changes files"
    );

    fork.git(["switch", "--quiet", "main"]);
    upgrade::commit_all(&fork);
    fork.git(["switch", "--quiet", "acme"]);
    fork.git(["merge", "--quiet", "--no-edit", "main"]);
    assert_eq!(fork.changed("main", &["crates"]), [""; 0]);
    for file in fork.changed("main~6", &[]) {
        let marked = read(top, &file).is_ok_and(|text| text.contains("\n<<<<<<< "));
        assert!(!marked, "{file} has a conflict");
    }
    run_its_tests(&fork, " --locked");
}

/// Runs the tests of the fork, which the two documents contain.
fn run_its_tests(fork: &Repository, option: &str) {
    let told = fork.cargo(&format!(
        "test --workspace --all-features --test notes --test models --test acme{option}"
    ));
    for passed in [4, 2, 1] {
        let passed = format!("test result: ok. {passed} passed");
        assert!(told.contains(&passed), "{told}");
    }
}

/// Builds the tests of the engine in the fork without top-up, without a warning, and runs those that read its routes and documents.
fn run_tests_of_the_engine(fork: &Repository) {
    fork.cargo("clippy --workspace --all-features --all-targets -- --deny warnings");
    fork.cargo(
        "test --workspace --all-features --test api -- openapi:: requests:: csrf:: standards::",
    );
}

#[test]
fn a_fork_leaves_out_redis_traces_the_sandbox_or_the_account() {
    if env!("CARGO_PKG_NAME") != NAME {
        return;
    }
    let fork = Repository::copy("parts");
    let top = fork.top.as_path();
    let forking = Document::read(top, FORKING);
    for headings in [
        &["### Without Redis or PostgreSQL"][..],
        &["### Without the calls to upstreams"],
        &["### Without the export of traces"],
        &["### Without the sandbox"],
        &["### Without the account"],
    ] {
        for heading in headings {
            forking.follow_section(heading, top);
        }
        fork.cargo("check --locked");
        fork.git(["reset", "--quiet", "--hard"]);
        fork.git(["clean", "--quiet", "--force", "-d"]);
    }
}

#[test]
#[should_panic(
    expected = "steps.md: \"Add below `mod account;` in `lib.rs`:\": lib.rs has no line `mod account;`"
)]
fn a_step_that_does_not_find_its_place_names_the_step_and_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let step = "Add below `mod account;` in `lib.rs`:\n\n```rust\nmod notes;\n```\n";
    std::fs::write(folder.path().join("steps.md"), step).unwrap();
    std::fs::write(folder.path().join("lib.rs"), "mod accounts;\n").unwrap();
    Document::read(folder.path(), "steps.md").follow(folder.path());
}
