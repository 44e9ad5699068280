//! Pricing units: the currencies that amounts are in, with their ids.

use actix_web::HttpResponse;
use actix_web::web::ServiceConfig;
use utoipa::OpenApi;

use super::query::Paging;
use super::responses::Refusals;
use super::{MetronomeError, Query, answer, resource};
use crate::wire::metronome::credit_type::{PricingUnit, pricing_units};
use crate::wire::metronome::cursor::ListId;
use crate::wire::metronome::members::broken_cursor;
use crate::wire::metronome::page::Page;

pub fn routes(config: &mut ServiceConfig) {
    config.service(resource("/credit-types/list").get(list));
}

#[derive(OpenApi)]
#[openapi(
    paths(list),
    tags((name = "metronome pricing units", description = "Which unit amounts are in."))
)]
pub struct Doc;

/// List pricing units
#[utoipa::path(
    get, path = "/credit-types/list", tag = "metronome pricing units", params(Paging),
    responses((status = 200, body = Page<PricingUnit>), Refusals)
)]
async fn list(query: Query) -> Result<HttpResponse, MetronomeError> {
    let limit = query.limit()? as usize;
    let list = ListId::of(&["credit-types"]);
    let units = pricing_units();
    let skipped = match query.text("next_page") {
        None => 0,
        Some(cursor) => {
            let last = list.read(cursor).ok_or_else(broken_cursor)?;
            let place = units.iter().position(|unit| unit.id.0 == last);
            place.ok_or_else(broken_cursor)? + 1
        }
    };
    let shown = units.into_iter().skip(skipped).take(limit + 1).collect();
    Ok(answer(&Page::of(shown, limit, list, |unit: &PricingUnit| unit.id.0)))
}
