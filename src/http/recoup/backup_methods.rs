//! `/recoup/v1/customers/{external_id}/backup_methods`: what else of a customer may be charged.

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data, Path, ServiceConfig};
use utoipa::OpenApi;

use super::responses::Refusals;
use super::{Problem, blocking, body, resource};
use crate::app::App;
use crate::app::backup_methods::BackupMethodsError;
use crate::http::lago::Caller;
use crate::wire::recoup::backup_methods::{
    self as wire, BackupMethodsAnswer, BackupMethodsRequest, METHOD_MISSING,
};

pub fn routes(config: &mut ServiceConfig) {
    config.service(resource("/customers/{external_id}/backup_methods").get(show).put(replace));
}

#[derive(OpenApi)]
#[openapi(
    paths(show, replace),
    tags((name = "backup-methods", description = "What else may be charged, with consent."))
)]
pub struct Doc;

/// Show the backup methods of a customer
#[utoipa::path(
    get, path = "/customers/{external_id}/backup_methods", tag = "backup-methods",
    params(("external_id" = String, Path, example = "acme")),
    responses((status = 200, body = BackupMethodsAnswer), Refusals)
)]
async fn show(
    app: Data<App>,
    caller: Caller,
    external_id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let listed = blocking(move || app.backup_methods(caller.organization_id, &external_id)).await?;
    Ok(HttpResponse::Ok().json(wire::backup_methods(&listed)))
}

/// Replace the backup methods of a customer
///
/// Each with the consent to charge it in another's place. They are charged in their order once
/// the default method is finished, as the policy of the debt says. Nothing is charged by this.
#[utoipa::path(
    put, path = "/customers/{external_id}/backup_methods", tag = "backup-methods",
    params(("external_id" = String, Path, example = "acme")), request_body = BackupMethodsRequest,
    responses((status = 200, body = BackupMethodsAnswer), Refusals)
)]
async fn replace(
    app: Data<App>,
    caller: Caller,
    external_id: Path<String>,
    text: Bytes,
) -> Result<HttpResponse, Problem> {
    let asked: BackupMethodsRequest = body(&text)?;
    let list = wire::read(asked).map_err(Problem::of_fields)?;
    let app = app.on_behalf_of(caller.actor());
    let external_id = external_id.into_inner();
    let listed =
        blocking(move || app.set_backup_methods(caller.organization_id, external_id, list)).await?;
    Ok(HttpResponse::Ok().json(wire::backup_methods(&listed)))
}

impl From<BackupMethodsError> for Problem {
    fn from(error: BackupMethodsError) -> Problem {
        let message = error.to_string();
        let wrong = |place, name: &str, sentence: String| {
            Problem::of_fields(vec![(wire::field(place, name), sentence)])
        };
        match error {
            BackupMethodsError::CustomerNotFound => {
                Problem::absent("there is no customer of this external id")
            }
            BackupMethodsError::MethodNotFound { place } => {
                wrong(place, "payment_method_id", METHOD_MISSING.to_owned())
            }
            BackupMethodsError::MethodInactive { place } => {
                wrong(place, "payment_method_id", message)
            }
            BackupMethodsError::ConsentToCome { place } => {
                wrong(place, "consent.given_at", message)
            }
            BackupMethodsError::Store(error) => error.into(),
        }
    }
}
