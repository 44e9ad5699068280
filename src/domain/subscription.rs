//! Subscriptions: a customer has a plan from one day to another. What is due of one, and when,
//! is decided here; what is asked for on an invoice is put together elsewhere.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::billing_period::{BillingTime, Calendar, Period, day_after_use, plus_days, start_of};
use super::change::Change;
use super::decline::text_enum;
use super::id::{CustomerId, OrganizationId, PlanId, SubscriptionId};
use super::payment_method::{MethodChoice, MethodReference};
use super::plan::{PayWhen, Plan, PlanChange};
use super::time::Timestamp;

text_enum!(
    /// For lists and filters: the states without what is in them.
    SubscriptionStatus {
        Pending = "pending",
        Active = "active",
        Terminated = "terminated",
        Canceled = "canceled",
    }
);

/// A subscription that has started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    pub started_at: Timestamp,
    /// The first day that is not free.
    pub trial_ends_on: Option<NaiveDate>,
    /// The first day that no bill covers yet, and that one will.
    pub billed_until: NaiveDate,
    /// What another plan was paid ahead for days that are this one's now: taken off the next
    /// bills. Minor units of the plan's currency.
    pub paid_ahead: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubscriptionState {
    /// Starts on that day.
    Pending {
        starts_on: NaiveDate,
    },
    Active(Run),
    Terminated {
        run: Run,
        at: Timestamp,
    },
    /// It never started.
    Canceled {
        at: Timestamp,
    },
}

text_enum!(
    /// Whether the last days are billed when it ends.
    FinalInvoice { Generate = "generate", Skip = "skip" }
);

text_enum!(
    /// What the business wishes for days paid ahead that are not used. Nothing follows from it:
    /// there are no credit notes.
    CreditNoteWish { Credit = "credit", Skip = "skip", Refund = "refund", Offset = "offset" }
);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    pub id: SubscriptionId,
    pub organization_id: OrganizationId,
    pub customer_id: CustomerId,
    pub plan_id: PlanId,
    /// The caller's id. At most one active and one pending subscription have it.
    pub external_id: String,
    pub name: Option<String>,
    pub billing_time: BillingTime,
    pub subscription_at: Timestamp,
    /// The day of it in the customer's zone at the time: anniversaries do not move with zones.
    pub anchor: NaiveDate,
    pub ending_at: Option<Timestamp>,
    pub state: SubscriptionState,
    /// The one that this one follows: same external id, another plan.
    pub previous_id: Option<SubscriptionId>,
    pub method_choice: MethodChoice,
    /// May share an invoice with others.
    pub consolidates: bool,
    pub purchase_order_number: Option<String>,
    pub final_invoice: FinalInvoice,
    pub credit_note_wish: Option<CreditNoteWish>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Days of one period that are billed together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    pub period: Period,
    /// All of the period, or the part of it in which the subscription runs.
    pub billed: Period,
    pub pay_when: PayWhen,
}

impl Stretch {
    pub fn amount(&self, whole: i64) -> i64 {
        super::billing_period::prorated(whole, self.billed.days(), self.period.days())
    }
}

/// A move that the subscription's state does not allow. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSubscriptionMove {
    #[error("it has started, or was canceled")]
    NotPending,
    #[error("it does not run")]
    NotActive,
}

/// From when on a subscription runs, and is billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    pub at: Timestamp,
    /// The day of it.
    pub on: NaiveDate,
    /// The day on which somebody says so: days long gone are not billed.
    pub today: NaiveDate,
    /// The day from which a trial counts, which an earlier plan may have used up.
    pub trial_since: NaiveDate,
    pub paid_ahead: i64,
}

impl SubscriptionState {
    pub const fn status(&self) -> SubscriptionStatus {
        match self {
            SubscriptionState::Pending { .. } => SubscriptionStatus::Pending,
            SubscriptionState::Active(_) => SubscriptionStatus::Active,
            SubscriptionState::Terminated { .. } => SubscriptionStatus::Terminated,
            SubscriptionState::Canceled { .. } => SubscriptionStatus::Canceled,
        }
    }

    /// Of one that has started.
    pub const fn run(&self) -> Option<&Run> {
        match self {
            SubscriptionState::Active(run) | SubscriptionState::Terminated { run, .. } => Some(run),
            SubscriptionState::Pending { .. } | SubscriptionState::Canceled { .. } => None,
        }
    }
}

impl Subscription {
    pub fn calendar(&self, plan: &Plan) -> Calendar {
        Calendar { interval: plan.interval, billing_time: self.billing_time, anchor: self.anchor }
    }

    pub fn start(self, start: Start, plan: &Plan) -> Result<Subscription, InvalidSubscriptionMove> {
        let SubscriptionState::Pending { .. } = self.state else {
            return Err(InvalidSubscriptionMove::NotPending);
        };
        let current = self.calendar(plan).period_of(start.today);
        let first = if start.on >= start.today {
            start.on
        } else {
            match plan.pay_when {
                PayWhen::InAdvance => current.to,
                PayWhen::InArrears => current.from.max(start.on),
            }
        };
        let trial_ends_on = plan
            .trial_days
            .filter(|days| *days > 0)
            .map(|days| plus_days(start.trial_since, i64::from(days)));
        let billed_until = match trial_ends_on {
            Some(end) if end > start.today => end,
            Some(end) => first.max(end),
            None => first,
        };
        let (started_at, paid_ahead) = (start.at, start.paid_ahead);
        let run = Run { started_at, trial_ends_on, billed_until, paid_ahead };
        Ok(Subscription { state: SubscriptionState::Active(run), ..self })
    }

    /// It is over from that moment on.
    pub fn terminate(self, at: Timestamp) -> Result<Subscription, InvalidSubscriptionMove> {
        match self.state {
            SubscriptionState::Active(run) => {
                let state = SubscriptionState::Terminated { run, at };
                Ok(Subscription { state, updated_at: at, ..self })
            }
            SubscriptionState::Pending { .. }
            | SubscriptionState::Terminated { .. }
            | SubscriptionState::Canceled { .. } => Err(InvalidSubscriptionMove::NotActive),
        }
    }

    /// It will never start.
    pub fn cancel(self, at: Timestamp) -> Result<Subscription, InvalidSubscriptionMove> {
        match self.state {
            SubscriptionState::Pending { .. } => {
                let state = SubscriptionState::Canceled { at };
                Ok(Subscription { state, updated_at: at, ..self })
            }
            SubscriptionState::Active(_)
            | SubscriptionState::Terminated { .. }
            | SubscriptionState::Canceled { .. } => Err(InvalidSubscriptionMove::NotPending),
        }
    }

    /// When it ends by itself: as agreed, or with its plan.
    pub fn ends_at(&self, plan: &Plan) -> Option<Timestamp> {
        [self.ending_at, plan.deleted_at].into_iter().flatten().min()
    }

    /// What is billed next, and the day on which it is. What an end cuts short in arrears is
    /// billed with the end.
    pub fn next_stretch(&self, plan: &Plan, zone: Tz) -> Option<(NaiveDate, Stretch)> {
        let SubscriptionState::Active(run) = self.state else { return None };
        let from = run.billed_until;
        let period = self.calendar(plan).period_of(from);
        let end = self.ends_at(plan).map(|end| day_after_use(end, zone));
        let (due_on, to) = match plan.pay_when {
            // Days that are known not to be used are not paid ahead.
            PayWhen::InAdvance => (from, end.map_or(period.to, |end| end.min(period.to))),
            PayWhen::InArrears if end.is_some_and(|end| end <= period.to) => return None,
            PayWhen::InArrears => (period.to, period.to),
        };
        let billed = Period { from, to };
        (from < to).then_some((due_on, Stretch { period, billed, pay_when: plan.pay_when }))
    }

    /// What is left to bill when it runs no longer than the day before `until`.
    pub fn last_stretch(&self, plan: &Plan, until: NaiveDate) -> Option<Stretch> {
        let run = self.state.run()?;
        let from = run.billed_until;
        match plan.pay_when {
            PayWhen::InAdvance => None,
            PayWhen::InArrears if from >= until => None,
            PayWhen::InArrears => {
                let period = self.calendar(plan).period_of(from);
                let billed = Period { from, to: until.min(period.to) };
                Some(Stretch { period, billed, pay_when: plan.pay_when })
            }
        }
    }

    /// What the days from `from` on come to that a bill in advance covers already.
    pub fn paid_ahead_from(&self, plan: &Plan, bill: Period, from: NaiveDate) -> i64 {
        let unused = Period { from: from.max(bill.from), to: bill.to };
        if unused.from >= unused.to {
            return 0;
        }
        let period = self.calendar(plan).period_of(unused.from);
        let stretch = Stretch { period, billed: unused, pay_when: PayWhen::InAdvance };
        stretch.amount(plan.amount.minor_units)
    }

    /// These days are on a bill now, and so much of it was paid ahead.
    #[must_use]
    pub fn billed(self, stretch: &Stretch, taken_off: i64) -> Subscription {
        let billed = |run: Run| Run {
            billed_until: stretch.billed.to,
            paid_ahead: run.paid_ahead - taken_off,
            ..run
        };
        let state = match self.state {
            SubscriptionState::Active(run) => SubscriptionState::Active(billed(run)),
            SubscriptionState::Terminated { run, at } => {
                SubscriptionState::Terminated { run: billed(run), at }
            }
            state @ (SubscriptionState::Pending { .. } | SubscriptionState::Canceled { .. }) => {
                state
            }
        };
        Subscription { state, ..self }
    }

    /// When a pending one starts.
    pub fn starts_at(&self, starts_on: NaiveDate, zone: Tz) -> Timestamp {
        let morning = start_of(starts_on, zone);
        // One that follows another keeps the other's beginning, which is long past.
        if self.previous_id.is_some() { morning } else { morning.max(self.subscription_at) }
    }

    /// When something is to be done about it next.
    pub fn due_at(&self, plan: &Plan, zone: Tz) -> Option<Timestamp> {
        let next = match self.state {
            SubscriptionState::Pending { starts_on } => {
                [Some(self.starts_at(starts_on, zone)), plan.deleted_at]
            }
            SubscriptionState::Active(_) => {
                let bill = self.next_stretch(plan, zone);
                [bill.map(|(due_on, _)| start_of(due_on, zone)), self.ends_at(plan)]
            }
            SubscriptionState::Terminated { .. } | SubscriptionState::Canceled { .. } => {
                [None, None]
            }
        };
        next.into_iter().flatten().min()
    }
}

/// What a request for a new subscription names. None: as usual, or as the one has it whose plan
/// is changed by the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSubscription {
    pub external_customer_id: String,
    pub plan_code: String,
    pub external_id: String,
    pub name: Option<String>,
    pub billing_time: Option<BillingTime>,
    pub subscription_at: Option<Timestamp>,
    pub ending_at: Option<Timestamp>,
    pub method: Option<MethodReference>,
    pub consolidates: Option<bool>,
    pub purchase_order_number: Option<String>,
    pub final_invoice: Option<FinalInvoice>,
    pub credit_note_wish: Option<CreditNoteWish>,
    pub billing_entity_code: Option<String>,
    /// What is different from the plan, for this subscription only.
    pub overrides: Option<PlanChange>,
}

/// What a request says of one that there is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SubscriptionChange {
    pub name: Change<Option<String>>,
    pub ending_at: Change<Option<Timestamp>>,
    pub subscription_at: Change<Timestamp>,
    pub method: Change<MethodReference>,
    pub consolidates: Change<bool>,
    pub purchase_order_number: Change<Option<String>>,
    pub final_invoice: Change<FinalInvoice>,
    pub credit_note_wish: Change<Option<CreditNoteWish>>,
}

/// What lists can be narrowed by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SubscriptionFilter {
    pub external_customer_id: Option<String>,
    pub plan_code: Option<String>,
    pub external_id: Option<String>,
    pub currency: Option<String>,
    /// None: the active ones.
    pub statuses: Option<Vec<SubscriptionStatus>>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::domain::billing_period::Interval;
    use crate::domain::currency::Currency;
    use crate::domain::money::Money;
    use crate::domain::time::Span;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn plan(interval: Interval, pay_when: PayWhen) -> Plan {
        Plan {
            id: PlanId::from_uuid(Uuid::from_u128(1)),
            organization_id: OrganizationId::from_uuid(Uuid::from_u128(2)),
            parent_id: None,
            code: "p".to_owned(),
            name: "p".to_owned(),
            invoice_display_name: None,
            description: None,
            interval,
            amount: Money::new(3_000, Currency::EUR),
            pay_when,
            trial_days: None,
            bill_charges_monthly: None,
            metadata: None,
            tax_ids: vec![],
            created_at: Timestamp::from_unix_ms(0),
            deleted_at: None,
        }
    }

    fn pending(anchor: NaiveDate, billing_time: BillingTime) -> Subscription {
        let at = start_of(anchor, Tz::UTC);
        Subscription {
            id: SubscriptionId::from_uuid(Uuid::from_u128(3)),
            organization_id: OrganizationId::from_uuid(Uuid::from_u128(2)),
            customer_id: CustomerId::from_uuid(Uuid::from_u128(4)),
            plan_id: PlanId::from_uuid(Uuid::from_u128(1)),
            external_id: "s".to_owned(),
            name: None,
            billing_time,
            subscription_at: at,
            anchor,
            ending_at: None,
            state: SubscriptionState::Pending { starts_on: anchor },
            previous_id: None,
            method_choice: MethodChoice::Default,
            consolidates: true,
            purchase_order_number: None,
            final_invoice: FinalInvoice::Generate,
            credit_note_wish: None,
            created_at: at,
            updated_at: at,
        }
    }

    fn started(subscription: Subscription, plan: &Plan) -> Subscription {
        let on = subscription.anchor;
        let at = subscription.subscription_at;
        let start = Start { at, on, today: on, trial_since: on, paid_ahead: 0 };
        subscription.start(start, plan).expect("it is pending")
    }

    #[test]
    fn only_allowed_moves_are_made() {
        let plan = plan(Interval::Monthly, PayWhen::InAdvance);
        let now = Timestamp::from_unix_ms(0);
        let waiting = pending(day("2024-01-10"), BillingTime::Calendar);
        let running = started(waiting.clone(), &plan);
        let over = running.clone().terminate(now).expect("it runs");
        let canceled = waiting.clone().cancel(now).expect("it waits");
        let not_pending = Err(InvalidSubscriptionMove::NotPending);
        let not_active = Err(InvalidSubscriptionMove::NotActive);
        for it in [&running, &over, &canceled] {
            assert_eq!(it.clone().cancel(now), not_pending);
        }
        for it in [&waiting, &over, &canceled] {
            assert_eq!(it.clone().terminate(now), not_active);
        }
        for it in [&over, &canceled] {
            assert_eq!(it.due_at(&plan, Tz::UTC), None);
        }
    }

    #[test]
    fn an_end_at_a_boundary_comes_before_the_next_bill() {
        let plan = plan(Interval::Monthly, PayWhen::InAdvance);
        let mut running = started(pending(day("2024-01-01"), BillingTime::Calendar), &plan);
        running.ending_at = Some(start_of(day("2024-02-01"), Tz::UTC));
        let (_, first) = running.next_stretch(&plan, Tz::UTC).expect("January");
        let running = running.billed(&first, 0);
        assert_eq!(running.next_stretch(&plan, Tz::UTC), None);
        assert_eq!(running.due_at(&plan, Tz::UTC), running.ending_at);
    }

    #[test]
    fn a_plan_that_is_gone_ends_it() {
        let deleted_at = Some(start_of(day("2024-01-05"), Tz::UTC));
        let plan = Plan { deleted_at, ..plan(Interval::Monthly, PayWhen::InArrears) };
        let running = started(pending(day("2024-01-01"), BillingTime::Calendar), &plan);
        assert_eq!(running.due_at(&plan, Tz::UTC), deleted_at);
        let last = running.last_stretch(&plan, day("2024-01-05")).expect("four days");
        assert_eq!((last.billed.days(), last.amount(3_100)), (4, 400));
    }

    #[test]
    fn only_days_that_are_billed_are_paid_ahead() {
        let plan = plan(Interval::Monthly, PayWhen::InAdvance);
        let running = started(pending(day("2024-04-11"), BillingTime::Calendar), &plan);
        let bill = Period { from: day("2024-04-11"), to: day("2024-05-01") };
        assert_eq!(running.paid_ahead_from(&plan, bill, day("2024-04-16")), 1_500);
        assert_eq!(running.paid_ahead_from(&plan, bill, day("2024-04-01")), 2_000);
        assert_eq!(running.paid_ahead_from(&plan, bill, day("2024-05-01")), 0);
    }

    proptest! {
        /// Whatever the plan, wherever and however long: bills follow each other without a gap
        /// and without an overlap, from the first day to the last.
        #[test]
        fn bills_tile_the_days_of_a_subscription(
            interval in proptest::sample::select(Interval::ALL),
            billing_time in proptest::sample::select(BillingTime::ALL),
            pay_when in proptest::sample::select(PayWhen::ALL),
            zone in proptest::sample::select(vec![
                Tz::UTC, Tz::Europe__Berlin, Tz::America__New_York, Tz::Pacific__Auckland,
            ]),
            (offset, days, trial, hour) in (0..2_000_i64, 1..1_500_i64, 0..60_u32, 1..24_u32),
        ) {
            let on = plus_days(day("2023-01-01"), offset);
            let last = plus_days(on, days);
            let plan = Plan { trial_days: Some(trial), ..plan(interval, pay_when) };
            let mut it = started(pending(on, billing_time), &plan);
            it.ending_at = Some(start_of(last, zone).plus(Span::hours(hour)).minus(Span::ms(1)));
            let until = day_after_use(it.ending_at.expect("an end"), zone);
            let mut next_day = plus_days(on, trial.into());
            let mut before = Timestamp::from_unix_ms(i64::MIN);
            while let Some((due_on, stretch)) = it.next_stretch(&plan, zone) {
                let due_at = start_of(due_on, zone);
                prop_assert_eq!(it.due_at(&plan, zone), Some(due_at));
                prop_assert!(before < due_at && due_at < it.ending_at.expect("an end"));
                prop_assert_eq!(stretch.billed.from, next_day);
                prop_assert!(stretch.period.from <= stretch.billed.from);
                prop_assert!(stretch.billed.to <= stretch.period.to);
                prop_assert!((0..=3_000).contains(&stretch.amount(3_000)));
                (next_day, before) = (stretch.billed.to, due_at);
                it = it.billed(&stretch, 0);
            }
            prop_assert_eq!(it.due_at(&plan, zone), it.ending_at);
            if let Some(rest) = it.last_stretch(&plan, until) {
                prop_assert_eq!(rest.billed.from, next_day);
                next_day = rest.billed.to;
            }
            prop_assert_eq!(next_day, until.max(plus_days(on, trial.into())));
        }
    }
}
