//! Who calls: the same keys as everywhere, refused in this dialect's words before anything else
//! of a request is looked at.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, ResponseError};

use super::MetronomeError;
use crate::http::lago::{LagoError, caller_of};

/// Lets nobody past without a key, and tells the handlers whose it is.
pub async fn authenticated(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let refusal = match caller_of(&request).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            return Ok(next.call(request).await?.map_into_boxed_body());
        }
        Err(LagoError::Unauthorized) => MetronomeError::unauthorized(),
        Err(_) => MetronomeError::internal(),
    };
    Ok(request.into_response(refusal.error_response()))
}
