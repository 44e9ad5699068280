//! Plans are made, changed and deleted. Invoices keep what was billed; subscriptions end with
//! their plan.

use super::App;
use crate::domain::billing_period::Interval;
use crate::domain::change::Change;
use crate::domain::currency::Currency;
use crate::domain::id::{OrganizationId, PlanId};
use crate::domain::money::Money;
use crate::domain::plan::{PayWhen, Plan, PlanChange};
use crate::domain::view::PlanView;
use crate::store::{StoreError, Tx};

#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error("there is no plan of this code")]
    NotFound,
    #[error("another plan has this code")]
    CodeTaken,
    #[error("there is no tax of this code")]
    TaxNotFound,
    #[error("subscriptions are reckoned by it")]
    InUse,
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for PlanError {
    /// The code is all that an index of this table holds.
    fn from(error: StoreError) -> PlanError {
        if error.is_conflict() { PlanError::CodeTaken } else { PlanError::Store(error) }
    }
}

impl App {
    /// `change` names a code, a name, an interval, an amount, a currency and when to pay.
    pub fn create_plan(
        &self,
        organization: OrganizationId,
        change: PlanChange,
    ) -> Result<PlanView, PlanError> {
        let now = self.clock.now();
        let blank = Plan {
            id: PlanId::at(now),
            organization_id: organization,
            parent_id: None,
            code: String::new(),
            name: String::new(),
            invoice_display_name: None,
            description: None,
            interval: Interval::Monthly,
            amount: Money::zero(Currency::EUR),
            pay_when: PayWhen::InArrears,
            trial_days: None,
            bill_charges_monthly: None,
            metadata: None,
            tax_ids: vec![],
            created_at: now,
            deleted_at: None,
        };
        self.store.write(move |tx| {
            let made = changed(tx, blank.clone(), &change)?;
            tx.insert_plan(&made)?;
            Ok(tx.beside_plan(made)?)
        })
    }

    /// From the next bill on. How time is cut and money counted stays while somebody has it.
    pub fn update_plan(
        &self,
        organization: OrganizationId,
        code: &str,
        change: PlanChange,
    ) -> Result<PlanView, PlanError> {
        let code = code.to_owned();
        self.store.write(move |tx| {
            let found = tx.plan_by_code(organization, &code)?.ok_or(PlanError::NotFound)?;
            let changed = changed(tx, found.clone(), &change)?;
            if changed.bills_differently(&found) && tx.plan_has_subscriptions(found.id)? {
                return Err(PlanError::InUse);
            }
            tx.save_plan(&changed)?;
            Ok(tx.beside_plan(changed)?)
        })
    }

    /// The biller ends its subscriptions.
    pub fn delete_plan(
        &self,
        organization: OrganizationId,
        code: &str,
    ) -> Result<PlanView, PlanError> {
        let (code, now) = (code.to_owned(), self.clock.now());
        let deleted = self.store.write(move |tx| {
            let found = tx.plan_by_code(organization, &code)?.ok_or(PlanError::NotFound)?;
            tx.delete_plan(&found, now)?;
            Ok::<_, PlanError>(tx.beside_plan(Plan { deleted_at: Some(now), ..found })?)
        })?;
        self.wake.ring();
        Ok(deleted)
    }
}

fn changed(tx: &Tx<'_>, plan: Plan, change: &PlanChange) -> Result<Plan, PlanError> {
    let tax_ids = match &change.tax_codes {
        Change::Keep => plan.tax_ids.clone(),
        Change::To(codes) => {
            tx.tax_ids_by_code(plan.organization_id, codes)?.ok_or(PlanError::TaxNotFound)?
        }
    };
    Ok(Plan { tax_ids, ..change.clone().apply(plan) })
}
