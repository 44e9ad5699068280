//! `/recoup/v1/dunning_campaigns`, and which of them a customer has.

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data, Path, ServiceConfig};
use serde_json::{Map, Value};
use utoipa::OpenApi;

use super::responses::Refusals;
use super::{Problem, blocking, resource};
use crate::app::App;
use crate::app::dunning_campaigns::{CampaignError, DunningChoice};
use crate::http::lago::{Caller, Paging, Query};
use crate::wire::lago::page::meta;
use crate::wire::recoup::dunning::{
    self, CampaignAnswer, CampaignList, CustomerDunningAnswer, CustomerDunningRequest,
    DunningCampaignRequest, Of,
};

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/dunning_campaigns").post(create).get(list))
        .service(resource("/dunning_campaigns/{code:.+}").get(show).put(update).delete(delete))
        .service(resource("/customers/{external_id}/dunning").get(show_customer).put(choose));
}

#[derive(OpenApi)]
#[openapi(
    paths(create, list, show, update, delete, show_customer, choose),
    tags((name = "dunning", description = "Customers who owe are asked for all that is overdue, \
        with one payment request per currency."))
)]
pub struct Doc;

/// Make a dunning campaign
#[utoipa::path(
    post, path = "/dunning_campaigns", tag = "dunning", request_body = DunningCampaignRequest,
    responses((status = 201, body = CampaignAnswer, description = "It is made"), Refusals)
)]
async fn create(app: Data<App>, caller: Caller, text: Bytes) -> Result<HttpResponse, Problem> {
    let change = dunning::change(&root(&text)?, Of::New).map_err(Problem::of_fields)?;
    let made = blocking(move || app.create_campaign(caller.organization_id, change)).await?;
    let dunning_campaign = dunning::campaign(&made);
    Ok(HttpResponse::Created().json(CampaignAnswer { dunning_campaign }))
}

/// List dunning campaigns, newest first
#[utoipa::path(
    get, path = "/dunning_campaigns", tag = "dunning", params(Paging),
    responses((status = 200, body = CampaignList), Refusals)
)]
async fn list(app: Data<App>, caller: Caller, query: Query) -> Result<HttpResponse, Problem> {
    let request = query.page();
    let found =
        blocking(move || app.store().read(|read| read.campaigns(caller.organization_id, request)))
            .await?;
    let dunning_campaigns = found.items.iter().map(dunning::campaign).collect();
    Ok(HttpResponse::Ok().json(CampaignList { dunning_campaigns, meta: meta(&found) }))
}

/// Show a dunning campaign
#[utoipa::path(
    get, path = "/dunning_campaigns/{code}", tag = "dunning", params(("code" = String, Path)),
    responses((status = 200, body = CampaignAnswer), Refusals)
)]
async fn show(app: Data<App>, caller: Caller, code: Path<String>) -> Result<HttpResponse, Problem> {
    let found = blocking(move || {
        app.store().read(|read| read.campaign_by_code(caller.organization_id, &code))
    })
    .await?;
    let dunning_campaign = dunning::campaign(&found.ok_or(CampaignError::NotFound)?);
    Ok(HttpResponse::Ok().json(CampaignAnswer { dunning_campaign }))
}

/// Change a dunning campaign
///
/// Only what is named changes. Customers whom the new thresholds ask for nothing begin anew.
#[utoipa::path(
    put, path = "/dunning_campaigns/{code}", tag = "dunning", params(("code" = String, Path)),
    request_body = DunningCampaignRequest,
    responses((status = 200, body = CampaignAnswer), Refusals)
)]
async fn update(
    app: Data<App>,
    caller: Caller,
    code: Path<String>,
    text: Bytes,
) -> Result<HttpResponse, Problem> {
    let change = dunning::change(&root(&text)?, Of::Known).map_err(Problem::of_fields)?;
    let changed =
        blocking(move || app.update_campaign(caller.organization_id, &code, change)).await?;
    let dunning_campaign = dunning::campaign(&changed);
    Ok(HttpResponse::Ok().json(CampaignAnswer { dunning_campaign }))
}

/// Delete a dunning campaign
///
/// Customers who had it take the organization's, if there is one, and begin anew.
#[utoipa::path(
    delete, path = "/dunning_campaigns/{code}", tag = "dunning", params(("code" = String, Path)),
    responses((status = 200, body = CampaignAnswer), Refusals)
)]
async fn delete(
    app: Data<App>,
    caller: Caller,
    code: Path<String>,
) -> Result<HttpResponse, Problem> {
    let gone = blocking(move || app.delete_campaign(caller.organization_id, &code)).await?;
    let dunning_campaign = dunning::campaign(&gone);
    Ok(HttpResponse::Ok().json(CampaignAnswer { dunning_campaign }))
}

/// Show how a campaign stands with a customer
#[utoipa::path(
    get, path = "/customers/{external_id}/dunning", tag = "dunning",
    params(("external_id" = String, Path, example = "acme")),
    responses((status = 200, body = CustomerDunningAnswer), Refusals)
)]
async fn show_customer(
    app: Data<App>,
    caller: Caller,
    external_id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let found = blocking(move || {
        let organization = caller.organization_id;
        app.store().read(|read| read.customer_dunning_view(organization, &external_id))
    })
    .await?;
    let view = found.ok_or(CampaignError::CustomerNotFound)?;
    let dunning = dunning::customer_dunning(&view);
    Ok(HttpResponse::Ok().json(CustomerDunningAnswer { dunning }))
}

/// Give a customer a campaign, or exclude them
///
/// Whoever gets another campaign, or none, begins anew.
#[utoipa::path(
    put, path = "/customers/{external_id}/dunning", tag = "dunning",
    params(("external_id" = String, Path, example = "acme")), request_body = CustomerDunningRequest,
    responses((status = 200, body = CustomerDunningAnswer), Refusals)
)]
async fn choose(
    app: Data<App>,
    caller: Caller,
    external_id: Path<String>,
    text: Bytes,
) -> Result<HttpResponse, Problem> {
    let (campaign, excluded) = dunning::choice(&object(&text)?).map_err(Problem::of_fields)?;
    let choice = DunningChoice { campaign: campaign.new_value(), excluded: excluded.new_value() };
    let app = app.on_behalf_of(caller.actor());
    let view =
        blocking(move || app.choose_campaign(caller.organization_id, &external_id, choice)).await?;
    let dunning = dunning::customer_dunning(&view);
    Ok(HttpResponse::Ok().json(CustomerDunningAnswer { dunning }))
}

fn object(text: &[u8]) -> Result<Map<String, Value>, Problem> {
    match serde_json::from_slice(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) | Err(_) => Err(Problem::invalid("send a JSON object")),
    }
}

fn root(text: &[u8]) -> Result<Map<String, Value>, Problem> {
    match object(text)?.remove("dunning_campaign") {
        Some(Value::Object(root)) => Ok(root),
        Some(_) | None => Err(Problem::invalid("wrap the fields: {\"dunning_campaign\": {…}}")),
    }
}

impl From<CampaignError> for Problem {
    fn from(error: CampaignError) -> Problem {
        match error {
            CampaignError::NotFound => Problem::absent("there is no campaign of this code"),
            CampaignError::CodeTaken => Problem::conflict("code_taken", "the code is taken")
                .with_field("code", "choose another: a campaign has this code"),
            CampaignError::CustomerNotFound => {
                Problem::absent("there is no customer of this external id")
            }
            CampaignError::Store(error) => error.into(),
        }
    }
}
