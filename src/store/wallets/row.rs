//! Rows of the tables of wallets and domain values, both ways.

use crate::domain::wallet::calendar::Interval;
use crate::domain::wallet::credits::{Credits, Rate};
use crate::domain::wallet::rule::{RecurringRule, TopUpMethod, Trigger};
use crate::domain::wallet::transaction::{
    Remaining, TopUpDetails, TransactionKind, TransactionSource, TransactionState,
    WalletTransaction,
};
use crate::domain::wallet::{PairOfMetadata, TopUpLimits, Wallet, WalletStatus};
use crate::store::StoreError;
use crate::store::invoices::method_choice;
use crate::store::row::Columns;

pub fn wallet(columns: &Columns<'_>) -> Result<Wallet, StoreError> {
    Ok(Wallet {
        id: columns.parsed("id")?,
        organization_id: columns.parsed("organization_id")?,
        customer_id: columns.parsed("customer_id")?,
        status: match columns.time_option("terminated_at")? {
            None => WalletStatus::Active,
            Some(at) => WalletStatus::Terminated { at },
        },
        currency: columns.parsed("currency")?,
        name: columns.get("name")?,
        code: columns.get("code")?,
        priority: columns.get("priority")?,
        rate: Rate::new(columns.parsed("rate")?)
            .ok_or_else(|| StoreError::corrupt(columns.table, "a rate of nothing"))?,
        credits: credits(columns, "credits")?,
        balance: columns.get("balance")?,
        consumed: credits(columns, "consumed_credits")?,
        last_consumed_at: columns.time_option("last_consumed_at")?,
        balance_changed_at: columns.time_option("balance_changed_at")?,
        last_interval_top_up_on: columns.parsed_option("last_interval_top_up_on")?,
        expiration_at: columns.time_option("expiration_at")?,
        invoice_requires_successful_payment: columns.get("invoice_requires_successful_payment")?,
        limits: TopUpLimits { min: columns.get("top_up_min")?, max: columns.get("top_up_max")? },
        purchase_order_number: columns.get("purchase_order_number")?,
        method_choice: method_choice(columns)?,
        fee_types: super::fee_types(columns)?,
        metadata: match columns.get::<Option<String>>("metadata")? {
            None => None,
            Some(text) => Some(pairs_of(columns, &text)?),
        },
        created_at: columns.time("created_at")?,
        updated_at: columns.time("updated_at")?,
    })
}

pub fn rule(columns: &Columns<'_>) -> Result<RecurringRule, StoreError> {
    let interval = columns.word_option("trigger_interval", Interval::parse)?;
    let trigger = match interval {
        Some(interval) => Trigger::Interval(interval),
        None => Trigger::Threshold(credits(columns, "trigger_threshold")?),
    };
    let target: Option<String> = columns.get("target")?;
    let method = match target {
        None => TopUpMethod::Fixed,
        Some(_) => TopUpMethod::Target(credits(columns, "target")?),
    };
    Ok(RecurringRule {
        id: columns.parsed("id")?,
        organization_id: columns.parsed("organization_id")?,
        wallet_id: columns.parsed("wallet_id")?,
        trigger,
        method,
        paid: credits(columns, "paid_credits")?,
        granted: credits(columns, "granted_credits")?,
        grants_target_top_up: columns.get("grants_target_top_up")?,
        started_at: columns.time_option("started_at")?,
        expiration_at: columns.time_option("expiration_at")?,
        ignores_limits: columns.get("ignores_limits")?,
        details: details(columns)?,
        terminated_at: columns.time_option("terminated_at")?,
        next_on: columns.parsed_option("next_on")?,
        next_look_at: columns.time_option("next_look_at")?,
        created_at: columns.time("created_at")?,
    })
}

pub fn transaction(columns: &Columns<'_>) -> Result<WalletTransaction, StoreError> {
    let (settled_at, failed_at) =
        (columns.time_option("settled_at")?, columns.time_option("failed_at")?);
    Ok(WalletTransaction {
        id: columns.parsed("id")?,
        organization_id: columns.parsed("organization_id")?,
        customer_id: columns.parsed("customer_id")?,
        wallet_id: columns.parsed("wallet_id")?,
        kind: columns.word("kind", TransactionKind::parse)?,
        state: match (settled_at, failed_at) {
            (Some(at), _) => TransactionState::Settled { at },
            (None, Some(at)) => TransactionState::Failed { at },
            (None, None) => TransactionState::Pending,
        },
        source: columns.word("source", TransactionSource::parse)?,
        rule_id: columns.parsed_option("rule_id")?,
        invoice_id: columns.parsed_option("invoice_id")?,
        voided_invoice_id: columns.parsed_option("voided_invoice_id")?,
        amount: columns.money("amount", "currency")?,
        credits: credits(columns, "credits")?,
        remaining: Remaining {
            amount: columns.get("remaining_amount")?,
            credits: credits(columns, "remaining_credits")?,
        },
        priority: columns.get("priority")?,
        details: details(columns)?,
        created_at: columns.time("created_at")?,
    })
}

/// The same columns stand in both tables that have them.
fn details(columns: &Columns<'_>) -> Result<TopUpDetails, StoreError> {
    let metadata: String = columns.get("metadata")?;
    Ok(TopUpDetails {
        name: columns.get("name")?,
        metadata: pairs_of(columns, &metadata)?,
        purchase_order_number: columns.get("purchase_order_number")?,
        method_choice: method_choice(columns)?,
        invoice_requires_successful_payment: columns.get("invoice_requires_successful_payment")?,
    })
}

pub fn credits(columns: &Columns<'_>, column: &str) -> Result<Credits, StoreError> {
    let negative = || StoreError::corrupt(columns.table, format!("{column} is negative"));
    Credits::floored(columns.parsed(column)?).ok_or_else(negative)
}

fn pairs_of(columns: &Columns<'_>, text: &str) -> Result<Vec<PairOfMetadata>, StoreError> {
    let pairs: Vec<(String, String)> = serde_json::from_str(text)
        .map_err(|_| StoreError::corrupt(columns.table, "metadata that is no list of pairs"))?;
    Ok(pairs.into_iter().map(|(key, value)| PairOfMetadata { key, value }).collect())
}

/// JSON: `[["key", "value"]]`, in the order in which they were given.
pub fn pairs(pairs: &[PairOfMetadata]) -> String {
    let pairs: Vec<[&str; 2]> =
        pairs.iter().map(|pair| [pair.key.as_str(), pair.value.as_str()]).collect();
    serde_json::json!(pairs).to_string()
}

/// As `pairs` writes one of them.
pub fn pair_as_written(key: &str, value: &str) -> String {
    serde_json::json!([key, value]).to_string()
}

/// How `pairs` begins one with this key.
pub fn key_as_written(key: &str) -> String {
    format!("[{},", serde_json::json!(key))
}

/// JSON: a list of words.
pub fn words<'a>(words: impl Iterator<Item = &'a str>) -> String {
    serde_json::json!(words.collect::<Vec<_>>()).to_string()
}
