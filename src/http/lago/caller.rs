//! Who calls: the API key in the `Authorization` header, before anything else of a request is
//! looked at.

use std::future::{Ready, ready};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{LagoError, blocking};
use crate::app::App;
use crate::app::authenticate::AuthenticateError;
use crate::domain::id::{ApiKeyId, OrganizationId};
use crate::domain::secret::Secret;

/// The organization that the key belongs to: all that a request may see.
#[derive(Debug, Clone, Copy)]
pub struct Caller {
    pub organization_id: OrganizationId,
    /// None where no key is needed.
    pub api_key_id: Option<ApiKeyId>,
}

/// Lets nobody past without a key, and tells the handlers whose it is.
pub async fn authenticated(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let caller = caller_of(&request).await?;
    request.extensions_mut().insert(caller);
    next.call(request).await
}

/// The same for pages: a browser asks for the key, as the name of the user.
pub async fn signed_in(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match caller_of(&request).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            Ok(next.call(request).await?.map_into_boxed_body())
        }
        Err(LagoError::Unauthorized) => {
            let asked = HttpResponse::Unauthorized()
                .insert_header((WWW_AUTHENTICATE, "Basic realm=\"recoup: an API key as the name\""))
                .body("Sign in with an API key as the name; leave the password empty.");
            Ok(request.into_response(asked))
        }
        Err(error) => Err(error.into()),
    }
}

/// For other dialects, which refuse in other words.
pub async fn caller_of(request: &ServiceRequest) -> Result<Caller, LagoError> {
    let app = request.app_data::<Data<App>>().ok_or(LagoError::Internal)?;
    let app = Data::clone(app);
    let key = presented_key(request.request());
    let found = blocking(move || app.authenticate(key.as_ref())).await?;
    Ok(Caller { organization_id: found.organization_id, api_key_id: found.api_key_id })
}

/// The second word of the header, whatever the first; behind `Basic` it is the user name.
fn presented_key(request: &HttpRequest) -> Option<Secret> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let mut words = header.split_whitespace();
    let (scheme, word) = (words.next()?, words.next()?);
    if !scheme.eq_ignore_ascii_case("basic") {
        return Some(Secret::new(word));
    }
    let pair = String::from_utf8(STANDARD.decode(word).ok()?).ok()?;
    let user = pair.split_once(':').map_or(pair.as_str(), |(user, _)| user);
    Some(Secret::new(user))
}

impl FromRequest for Caller {
    type Error = LagoError;
    type Future = Ready<Result<Caller, LagoError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = request.extensions().get::<Caller>().copied();
        ready(caller.ok_or(LagoError::Unauthorized))
    }
}

impl From<AuthenticateError> for LagoError {
    fn from(error: AuthenticateError) -> LagoError {
        match error {
            AuthenticateError::UnknownKey => LagoError::Unauthorized,
            AuthenticateError::Store(error) => error.into(),
        }
    }
}
