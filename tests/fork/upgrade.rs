//! Six changes of the engine, as upstream makes them between two releases: edits of real files, each with an anchor that must be there once.

use std::fs;
use std::path::Path;

use crate::document::{edit, line_of, read, whole_line, write};
use crate::repository::Repository;

type Change = (&'static str, fn(&Path) -> Result<(), String>);

const CHANGES: [Change; 6] = [
    ("engine: add the route /api/version", add_a_route),
    ("engine: add the setting ui.notice_seconds", add_a_setting),
    ("engine: say \"Log out\"", change_a_sentence),
    ("engine: change the frame of the pages", change_the_frame),
    (
        "engine: rename a function and move a file",
        rename_internals,
    ),
    ("Raise a dependency", raise_a_dependency),
];

/// Commits every change on the current branch.
pub fn commit_all(repository: &Repository) {
    for (message, change) in CHANGES {
        if let Err(why) = change(&repository.top) {
            panic!(
                "the change \"{message}\" of tests/fork/upgrade.rs no longer finds its place: {why}"
            );
        }
        repository.commit(message);
    }
}

/// Inserts a text below a line of a file.
fn below(top: &Path, file: &str, line: &str, text: &str) -> Result<(), String> {
    let line = whole_line(top, file, line)?;
    edit(top, file, &line, &format!("{line}{text}"))
}

fn append(top: &Path, file: &str, text: &str) -> Result<(), String> {
    let text = read(top, file)? + text;
    write(top, file, &text)
}

fn add_a_route(top: &Path) -> Result<(), String> {
    const ROUTE: &str =
        "        .service(resource(\"/api/version\").get(api::version).head(api::version))\n";
    const HANDLER: &str = "
/// `GET /api/version`: the version of the engine.
pub async fn version() -> HttpResponse {
    HttpResponse::Ok().json(env!(\"CARGO_PKG_VERSION\"))
}
";
    const ENTRY: &str = "  /api/version:
    get:
      operationId: version
      tags: [operation]
      summary: The version of the engine
      responses:
        \"200\": { $ref: \"#/components/responses/Health\" }
    head:
      operationId: version-head
      tags: [operation]
      summary: The headers of it
      responses:
        \"200\": { $ref: \"#/components/responses/Head\" }
";
    let sessions = ".service(resource(\"/api/sessions\").get(api::sessions))";
    below(top, "crates/bff/src/http/routes.rs", sessions, ROUTE)?;
    append(top, "crates/bff/src/http/api.rs", HANDLER)?;
    below(top, "docs/openapi.yaml", "paths:", ENTRY)
}

fn add_a_setting(top: &Path) -> Result<(), String> {
    let default = "\n# Seconds for which a notice is shown.\nnotice_seconds = 8\n";
    let field = "    /// Seconds for which a notice is shown.\n    pub notice_seconds: u32,\n";
    let row = "| `ui.notice_seconds` | `8` | `BFF_UI__NOTICE_SECONDS` | Seconds for which a notice is shown. |\n";
    let file = "crates/bff/config/default.toml";
    below(top, file, "default_language = \"zh-Hant\"", default)?;
    let file = "crates/bff/src/config/ui.rs";
    below(top, file, "pub default_language: String,", field)?;
    let head = "## ui\n\n| key | default | variables | meaning and rule |\n|---|---|---|---|\n";
    edit(top, "docs/config.md", head, &format!("{head}{row}"))
}

fn change_a_sentence(top: &Path) -> Result<(), String> {
    for (language, new) in [
        ("en", "Log out"),
        ("ja", "ログアウトする"),
        ("zh-Hans", "退出"),
        ("zh-Hant", "退出"),
    ] {
        let file = format!("crates/bff/templates/i18n/{language}.ftl");
        let old = line_of(top, &file, "sign-out")?;
        edit(top, &file, &old, &format!("sign-out = {new}\n"))?;
    }
    Ok(())
}

fn change_the_frame(top: &Path) -> Result<(), String> {
    let file = "crates/bff/templates/pages/base.html";
    let meta = "  <meta name=\"format-detection\" content=\"telephone=no\">\n";
    below(
        top,
        file,
        "<meta name=\"robots\" content=\"noindex\">",
        meta,
    )?;
    let style = "\n.foot:empty {\n  display: none;\n}\n";
    append(top, "crates/bff/static/css/page.css", style)
}

fn rename_internals(top: &Path) -> Result<(), String> {
    let http = "crates/bff/src/http";
    // The event of the log, a text, keeps its name.
    let changed = replace_in_all(&top.join(http), |text| {
        let text = text.replace("page_failed", "rendering_failed");
        text.replace("\"rendering_failed\"", "\"page_failed\"")
    });
    if changed < 2 {
        return Err(format!("{changed} files have the function page_failed"));
    }
    let (old, new) = ("csp_reports.rs", "csp_counts.rs");
    let folder = top.join(http);
    fs::rename(folder.join(old), folder.join(new)).map_err(|error| format!("{old}: {error}"))?;
    let file = format!("{http}/mod.rs");
    edit(top, &file, "mod csp_reports;\n", "mod csp_counts;\n")?;
    edit(top, &file, "use csp_reports::", "use csp_counts::")?;
    let file = format!("{http}/state.rs");
    edit(top, &file, "super::csp_reports::", "super::csp_counts::")?;
    let file = format!("{http}/csp_report.rs");
    edit(top, &file, "super::csp_reports::", "super::csp_counts::")
}

fn raise_a_dependency(top: &Path) -> Result<(), String> {
    edit(
        top,
        "Cargo.toml",
        "\ntempfile = \"3\"\n",
        "\ntempfile = \"3.1\"\n",
    )?;
    let line = "\n`/api/version` returns the version of the engine.\n";
    below(top, "CHANGELOG.md", "## [Unreleased]", line)?;
    edit(
        top,
        "README.md",
        "\n## Read on\n",
        "\nThe version is at `/api/version`.\n\n## Read on\n",
    )
}

/// Changes every file in the folder and in its folders. Returns the number of files that are another than before.
fn replace_in_all(folder: &Path, change: fn(&str) -> String) -> usize {
    let entries = fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .map(|path| {
            if path.is_dir() {
                return replace_in_all(&path, change);
            }
            let text = fs::read_to_string(&path).expect("a source file");
            let changed = change(&text);
            if changed == text {
                return 0;
            }
            fs::write(&path, changed).expect("a file can be written");
            1
        })
        .sum()
}
