//! Credits that are to move, as a request says it.

use serde_json::Value;
use utoipa::ToSchema;

use super::field_errors::{FieldErrors, TOO_LONG};
use super::fields::{Fields, Given, TEXT_CHARS_MAX};
use super::method_reference::{PaymentMethodReferenceInput, method_reference};
use super::wallet_fields::{credits, name, pairs, priority};
use crate::domain::wallet::PRIORITY_DEFAULT;
use crate::domain::wallet::request::NewTransactions;

const METADATA_MAX: usize = 15;

/// Credits that are to come into a wallet or leave it. Each of the three that is more than nothing
/// makes one transaction.
#[derive(ToSchema)]
#[schema(as = WalletTransactionInput)]
#[allow(dead_code, reason = "a description: requests are read field by field")]
pub struct TransactionInput {
    #[schema(format = Uuid)]
    pub wallet_id: String,
    /// To be paid for.
    #[schema(example = "10.0")]
    pub paid_credits: Option<String>,
    /// For nothing.
    pub granted_credits: Option<String>,
    /// Taken away.
    pub voided_credits: Option<String>,
    /// Unless given, as the wallet says.
    pub invoice_requires_successful_payment: Option<bool>,
    pub ignore_paid_top_up_limits: Option<bool>,
    pub metadata: Option<Vec<PairInput>>,
    #[schema(max_length = 255)]
    pub name: Option<String>,
    #[schema(minimum = 1, maximum = 50, default = 50)]
    pub priority: Option<u8>,
    pub payment_method: Option<PaymentMethodReferenceInput>,
    pub purchase_order_number: Option<String>,
}

#[derive(ToSchema)]
#[schema(as = PairOfMetadataInput)]
#[allow(dead_code, reason = "a description: requests are read field by field")]
pub struct PairInput {
    pub key: String,
    pub value: String,
}

wrapped!(TransactionRequest { wallet_transaction: TransactionInput });

/// What was asked for, as far as it could be read, and what was wrong with its form.
pub fn new_transactions(fields: Fields<'_>) -> (NewTransactions, FieldErrors) {
    let mut errors = FieldErrors::default();
    let mut ignored = FieldErrors::default();
    // What is no id names no wallet.
    let wallet_id = fields.text("wallet_id", &mut ignored).value();
    let metadata = match fields.raw("metadata") {
        None | Some(Value::Null) => vec![],
        Some(value) => match pairs(value, METADATA_MAX) {
            Ok(pairs) => pairs,
            Err(code) => {
                errors.add("metadata", code);
                vec![]
            }
        },
    };
    let new = NewTransactions {
        wallet_id: wallet_id.and_then(|id| id.parse().ok()),
        paid: credits(fields, "paid_credits", "invalid_paid_credits", &mut errors),
        granted: credits(fields, "granted_credits", "invalid_granted_credits", &mut errors),
        voided: credits(fields, "voided_credits", "invalid_voided_credits", &mut errors),
        ignores_limits: fields
            .flag("ignore_paid_top_up_limits", &mut errors)
            .value()
            .unwrap_or(false),
        invoice_requires_successful_payment: fields
            .flag("invoice_requires_successful_payment", &mut errors)
            .value(),
        name: name(fields, "name", &mut errors).value(),
        metadata,
        priority: priority(fields, "priority", &mut errors).unwrap_or(PRIORITY_DEFAULT),
        purchase_order_number: order_number(fields, &mut errors),
        method: method_reference(fields),
    };
    (new, errors)
}

fn order_number(fields: Fields<'_>, errors: &mut FieldErrors) -> Option<String> {
    let key = "purchase_order_number";
    match fields.text(key, errors).blank_is_null() {
        Given::Value(text) if text.trim().chars().count() > TEXT_CHARS_MAX => {
            errors.add(key, TOO_LONG);
            None
        }
        Given::Value(text) => Some(text.trim().to_owned()),
        Given::Absent | Given::Null => None,
    }
}
