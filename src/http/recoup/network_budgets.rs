//! `/recoup/v1/payment_methods/{id}/network_budget`: how often an instrument may still be declined.

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data, Path, ServiceConfig};
use utoipa::OpenApi;

use super::responses::Refusals;
use super::{Problem, blocking, body, id, reason, resource};
use crate::app::App;
use crate::app::exceed_limit::ExceedError;
use crate::domain::id::PaymentMethodId;
use crate::http::lago::Caller;
use crate::wire::recoup::network_budget::{
    ExceedRequest, HOURS_MAX, NetworkBudgetAnswer, network_budget,
};

const HOURS_DEFAULT: u32 = 24;

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/payment_methods/{id}/network_budget").get(show))
        .service(resource("/payment_methods/{id}/network_budget/exceed").post(exceed));
}

#[derive(OpenApi)]
#[openapi(
    paths(show, exceed),
    tags((name = "network-budgets", description = "What card networks and schemes allow."))
)]
pub struct Doc;

/// Show how much of what its network allows is used
#[utoipa::path(
    get, path = "/payment_methods/{id}/network_budget", tag = "network-budgets",
    params(("id" = String, Path)), responses((status = 200, body = NetworkBudgetAnswer), Refusals)
)]
async fn show(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: PaymentMethodId = id(&segment, THERE_IS_NONE)?;
    let budget = blocking(move || app.network_budget(caller.organization_id, id)).await?;
    let network_budget = network_budget(&budget);
    Ok(HttpResponse::Ok().json(NetworkBudgetAnswer { network_budget }))
}

/// Let our own ceiling be exceeded for a while
///
/// What the network allows is never exceeded. Nothing is charged by this: ask for a retry.
#[utoipa::path(
    post, path = "/payment_methods/{id}/network_budget/exceed", tag = "network-budgets",
    params(("id" = String, Path)), request_body = ExceedRequest,
    responses((status = 200, body = NetworkBudgetAnswer), Refusals)
)]
async fn exceed(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
    text: Bytes,
) -> Result<HttpResponse, Problem> {
    let id: PaymentMethodId = id(&segment, THERE_IS_NONE)?;
    let asked: ExceedRequest = body(&text)?;
    let reason = reason(&asked.reason)?;
    let hours = asked.hours.unwrap_or(HOURS_DEFAULT);
    if !(1..=HOURS_MAX).contains(&hours) {
        let sentence = format!("give 1 to {HOURS_MAX} hours");
        return Err(Problem::of_fields(vec![("hours".to_owned(), sentence)]));
    }
    let app = app.on_behalf_of(caller.actor());
    let organization = caller.organization_id;
    let budget =
        blocking(move || app.exceed_network_limit(organization, id, (hours, reason))).await?;
    let network_budget = network_budget(&budget);
    Ok(HttpResponse::Ok().json(NetworkBudgetAnswer { network_budget }))
}

const THERE_IS_NONE: &str = "there is no such payment method";

impl From<ExceedError> for Problem {
    fn from(error: ExceedError) -> Problem {
        let message = error.to_string();
        match error {
            ExceedError::NotFound => Problem::absent(THERE_IS_NONE),
            ExceedError::NetworksCeiling => Problem::conflict("network_ceiling", message),
            ExceedError::Store(error) => error.into(),
        }
    }
}
