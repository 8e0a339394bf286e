//! `/problems/{code}`: the address in the `type` of a problem document.

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, http::header::ContentType};

use super::api_error::ApiError;
use super::state::AppState;
use crate::domain::ErrorCode;

/// `GET /problems/{code}`: what the app's document of errors says about a code, as text (RFC 9457 §3.1.1). The code has hyphens here.
pub async fn problem(state: Data<AppState>, code: Path<String>) -> Result<HttpResponse, ApiError> {
    let section = section(state.errors, &code.replace('-', "_")).ok_or(ErrorCode::NotFound)?;
    Ok(HttpResponse::Ok()
        .content_type(ContentType::plaintext())
        .body(section))
}

/// Returns the section of a Markdown text with this heading of the third level, without its heading.
fn section(text: &'static str, heading: &str) -> Option<&'static str> {
    let sections = text.split("\n### ").skip(1);
    let (_, section) = sections
        .filter_map(|section| section.split_once('\n'))
        .find(|(name, _)| *name == heading)?;
    let end = section.find("\n## ").unwrap_or(section.len());
    Some(section[..end].trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_ends_at_the_next_heading() {
        let text = "# Errors\n\nAll.\n\n## One\n\n### a_code\n\nWhy.\nHow.\n\n### b\n\nB.\n\n## Two\n\n### c\nC.\n";
        assert_eq!(section(text, "a_code"), Some("Why.\nHow."));
        assert_eq!(section(text, "b"), Some("B."));
        assert_eq!(section(text, "c"), Some("C."));
        assert_eq!(section(text, "a"), None);
        assert_eq!(section(text, ""), None);
        assert_eq!(section("", "a"), None);
    }
}
