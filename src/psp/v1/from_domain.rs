//! Our words into the interface's.

use crate::app::ports::{
    ChargeQuery, ChargeRequest, CustomerData, InboundWebhook, LinkRequest, RefundRequest,
    SetupRequest,
};
use crate::domain::customer::Address;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;

use super::exports::recoup::psp::{charging, checkout, refunds, webhooks};
use super::recoup::psp::types;

/// The interface has no negative amounts; no debt has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a negative amount cannot be collected")]
pub struct NegativeAmount;

pub fn charge_request(request: &ChargeRequest) -> Result<charging::ChargeRequest, NegativeAmount> {
    Ok(charging::ChargeRequest {
        idempotency_key: request.idempotency_key.clone(),
        reference: request.reference.clone(),
        amount: money(request.amount)?,
        customer_id: request.provider_customer_id.clone(),
        method_id: request.provider_method_id.clone(),
        method_kind: request.method_kind.clone(),
        description: request.description.clone(),
        country: request.country.clone(),
        metadata: request.metadata.clone(),
    })
}

pub fn refund_request(request: &RefundRequest) -> Result<refunds::RefundRequest, NegativeAmount> {
    Ok(refunds::RefundRequest {
        idempotency_key: request.idempotency_key.clone(),
        reference: request.reference.clone(),
        charge_id: request.charge_id.clone(),
        amount: money(request.amount)?,
        reason: Some(request.reason.as_str().to_owned()),
    })
}

pub fn charge_query(query: &ChargeQuery) -> charging::ChargeQuery {
    charging::ChargeQuery {
        idempotency_key: query.idempotency_key.clone(),
        reference: query.reference.clone(),
        charge_id: query.charge_id.clone(),
        customer_id: query.provider_customer_id.clone(),
        started_at_ms: unix_ms(query.started_at),
    }
}

pub fn customer(data: &CustomerData) -> types::Customer {
    types::Customer {
        reference: data.reference.clone(),
        name: data.name.clone(),
        email: data.email.clone(),
        phone: data.phone.clone(),
        address: address(&data.address),
    }
}

/// None when nothing of it is known.
fn address(address: &Address) -> Option<types::Address> {
    if *address == Address::default() {
        return None;
    }
    Some(types::Address {
        line1: address.line1.clone(),
        line2: address.line2.clone(),
        city: address.city.clone(),
        state: address.state.clone(),
        postal_code: address.zipcode.clone(),
        country: address.country.clone(),
    })
}

pub fn setup_request(request: &SetupRequest) -> checkout::SetupRequest {
    checkout::SetupRequest {
        idempotency_key: request.idempotency_key.clone(),
        reference: request.reference.clone(),
        customer_id: request.provider_customer_id.clone(),
        currency: request.currency.clone(),
        method_kinds: request.method_kinds.clone(),
        return_url: request.return_url.clone(),
        expires_at_ms: unix_ms(request.expires_at),
        metadata: request.metadata.clone(),
    }
}

pub fn link_request(request: &LinkRequest) -> Result<checkout::PaymentRequest, NegativeAmount> {
    Ok(checkout::PaymentRequest {
        idempotency_key: request.idempotency_key.clone(),
        reference: request.reference.clone(),
        customer_id: request.provider_customer_id.clone(),
        amount: money(request.amount)?,
        method_kinds: request.method_kinds.clone(),
        keep_method: request.keep_method,
        description: request.description.clone(),
        return_url: request.return_url.clone(),
        expires_at_ms: unix_ms(request.expires_at),
        metadata: request.metadata.clone(),
    })
}

pub fn inbound(webhook: &InboundWebhook) -> webhooks::Inbound {
    webhooks::Inbound { headers: webhook.headers.clone(), body: webhook.body.clone() }
}

fn money(amount: Money) -> Result<types::Money, NegativeAmount> {
    Ok(types::Money {
        minor_units: u64::try_from(amount.minor_units).map_err(|_| NegativeAmount)?,
        currency: amount.currency.code().to_owned(),
    })
}

/// Times before 1970 are told as 1970.
pub fn unix_ms(time: Timestamp) -> u64 {
    u64::try_from(time.unix_ms()).unwrap_or(0)
}
