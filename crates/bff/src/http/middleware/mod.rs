//! The layers around the handlers, in two ordered lists: [`all`] around every route, [`of_session`] around the routes that read the session.
//!
//! A request passes a list from the first line to the last, and its response passes it from the last to the first. A layer returns an error only
//! when the request is lost, because a handler panicked or a part of the framework failed. Then the error carries the response, and the layers
//! outside change that response with [`map_response`](map_response::map_response).

mod access_log;
mod body_limit;
mod catch_panic;
mod close_connection;
pub mod csrf;
mod error_pages;
mod https;
mod map_response;
mod rate_limit;
mod request_id;
mod same_site_redirect;
mod security_headers;
mod server_span;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::Data;
use actix_web::{App, Error, Scope};

use super::outcome::Outcome;
use super::session;
use super::state::AppState;

/// Sends a request through layers, and then to `$next`. The first layer of the list is the outermost. The layers are one future, because each layer of
/// actix-web would allocate two futures for each request.
macro_rules! through {
    ($state:ident, $request:ident, $next:ident;) => {
        Ok($next.call($request).await?.map_into_boxed_body())
    };
    ($state:ident, $request:ident, $next:ident; $outer:path, $($others:path,)*) => {
        $outer($state, $request, async |request| through!($state, request, $next; $($others,)*)).await
    };
}

/// Wraps an app in the layers that every request passes.
pub fn with_middleware<T, B>(
    app: App<T>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    >,
>
where
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static,
    B: MessageBody + 'static,
{
    // One allocation, so that a connection without a request does not hold the memory of the layers.
    app.wrap(from_fn(|request, next| Box::pin(all(request, next))))
}

/// Wraps a scope in the layers of the routes that read the session.
pub fn with_session(
    scope: Scope,
) -> Scope<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    >,
> {
    scope.wrap(from_fn(of_session))
}

/// The layers that every request passes.
#[rustfmt::skip]
async fn all<B: MessageBody + 'static>(mut request: ServiceRequest, next: Next<B>) -> Outcome {
    let state = request.extract::<Data<AppState>>().await?;
    let state = state.get_ref();
    through![state, request, next;
        // Makes the request id and the trace context. Reads the cookies and the forwarded headers, once.
        request_id::request_id,
        // Closes the connection during a graceful shutdown, and after a request for another protocol.
        close_connection::close_connection,
        // Sets the security headers and `Cache-Control`, once each.
        security_headers::security_headers,
        // Renders an `ApiError` as a problem document or as a page.
        error_pages::error_pages,
        // Answers 429 over a rate limit. Outside the access log, because the limiter logs the number of refused requests.
        rate_limit::rate_limit,
        // Writes one log line for the request.
        access_log::access_log,
        // Turns a panic and a failure of the framework into an `ApiError`.
        catch_panic::catch_panic,
        // Redirects plain http to https (308), or refuses it (400).
        https::https,
        // Answers 413 to a request that announces a body over the limit.
        body_limit::body_limit,
        // Answers 403 to a request from another site.
        csrf::csrf,
    ]
}

/// The layers of the routes that read the session.
#[rustfmt::skip]
async fn of_session(mut request: ServiceRequest, next: Next<BoxBody>) -> Outcome {
    let state = request.extract::<Data<AppState>>().await?;
    let state = state.get_ref();
    through![state, request, next;
        // Loads the session of the cookie. Sets or removes the cookie in the response.
        session::load_session,
        // Answers a navigation from another site with a page that reloads the URL, so that the browser sends the session cookie.
        same_site_redirect::same_site_redirect,
    ]
}
