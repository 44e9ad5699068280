//! Who calls, as handlers see it, and how this dialect refuses. Who gets in is decided in
//! `http/access.rs`, before anything else of a request is looked at.

use std::future::{Ready, ready};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::WWW_AUTHENTICATE;
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError};

use super::LagoError;
use crate::domain::audit_trail::Actor;
use crate::domain::id::{ApiKeyId, OrganizationId};
use crate::domain::rights::Rights;
use crate::http::access::{Refused, guarded};

/// The organization that the key belongs to: all that a request may see.
#[derive(Debug, Clone, Copy)]
pub struct Caller {
    pub organization_id: OrganizationId,
    /// None where no key is needed.
    pub api_key_id: Option<ApiKeyId>,
    pub rights: Rights,
}

impl Caller {
    /// For the audit trail.
    pub const fn actor(&self) -> Actor {
        match self.api_key_id {
            Some(id) => Actor::ApiKey(id),
            None => Actor::Anyone,
        }
    }
}

/// Lets nobody past without a key, and tells the handlers whose it is.
pub async fn authenticated(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    guarded(request, next, |refused| LagoError::from(refused).error_response()).await
}

/// The same for figures: a browser asks for the key, as the name of the user.
pub async fn signed_in(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    guarded(request, next, |refused| match refused {
        Refused::Unknown => HttpResponse::Unauthorized()
            .insert_header((WWW_AUTHENTICATE, "Basic realm=\"recoup: an API key as the name\""))
            .content_type("text/plain; charset=utf-8")
            .body("Sign in with an API key as the name; leave the password empty."),
        refused => LagoError::from(refused).error_response(),
    })
    .await
}

impl FromRequest for Caller {
    type Error = LagoError;
    type Future = Ready<Result<Caller, LagoError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = request.extensions().get::<Caller>().copied();
        ready(caller.ok_or(LagoError::Unauthorized))
    }
}

impl From<Refused> for LagoError {
    fn from(refused: Refused) -> LagoError {
        match refused {
            Refused::Unknown => LagoError::Unauthorized,
            Refused::LimitExceeded => LagoError::LimitExceeded,
            Refused::NotPermitted(deed, resource) => LagoError::NotPermitted(deed, resource),
            Refused::Internal => LagoError::Internal,
        }
    }
}
