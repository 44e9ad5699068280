//! Plans with their taxes. A deleted one keeps its row, because subscriptions refer to it.

use rusqlite::named_params;

use super::row::{Columns, row};
use super::taxed::Taxed;
use super::{Reader, StoreError, Tx};
use crate::domain::billing_period::Interval;
use crate::domain::id::{OrganizationId, PlanId};
use crate::domain::plan::{PayWhen, Plan, PlanCounts};
use crate::domain::time::Timestamp;
use crate::domain::view::{Page, PageRequest, PlanView};

impl Reader<'_> {
    /// None for deleted ones, and for variations.
    pub fn plan_by_code(
        &self,
        organization: OrganizationId,
        code: &str,
    ) -> Result<Option<Plan>, StoreError> {
        row!(
            self,
            "plans",
            "SELECT * FROM plans
              WHERE organization_id = :organization AND code = :code
                AND deleted_at IS NULL AND parent_id IS NULL",
            named_params! { ":organization": organization.to_string(), ":code": code },
            |columns: &Columns<'_>| self.plan_with_taxes(columns)
        )
    }

    /// Deleted ones and variations too.
    pub fn plan(&self, organization: OrganizationId, id: PlanId) -> Result<Plan, StoreError> {
        self.plan_if_any(organization, id)?
            .ok_or_else(|| StoreError::corrupt("plans", format!("{id} is missing")))
    }

    /// The same, of an id that came from outside.
    pub fn plan_if_any(
        &self,
        organization: OrganizationId,
        id: PlanId,
    ) -> Result<Option<Plan>, StoreError> {
        row!(
            self,
            "plans",
            "SELECT * FROM plans WHERE organization_id = :organization AND id = :id",
            named_params! { ":organization": organization.to_string(), ":id": id.to_string() },
            |columns: &Columns<'_>| self.plan_with_taxes(columns)
        )
    }

    /// Newest first, without variations.
    pub fn plan_views(
        &self,
        organization: OrganizationId,
        request: PageRequest,
    ) -> Result<Page<PlanView>, StoreError> {
        let shown = ("plans", "deleted_at IS NULL AND parent_id IS NULL");
        self.catalog_page(shown, organization, request, |columns| {
            self.beside_plan(self.plan_with_taxes(columns)?)
        })
    }

    /// With what is shown beside it.
    pub fn beside_plan(&self, plan: Plan) -> Result<PlanView, StoreError> {
        let taxes = self.taxes_by_id(plan.organization_id, &plan.tax_ids)?;
        let counts = self.plan_counts(plan.id)?;
        Ok(PlanView { plan, taxes, counts })
    }

    /// Variations count for the plan that they are of.
    fn plan_counts(&self, id: PlanId) -> Result<PlanCounts, StoreError> {
        let counts = row!(
            self,
            "plans",
            "SELECT COUNT(*) AS active, COUNT(DISTINCT customer_id) AS customers,
                    (SELECT COUNT(DISTINCT d.invoice_id)
                       FROM billed_periods AS b
                       JOIN invoice_drafts AS d ON d.invoice_id = b.invoice_id
                      WHERE b.plan_id IN (SELECT id FROM plans
                                           WHERE id = :id OR parent_id = :id)) AS drafts
               FROM subscriptions
              WHERE state = 'active'
                AND plan_id IN (SELECT id FROM plans WHERE id = :id OR parent_id = :id)",
            named_params! { ":id": id.to_string() },
            |columns: &Columns<'_>| {
                let count = |column| -> Result<u64, StoreError> {
                    Ok(u64::try_from(columns.get::<i64>(column)?).unwrap_or(0))
                };
                Ok::<_, StoreError>(PlanCounts {
                    active_subscriptions: count("active")?,
                    customers: count("customers")?,
                    draft_invoices: count("drafts")?,
                })
            }
        )?;
        Ok(counts.unwrap_or_default())
    }

    /// Whether a subscription that is not over has it.
    pub fn plan_has_subscriptions(&self, id: PlanId) -> Result<bool, StoreError> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM subscriptions
                    WHERE plan_id = :id AND state IN ('pending', 'active'))",
            )?
            .query_row(named_params! { ":id": id.to_string() }, |row| row.get(0))?)
    }

    fn plan_with_taxes(&self, columns: &Columns<'_>) -> Result<Plan, StoreError> {
        let id: PlanId = columns.parsed("id")?;
        let tax_ids = self.tax_ids_of(Taxed::Plan, &id.to_string())?;
        Ok(Plan {
            id,
            organization_id: columns.parsed("organization_id")?,
            parent_id: columns.parsed_option("parent_id")?,
            code: columns.get("code")?,
            name: columns.get("name")?,
            invoice_display_name: columns.get("invoice_display_name")?,
            description: columns.get("description")?,
            interval: columns.word("interval", Interval::parse)?,
            amount: columns.money("amount", "currency")?,
            pay_when: columns.word("pay_when", PayWhen::parse)?,
            trial_days: columns.get("trial_days")?,
            bill_charges_monthly: columns.get("bill_charges_monthly")?,
            metadata: metadata(columns)?,
            tax_ids,
            created_at: columns.time("created_at")?,
            deleted_at: columns.time_option("deleted_at")?,
        })
    }
}

impl Tx<'_> {
    /// `Conflict` when the code is taken.
    pub fn insert_plan(&self, made: &Plan) -> Result<(), StoreError> {
        self.connection.execute(
            "INSERT INTO plans (id, organization_id, parent_id, code, name, interval, amount,
                    currency, pay_when, created_at)
             VALUES (:id, :organization_id, :parent_id, :code, :name, :interval, :amount,
                    :currency, :pay_when, :created_at)",
            named_params! {
                ":id": made.id.to_string(),
                ":organization_id": made.organization_id.to_string(),
                ":parent_id": made.parent_id.map(|id| id.to_string()),
                ":code": made.code,
                ":name": made.name,
                ":interval": made.interval.as_str(),
                ":amount": made.amount.minor_units,
                ":currency": made.amount.currency.code(),
                ":pay_when": made.pay_when.as_str(),
                ":created_at": made.created_at.unix_ms(),
            },
        )?;
        self.save_plan(made)
    }

    /// `Conflict` when the code is taken. Variations follow the code.
    pub fn save_plan(&self, saved: &Plan) -> Result<(), StoreError> {
        let metadata = saved.metadata.as_ref();
        self.connection.execute(
            "UPDATE plans
                SET code = :code, name = :name, invoice_display_name = :invoice_display_name,
                    description = :description, interval = :interval, amount = :amount,
                    currency = :currency, pay_when = :pay_when, trial_days = :trial_days,
                    bill_charges_monthly = :bill_charges_monthly, metadata = :metadata
              WHERE organization_id = :organization AND id = :id AND deleted_at IS NULL",
            named_params! {
                ":organization": saved.organization_id.to_string(),
                ":id": saved.id.to_string(),
                ":code": saved.code,
                ":name": saved.name,
                ":invoice_display_name": saved.invoice_display_name,
                ":description": saved.description,
                ":interval": saved.interval.as_str(),
                ":amount": saved.amount.minor_units,
                ":currency": saved.amount.currency.code(),
                ":pay_when": saved.pay_when.as_str(),
                ":trial_days": saved.trial_days,
                ":bill_charges_monthly": saved.bill_charges_monthly,
                ":metadata": metadata.map(|pairs| serde_json::json!(pairs).to_string()),
            },
        )?;
        self.connection.execute(
            "UPDATE plans SET code = :code WHERE parent_id = :id",
            named_params! { ":id": saved.id.to_string(), ":code": saved.code },
        )?;
        self.replace_taxes_of(Taxed::Plan, &saved.id.to_string(), &saved.tax_ids)
    }

    /// With its variations. The biller is to look at the subscriptions at once.
    pub fn delete_plan(&self, plan: &Plan, now: Timestamp) -> Result<(), StoreError> {
        let params = named_params! {
            ":organization": plan.organization_id.to_string(),
            ":id": plan.id.to_string(),
            ":now": now.unix_ms(),
        };
        self.connection.execute(
            "UPDATE plans SET deleted_at = :now
              WHERE organization_id = :organization AND (id = :id OR parent_id = :id)
                AND deleted_at IS NULL",
            params,
        )?;
        self.connection.execute(
            "UPDATE subscriptions SET due_at = MIN(COALESCE(due_at, :now), :now)
              WHERE organization_id = :organization AND state IN ('pending', 'active')
                AND plan_id IN (SELECT id FROM plans WHERE id = :id OR parent_id = :id)",
            params,
        )?;
        Ok(())
    }
}

fn metadata(columns: &Columns<'_>) -> Result<Option<Vec<(String, String)>>, StoreError> {
    let text: Option<String> = columns.get("metadata")?;
    let pairs = text.map(|text| {
        serde_json::from_str(&text).map_err(|_| StoreError::corrupt("plans", "metadata"))
    });
    pairs.transpose()
}
