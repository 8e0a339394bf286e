//! A path with the handlers of its methods. Every other method gets a 405 with `Allow` (RFC 9110 §15.5.6).

use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::http::Method;
use actix_web::{FromRequest, Handler, HttpResponse, Responder, Route, web};

use super::api_error::ApiError;
use crate::domain::ErrorCode;

/// Returns a route at `path` without methods. Methods are added like this: `resource("/api/note").get(read).post(write)`.
#[must_use]
pub fn resource(path: impl Into<String>) -> Resource {
    Resource {
        path: path.into(),
        routes: Vec::new(),
    }
}

/// A path and the handlers of its methods. A request with another method gets a 405 with `Allow`.
pub struct Resource {
    path: String,
    routes: Vec<(Method, Route)>,
}

macro_rules! methods {
    ($($(#[$doc:meta])* $name:ident = $method:ident;)+) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name<F, Args>(self, handler: F) -> Self
        where
            F: Handler<Args>,
            Args: FromRequest + 'static,
            F::Output: Responder + 'static,
        {
            self.method(Method::$method, handler)
        }
    )+};
}

impl Resource {
    methods! {
        /// Answers GET, and nothing but GET: add [`head`](Self::head) for HEAD.
        get = GET;
        /// Answers HEAD.
        head = HEAD;
        /// Answers POST.
        post = POST;
        /// Answers PUT.
        put = PUT;
        /// Answers PATCH.
        patch = PATCH;
        /// Answers DELETE.
        delete = DELETE;
    }

    /// Answers this method with `handler`.
    #[must_use]
    pub fn method<F, Args>(mut self, method: Method, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.routes.push((method, web::to(handler)));
        self
    }
}

impl HttpServiceFactory for Resource {
    fn register(self, config: &mut AppService) {
        let methods: Vec<&str> = self.routes.iter().map(|(one, _)| one.as_str()).collect();
        let allow = methods.join(", ");
        let resource = web::resource(self.path).default_service(web::to(move || {
            let error = ApiError::method_not_allowed(allow.clone());
            async move { Err::<HttpResponse, _>(error) }
        }));
        let routes = self.routes.into_iter();
        routes
            .fold(resource, |resource, (method, route)| {
                resource.route(route.method(method))
            })
            .register(config);
    }
}

/// Always returns this error.
pub async fn refuse(code: ErrorCode) -> Result<HttpResponse, ApiError> {
    Err(code.into())
}
