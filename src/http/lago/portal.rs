//! The address where a customer sees what they owe.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, ServiceConfig};
use utoipa::OpenApi;

use super::responses::Reading;
use super::{Caller, LagoError, answer, blocking, resource};
use crate::app::App;
use crate::app::links::PortalError;
use crate::wire::lago::portal::{self, PortalAnswer};

pub fn routes(config: &mut ServiceConfig) {
    config.service(resource("/customers/{external_id}/portal_url").get(portal_url));
}

#[derive(OpenApi)]
#[openapi(paths(portal_url))]
pub struct Doc;

/// Make an address where a customer sees their invoices
///
/// A page with their unpaid and paid invoices and their stored payment methods, where they pay and
/// leave another method. Good for twelve hours; whoever has the address sees the page.
#[utoipa::path(
    get, path = "/customers/{external_id}/portal_url", tag = "customers",
    params(("external_id" = String, Path)),
    responses((status = 200, body = PortalAnswer), Reading)
)]
async fn portal_url(
    app: Data<App>,
    caller: Caller,
    external_id: Path<String>,
) -> Result<HttpResponse, LagoError> {
    let url = blocking(move || app.portal_link(caller.organization_id, &external_id)).await?;
    Ok(answer::object("customer", portal::portal(url)))
}

impl From<PortalError> for LagoError {
    fn from(error: PortalError) -> LagoError {
        match error {
            PortalError::CustomerNotFound => LagoError::NotFound("customer"),
            PortalError::Store(error) => error.into(),
        }
    }
}
