//! The files `docs/openapi*.yaml`, read as one document, compared with the program: routes, error codes, and every kind of answer.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use bff::domain::{EndCause, ErrorCode, LoginError};
use serde_json::Value;

use crate::support::every_answer::{Seen, every_answer};
use crate::support::*;

/// The table of the engine's routes.
const ROUTES: &str = include_str!("../../crates/bff/src/http/routes.rs");

/// What a path in the document may have beside its methods.
const NO_METHODS: [&str; 3] = ["summary", "description", "parameters"];

/// What HTTP itself adds to an answer.
const OF_THE_WIRE: [&str; 6] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "transfer-encoding",
];

/// Where the upstreams are: how many routes that is, and with which methods, says the configuration.
const UPSTREAMS: &str = "/api/proxy/{name}/{path}";

/// Covers: RFC9110-15.5.6-1
#[tokio::test]
async fn the_document_has_every_route_with_its_methods_and_no_other() {
    let document = Document::read();
    let mut routes = routes(ROUTES);
    for file in files(&top().join("src")) {
        routes.extend(self::routes(
            &fs::read_to_string(file).expect("a source file"),
        ));
    }
    assert!(routes.len() > 15, "the routes were not read: {routes:?}");
    assert!(
        ROUTES.contains("proxy::configure("),
        "no route of upstreams"
    );
    routes.insert(UPSTREAMS.to_owned());
    let documented = document.paths().into_keys().collect();
    assert_eq!(routes, documented);

    let program = BINARY.start().await;
    for (path, operations) in document.paths() {
        if path == UPSTREAMS {
            continue;
        }
        let request = navigation("PROPFIND", &path, Initiator::SameOrigin);
        let answer = program.browser().send_bare(request).await;
        assert_eq!(answer.status, 405, "{path}");
        let allowed = answer.header("allow").unwrap_or_default();
        let allowed: BTreeSet<String> = allowed.split(", ").map(str::to_lowercase).collect();
        assert_eq!(allowed, operations.into_keys().collect(), "{path}");
    }
}

/// Covers: RFC9457-3-1
#[test]
fn the_document_has_every_error_code_under_its_status_and_no_other() {
    let document = Document::read();
    let requests = ErrorCode::ALL
        .map(|error| (error.code(), error.status()))
        .to_vec();
    let logins: Vec<_> = LoginError::ALL
        .iter()
        .map(|error| (error.code(), error.status()))
        .collect();
    for (schema, table) in [("ErrorCode", &requests), ("LoginErrorCode", &logins)] {
        let table: BTreeSet<&str> = table.iter().map(|(code, _)| *code).collect();
        assert_eq!(document.words_of(schema), table, "{schema}");
    }
    for cause in document.words_of("EndCause") {
        assert!(EndCause::from_code(cause).is_some(), "{cause}");
    }

    let answered: BTreeSet<(&str, u16)> = document
        .responses()
        .into_iter()
        .flat_map(|(status, response)| document.codes(response).map(move |code| (code, status)))
        .collect();
    let table: BTreeSet<(&str, u16)> = requests.into_iter().chain(logins).collect();
    assert_eq!(answered, table);
}

/// Covers: RFC9457-3-1
#[tokio::test]
async fn every_kind_of_answer_is_in_the_document() {
    are_documented(&Box::pin(every_answer()).await);
}

/// Fails unless the document has every one of these answers.
pub fn are_documented(all: &[Seen]) {
    let document = Document::read();
    let mut faults = Vec::new();
    for seen in all {
        let told = match document.response_to(seen) {
            Some(response) => document.differences(response, &seen.answer),
            None => vec![format!("status {}", seen.answer.status)],
        };
        faults.extend(
            told.into_iter()
                .map(|fault| format!("{}: {fault}", seen.what)),
        );
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The document, and how to find things in it.
struct Document(Value);

impl Document {
    fn read() -> Self {
        let mut files = files(&top().join("docs"));
        files.retain(|file| {
            let name = file.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| name.starts_with("openapi") && name.ends_with(".yaml"))
        });
        // The engine's file is the first. The others refer to it, and add to it.
        files.sort_by_key(|file| file.file_name() != Some("openapi.yaml".as_ref()));
        let mut whole = Value::Null;
        for file in files {
            let text = fs::read_to_string(&file).expect("a document");
            let one = serde_saphyr::from_str(&text).expect("it is YAML");
            merge(&mut whole, one);
        }
        Self(whole)
    }

    /// What is there, or where it points to.
    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        let Some(pointer) = value["$ref"].as_str() else {
            return value;
        };
        let (_, pointer) = pointer.split_once('#').expect("a place in a document");
        self.0
            .pointer(pointer)
            .unwrap_or_else(|| panic!("nothing is at {pointer}"))
    }

    /// Every path with its operations by method, in small letters.
    fn paths(&self) -> BTreeMap<String, BTreeMap<String, &Value>> {
        let operations = |item| {
            members(item)
                .filter(|(name, _)| !NO_METHODS.contains(name) && !name.starts_with("x-"))
                .map(|(name, operation)| (name.to_owned(), operation))
                .collect()
        };
        members(&self.0["paths"])
            .map(|(path, item)| (path.to_owned(), operations(item)))
            .collect()
    }

    /// Every response with its status, those to other paths and other methods included.
    fn responses(&self) -> Vec<(u16, &Value)> {
        let mut all = vec![
            (404, self.resolve(&self.0["x-other-paths"])),
            (405, self.resolve(&self.0["x-other-methods"])),
        ];
        for operation in self.paths().values().flat_map(BTreeMap::values) {
            let answers = members(&operation["responses"]);
            // What an upstream answers is its own business.
            all.extend(answers.filter(|(status, _)| *status != "default").map(
                |(status, response)| (status.parse().expect("a status"), self.resolve(response)),
            ));
        }
        all
    }

    /// What the document has for this request and status.
    fn response_to(&self, seen: &Seen) -> Option<&Value> {
        let (status, paths) = (seen.answer.status, self.paths());
        let path = seen.path.split('?').next().unwrap_or_default();
        let Some((_, operations)) = paths.iter().find(|(pattern, _)| fits(pattern, path)) else {
            return (status == 404).then(|| self.resolve(&self.0["x-other-paths"]));
        };
        let Some(operation) = operations.get(&seen.method.to_lowercase()) else {
            return (status == 405).then(|| self.resolve(&self.0["x-other-methods"]));
        };
        let response = operation["responses"].get(status.to_string())?;
        Some(self.resolve(response))
    }

    /// The words that this schema allows.
    fn words_of(&self, schema: &str) -> BTreeSet<&str> {
        texts(&self.0["components"]["schemas"][schema]["enum"]).collect()
    }

    /// The `error` codes that a response may have.
    fn codes<'a>(&'a self, response: &'a Value) -> impl Iterator<Item = &'a str> {
        let schema = &response["content"]["application/problem+json"]["schema"];
        texts(&schema["allOf"][1]["properties"]["error"]["enum"])
    }

    /// In what an answer is another than the document says.
    fn differences(&self, response: &Value, answer: &Answer) -> Vec<String> {
        let mut faults = Vec::new();
        let headers: BTreeMap<String, &Value> = members(&response["headers"])
            .map(|(name, header)| (name.to_lowercase(), self.resolve(header)))
            .collect();
        for (name, value) in &answer.headers {
            match headers.get(name) {
                Some(header) if allows(&header["schema"], value) => {}
                None if OF_THE_WIRE.contains(&name.as_str()) => {}
                _ => faults.push(format!("{name}: {value}")),
            }
        }
        let sent = |name: &str| answer.headers.iter().any(|(other, _)| other == name);
        let missing = headers
            .iter()
            .filter(|(name, header)| header["required"] == true && !sent(name));
        faults.extend(missing.map(|(name, _)| format!("without {name}")));
        if answer.body.is_empty() {
            return faults;
        }
        let kind = answer.header("content-type").unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default();
        if response["content"].get(kind).is_none() {
            faults.push(format!("a body of {kind:?}"));
        }
        let code = answer.json()["error"].as_str().map(str::to_owned);
        if let Some(code) = code
            && !self.codes(response).any(|known| known == code)
        {
            faults.push(code);
        }
        faults
    }
}

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the files in a folder and in its folders.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .flat_map(|path| match path.is_dir() {
            true => files(&path),
            false => vec![path],
        })
        .collect()
}

/// Adds the members of `more` that `whole` lacks.
fn merge(whole: &mut Value, more: Value) {
    match (whole, more) {
        (Value::Object(whole), Value::Object(more)) => {
            for (name, value) in more {
                merge(whole.entry(name).or_insert(Value::Null), value);
            }
        }
        (whole @ Value::Null, more) => *whole = more,
        _ => {}
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let object = value.as_object().into_iter().flatten();
    object.map(|(name, member)| (name.as_str(), member))
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

/// Whether a header's schema, where it lists values, lists this one.
fn allows(schema: &Value, value: &str) -> bool {
    let mut listed = texts(&schema["enum"])
        .chain(schema["const"].as_str())
        .peekable();
    listed.peek().is_none() || listed.any(|one| one == value)
}

/// Whether a path is one of this pattern: `{…}` is any text, at its end also with slashes.
fn fits(pattern: &str, path: &str) -> bool {
    match pattern.split_once('{') {
        None => pattern == path,
        Some((begin, "path}")) => path.starts_with(begin),
        Some((begin, _)) => path
            .strip_prefix(begin)
            .is_some_and(|rest| !rest.is_empty() && !rest.contains('/')),
    }
}

/// The patterns of the routes in the code, as OpenAPI writes them. A pattern is there in words, or is the `PATH` of a module.
fn routes(code: &str) -> BTreeSet<String> {
    code.split("resource(\"")
        .skip(1)
        .filter_map(|rest| rest.split_once('"'))
        .map(|(pattern, _)| match pattern {
            "/static/{path:.*}" => "/static/{path}".to_owned(),
            "/api/sessions/{handle}" => "/api/sessions/{id}".to_owned(),
            _ => pattern.to_owned(),
        })
        .collect()
}
