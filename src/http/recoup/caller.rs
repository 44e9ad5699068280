//! Who calls our own API: the same keys as everywhere, refused in our own words.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, ResponseError};

use super::Problem;
use crate::http::access::{Refused, guarded};

/// Lets nobody past without a key, and tells the handlers whose it is.
pub async fn authenticated(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    guarded(request, next, |refused| Problem::from(refused).error_response()).await
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Problem {
        match refused {
            Refused::Unknown => Problem::unauthorized(),
            Refused::LimitExceeded => Problem::too_many(),
            Refused::NotPermitted(deed, resource) => Problem::not_permitted(deed, resource),
            Refused::Internal => Problem::internal(),
        }
    }
}
