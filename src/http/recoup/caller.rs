//! Who calls our own API: the same keys as everywhere, refused in our own words.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, ResponseError};

use super::Problem;
use crate::http::lago::{LagoError, caller_of};

/// Lets nobody past without a key, and tells the handlers whose it is.
pub async fn authenticated(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match caller_of(&request).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            Ok(next.call(request).await?.map_into_boxed_body())
        }
        Err(LagoError::Unauthorized) => {
            Ok(request.into_response(Problem::unauthorized().error_response()))
        }
        Err(_) => Ok(request.into_response(Problem::internal().error_response())),
    }
}
