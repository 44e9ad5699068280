//! Payments: an attempt of ours, or money that a person recorded.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::credit_type::{CreditType, amount, credit_type, minor};
use super::format::{Id, contract_id, time};
use super::json::Number;
use super::members::{InvalidRequest, Members};
use crate::domain::attempt::{Attempt, AttemptState};
use crate::domain::decline::{Decline, RetryClass};
use crate::domain::id::{CustomerId, InvoiceId};
use crate::domain::payment::ManualPayment;
use crate::domain::standing::{Standing, StandingAttempt, StandingPayment};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = metronome::Payment)]
pub struct Payment {
    pub id: Id,
    pub invoice_id: Id,
    pub customer_id: Id,
    pub contract_id: Id,
    /// What it tries to collect.
    #[schema(value_type = f64, example = 14392)]
    pub amount: Number,
    /// Nothing until it is paid, then all of it.
    #[schema(value_type = f64, example = 0)]
    pub amount_paid: Number,
    pub fiat_credit_type: CreditType,
    pub status: PaymentStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub payment_gateway: Option<PaymentGateway>,
    pub created_at: String,
    pub updated_at: String,
    pub recoup: RecoupPayment,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = metronome::PaymentStatus)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    Pending,
    RequiresIntervention,
    Paid,
    Canceled,
}

/// Whichever provider it is: clients know this one word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = metronome::PaymentGateway)]
pub struct PaymentGateway {
    #[schema(example = "stripe")]
    pub r#type: &'static str,
    pub stripe: GatewayPayment,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = metronome::GatewayPayment)]
pub struct GatewayPayment {
    /// The provider's own reference.
    pub payment_intent_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub payment_method_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error: Option<GatewayError>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = metronome::GatewayError)]
pub struct GatewayError {
    #[schema(example = "card_error")]
    pub r#type: &'static str,
    /// Why, in our words.
    #[schema(example = "insufficient_funds")]
    pub code: &'static str,
    /// Why, in the provider's.
    pub decline_code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub message: Option<String>,
}

/// What other servers of this dialect do not say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = metronome::RecoupPayment)]
pub struct RecoupPayment {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub provider: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub connection_id: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub attempt_number: Option<u32>,
    /// `schedule`, `person`, `link`, or `recorded` by hand.
    pub trigger: &'static str,
}

/// A call about the payments of one invoice.
#[derive(ToSchema)]
#[schema(as = metronome::PaymentCallInput)]
#[allow(dead_code, reason = "a description: `call` reads it")]
pub struct PaymentCallInput {
    customer_id: Uuid,
    invoice_id: Uuid,
}

#[derive(ToSchema)]
#[schema(as = metronome::PaymentListInput)]
#[allow(dead_code, reason = "a description: `list` reads it")]
pub struct PaymentListInput {
    customer_id: Uuid,
    invoice_id: Uuid,
    /// None, or an empty array: all.
    statuses: Option<Vec<PaymentStatus>>,
    #[schema(minimum = 1, maximum = 100, default = 25)]
    limit: Option<u32>,
    next_page: Option<String>,
}

const PER_PAGE: u32 = 25;

/// Which payments are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentList {
    pub customer: CustomerId,
    pub invoice: InvoiceId,
    /// Empty: all.
    pub standings: Vec<Standing>,
    pub limit: u32,
    pub cursor: Option<String>,
}

pub fn call(members: Members<'_>) -> Result<(CustomerId, InvoiceId), InvalidRequest> {
    Ok((members.id("customer_id")?, members.id("invoice_id")?))
}

pub fn list(members: Members<'_>) -> Result<PaymentList, InvalidRequest> {
    let (customer, invoice) = call(members)?;
    let words = members.texts("statuses")?.unwrap_or_default();
    let wanted: Option<Vec<Standing>> = words.into_iter().map(standing).collect();
    let standings = wanted.ok_or_else(|| {
        let known = "an array of `pending`, `requires_intervention`, `paid` and `canceled`";
        InvalidRequest::of("statuses", known)
    })?;
    Ok(PaymentList {
        customer,
        invoice,
        standings,
        limit: members.limit(PER_PAGE)?,
        cursor: members.cursor()?.map(str::to_owned),
    })
}

fn standing(word: &str) -> Option<Standing> {
    match word {
        "pending" => Some(Standing::UnderWay),
        "requires_intervention" => Some(Standing::NeedsSomebody),
        "paid" => Some(Standing::Paid),
        "canceled" => Some(Standing::Over),
        _ => None,
    }
}

fn status(standing: Standing) -> PaymentStatus {
    match standing {
        Standing::UnderWay => PaymentStatus::Pending,
        Standing::NeedsSomebody => PaymentStatus::RequiresIntervention,
        Standing::Paid => PaymentStatus::Paid,
        Standing::Over => PaymentStatus::Canceled,
    }
}

pub fn payment(found: &StandingPayment, invoice: InvoiceId) -> Payment {
    match found {
        StandingPayment::Attempt(standing, provider) => of_attempt(standing, provider, invoice),
        StandingPayment::Recorded(recorded) => of_recorded(recorded),
    }
}

fn of_attempt(standing: &StandingAttempt, provider: &str, invoice: InvoiceId) -> Payment {
    let attempt = &standing.attempt;
    let is_paid = standing.standing == Standing::Paid;
    let paid = if is_paid { attempt.amount.minor_units } else { 0 };
    Payment {
        id: attempt.id.uuid().into(),
        invoice_id: invoice.uuid().into(),
        customer_id: attempt.customer_id.uuid().into(),
        contract_id: contract_id(attempt.customer_id),
        amount: amount(attempt.amount),
        amount_paid: minor(paid, attempt.amount.currency),
        fiat_credit_type: credit_type(attempt.amount.currency),
        status: status(standing.standing),
        error_message: reason(attempt),
        payment_gateway: gateway(attempt),
        created_at: time(attempt.begun_at),
        updated_at: time(standing.changed_at),
        recoup: RecoupPayment {
            provider: Some(provider.to_owned()),
            connection_id: Some(attempt.connection_id.uuid().into()),
            attempt_number: Some(attempt.number),
            trigger: attempt.origin.as_str(),
        },
    }
}

fn of_recorded(recorded: &ManualPayment) -> Payment {
    Payment {
        id: recorded.id.uuid().into(),
        invoice_id: recorded.invoice_id.uuid().into(),
        customer_id: recorded.customer_id.uuid().into(),
        contract_id: contract_id(recorded.customer_id),
        amount: amount(recorded.amount),
        amount_paid: amount(recorded.amount),
        fiat_credit_type: credit_type(recorded.amount.currency),
        status: PaymentStatus::Paid,
        error_message: None,
        payment_gateway: None,
        created_at: time(recorded.paid_at),
        updated_at: time(recorded.paid_at),
        recoup: RecoupPayment {
            provider: None,
            connection_id: None,
            attempt_number: None,
            trigger: "recorded",
        },
    }
}

/// Why it needs somebody.
pub fn reason(attempt: &Attempt) -> Option<String> {
    match &attempt.state {
        AttemptState::Declined { decline, .. } => Some(said(decline)),
        AttemptState::NeedsAction { action, .. } => {
            Some(format!("The payer has to act: {}.", action.kind))
        }
        AttemptState::Charging { .. }
        | AttemptState::Pending { .. }
        | AttemptState::Unknown { .. }
        | AttemptState::NotSent { .. }
        | AttemptState::Paid { .. }
        | AttemptState::Cancelled { .. } => None,
    }
}

fn said(decline: &Decline) -> String {
    if decline.message.is_empty() { decline.code.clone() } else { decline.message.clone() }
}

/// None until the provider has given it a reference.
pub fn gateway(attempt: &Attempt) -> Option<PaymentGateway> {
    let payment_intent_id = attempt.charge_id.clone()?;
    let method = attempt.instrument.as_ref().map(|it| it.provider_method_id.clone());
    let error = match &attempt.state {
        AttemptState::Declined { decline, .. } => Some(gateway_error(decline)),
        AttemptState::Charging { .. }
        | AttemptState::Pending { .. }
        | AttemptState::NeedsAction { .. }
        | AttemptState::Unknown { .. }
        | AttemptState::NotSent { .. }
        | AttemptState::Paid { .. }
        | AttemptState::Cancelled { .. } => None,
    };
    let stripe = GatewayPayment { payment_intent_id, payment_method_id: method, error };
    Some(PaymentGateway { r#type: "stripe", stripe })
}

fn gateway_error(decline: &Decline) -> GatewayError {
    // What is wrong with us or the request is not the card's fault.
    let ours = matches!(decline.retry, RetryClass::Merchant | RetryClass::Hold);
    GatewayError {
        r#type: if ours { "api_error" } else { "card_error" },
        code: decline.class.as_str(),
        decline_code: decline.code.clone(),
        message: None,
    }
}
