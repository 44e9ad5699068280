//! Subscriptions end because an invoice of theirs is not paid. No last invoice is made: it would
//! be charged where nothing can be charged. What of the unpaid one was not used is not taken back.

use super::billing::{BillError, Billing};
use crate::app::collect::CollectError;
use crate::domain::id::SubscriptionId;
use crate::domain::invoice::Invoice;
use crate::domain::subscription::{FinalInvoice, SubscriptionState};
use crate::domain::time::Timestamp;
use crate::store::{StoreError, Tx};

/// Those that have ended already stay as they are.
pub fn end_subscriptions_of(
    tx: &Tx<'_>,
    invoice: &Invoice,
    now: Timestamp,
) -> Result<(), CollectError> {
    let organization = invoice.organization_id;
    let mut ids: Vec<SubscriptionId> = Vec::new();
    for period in tx.billed_periods(invoice.id)? {
        if !ids.contains(&period.subscription_id) {
            ids.push(period.subscription_id);
        }
    }
    if ids.is_empty() {
        return Ok(());
    }
    let customer = tx
        .customer(organization, invoice.customer_id)?
        .ok_or_else(|| StoreError::no_customer(invoice.customer_id))?;
    let mut billing = Billing::of(tx, customer, now)?;
    for id in ids {
        match billing.end_unpaid(id) {
            // It cannot end now; that must not keep the attempt from being settled.
            Ok(()) | Err(BillError::Move(_) | BillError::AmountTooLarge(_)) => {}
            Err(BillError::Store(error)) => return Err(error.into()),
        }
    }
    Ok(())
}

impl Billing<'_, '_> {
    fn end_unpaid(&mut self, id: SubscriptionId) -> Result<(), BillError> {
        let Some(found) = self.tx.subscription(self.customer.organization_id, id)? else {
            return Ok(());
        };
        let plan = self.plan_of(&found)?;
        match found.state {
            SubscriptionState::Pending { .. } => self.cancel(found, &plan),
            SubscriptionState::Active { .. } => {
                self.cancel_follower(&found)?;
                let over = self.over_now();
                self.end(found, &plan, over, FinalInvoice::Skip)
            }
            SubscriptionState::Terminated { .. } | SubscriptionState::Canceled { .. } => Ok(()),
        }
    }
}
