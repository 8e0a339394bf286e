//! Reads a request body within a time limit, so that a client that sends one byte a minute does not hold resources for long.

use std::time::Duration;

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;

use super::api_error::ApiError;
use crate::domain::ErrorCode;

/// Largest request body, in bytes, that this program reads into memory itself. Bodies that go to an upstream have their own limit.
pub const BODY_LIMIT: usize = 64 * 1024;

/// Time limit for reading a request body. 10 s are enough for a full body over the slowest line that can still show a page.
const TIME: Duration = Duration::from_secs(10);

/// The value that `T` extracts from the body. If the body is not complete within 10 s, the response is `bad_request` (400) and the connection is
/// closed.
pub struct InTime<T>(pub T);

impl<T> FromRequest for InTime<T>
where
    T: FromRequest + 'static,
    T::Error: 'static,
{
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let reading = T::from_request(request, payload);
        async { within(TIME, reading).await.map(Self) }.boxed_local()
    }
}

/// Returns the output of `reading`, or `bad_request` (400) when it takes longer than `time`.
async fn within<T, E: Into<actix_web::Error>>(
    time: Duration,
    reading: impl Future<Output = Result<T, E>>,
) -> Result<T, actix_web::Error> {
    match tokio::time::timeout(time, reading).await {
        Ok(read) => read.map_err(Into::into),
        Err(_) => Err(ApiError::from(ErrorCode::BadRequest).into()),
    }
}
