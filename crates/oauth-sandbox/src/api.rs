//! The API that the developer of an app chooses: every path that is none of the sandbox's own. An answer is a JSON file, or one that the control API
//! has set. A call needs a valid access token, as at the real provider. Faults for the endpoint `api` change these answers too.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use actix_web::http::Method;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::answers::ApiAnswer;
use super::faults::Endpoint;
use super::journal::Event;
use super::resource::serve;
use super::state::Shared;

/// The longest body that the log keeps, in bytes, because the log keeps a thousand calls.
const KEPT: usize = 16 * 1024;

/// Answers a call of a path that is none of the sandbox's own.
pub(crate) async fn answer(
    shared: Data<Shared>,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    let (method, path) = (request.method(), request.path());
    let set = shared.with(|world, _| world.answers.find(method, path));
    let answer = match set {
        Some(answer) => Some(answer),
        None => from_file(&shared, method, path),
    };
    let Some(answer) = answer else {
        return HttpResponse::NotFound().finish();
    };
    let mut event = Event::of(Endpoint::Api, &request);
    event.path = Some(path.to_owned());
    if body.len() <= KEPT {
        event.body = serde_json::from_slice(&body).ok();
    }
    serve(&shared, &request, event, |_, _, _| answer.respond()).await
}

/// Reads the answer at every call, so that a change of the file shows at once.
fn from_file(shared: &Shared, method: &Method, path: &str) -> Option<ApiAnswer> {
    let file = file(shared.answers.as_deref()?, method, path)?;
    let answer = |status, body| ApiAnswer {
        method: method.to_string(),
        path: path.to_owned(),
        status,
        body,
    };
    let file_name = file.display();
    let told = match fs::read(&file).map(|bytes| serde_json::from_slice(&bytes)) {
        Ok(Ok(body)) => return Some(answer(200, body)),
        Ok(Err(error)) => format!("{file_name} is not JSON: {error}"),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            tracing::warn!("the sandbox has no answer for {method} {path}; write {file_name}");
            return None;
        }
        Err(error) => format!("{file_name} cannot be read: {error}"),
    };
    tracing::warn!("the sandbox has no answer for {method} {path}: {told}");
    Some(answer(
        500,
        json!({ "error": { "code": "sandbox_answers", "message": told } }),
    ))
}

/// Returns the file for a call: `v1/models.json` for `GET /v1/models`, `v1/chat.post.json` for `POST /v1/chat`. `None` for a path that could name a
/// file outside the folder.
fn file(folder: &Path, method: &Method, path: &str) -> Option<PathBuf> {
    let path = path.strip_prefix('/')?;
    let is_name = |segment: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:@".contains(&byte);
        !segment.is_empty() && !segment.starts_with('.') && segment.bytes().all(is_plain)
    };
    if !path.split('/').all(is_name) {
        return None;
    }
    let ending = match *method {
        Method::GET => String::new(),
        _ => format!(".{}", method.as_str().to_ascii_lowercase()),
    };
    Some(folder.join(format!("{path}{ending}.json")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_a_file_in_the_folder_and_nothing_else() {
        let named = |method: Method, path| file(Path::new("sandbox"), &method, path);
        for (method, path, expected) in [
            (Method::GET, "/v1/models", "sandbox/v1/models.json"),
            (Method::POST, "/v1/chat", "sandbox/v1/chat.post.json"),
            (Method::GET, "/a/m-1.5:x", "sandbox/a/m-1.5:x.json"),
        ] {
            assert_eq!(named(method, path), Some(PathBuf::from(expected)));
        }
        for path in [
            "/", "/a/", "//a", "/a//b", "/../a", "/a/../b", "/.a", "/a%2fb", "/a\\b", "/a/.",
        ] {
            assert_eq!(named(Method::GET, path), None, "{path}");
        }
    }
}
