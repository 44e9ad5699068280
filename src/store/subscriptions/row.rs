//! Rows of `subscriptions` and domain values, both ways.

use crate::domain::billing_period::BillingTime;
use crate::domain::subscription::{
    CreditNoteWish, FinalInvoice, Run, Subscription, SubscriptionState, SubscriptionStatus,
};
use crate::store::StoreError;
use crate::store::invoices::method_choice;
use crate::store::row::Columns;

pub fn subscription(columns: &Columns<'_>) -> Result<Subscription, StoreError> {
    Ok(Subscription {
        id: columns.parsed("id")?,
        organization_id: columns.parsed("organization_id")?,
        customer_id: columns.parsed("customer_id")?,
        plan_id: columns.parsed("plan_id")?,
        external_id: columns.get("external_id")?,
        name: columns.get("name")?,
        billing_time: columns.word("billing_time", BillingTime::parse)?,
        subscription_at: columns.time("subscription_at")?,
        anchor: columns.parsed("anchor")?,
        ending_at: columns.time_option("ending_at")?,
        state: state(columns)?,
        previous_id: columns.parsed_option("previous_id")?,
        method_choice: method_choice(columns)?,
        consolidates: columns.get("consolidates")?,
        purchase_order_number: columns.get("purchase_order_number")?,
        final_invoice: columns.word("final_invoice", FinalInvoice::parse)?,
        credit_note_wish: columns.word_option("credit_note_wish", CreditNoteWish::parse)?,
        created_at: columns.time("created_at")?,
        updated_at: columns.time("updated_at")?,
    })
}

fn state(columns: &Columns<'_>) -> Result<SubscriptionState, StoreError> {
    let run = |columns: &Columns<'_>| -> Result<Run, StoreError> {
        Ok(Run {
            started_at: columns.time("started_at")?,
            trial_ends_on: columns.parsed_option("trial_ends_on")?,
            billed_until: columns.parsed("billed_until")?,
            paid_ahead: columns.get("paid_ahead")?,
        })
    };
    Ok(match columns.word("state", SubscriptionStatus::parse)? {
        SubscriptionStatus::Pending => {
            SubscriptionState::Pending { starts_on: columns.parsed("starts_on")? }
        }
        SubscriptionStatus::Active => SubscriptionState::Active(run(columns)?),
        SubscriptionStatus::Terminated => {
            SubscriptionState::Terminated { run: run(columns)?, at: columns.time("terminated_at")? }
        }
        SubscriptionStatus::Canceled => {
            SubscriptionState::Canceled { at: columns.time("canceled_at")? }
        }
    })
}

pub fn starts_on(state: &SubscriptionState) -> Option<String> {
    match state {
        SubscriptionState::Pending { starts_on } => Some(starts_on.to_string()),
        SubscriptionState::Active(_)
        | SubscriptionState::Terminated { .. }
        | SubscriptionState::Canceled { .. } => None,
    }
}

pub fn terminated_at(state: &SubscriptionState) -> Option<i64> {
    match state {
        SubscriptionState::Terminated { at, .. } => Some(at.unix_ms()),
        SubscriptionState::Pending { .. }
        | SubscriptionState::Active(_)
        | SubscriptionState::Canceled { .. } => None,
    }
}

pub fn canceled_at(state: &SubscriptionState) -> Option<i64> {
    match state {
        SubscriptionState::Canceled { at } => Some(at.unix_ms()),
        SubscriptionState::Pending { .. }
        | SubscriptionState::Active(_)
        | SubscriptionState::Terminated { .. } => None,
    }
}
