//! Who calls: the same keys as everywhere, refused in this dialect's words before anything else
//! of a request is looked at.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, ResponseError};

use super::MetronomeError;
use crate::http::access::{Refused, guarded};

/// Lets nobody past without a key, and tells the handlers whose it is.
pub async fn authenticated(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    guarded(request, next, |refused| MetronomeError::from(refused).error_response()).await
}

impl From<Refused> for MetronomeError {
    fn from(refused: Refused) -> MetronomeError {
        match refused {
            Refused::Unknown => MetronomeError::unauthorized(),
            Refused::LimitExceeded => MetronomeError::too_many(),
            Refused::NotPermitted(deed, resource) => MetronomeError::not_permitted(deed, resource),
            Refused::Internal => MetronomeError::internal(),
        }
    }
}
