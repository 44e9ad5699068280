//! Plans: what is sold again and again, at a flat price for each period.

use super::billing_period::Interval;
use super::change::Change;
use super::currency::Currency;
use super::decline::text_enum;
use super::id::{OrganizationId, PlanId, TaxId};
use super::money::Money;
use super::time::Timestamp;

text_enum!(
    /// When a period is billed.
    PayWhen {
        /// On its first day.
        InAdvance = "in_advance",
        /// On the day after its last one.
        InArrears = "in_arrears",
    }
);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub id: PlanId,
    pub organization_id: OrganizationId,
    /// The plan that this one is a variation of, made for one subscription. It has the same code
    /// and is never listed.
    pub parent_id: Option<PlanId>,
    /// Unique among those that are not deleted and no variations. Any characters.
    pub code: String,
    pub name: String,
    pub invoice_display_name: Option<String>,
    pub description: Option<String>,
    pub interval: Interval,
    /// For one whole period.
    pub amount: Money,
    pub pay_when: PayWhen,
    /// Days from the start that cost nothing.
    pub trial_days: Option<u32>,
    /// Of no effect: kept for those who set it.
    pub bill_charges_monthly: Option<bool>,
    /// None: never set.
    pub metadata: Option<Vec<(String, String)>>,
    pub tax_ids: Vec<TaxId>,
    pub created_at: Timestamp,
    pub deleted_at: Option<Timestamp>,
}

impl Plan {
    /// What a year comes to: dearer and cheaper are told by it.
    pub fn yearly_amount(&self) -> i128 {
        i128::from(self.amount.minor_units) * i128::from(self.interval.per_year())
    }

    /// Itself or a variation of it.
    pub fn is_same_as(&self, other: &Plan) -> bool {
        let root = |plan: &Plan| plan.parent_id.unwrap_or(plan.id);
        root(self) == root(other)
    }

    /// What subscriptions that run are reckoned by would change.
    pub fn bills_differently(&self, other: &Plan) -> bool {
        self.interval != other.interval
            || self.pay_when != other.pay_when
            || self.amount.currency != other.amount.currency
    }
}

/// What a request says of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlanChange {
    pub code: Change<String>,
    pub name: Change<String>,
    pub invoice_display_name: Change<Option<String>>,
    pub description: Change<Option<String>>,
    pub interval: Change<Interval>,
    /// Minor units of the currency beside it.
    pub amount: Change<i64>,
    pub currency: Change<Currency>,
    pub pay_when: Change<PayWhen>,
    pub trial_days: Change<Option<u32>>,
    pub bill_charges_monthly: Change<Option<bool>>,
    /// Replaced as a whole.
    pub metadata: Change<Option<Vec<(String, String)>>>,
    /// Replaces all there are.
    pub tax_codes: Change<Vec<String>>,
}

impl PlanChange {
    /// All but the taxes, which are named by codes here.
    #[must_use]
    pub fn apply(self, plan: Plan) -> Plan {
        let mut changed = plan;
        self.code.apply(&mut changed.code);
        self.name.apply(&mut changed.name);
        self.invoice_display_name.apply(&mut changed.invoice_display_name);
        self.description.apply(&mut changed.description);
        self.interval.apply(&mut changed.interval);
        self.amount.apply(&mut changed.amount.minor_units);
        self.currency.apply(&mut changed.amount.currency);
        self.pay_when.apply(&mut changed.pay_when);
        self.trial_days.apply(&mut changed.trial_days);
        self.bill_charges_monthly.apply(&mut changed.bill_charges_monthly);
        self.metadata.apply(&mut changed.metadata);
        changed
    }
}

/// How much a plan is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PlanCounts {
    pub active_subscriptions: u64,
    /// With a subscription that is active.
    pub customers: u64,
    pub draft_invoices: u64,
}
