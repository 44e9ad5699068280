//! `GET /ledger`: every charge that took money or tried to, and every refund. Open to everybody:
//! there is no money and no secret in it.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::Serialize;

use crate::sandbox::Sandbox;
use crate::sandbox::book::{Charge, Refund};
use crate::sandbox::views::time;

#[derive(Serialize)]
struct Ledger<'a> {
    charges: Vec<ChargeLine<'a>>,
    refunds: Vec<RefundLine<'a>>,
}

#[derive(Serialize)]
struct ChargeLine<'a> {
    id: &'a str,
    idempotency_key: Option<&'a str>,
    reference: Option<&'a str>,
    customer: &'a str,
    method: &'a str,
    amount: u64,
    currency: &'a str,
    status: &'static str,
    created_at: String,
}

#[derive(Serialize)]
struct RefundLine<'a> {
    id: &'a str,
    charge: &'a str,
    idempotency_key: &'a str,
    reference: Option<&'a str>,
    amount: u64,
    currency: &'a str,
    status: &'static str,
    created_at: String,
}

pub async fn show(sandbox: Data<Sandbox>) -> HttpResponse {
    let book = sandbox.book();
    HttpResponse::Ok().json(Ledger {
        charges: book.charges().iter().map(charge_line).collect(),
        refunds: book.refunds().iter().map(refund_line).collect(),
    })
}

fn charge_line(charge: &Charge) -> ChargeLine<'_> {
    ChargeLine {
        id: &charge.id,
        idempotency_key: charge.idempotency_key(),
        reference: charge.any_reference(),
        customer: &charge.asked.customer,
        method: &charge.asked.method,
        amount: charge.asked.amount,
        currency: &charge.asked.currency,
        status: charge.state.word(),
        created_at: time(charge.created_at_ms),
    }
}

fn refund_line(refund: &Refund) -> RefundLine<'_> {
    RefundLine {
        id: &refund.id,
        charge: &refund.asked.charge,
        idempotency_key: &refund.idempotency_key,
        reference: refund.asked.reference.as_deref(),
        amount: refund.amount,
        currency: &refund.currency,
        status: refund.state.word(),
        created_at: time(refund.created_at_ms),
    }
}
