//! `/v1/charges` and `/v1/refunds`.

use actix_web::rt::time::sleep;
use actix_web::web::{self, Bytes, Data, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::cut::cut;
use super::{Told, idempotency_key, json_answer, list, parse};
use crate::sandbox::behaviour::Behaviour;
use crate::sandbox::book::{Answered, Charge, State};
use crate::sandbox::charging::Charged;
use crate::sandbox::declines::{self, DeclineView};
use crate::sandbox::problem::Problem;
use crate::sandbox::refunding::Refunded;
use crate::sandbox::{Sandbox, views};

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/charges", web::post().to(create))
        .route("/charges", web::get().to(find))
        .route("/charges/{id}", web::get().to(show))
        .route("/charges/{id}/cancel", web::post().to(cancel))
        .route("/charges/{id}/dispute", web::post().to(dispute))
        .route("/refunds", web::post().to(refund))
        .route("/refunds/{id}", web::get().to(show_refund));
}

#[derive(Serialize)]
struct Declined<'a> {
    error: DeclineError<'a>,
    charge: views::ChargeView<'a>,
}

#[derive(Serialize)]
struct DeclineError<'a> {
    r#type: &'static str,
    #[serde(flatten)]
    decline: DeclineView<'a>,
}

async fn create(
    sandbox: Data<Sandbox>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let asked = parse(&body)?;
    let key = idempotency_key(&request)?.ok_or(Problem::KeyMissing)?;
    let sandbox = sandbox.into_inner();
    let running = match sandbox.charge(key, asked)? {
        Charged::Before(charge) => return answer(&sandbox, &charge, Told::Again),
        Charged::Now(running) => running,
    };
    if running.behaviour == Behaviour::Late {
        let (sandbox, charge) = (sandbox.clone(), running.charge.clone());
        // Its failure is a webhook that did not come early, which the charge survives.
        let _ = web::block(move || sandbox.deliver_at_once(&charge)).await;
    }
    let delay = running.delay();
    if !delay.is_zero() {
        sleep(delay).await;
    }
    if running.behaviour == Behaviour::Lost {
        return Ok(cut());
    }
    answer(&sandbox, &running.charge, Told::First)
}

fn answer(sandbox: &Sandbox, charge: &Charge, told: Told) -> Result<HttpResponse, Problem> {
    match charge.answered {
        Answered::Told => {}
        Answered::ServerError => return Err(Problem::ServerError),
    }
    let view = views::charge(charge, &sandbox.public_url());
    Ok(match &charge.state {
        State::Declined { code } => {
            let error = DeclineError { r#type: "declined", decline: declines::view(code) };
            let body = Declined { error, charge: view };
            json_answer(HttpResponse::PaymentRequired(), told, &body)
        }
        State::Succeeded | State::Pending { .. } | State::RequiresAction | State::Canceled => {
            json_answer(HttpResponse::Ok(), told, &view)
        }
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    idempotency_key: Option<String>,
    reference: Option<String>,
}

async fn find(sandbox: Data<Sandbox>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let wanted = Query::<Wanted>::from_query(request.query_string())
        .map_err(|error| Problem::invalid("query", error.to_string()))?
        .into_inner();
    let public_url = sandbox.public_url();
    let book = sandbox.book();
    let mut charges = match (&wanted.idempotency_key, &wanted.reference) {
        (Some(key), _) => book.charge_of_key(key).into_iter().collect(),
        (None, Some(reference)) => book.charges_of_reference(reference),
        (None, None) => {
            let message = "give `idempotency_key` or `reference`; GET /ledger lists every charge";
            return Err(Problem::invalid("query", message));
        }
    };
    charges.retain(|charge| {
        wanted.reference.is_none() || charge.any_reference() == wanted.reference.as_deref()
    });
    Ok(list(charges.into_iter().map(|charge| views::charge(charge, &public_url)).collect()))
}

async fn show(sandbox: Data<Sandbox>, id: Path<String>) -> Result<HttpResponse, Problem> {
    let public_url = sandbox.public_url();
    let book = sandbox.book();
    Ok(HttpResponse::Ok().json(views::charge(book.charge(&id)?, &public_url)))
}

async fn cancel(sandbox: Data<Sandbox>, id: Path<String>) -> Result<HttpResponse, Problem> {
    let charge = sandbox.cancel_charge(&id)?;
    Ok(HttpResponse::Ok().json(views::charge(&charge, &sandbox.public_url())))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dispute {
    #[serde(default = "without_reason")]
    reason: String,
}

fn without_reason() -> String {
    "general".to_owned()
}

async fn dispute(
    sandbox: Data<Sandbox>,
    id: Path<String>,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let asked = if body.is_empty() { Dispute { reason: without_reason() } } else { parse(&body)? };
    let charge = sandbox.dispute_charge(&id, asked.reason)?;
    Ok(HttpResponse::Ok().json(views::charge(&charge, &sandbox.public_url())))
}

async fn refund(
    sandbox: Data<Sandbox>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let asked = parse(&body)?;
    let key = idempotency_key(&request)?.ok_or(Problem::KeyMissing)?;
    let (refund, told) = match sandbox.refund(key, asked)? {
        Refunded::Before(refund) => (refund, Told::Again),
        Refunded::Now(refund) => (refund, Told::First),
    };
    Ok(json_answer(HttpResponse::Ok(), told, &views::refund(&refund)))
}

async fn show_refund(sandbox: Data<Sandbox>, id: Path<String>) -> Result<HttpResponse, Problem> {
    let book = sandbox.book();
    Ok(HttpResponse::Ok().json(views::refund(book.refund(&id)?)))
}
