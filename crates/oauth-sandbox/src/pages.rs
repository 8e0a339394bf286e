//! The pages people see at the sandbox, rendered from embedded templates under a strict content security
//! policy. One function for each page; nothing here looks at the state.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;
use serde::Serialize;
use serde_json::json;
use tera::{Context, Tera};
use url::form_urlencoded;

use super::authorization_request::{AuthorizationRequest, Words};

const TEMPLATES: [(&str, &str); 6] = [
    ("base.html", include_str!("../templates/base.html")),
    ("sign_in.html", include_str!("../templates/sign_in.html")),
    ("consent.html", include_str!("../templates/consent.html")),
    ("refused.html", include_str!("../templates/refused.html")),
    ("top_up.html", include_str!("../templates/top_up.html")),
    ("control.html", include_str!("../templates/control.html")),
];

/// The parsed templates.
pub(crate) struct Pages(Tera);

impl Pages {
    /// Parses the embedded templates.
    ///
    /// # Errors
    /// When a template cannot be parsed, which a test excludes.
    pub(crate) fn new() -> Result<Self, tera::Error> {
        let mut tera = Tera::new();
        tera.add_raw_templates(TEMPLATES)?;
        Ok(Self(tera))
    }

    /// The sign-in form. `back` is where it leads; `asked` is the app that sent the browser here.
    pub(crate) fn sign_in(
        &self,
        back: &str,
        asked: Option<&AuthorizationRequest>,
        failed: bool,
    ) -> HttpResponse {
        let back: String = form_urlencoded::byte_serialize(back.as_bytes()).collect();
        let app = asked.map(|asked| &asked.client_name);
        let page = json!({"back": back, "app": app, "failed": failed});
        self.render("sign_in.html", StatusCode::OK, &page, asked)
    }

    /// The consent form. `query` is the authorization request it belongs to.
    pub(crate) fn consent(
        &self,
        query: &str,
        asked: &AuthorizationRequest,
        user: &str,
    ) -> HttpResponse {
        let back: String = form_urlencoded::byte_serialize(
            format!("{}?{query}", super::authorization_request::PATH).as_bytes(),
        )
        .collect();
        let page = json!({
            "query": query,
            "back": back,
            "app": asked.client_name,
            "scope": asked.scope,
            "destination": asked.destination.origin().ascii_serialization(),
            "user": user,
        });
        self.render("consent.html", StatusCode::OK, &page, Some(asked))
    }

    /// What is wrong with an authorization request that cannot be answered by a redirect.
    pub(crate) fn refused(&self, words: Words) -> HttpResponse {
        let page = json!({"zh": words.zh, "en": words.en});
        self.render("refused.html", StatusCode::BAD_REQUEST, &page, None)
    }

    /// The till.
    pub(crate) fn top_up(&self, user: &str, balance: &str, added: bool) -> HttpResponse {
        let page = json!({"user": user, "balance": balance, "added": added});
        self.render("top_up.html", StatusCode::OK, &page, None)
    }

    /// The control page.
    pub(crate) fn control(&self, page: &impl Serialize) -> HttpResponse {
        self.render("control.html", StatusCode::OK, page, None)
    }

    /// `leads_to`: the form on this page ends at the app, and browsers apply `form-action` to redirects.
    fn render(
        &self,
        name: &str,
        status: StatusCode,
        page: &impl Serialize,
        leads_to: Option<&AuthorizationRequest>,
    ) -> HttpResponse {
        let html = Context::from_serialize(page).and_then(|context| self.0.render(name, &context));
        let html = match html {
            Ok(html) => html,
            Err(error) => {
                tracing::error!(%error, name, "a page of the sandbox could not be rendered");
                return HttpResponse::InternalServerError().finish();
            }
        };
        let app = leads_to
            .map(|asked| format!(" {}", asked.destination.origin().ascii_serialization()))
            .unwrap_or_default();
        let policy = format!(
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
             connect-src 'self'; form-action 'self'{app}; frame-ancestors 'none'; base-uri 'none'"
        );
        HttpResponse::build(status)
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CONTENT_SECURITY_POLICY, policy))
            .body(html)
    }
}
