//! What can be changed of a subscription that there is. Another plan comes with a new request
//! for the same external id.

use super::create_subscription::{CreateSubscriptionError, check_end};
use super::{BillError, Billing};
use crate::app::App;
use crate::domain::change::Change;
use crate::domain::event::EventKind;
use crate::domain::id::OrganizationId;
use crate::domain::subscription::{
    Subscription, SubscriptionChange, SubscriptionState, SubscriptionStatus,
};
use crate::domain::view::SubscriptionView;
use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum ChangeSubscriptionError {
    #[error("there is no subscription of this external id and status")]
    NotFound,
    #[error("the payment method is none that this customer can use")]
    InvalidPaymentMethod,
    #[error("it would end before it starts, or has ended")]
    InvalidEnd,
    #[error(transparent)]
    Bill(#[from] BillError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Which one is meant: a pending one may wait beside the active one.
#[derive(Debug, Clone)]
pub struct Named {
    pub external_id: String,
    pub status: SubscriptionStatus,
}

impl App {
    pub fn change_subscription(
        &self,
        organization: OrganizationId,
        named: Named,
        change: SubscriptionChange,
    ) -> Result<SubscriptionView, ChangeSubscriptionError> {
        let now = self.clock.now();
        let view = self.store.write(move |tx| {
            let found =
                tx.subscription_by_external_id(organization, &named.external_id, named.status)?;
            let found = found.ok_or(ChangeSubscriptionError::NotFound)?;
            let customer = tx
                .customer(organization, found.customer_id)?
                .ok_or_else(|| StoreError::no_customer(found.customer_id))?;
            let mut billing = Billing::of(tx, customer, now)?;
            let id = found.id;
            apply(&billing, found, &change)?;
            // An end that has come nearer, or a beginning.
            billing.catch_up()?;
            let view = tx.subscription_view(organization, id, now)?;
            Ok::<_, ChangeSubscriptionError>(view.ok_or(StoreError::Panicked)?)
        })?;
        self.wake.ring();
        Ok(view)
    }
}

fn apply(
    billing: &Billing<'_, '_>,
    subscription: Subscription,
    change: &SubscriptionChange,
) -> Result<(), ChangeSubscriptionError> {
    let (tx, now) = (billing.tx, billing.now);
    let mut changed = Subscription { updated_at: now, ..subscription };
    let change = change.clone();
    change.name.apply(&mut changed.name);
    change.consolidates.apply(&mut changed.consolidates);
    change.purchase_order_number.apply(&mut changed.purchase_order_number);
    change.final_invoice.apply(&mut changed.final_invoice);
    change.credit_note_wish.apply(&mut changed.credit_note_wish);
    // What runs, or follows another, has its beginning behind it.
    if let (Change::To(at), SubscriptionState::Pending { .. }, None) =
        (change.subscription_at, changed.state, changed.previous_id)
    {
        changed.subscription_at = at;
        changed.anchor = at.date_in(billing.zone);
        changed.state = SubscriptionState::Pending { starts_on: changed.anchor };
    }
    if let Change::To(end) = change.ending_at {
        check_end(end, changed.subscription_at, now).map_err(|error| match error {
            CreateSubscriptionError::Store(error) => ChangeSubscriptionError::Store(error),
            _ => ChangeSubscriptionError::InvalidEnd,
        })?;
        changed.ending_at = end;
    }
    if let Change::To(reference) = change.method {
        changed.method_choice = tx
            .method_choice(&billing.customer, reference)?
            .ok_or(ChangeSubscriptionError::InvalidPaymentMethod)?;
        tx.choose_method_of_unpaid_invoices(changed.id, changed.method_choice)?;
    }
    let plan = billing.plan_of(&changed)?;
    billing.save(&changed, &plan)?;
    Ok(billing.tell(EventKind::SubscriptionUpdated, &changed)?)
}
