//! A subscription is ended by hand, or never starts. Days paid ahead are not given back: there
//! are no credit notes.

use super::Billing;
use super::change_subscription::{ChangeSubscriptionError, Named};
use crate::app::App;
use crate::domain::id::OrganizationId;
use crate::domain::subscription::{
    CreditNoteWish, FinalInvoice, Subscription, SubscriptionState, SubscriptionStatus,
};
use crate::domain::view::SubscriptionView;
use crate::store::StoreError;

/// What a request wants to be different from what the subscription says.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ending {
    pub final_invoice: Option<FinalInvoice>,
    pub credit_note_wish: Option<CreditNoteWish>,
}

impl App {
    /// Ends one that runs, and bills the rest; cancels one that is pending.
    pub fn terminate_subscription(
        &self,
        organization: OrganizationId,
        named: Named,
        ending: Ending,
    ) -> Result<SubscriptionView, ChangeSubscriptionError> {
        let now = self.clock.now();
        let view = self.store.write(move |tx| {
            let find =
                |status| tx.subscription_by_external_id(organization, &named.external_id, status);
            let found = find(named.status)?.ok_or(ChangeSubscriptionError::NotFound)?;
            let customer = tx
                .customer(organization, found.customer_id)?
                .ok_or_else(|| StoreError::no_customer(found.customer_id))?;
            let mut billing = Billing::of(tx, customer, now)?;
            billing.catch_up()?;
            let fresh = tx.subscription(organization, found.id)?;
            let fresh = fresh.ok_or(ChangeSubscriptionError::NotFound)?;
            stop(&mut billing, fresh, ending)?;
            billing.issue()?;
            let view = tx.subscription_view(organization, found.id, now)?;
            Ok::<_, ChangeSubscriptionError>(view.ok_or(StoreError::Panicked)?)
        })?;
        self.wake.ring();
        Ok(view)
    }
}

/// What is over already, because its end was due, stays so.
fn stop(
    billing: &mut Billing<'_, '_>,
    subscription: Subscription,
    ending: Ending,
) -> Result<(), ChangeSubscriptionError> {
    let plan = billing.plan_of(&subscription)?;
    let subscription = Subscription {
        final_invoice: ending.final_invoice.unwrap_or(subscription.final_invoice),
        credit_note_wish: ending.credit_note_wish.or(subscription.credit_note_wish),
        ..subscription
    };
    match subscription.state.status() {
        SubscriptionStatus::Pending => billing.cancel(subscription, &plan)?,
        SubscriptionStatus::Active => {
            billing.cancel_follower(&subscription)?;
            let (over, wish) = (billing.over_now(), subscription.final_invoice);
            billing.end(subscription, &plan, over, wish)?;
        }
        SubscriptionStatus::Terminated | SubscriptionStatus::Canceled => {}
    }
    Ok(())
}

impl Billing<'_, '_> {
    /// Everything of this customer ends now.
    pub fn end_all(&mut self) -> Result<(), super::BillError> {
        self.catch_up()?;
        for found in self.tx.open_subscriptions_of(self.customer.id)? {
            let plan = self.plan_of(&found)?;
            if let SubscriptionState::Pending { .. } = found.state {
                self.cancel(found, &plan)?;
            } else {
                let (over, wish) = (self.over_now(), found.final_invoice);
                self.end(found, &plan, over, wish)?;
            }
        }
        self.issue()?;
        Ok(())
    }
}
