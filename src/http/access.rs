//! Who gets in: a known key, within its organization's limit, with the right that the route needs.
//! Dialects say in their own words why somebody does not.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::blocking;
use super::lago::Caller;
use super::limits::{Allowance, Limits};
use super::rights::{deed_of, resource_of};
use crate::app::App;
use crate::app::authenticate::{Access, AuthenticateError};
use crate::domain::rights::{Deed, Resource};
use crate::domain::secret::Secret;

/// Why somebody does not get in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// No key, an unknown one, an expired one.
    Unknown,
    LimitExceeded,
    /// The key has not this right.
    NotPermitted(Deed, Resource),
    /// Logged.
    Internal,
}

/// Tells the handlers who calls, or refuses in the dialect's words. While there is a limit every
/// answer to a known caller says how much of it is left.
pub async fn guarded(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
    refusal: fn(Refused) -> HttpResponse,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let access = match access_of(&request).await {
        Ok(access) => access,
        Err(refused) => return Ok(request.into_response(refusal(refused))),
    };
    let allowance = spend(&request, &access);
    let mut answer = match check(&request, &access, allowance) {
        Ok(()) => {
            let Access { organization_id, api_key_id, rights } = access;
            request.extensions_mut().insert(Caller { organization_id, api_key_id, rights });
            next.call(request).await?.map_into_boxed_body()
        }
        Err(refused) => request.into_response(refusal(refused)),
    };
    if let Some(allowance) = allowance {
        allowance.tell(answer.headers_mut());
    }
    Ok(answer)
}

fn check(
    request: &ServiceRequest,
    access: &Access,
    allowance: Option<Allowance>,
) -> Result<(), Refused> {
    if allowance.is_some_and(|allowance| allowance.is_spent) {
        return Err(Refused::LimitExceeded);
    }
    // What is no route is told so, whoever asks.
    let Some(pattern) = request.match_pattern() else { return Ok(()) };
    let resource = resource_of(&pattern).unwrap_or(Resource::Recoup);
    let deed = deed_of(request.method(), &pattern);
    if access.rights.allow(deed, resource) {
        return Ok(());
    }
    Err(Refused::NotPermitted(deed, resource))
}

fn spend(request: &ServiceRequest, access: &Access) -> Option<Allowance> {
    request.app_data::<Data<Limits>>()?.spend(access.organization_id)
}

async fn access_of(request: &ServiceRequest) -> Result<Access, Refused> {
    let app = request.app_data::<Data<App>>().cloned().ok_or(Refused::Internal)?;
    let key = presented_key(request.request());
    match blocking(move || app.authenticate(key.as_ref())).await {
        Ok(Ok(access)) => Ok(access),
        Ok(Err(AuthenticateError::UnknownKey)) => Err(Refused::Unknown),
        Ok(Err(AuthenticateError::Store(error))) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the store failed");
            Err(Refused::Internal)
        }
        Err(_) => {
            tracing::error!("looking for a key panicked or was cancelled");
            Err(Refused::Internal)
        }
    }
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
