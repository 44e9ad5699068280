//! A new subscription, or another plan for one that there is (see `switch_plan.rs`).

use super::switch_plan::switch;
use super::{BillError, Billing};
use crate::app::App;
use crate::app::upsert_customer::{UpsertCustomerError, bare_customer};
use crate::domain::billing_period::BillingTime;
use crate::domain::id::{OrganizationId, PlanId, SubscriptionId};
use crate::domain::payment_method::MethodChoice;
use crate::domain::plan::{Plan, PlanChange};
use crate::domain::subscription::{
    FinalInvoice, NewSubscription, Start, Subscription, SubscriptionState, SubscriptionStatus,
};
use crate::domain::time::Timestamp;
use crate::domain::view::SubscriptionView;
use crate::store::{Reader, StoreError, Tx};

#[derive(Debug, thiserror::Error)]
pub enum CreateSubscriptionError {
    #[error("there is no plan of this code")]
    PlanNotFound,
    #[error("there is no billing entity of this code")]
    BillingEntityNotFound,
    #[error("there is no tax of this code")]
    TaxNotFound,
    #[error("the payment method is none that this customer can use")]
    InvalidPaymentMethod,
    #[error("another customer has a subscription of this external id")]
    ExternalIdTaken,
    #[error("it would end before it starts, or has ended")]
    InvalidEnd,
    #[error("the plans are sold in different currencies")]
    CurrencyDiffers,
    #[error(transparent)]
    Customer(#[from] UpsertCustomerError),
    #[error(transparent)]
    Bill(#[from] BillError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl App {
    /// Whether the plan exists: for callers whose request is wrong in other ways too, since what
    /// does not exist is to be told first.
    pub fn check_plan_exists(
        &self,
        organization: OrganizationId,
        code: &str,
    ) -> Result<(), CreateSubscriptionError> {
        let found = self.store.read(|read| read.plan_by_code(organization, code))?;
        found.map(|_| ()).ok_or(CreateSubscriptionError::PlanNotFound)
    }

    /// The subscription; of a change to a cheaper plan, the one that runs until then.
    pub fn create_subscription(
        &self,
        organization: OrganizationId,
        new: NewSubscription,
    ) -> Result<SubscriptionView, CreateSubscriptionError> {
        let now = self.clock.now();
        let made = self.store.write(move |tx| {
            let id = create(tx, organization, &new, now)?;
            let view = tx.subscription_view(organization, id, now)?;
            Ok::<_, CreateSubscriptionError>(view.ok_or(StoreError::Panicked)?)
        })?;
        self.wake.ring();
        Ok(made)
    }
}

fn create(
    tx: &Tx<'_>,
    organization: OrganizationId,
    new: &NewSubscription,
    now: Timestamp,
) -> Result<SubscriptionId, CreateSubscriptionError> {
    let plan = tx
        .plan_by_code(organization, &new.plan_code)?
        .ok_or(CreateSubscriptionError::PlanNotFound)?;
    let entity = tx.organization(organization)?.billing_entity_code;
    if new.billing_entity_code.as_ref().is_some_and(|code| *code != entity) {
        return Err(CreateSubscriptionError::BillingEntityNotFound);
    }
    let known = tx.customer_by_external_id(organization, &new.external_customer_id)?;
    let customer = match known {
        Some(customer) => customer,
        None => {
            let id = bare_customer(tx, organization, &new.external_customer_id, now)?;
            tx.customer(organization, id)?.ok_or_else(|| StoreError::no_customer(id))?
        }
    };
    let method = match new.method {
        Some(reference) => Some(
            tx.method_choice(&customer, reference)?
                .ok_or(CreateSubscriptionError::InvalidPaymentMethod)?,
        ),
        None => None,
    };
    let mut billing = Billing::of(tx, customer, now)?;
    // What is due already is done before anything changes.
    billing.catch_up()?;
    match current(tx, organization, &new.external_id)? {
        Some(other) if other.customer_id != billing.customer.id => {
            Err(CreateSubscriptionError::ExternalIdTaken)
        }
        Some(current) => {
            let was = billing.plan_of(&current)?;
            if was.is_same_as(&plan) {
                return Ok(current.id);
            }
            let plan = varied(tx, plan, new.overrides.as_ref(), now)?;
            switch(&mut billing, (current, &was), (new, &plan, method))
        }
        None => {
            let plan = varied(tx, plan, new.overrides.as_ref(), now)?;
            first(&mut billing, new, (&plan, method))
        }
    }
}

/// The one that runs, else the one that is to.
fn current(
    reader: &Reader<'_>,
    organization: OrganizationId,
    external_id: &str,
) -> Result<Option<Subscription>, StoreError> {
    let of = |status| reader.subscription_by_external_id(organization, external_id, status);
    match of(SubscriptionStatus::Active)? {
        Some(active) => Ok(Some(active)),
        None => of(SubscriptionStatus::Pending),
    }
}

/// The plan itself, or a variation of it for one subscription.
fn varied(
    tx: &Tx<'_>,
    plan: Plan,
    overrides: Option<&PlanChange>,
    now: Timestamp,
) -> Result<Plan, CreateSubscriptionError> {
    let Some(change) = overrides else { return Ok(plan) };
    let organization = plan.organization_id;
    let tax_ids = match change.tax_codes.as_ref().new_value() {
        Some(codes) => {
            tx.tax_ids_by_code(organization, codes)?.ok_or(CreateSubscriptionError::TaxNotFound)?
        }
        None => plan.tax_ids.clone(),
    };
    let variation = Plan {
        id: PlanId::at(now),
        parent_id: Some(plan.id),
        tax_ids,
        created_at: now,
        ..change.clone().apply(plan)
    };
    tx.insert_plan(&variation)?;
    Ok(variation)
}

fn first(
    billing: &mut Billing<'_, '_>,
    new: &NewSubscription,
    (plan, method): (&Plan, Option<MethodChoice>),
) -> Result<SubscriptionId, CreateSubscriptionError> {
    let (now, today) = (billing.now, billing.today());
    let subscription_at = new.subscription_at.unwrap_or(now);
    let on = subscription_at.date_in(billing.zone);
    check_end(new.ending_at, subscription_at, now)?;
    let made = Subscription {
        id: SubscriptionId::at(now),
        organization_id: billing.organization.id,
        customer_id: billing.customer.id,
        plan_id: plan.id,
        external_id: new.external_id.clone(),
        name: new.name.clone(),
        billing_time: new.billing_time.unwrap_or(BillingTime::Calendar),
        subscription_at,
        anchor: on,
        ending_at: new.ending_at,
        state: SubscriptionState::Pending { starts_on: on },
        previous_id: None,
        method_choice: method.unwrap_or_default(),
        consolidates: new.consolidates.unwrap_or(true),
        purchase_order_number: new.purchase_order_number.clone(),
        final_invoice: new.final_invoice.unwrap_or(FinalInvoice::Generate),
        credit_note_wish: new.credit_note_wish,
        created_at: now,
        updated_at: now,
    };
    let id = made.id;
    billing.tx.insert_subscription(&made, made.due_at(plan, billing.zone))?;
    if on <= today {
        let trial_since = billing.trial_since(&made.external_id, on)?;
        let at = subscription_at.min(now);
        billing.begin(made, plan, Start { at, on, today, trial_since, paid_ahead: 0 })?;
        billing.issue()?;
    }
    Ok(id)
}

/// An end has to come, and to come after the beginning.
pub(super) fn check_end(
    ending_at: Option<Timestamp>,
    subscription_at: Timestamp,
    now: Timestamp,
) -> Result<(), CreateSubscriptionError> {
    match ending_at {
        Some(end) if end <= now || end <= subscription_at => {
            Err(CreateSubscriptionError::InvalidEnd)
        }
        Some(_) | None => Ok(()),
    }
}
