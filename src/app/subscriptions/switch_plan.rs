//! Another plan for a subscription: a dearer one at once, a cheaper one when the period is over.
//! Days that the old plan was paid ahead for are not paid twice.

use super::Billing;
use super::create_subscription::{CreateSubscriptionError, check_end};
use crate::domain::event::EventKind;
use crate::domain::id::SubscriptionId;
use crate::domain::payment_method::MethodChoice;
use crate::domain::plan::Plan;
use crate::domain::subscription::{
    FinalInvoice, NewSubscription, Start, Subscription, SubscriptionState,
};

/// What the new plan comes with.
type Wanted<'w> = (&'w NewSubscription, &'w Plan, Option<MethodChoice>);

/// Answers with the one that runs now.
pub(super) fn switch(
    billing: &mut Billing<'_, '_>,
    (current, was): (Subscription, &Plan),
    (new, plan, method): Wanted<'_>,
) -> Result<SubscriptionId, CreateSubscriptionError> {
    check_end(new.ending_at, current.subscription_at, billing.now)?;
    match current.state {
        SubscriptionState::Active(_) if was.amount.currency != plan.amount.currency => {
            Err(CreateSubscriptionError::CurrencyDiffers)
        }
        SubscriptionState::Active(_) if plan.yearly_amount() >= was.yearly_amount() => {
            upgrade(billing, (current, was), (new, plan, method))
        }
        SubscriptionState::Active(_) => downgrade(billing, (current, was), (new, plan, method)),
        // It has not started: it simply starts with the other plan.
        SubscriptionState::Pending { .. }
        | SubscriptionState::Terminated { .. }
        | SubscriptionState::Canceled { .. } => {
            let changed = Subscription { plan_id: plan.id, updated_at: billing.now, ..current };
            billing.save(&changed, plan)?;
            billing.tell(EventKind::SubscriptionUpdated, &changed)?;
            Ok(changed.id)
        }
    }
}

fn upgrade(
    billing: &mut Billing<'_, '_>,
    (current, was): (Subscription, &Plan),
    wanted: Wanted<'_>,
) -> Result<SubscriptionId, CreateSubscriptionError> {
    let (tx, now, today) = (billing.tx, billing.now, billing.today());
    let plan = wanted.1;
    billing.cancel_follower(&current)?;
    let bill = tx.last_billed_in_advance(current.id)?;
    let carried = current.state.run().map_or(0, |run| run.paid_ahead);
    let unused = bill.map_or(0, |bill| current.paid_ahead_from(was, bill, today));
    let next =
        following(billing, &current, wanted, SubscriptionState::Pending { starts_on: today });
    billing.end(current, was, (now, today), FinalInvoice::Generate)?;
    tx.insert_subscription(&next, None)?;
    let trial_since = billing.trial_since(&next.external_id, today)?;
    let paid_ahead = carried.saturating_add(unused);
    let id = next.id;
    billing.begin(next, plan, Start { at: now, on: today, today, trial_since, paid_ahead })?;
    billing.issue()?;
    Ok(id)
}

fn downgrade(
    billing: &mut Billing<'_, '_>,
    (current, was): (Subscription, &Plan),
    wanted: Wanted<'_>,
) -> Result<SubscriptionId, CreateSubscriptionError> {
    if let Some(planned) = billing.tx.subscription_after(current.organization_id, current.id)?
        && wanted.0.overrides.is_none()
        && billing.plan_of(&planned)?.is_same_as(wanted.1)
    {
        // It is planned already.
        return Ok(current.id);
    }
    billing.cancel_follower(&current)?;
    let starts_on = current.calendar(was).period_of(billing.today()).to;
    let next = following(billing, &current, wanted, SubscriptionState::Pending { starts_on });
    billing.tx.insert_subscription(&next, next.due_at(wanted.1, billing.zone))?;
    let changed = Subscription { updated_at: billing.now, ..current };
    billing.save(&changed, was)?;
    billing.tell(EventKind::SubscriptionUpdated, &changed)?;
    Ok(changed.id)
}

/// With all that the request does not name as it was.
fn following(
    billing: &Billing<'_, '_>,
    current: &Subscription,
    (new, plan, method): Wanted<'_>,
    state: SubscriptionState,
) -> Subscription {
    let order = new.purchase_order_number.clone();
    Subscription {
        id: SubscriptionId::at(billing.now),
        plan_id: plan.id,
        name: new.name.clone().or_else(|| current.name.clone()),
        ending_at: new.ending_at.or(current.ending_at),
        state,
        previous_id: Some(current.id),
        method_choice: method.unwrap_or(current.method_choice),
        consolidates: new.consolidates.unwrap_or(current.consolidates),
        purchase_order_number: order.or_else(|| current.purchase_order_number.clone()),
        final_invoice: new.final_invoice.unwrap_or(current.final_invoice),
        credit_note_wish: new.credit_note_wish.or(current.credit_note_wish),
        created_at: billing.now,
        updated_at: billing.now,
        ..current.clone()
    }
}
