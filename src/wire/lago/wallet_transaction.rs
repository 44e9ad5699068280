//! Movements of credits as they are shown, and the page to pay for bought ones.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::format::{date_time, decimal, shape};
use super::method_reference::PaymentMethodReference;
use super::page::Meta;
use crate::domain::customer::Customer;
use crate::domain::id::WalletTransactionId;
use crate::domain::wallet::PairOfMetadata;
use crate::domain::wallet::credits::major_units;
use crate::domain::wallet::transaction::{TransactionKind, TransactionState, WalletTransaction};

/// What came into a wallet or left it.
#[derive(Serialize, ToSchema)]
#[schema(as = WalletTransaction)]
pub struct TransactionShape {
    #[schema(format = Uuid)]
    pub lago_id: String,
    #[schema(format = Uuid)]
    pub lago_wallet_id: String,
    /// What it is paid by, or what it pays.
    #[schema(format = Uuid)]
    pub lago_invoice_id: Option<String>,
    #[schema(format = Uuid)]
    pub lago_credit_note_id: Option<String>,
    /// The voided invoice that gave the credits back.
    #[schema(format = Uuid)]
    pub lago_voided_invoice_id: Option<String>,
    pub billing_entity_code: String,
    /// `pending`, `settled` or `failed`.
    #[schema(example = "settled")]
    pub status: &'static str,
    /// `manual`, `interval` or `threshold`.
    #[schema(example = "manual")]
    pub source: &'static str,
    /// `purchased`, `granted`, `voided` or `invoiced`.
    #[schema(example = "purchased")]
    pub transaction_status: &'static str,
    /// `inbound` or `outbound`.
    #[schema(example = "inbound")]
    pub transaction_type: &'static str,
    #[schema(example = "10.0")]
    pub amount: String,
    #[schema(example = "10.0")]
    pub credit_amount: String,
    /// Of credits that have come in.
    pub remaining_amount_cents: Option<i64>,
    pub remaining_credit_amount: Option<String>,
    #[schema(minimum = 1, maximum = 50)]
    pub priority: u8,
    pub purchase_order_number: Option<String>,
    #[schema(format = DateTime)]
    pub settled_at: Option<String>,
    #[schema(format = DateTime)]
    pub failed_at: Option<String>,
    #[schema(format = DateTime)]
    pub created_at: String,
    pub invoice_requires_successful_payment: bool,
    pub metadata: Vec<PairShape>,
    pub name: Option<String>,
    pub payment_method: PaymentMethodReference,
    /// Only where one alone is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>, nullable = false)]
    pub applied_invoice_custom_sections: Option<Vec<Value>>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = PairOfMetadata)]
pub struct PairShape {
    pub key: String,
    pub value: String,
}

/// A page to pay for bought credits.
#[derive(Serialize, ToSchema)]
pub struct TransactionPaymentDetails {
    #[schema(format = Uuid)]
    pub lago_customer_id: String,
    pub external_customer_id: String,
    pub payment_provider: String,
    #[schema(format = Uuid)]
    pub lago_wallet_transaction_id: String,
    pub payment_url: String,
}

#[derive(Serialize, ToSchema)]
pub struct TransactionPaymentUrl {
    pub payment_url: String,
}

wrapped!(TransactionAnswer { wallet_transaction: TransactionShape });
wrapped!(TransactionsMade { wallet_transactions: Vec<TransactionShape> });
wrapped!(TransactionList { wallet_transactions: Vec<TransactionShape>, meta: Meta });

/// The address stands under two roots: clients read one or the other.
#[derive(Serialize, ToSchema)]
pub struct TransactionPaymentAnswer {
    pub wallet_transaction_payment_details: TransactionPaymentDetails,
    pub wallet_transaction_payment_url: TransactionPaymentUrl,
}

/// In lists, in answers to what was made, and in webhooks.
pub fn transaction(transaction: &WalletTransaction, billing_entity_code: &str) -> Value {
    shape(&listed(transaction, billing_entity_code))
}

/// Asked for alone.
pub fn alone(transaction: &WalletTransaction, billing_entity_code: &str) -> Value {
    let sections = Some(vec![]);
    shape(&TransactionShape {
        applied_invoice_custom_sections: sections,
        ..listed(transaction, billing_entity_code)
    })
}

fn listed(transaction: &WalletTransaction, billing_entity_code: &str) -> TransactionShape {
    let (settled_at, failed_at) = match transaction.state {
        TransactionState::Pending => (None, None),
        TransactionState::Settled { at } => (Some(date_time(at)), None),
        TransactionState::Failed { at } => (None, Some(date_time(at))),
    };
    let remaining = transaction.shows_remaining().then_some(transaction.remaining);
    let details = &transaction.details;
    TransactionShape {
        lago_id: transaction.id.to_string(),
        lago_wallet_id: transaction.wallet_id.to_string(),
        lago_invoice_id: transaction.invoice_id.map(|id| id.to_string()),
        lago_credit_note_id: None,
        lago_voided_invoice_id: transaction.voided_invoice_id.map(|id| id.to_string()),
        billing_entity_code: billing_entity_code.to_owned(),
        status: transaction.state.status().as_str(),
        source: transaction.source.as_str(),
        transaction_status: transaction.kind.as_str(),
        transaction_type: direction(transaction.kind),
        amount: decimal(major_units(transaction.amount)),
        credit_amount: decimal(transaction.credits.decimal()),
        remaining_amount_cents: remaining.map(|remaining| remaining.amount),
        remaining_credit_amount: remaining.map(|left| decimal(left.credits.decimal())),
        priority: transaction.priority,
        purchase_order_number: details.purchase_order_number.clone(),
        settled_at,
        failed_at,
        created_at: date_time(transaction.created_at),
        invoice_requires_successful_payment: details.invoice_requires_successful_payment,
        metadata: pairs(&details.metadata),
        name: details.name.clone(),
        payment_method: details.method_choice.into(),
        applied_invoice_custom_sections: None,
    }
}

fn direction(kind: TransactionKind) -> &'static str {
    match kind {
        TransactionKind::Purchased | TransactionKind::Granted => "inbound",
        TransactionKind::Voided | TransactionKind::Invoiced => "outbound",
    }
}

/// The kinds of a `transaction_type`; None: there is no such type.
pub fn kinds_of(transaction_type: &str) -> Option<Vec<TransactionKind>> {
    let is_it = |kind: &&TransactionKind| direction(**kind) == transaction_type;
    let kinds: Vec<TransactionKind> = TransactionKind::ALL.iter().filter(is_it).copied().collect();
    (!kinds.is_empty()).then_some(kinds)
}

pub fn pairs(metadata: &[PairOfMetadata]) -> Vec<PairShape> {
    metadata
        .iter()
        .map(|pair| PairShape { key: pair.key.clone(), value: pair.value.clone() })
        .collect()
}

pub fn payment_page(
    customer: &Customer,
    provider: &str,
    id: WalletTransactionId,
    url: &str,
) -> Value {
    shape(&TransactionPaymentAnswer {
        wallet_transaction_payment_details: TransactionPaymentDetails {
            lago_customer_id: customer.id.to_string(),
            external_customer_id: customer.external_id.clone(),
            payment_provider: provider.to_owned(),
            lago_wallet_transaction_id: id.to_string(),
            payment_url: url.to_owned(),
        },
        wallet_transaction_payment_url: TransactionPaymentUrl { payment_url: url.to_owned() },
    })
}

/// What was made at one request: without `meta`.
pub fn made(transactions: &[WalletTransaction], billing_entity_code: &str) -> Value {
    let rows: Vec<Value> =
        transactions.iter().map(|made| transaction(made, billing_entity_code)).collect();
    json!({ "wallet_transactions": rows })
}
