//! The moves of one customer's subscriptions in one transaction: each is saved with its event,
//! and what they cost is collected and put on invoices together.

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::domain::billed_period::BillingReason;
use crate::domain::billing_period::{day_after_use, start_of};
use crate::domain::customer::Customer;
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::organization::Organization;
use crate::domain::plan::Plan;
use crate::domain::pricing::AmountTooLarge;
use crate::domain::subscription::{
    FinalInvoice, InvalidSubscriptionMove, Start, Stretch, Subscription, SubscriptionState,
};
use crate::domain::time::Timestamp;
use crate::store::{StoreError, Tx};

/// So many subscriptions of one customer that are due at once share invoices.
const TOGETHER_MAX: u32 = 1_000;

/// So many times one after the other are caught up with in one transaction.
const CATCH_UP_MAX: u32 = 100;

#[derive(Debug, Clone, thiserror::Error)]
pub enum BillError {
    #[error(transparent)]
    AmountTooLarge(#[from] AmountTooLarge),
    #[error(transparent)]
    Move(#[from] InvalidSubscriptionMove),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Days that a subscription is to be billed.
pub(super) struct Charge {
    pub subscription: Subscription,
    pub plan: Plan,
    pub stretch: Stretch,
    pub reason: BillingReason,
    /// What of the price was paid ahead on another plan.
    pub taken_off: i64,
}

pub struct Billing<'t, 'c> {
    pub tx: &'t Tx<'c>,
    pub customer: Customer,
    pub organization: Organization,
    pub zone: Tz,
    pub now: Timestamp,
    pub(super) charges: Vec<Charge>,
}

impl<'t, 'c> Billing<'t, 'c> {
    pub fn of(
        tx: &'t Tx<'c>,
        customer: Customer,
        now: Timestamp,
    ) -> Result<Billing<'t, 'c>, StoreError> {
        let organization = tx.organization(customer.organization_id)?;
        let zone = customer.timezone.unwrap_or(organization.timezone);
        Ok(Billing { tx, customer, organization, zone, now, charges: vec![] })
    }

    pub fn today(&self) -> NaiveDate {
        self.now.date_in(self.zone)
    }

    pub fn plan_of(&self, subscription: &Subscription) -> Result<Plan, StoreError> {
        self.tx.plan(subscription.organization_id, subscription.plan_id)
    }

    pub fn save(&self, subscription: &Subscription, plan: &Plan) -> Result<(), StoreError> {
        self.tx.save_subscription(subscription, subscription.due_at(plan, self.zone))
    }

    pub fn tell(&self, kind: EventKind, subscription: &Subscription) -> Result<(), StoreError> {
        let subject = Subject {
            customer_id: Some(subscription.customer_id),
            subscription_id: Some(subscription.id),
            ..Subject::default()
        };
        let event = Event::new(kind, subscription.organization_id, subject, self.now);
        self.tx.append_event(&event)
    }

    /// Everything of this customer that is due, in the order in which it became due, as if the
    /// biller had been there each time.
    pub fn catch_up(&mut self) -> Result<u32, BillError> {
        let mut done = 0;
        for _ in 0..CATCH_UP_MAX {
            let mut due =
                self.tx.first_due_subscriptions_of(self.customer.id, self.now, TOGETHER_MAX)?;
            if due.is_empty() {
                break;
            }
            // What takes over ends what was before, so that is not billed any further.
            due.sort_by_key(|found| found.previous_id.is_none());
            for found in due {
                // It may have been ended by the one before.
                if let Some(fresh) = self.tx.subscription(found.organization_id, found.id)? {
                    self.step(fresh)?;
                    done += 1;
                }
            }
            self.issue()?;
        }
        Ok(done)
    }

    fn step(&mut self, subscription: Subscription) -> Result<(), BillError> {
        let plan = self.plan_of(&subscription)?;
        match subscription.state {
            SubscriptionState::Pending { starts_on } => {
                let at = subscription.starts_at(starts_on, self.zone);
                if plan.deleted_at.is_some_and(|deleted| deleted <= at) {
                    self.cancel(subscription, &plan)
                } else if at <= self.now {
                    self.take_over(&subscription, at, starts_on)?;
                    let start = self.start_of_pending(&subscription, at, starts_on)?;
                    self.begin(subscription, &plan, start)
                } else {
                    Ok(self.save(&subscription, &plan)?)
                }
            }
            SubscriptionState::Active(_) => {
                let end = subscription.ends_at(&plan).filter(|end| *end <= self.now);
                let bill = subscription.next_stretch(&plan, self.zone);
                let billed_at = bill.map(|(due_on, _)| start_of(due_on, self.zone));
                match (end, bill) {
                    (Some(end), _) if billed_at.is_none_or(|at| end <= at) => {
                        let until = day_after_use(end, self.zone);
                        let wish = subscription.final_invoice;
                        self.cancel_follower(&subscription)?;
                        self.end(subscription, &plan, (end, until), wish)
                    }
                    (_, Some((_, stretch))) if billed_at.is_some_and(|at| at <= self.now) => {
                        let billed =
                            self.charge(subscription, &plan, stretch, BillingReason::Periodic);
                        Ok(self.save(&billed, &plan)?)
                    }
                    (_, _) => Ok(self.save(&subscription, &plan)?),
                }
            }
            SubscriptionState::Terminated { .. } | SubscriptionState::Canceled { .. } => {
                Ok(self.save(&subscription, &plan)?)
            }
        }
    }

    fn start_of_pending(
        &self,
        subscription: &Subscription,
        at: Timestamp,
        on: NaiveDate,
    ) -> Result<Start, StoreError> {
        let trial_since = self.trial_since(&subscription.external_id, on)?;
        // However late it is noticed, it starts on its day, and is billed from it.
        Ok(Start { at, on, today: on, trial_since, paid_ahead: 0 })
    }

    /// A trial counts from the first time that the customer had this subscription.
    pub fn trial_since(&self, external_id: &str, on: NaiveDate) -> Result<NaiveDate, StoreError> {
        let first = self.tx.first_start_of(self.customer.id, external_id)?;
        Ok(first.map_or(on, |at| at.date_in(self.zone).min(on)))
    }

    /// The one that this one follows ends where this one begins.
    fn take_over(
        &mut self,
        next: &Subscription,
        at: Timestamp,
        on: NaiveDate,
    ) -> Result<(), BillError> {
        let Some(id) = next.previous_id else { return Ok(()) };
        let previous = self.tx.subscription(next.organization_id, id)?;
        match previous {
            Some(previous) if matches!(previous.state, SubscriptionState::Active(_)) => {
                let plan = self.plan_of(&previous)?;
                self.end(previous, &plan, (at, on), FinalInvoice::Generate)
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Starts one that is pending. What is due on the first day is charged.
    pub fn begin(
        &mut self,
        subscription: Subscription,
        plan: &Plan,
        start: Start,
    ) -> Result<(), BillError> {
        let started = subscription.start(start, plan)?;
        let started = Subscription { updated_at: self.now, ..started };
        self.save(&started, plan)?;
        self.tell(EventKind::SubscriptionStarted, &started)?;
        match started.next_stretch(plan, self.zone) {
            Some((due_on, stretch)) if due_on <= start.today => {
                let billed = self.charge(started, plan, stretch, BillingReason::Starting);
                Ok(self.save(&billed, plan)?)
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Ends one at a moment, so that the days before the given one were used.
    pub fn end(
        &mut self,
        subscription: Subscription,
        plan: &Plan,
        (at, until): (Timestamp, NaiveDate),
        last: FinalInvoice,
    ) -> Result<(), BillError> {
        let ended = Subscription { updated_at: self.now, ..subscription.terminate(at)? };
        self.tell(EventKind::SubscriptionTerminated, &ended)?;
        let ended = match (last, ended.last_stretch(plan, until)) {
            (FinalInvoice::Generate, Some(stretch)) => {
                self.charge(ended, plan, stretch, BillingReason::Terminating)
            }
            (FinalInvoice::Generate, None) | (FinalInvoice::Skip, _) => ended,
        };
        Ok(self.save(&ended, plan)?)
    }

    pub fn cancel(&mut self, subscription: Subscription, plan: &Plan) -> Result<(), BillError> {
        let canceled = Subscription { updated_at: self.now, ..subscription.cancel(self.now)? };
        self.save(&canceled, plan)?;
        Ok(self.tell(EventKind::SubscriptionCanceled, &canceled)?)
    }

    /// What was to follow this one does not.
    pub fn cancel_follower(&mut self, subscription: &Subscription) -> Result<(), BillError> {
        let next = self.tx.subscription_after(subscription.organization_id, subscription.id)?;
        match next {
            Some(next) if matches!(next.state, SubscriptionState::Pending { .. }) => {
                let plan = self.plan_of(&next)?;
                self.cancel(next, &plan)
            }
            Some(_) | None => Ok(()),
        }
    }

    /// These days come on the next invoice. The subscription is still to be saved.
    fn charge(
        &mut self,
        subscription: Subscription,
        plan: &Plan,
        stretch: Stretch,
        reason: BillingReason,
    ) -> Subscription {
        let price = stretch.amount(plan.amount.minor_units);
        let paid_ahead = subscription.state.run().map_or(0, |run| run.paid_ahead);
        let taken_off = paid_ahead.min(price);
        let billed = subscription.billed(&stretch, taken_off);
        self.charges.push(Charge {
            subscription: billed.clone(),
            plan: plan.clone(),
            stretch,
            reason,
            taken_off,
        });
        billed
    }

    /// The day and moment at which something that is ended by hand now is over.
    pub fn over_now(&self) -> (Timestamp, NaiveDate) {
        (self.now, day_after_use(self.now, self.zone))
    }
}
