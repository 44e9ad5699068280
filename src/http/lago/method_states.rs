//! Payment methods made inactive, and active again: ours, Lago only deletes them.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, ServiceConfig};
use utoipa::{IntoParams, OpenApi};

use super::responses::Writing;
use super::{Caller, LagoError, Query, answer, blocking, resource};
use crate::app::App;
use crate::app::change_method::ChangeMethodError;
use crate::domain::id::{OrganizationId, PaymentMethodId};
use crate::domain::payment_method::MethodFilter;
use crate::domain::view::MethodView;
use crate::wire::lago::field_errors::INVALID;
use crate::wire::lago::payment_method::{self, MethodAnswer};

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            resource("/customers/{external_id}/payment_methods/{lago_id}/deactivate")
                .put(deactivate),
        )
        .service(
            resource("/customers/{external_id}/payment_methods/{lago_id}/activate").put(activate),
        );
}

#[derive(OpenApi)]
#[openapi(paths(deactivate, activate))]
pub struct Doc;

/// Make a payment method inactive
///
/// It cannot be selected or attached any more. Whatever named it and is not paid yet is to be paid
/// by hand. If it was the default, the customer has none until one is set.
#[utoipa::path(
    put, path = "/customers/{external_id}/payment_methods/{lago_id}/deactivate",
    tag = "payment-methods",
    params(("external_id" = String, Path), ("lago_id" = String, Path, format = Uuid)),
    responses((status = 200, body = MethodAnswer), Writing)
)]
async fn deactivate(
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
) -> Result<HttpResponse, LagoError> {
    changed(app, caller, path, App::deactivate_method).await
}

/// Make a payment method active again
///
/// It can be selected again. It does not become the default.
#[utoipa::path(
    put, path = "/customers/{external_id}/payment_methods/{lago_id}/activate",
    tag = "payment-methods",
    params(("external_id" = String, Path), ("lago_id" = String, Path, format = Uuid)),
    responses((status = 200, body = MethodAnswer), Writing)
)]
async fn activate(
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
) -> Result<HttpResponse, LagoError> {
    changed(app, caller, path, App::activate_method).await
}

type Change = fn(
    &App,
    OrganizationId,
    &str,
    Option<PaymentMethodId>,
) -> Result<MethodView, ChangeMethodError>;

/// Answers the method that a path names, as it is after the change.
pub async fn changed(
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
    change: Change,
) -> Result<HttpResponse, LagoError> {
    let view = blocking(move || {
        let (external_id, method) = path.into_inner();
        let app = app.on_behalf_of(caller.actor());
        change(&app, caller.organization_id, &external_id, method.parse().ok())
    })
    .await?;
    Ok(answer::object("payment_method", payment_method::payment_method(&view)))
}

/// Which of a customer's methods a list shows.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "a description: `method_filter` reads it")]
pub struct StateQuery {
    /// `active` unless it is given, `inactive` or `all`.
    #[param(example = "all")]
    status: Option<String>,
}

/// `?status=active`, `inactive` or `all`; Lago's lists show the active ones.
pub fn method_filter(query: &Query) -> Result<MethodFilter, LagoError> {
    match query.text("status").map(str::trim) {
        None | Some("active") => Ok(MethodFilter::Active),
        Some("inactive") => Ok(MethodFilter::Inactive),
        Some("all") => Ok(MethodFilter::All),
        Some(_) => Err(LagoError::field("status", INVALID)),
    }
}
