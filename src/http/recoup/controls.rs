//! What a person does to collecting: of one debt, of a customer, of all that a filter names.

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data, Path, ServiceConfig};
use utoipa::OpenApi;

use super::responses::Refusals;
use super::{Problem, blocking, body, id, resource};
use crate::app::App;
use crate::app::control::{ControlError, Mode, Order, Tally};
use crate::domain::control::Command;
use crate::domain::id::RecoveryId;
use crate::http::lago::Caller;
use crate::wire::recoup::control::{
    self, BulkControlRequest, CollectionAnswer, CollectionRequest, ControlAnswer, ControlShape,
    Fault, MoveRequest, ReasonRequest, RefusedCount,
};
use crate::wire::recoup::recovery::{RecoveryAnswer, with_attempts};

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/recoveries/{id}/pause").post(pause))
        .service(resource("/recoveries/{id}/resume").post(resume))
        .service(resource("/recoveries/{id}/stop").post(stop))
        .service(resource("/recoveries/{id}/move").post(move_next))
        .service(resource("/recovery_controls").post(in_bulk))
        .service(
            resource("/customers/{external_id}/collection").get(show_customer).post(of_customer),
        );
}

#[derive(OpenApi)]
#[openapi(
    paths(pause, resume, stop, move_next, in_bulk, show_customer, of_customer),
    tags((name = "control", description = "Collecting is paused, resumed, stopped or moved."))
)]
pub struct Doc;

/// Pause the collecting of a debt
///
/// Nothing new is tried until it is resumed. An attempt that is open goes on.
#[utoipa::path(
    post, path = "/recoveries/{id}/pause", tag = "control", params(("id" = String, Path)),
    request_body = Option<ReasonRequest>, responses((status = 200, body = RecoveryAnswer), Refusals)
)]
async fn pause(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
    text: Bytes,
) -> Result<HttpResponse, Problem> {
    let order = Order { command: Command::Pause, reason: reason(&text)? };
    carried_out(app, caller, &segment, order).await
}

/// Resume the collecting of a debt
///
/// What was paused goes on as planned; what was stopped is tried again now.
#[utoipa::path(
    post, path = "/recoveries/{id}/resume", tag = "control", params(("id" = String, Path)),
    request_body = Option<ReasonRequest>, responses((status = 200, body = RecoveryAnswer), Refusals)
)]
async fn resume(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
    text: Bytes,
) -> Result<HttpResponse, Problem> {
    let order = Order { command: Command::Resume, reason: reason(&text)? };
    carried_out(app, caller, &segment, order).await
}

/// Stop the collecting of a debt
///
/// Nothing is tried by itself any more, whatever comes. The debt stays owed.
#[utoipa::path(
    post, path = "/recoveries/{id}/stop", tag = "control", params(("id" = String, Path)),
    request_body = Option<ReasonRequest>, responses((status = 200, body = RecoveryAnswer), Refusals)
)]
async fn stop(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
    text: Bytes,
) -> Result<HttpResponse, Problem> {
    let order = Order { command: Command::Stop, reason: reason(&text)? };
    carried_out(app, caller, &segment, order).await
}

/// Move the next attempt of a debt
///
/// To any time within 400 days. What its network allows still holds when it has come.
#[utoipa::path(
    post, path = "/recoveries/{id}/move", tag = "control", params(("id" = String, Path)),
    request_body = MoveRequest, responses((status = 200, body = RecoveryAnswer), Refusals)
)]
async fn move_next(
    app: Data<App>,
    caller: Caller,
    segment: Path<String>,
    text: Bytes,
) -> Result<HttpResponse, Problem> {
    let asked: MoveRequest = body(&text)?;
    let command = control::move_to(&asked.next_attempt_at, app.now()).map_err(wrong)?;
    let reason = control::reason(asked.reason).map_err(wrong)?;
    carried_out(app, caller, &segment, Order { command, reason }).await
}

async fn carried_out(
    app: Data<App>,
    caller: Caller,
    segment: &str,
    order: Order,
) -> Result<HttpResponse, Problem> {
    let id: RecoveryId = id(segment, NO_RECOVERY)?;
    let view = blocking(move || -> Result<_, Problem> {
        let organization = caller.organization_id;
        app.on_behalf_of(caller.actor()).control_recovery(organization, id, order)?;
        let view = app.store().read(|read| read.recovery_view(organization, id))?;
        view.ok_or_else(|| Problem::absent(NO_RECOVERY))
    })
    .await?;
    Ok(HttpResponse::Ok().json(RecoveryAnswer { recovery: with_attempts(&view) }))
}

/// Pause, resume, stop or move all that a filter names
///
/// Up to 10,000 recoveries at once; `next` says where to go on. What is so already stays so, so
/// asking again is safe.
#[utoipa::path(
    post, path = "/recovery_controls", tag = "control", request_body = BulkControlRequest,
    responses((status = 200, body = ControlAnswer), Refusals)
)]
async fn in_bulk(app: Data<App>, caller: Caller, text: Bytes) -> Result<HttpResponse, Problem> {
    let asked: BulkControlRequest = body(&text)?;
    let next_attempt_at = asked.next_attempt_at.as_deref();
    let command = control::command(&asked.action, next_attempt_at, app.now()).map_err(wrong)?;
    let reason = control::reason(asked.reason).map_err(wrong)?;
    let filter = control::filter(asked.filter).map_err(wrong)?;
    let mode = if asked.dry_run { Mode::Preview } else { Mode::CarryOut };
    let tally = blocking(move || {
        let app = app.on_behalf_of(caller.actor());
        let order = Order { command, reason };
        app.control_in_bulk(caller.organization_id, (filter, mode), order)
    })
    .await?;
    Ok(HttpResponse::Ok().json(ControlAnswer { control: shape(command, mode, &tally) }))
}

/// Show whether the debts of a customer are collected
#[utoipa::path(
    get, path = "/customers/{external_id}/collection", tag = "control",
    params(("external_id" = String, Path, example = "acme")),
    responses((status = 200, body = CollectionAnswer), Refusals)
)]
async fn show_customer(
    app: Data<App>,
    caller: Caller,
    external_id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let shown = blocking(move || {
        app.store().read(|read| -> Result<_, Problem> {
            let customer = read
                .customer_by_external_id(caller.organization_id, &external_id)?
                .ok_or_else(|| Problem::absent(NO_CUSTOMER))?;
            let pause = read.collection_pause(customer.id)?;
            Ok(control::collection(customer.external_id, pause))
        })
    })
    .await?;
    Ok(HttpResponse::Ok().json(CollectionAnswer { collection: shown }))
}

/// Pause, resume, stop or move all debts of a customer
///
/// A pause holds for their later debts too, until it is resumed.
#[utoipa::path(
    post, path = "/customers/{external_id}/collection", tag = "control",
    params(("external_id" = String, Path, example = "acme")), request_body = CollectionRequest,
    responses((status = 200, body = ControlAnswer), Refusals)
)]
async fn of_customer(
    app: Data<App>,
    caller: Caller,
    external_id: Path<String>,
    text: Bytes,
) -> Result<HttpResponse, Problem> {
    let asked: CollectionRequest = body(&text)?;
    let next_attempt_at = asked.next_attempt_at.as_deref();
    let command = control::command(&asked.action, next_attempt_at, app.now()).map_err(wrong)?;
    let reason = control::reason(asked.reason).map_err(wrong)?;
    let tally = blocking(move || {
        let app = app.on_behalf_of(caller.actor());
        let order = Order { command, reason };
        app.control_customer(caller.organization_id, external_id.into_inner(), order)
    })
    .await?;
    Ok(HttpResponse::Ok().json(ControlAnswer { control: shape(command, Mode::CarryOut, &tally) }))
}

/// A body is not needed.
fn reason(text: &[u8]) -> Result<Option<String>, Problem> {
    let asked = if text.is_empty() { ReasonRequest::default() } else { body(text)? };
    control::reason(asked.reason).map_err(wrong)
}

fn wrong(fault: Fault) -> Problem {
    Problem::of_fields(vec![fault])
}

fn shape(command: Command, mode: Mode, tally: &Tally) -> ControlShape {
    let refused = tally.refused.iter().map(|(code, count)| RefusedCount { code, count: *count });
    ControlShape {
        action: control::action_of(command),
        dry_run: mode == Mode::Preview,
        changed: tally.changed,
        unchanged: tally.unchanged,
        refused: refused.collect(),
        next: tally.next.map(|id| id.to_string()),
    }
}

const NO_RECOVERY: &str = "there is no such recovery";
const NO_CUSTOMER: &str = "there is no customer of this external id";

impl From<ControlError> for Problem {
    fn from(error: ControlError) -> Problem {
        let message = error.to_string();
        match error {
            ControlError::NotFound => Problem::absent(NO_RECOVERY),
            ControlError::CustomerNotFound => Problem::absent(NO_CUSTOMER),
            ControlError::Refused(refused) => Problem::conflict(refused.as_str(), message),
            ControlError::Store(error) => error.into(),
        }
    }
}
