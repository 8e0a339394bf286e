//! A path with its methods; every other method gets 405 and the list (RFC 9110 §15.5.6).

use actix_web::http::Method;
use actix_web::{HttpResponse, Resource, Route, web};

use super::failure::Failure;
use crate::domain::ErrorCode;

/// The resource at `path` that takes these methods and no other.
pub fn only(path: &str, routes: Vec<(Method, Route)>) -> Resource {
    let allow = routes
        .iter()
        .map(|(method, _)| method.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    let resource = web::resource(path).default_service(web::to(move || {
        let failure = Failure::method_not_allowed(allow.clone());
        async move { Err::<HttpResponse, _>(failure) }
    }));
    routes
        .into_iter()
        .fold(resource, |resource, (method, route)| {
            resource.route(route.method(method))
        })
}

/// An answer that is always this error.
pub async fn refuse(code: ErrorCode) -> Result<HttpResponse, Failure> {
    Err(code.into())
}
