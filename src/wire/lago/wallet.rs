//! Wallets and what tops them up, as they are shown.

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::format::{date_time, date_time_ms, decimal, shape};
use super::method_reference::PaymentMethodReference;
use super::page::Meta;
use super::wallet_transaction::{PairShape, pairs};
use crate::domain::view::WalletView;
use crate::domain::wallet::credits::Credits;
use crate::domain::wallet::rule::{RecurringRule, TopUpMethod, Trigger};
use crate::domain::wallet::{PairOfMetadata, Wallet, WalletStatus};

/// What a customer has paid ahead, as credits that are worth money.
#[derive(Serialize, ToSchema)]
#[schema(as = Wallet)]
pub struct WalletShape {
    #[schema(format = Uuid)]
    pub lago_id: String,
    #[schema(format = Uuid)]
    pub lago_customer_id: String,
    pub external_customer_id: String,
    pub billing_entity_code: String,
    /// `active` or `terminated`.
    #[schema(example = "active")]
    pub status: &'static str,
    #[schema(example = "EUR")]
    pub currency: String,
    pub name: Option<String>,
    #[schema(example = "default")]
    pub code: String,
    pub purchase_order_number: Option<String>,
    /// Money for one credit.
    #[schema(example = "1.0")]
    pub rate_amount: String,
    #[schema(example = "10.0")]
    pub credits_balance: String,
    pub credits_ongoing_balance: String,
    pub credits_ongoing_usage_balance: String,
    #[schema(example = 1000)]
    pub balance_cents: i64,
    pub ongoing_balance_cents: i64,
    pub ongoing_usage_balance_cents: i64,
    /// What invoices have used up.
    pub consumed_credits: String,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub expiration_at: Option<String>,
    #[schema(format = DateTime)]
    pub last_balance_sync_at: Option<String>,
    #[schema(format = DateTime)]
    pub last_consumed_credit_at: Option<String>,
    #[schema(format = DateTime)]
    pub terminated_at: Option<String>,
    pub invoice_requires_successful_payment: bool,
    pub paid_top_up_min_amount_cents: Option<i64>,
    pub paid_top_up_max_amount_cents: Option<i64>,
    /// The lowest is used first.
    #[schema(minimum = 1, maximum = 50)]
    pub priority: u8,
    pub recurring_transaction_rules: Vec<RuleShape>,
    /// Not in webhooks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub applies_to: Option<AppliesTo>,
    #[schema(value_type = Vec<Object>)]
    pub applied_invoice_custom_sections: Vec<Value>,
    pub payment_method: PaymentMethodReference,
    /// Only once it was set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>, nullable = false)]
    pub metadata: Option<Value>,
}

/// What the credits may pay for; nothing named is everything.
#[derive(Serialize, ToSchema)]
pub struct AppliesTo {
    pub fee_types: Vec<&'static str>,
    pub billable_metric_codes: Vec<String>,
}

/// What tops a wallet up by itself.
#[derive(Serialize, ToSchema)]
#[schema(as = RecurringTransactionRule)]
pub struct RuleShape {
    #[schema(format = Uuid)]
    pub lago_id: String,
    pub paid_credits: String,
    pub granted_credits: String,
    pub grants_target_top_up: bool,
    #[schema(example = "monthly")]
    pub interval: Option<&'static str>,
    #[schema(example = "fixed")]
    pub method: &'static str,
    #[schema(format = DateTime)]
    pub started_at: Option<String>,
    #[schema(format = DateTime)]
    pub expiration_at: Option<String>,
    pub status: &'static str,
    pub target_ongoing_balance: Option<String>,
    pub threshold_credits: String,
    #[schema(example = "interval")]
    pub trigger: &'static str,
    #[schema(format = DateTime)]
    pub created_at: String,
    pub invoice_requires_successful_payment: bool,
    pub transaction_metadata: Vec<PairShape>,
    pub transaction_name: Option<String>,
    pub purchase_order_number: Option<String>,
    pub ignore_paid_top_up_limits: bool,
    #[schema(value_type = Vec<Object>)]
    pub applied_invoice_custom_sections: Vec<Value>,
    pub payment_method: PaymentMethodReference,
}

wrapped!(WalletAnswer { wallet: WalletShape });
wrapped!(WalletList { wallets: Vec<WalletShape>, meta: Meta });

/// On routes.
pub fn wallet(view: &WalletView) -> Value {
    shape(&whole(view))
}

/// In webhooks.
pub fn told(view: &WalletView) -> Value {
    shape(&WalletShape { applies_to: None, ..whole(view) })
}

fn whole(view: &WalletView) -> WalletShape {
    let wallet = &view.wallet;
    let terminated_at = match wallet.status {
        WalletStatus::Active => None,
        WalletStatus::Terminated { at } => Some(date_time_ms(at)),
    };
    WalletShape {
        lago_id: wallet.id.to_string(),
        lago_customer_id: wallet.customer_id.to_string(),
        external_customer_id: view.external_customer_id.clone(),
        billing_entity_code: view.billing_entity_code.clone(),
        status: wallet.status.as_str(),
        currency: wallet.currency.code().to_owned(),
        name: wallet.name.clone(),
        code: wallet.code.clone(),
        purchase_order_number: wallet.purchase_order_number.clone(),
        rate_amount: decimal(wallet.rate.decimal()),
        // Nothing is metered, so nothing is used that is not on an invoice.
        credits_balance: credits(wallet.credits),
        credits_ongoing_balance: credits(wallet.credits),
        credits_ongoing_usage_balance: decimal(Decimal::ZERO),
        balance_cents: wallet.balance,
        ongoing_balance_cents: wallet.balance,
        ongoing_usage_balance_cents: 0,
        consumed_credits: credits(wallet.consumed),
        created_at: date_time(wallet.created_at),
        expiration_at: wallet.expiration_at.map(date_time),
        last_balance_sync_at: wallet.balance_changed_at.map(date_time),
        last_consumed_credit_at: wallet.last_consumed_at.map(date_time),
        terminated_at,
        invoice_requires_successful_payment: wallet.invoice_requires_successful_payment,
        paid_top_up_min_amount_cents: wallet.limits.min,
        paid_top_up_max_amount_cents: wallet.limits.max,
        priority: wallet.priority,
        recurring_transaction_rules: view.rule.iter().map(rule).collect(),
        applies_to: Some(applies_to(wallet)),
        applied_invoice_custom_sections: vec![],
        payment_method: wallet.method_choice.into(),
        metadata: wallet.metadata.as_deref().map(object),
    }
}

fn applies_to(wallet: &Wallet) -> AppliesTo {
    AppliesTo {
        fee_types: wallet.fee_types.iter().map(|fee_type| fee_type.as_str()).collect(),
        billable_metric_codes: vec![],
    }
}

fn object(metadata: &[PairOfMetadata]) -> Value {
    let pairs: Map<String, Value> =
        metadata.iter().map(|pair| (pair.key.clone(), Value::from(pair.value.as_str()))).collect();
    Value::Object(pairs)
}

fn rule(rule: &RecurringRule) -> RuleShape {
    let (trigger, interval, threshold) = match rule.trigger {
        Trigger::Interval(interval) => ("interval", Some(interval.as_str()), Credits::ZERO),
        Trigger::Threshold(threshold) => ("threshold", None, threshold),
    };
    let (method, target) = match rule.method {
        TopUpMethod::Fixed => ("fixed", None),
        TopUpMethod::Target(target) => ("target", Some(credits(target))),
    };
    let details = &rule.details;
    RuleShape {
        lago_id: rule.id.to_string(),
        paid_credits: credits(rule.paid),
        granted_credits: credits(rule.granted),
        grants_target_top_up: rule.grants_target_top_up,
        interval,
        method,
        started_at: rule.started_at.map(date_time),
        expiration_at: rule.expiration_at.map(date_time),
        status: "active",
        target_ongoing_balance: target,
        threshold_credits: credits(threshold),
        trigger,
        created_at: date_time(rule.created_at),
        invoice_requires_successful_payment: details.invoice_requires_successful_payment,
        transaction_metadata: pairs(&details.metadata),
        transaction_name: details.name.clone(),
        purchase_order_number: details.purchase_order_number.clone(),
        ignore_paid_top_up_limits: rule.ignores_limits,
        applied_invoice_custom_sections: vec![],
        payment_method: details.method_choice.into(),
    }
}

fn credits(credits: Credits) -> String {
    decimal(credits.decimal())
}
