//! Whom a policy is for.

use rusqlite::named_params;

use crate::domain::id::{ConnectionId, CustomerId, InvoiceId, OrganizationId, PlanId};
use crate::domain::policy::{Assignment, Scope};
use crate::domain::time::Timestamp;
use crate::store::row::{Columns, row, rows};
use crate::store::{Reader, StoreError, Tx};

impl Reader<'_> {
    /// Of a business, in the order in which they count. It has few, but perhaps many customers
    /// with one of their own.
    pub fn policy_assignments(
        &self,
        organization: OrganizationId,
        limit: u32,
    ) -> Result<Vec<Assignment>, StoreError> {
        rows!(
            self,
            "policy_assignments",
            "SELECT * FROM policy_assignments
              WHERE organization_id = :organization
              ORDER BY scope DESC, target
              LIMIT :limit",
            named_params! { ":organization": organization.to_string(), ":limit": limit },
            assignment
        )
    }

    /// Those that could count for one debt.
    pub fn policy_assignments_for(
        &self,
        organization: OrganizationId,
        targets: &[(Scope, String)],
    ) -> Result<Vec<Assignment>, StoreError> {
        let mut found = Vec::new();
        for (scope, target) in targets {
            found.extend(row!(
                self,
                "policy_assignments",
                "SELECT * FROM policy_assignments
                  WHERE organization_id = :organization AND scope = :scope AND target = :target",
                named_params! {
                    ":organization": organization.to_string(),
                    ":scope": scope.as_str(),
                    ":target": target,
                },
                assignment
            )?);
        }
        Ok(found)
    }

    /// Whether the business has given a policy to anything at all.
    pub fn has_policy_assignments(&self, organization: OrganizationId) -> Result<bool, StoreError> {
        Ok(!self.policy_assignments(organization, 1)?.is_empty())
    }

    /// The plan of the first subscription on an invoice.
    pub fn plan_of_invoice(&self, invoice: InvoiceId) -> Result<Option<PlanId>, StoreError> {
        row!(
            self,
            "billed_periods",
            "SELECT plan_id FROM billed_periods
              WHERE invoice_id = :invoice ORDER BY position LIMIT 1",
            named_params! { ":invoice": invoice.to_string() },
            |columns: &Columns<'_>| columns.parsed("plan_id")
        )
    }

    /// The targets that one debt can have a policy by.
    pub fn policy_targets(
        &self,
        customer: CustomerId,
        connection: Option<ConnectionId>,
        invoice: Option<InvoiceId>,
    ) -> Result<Vec<(Scope, String)>, StoreError> {
        let mut targets = vec![(Scope::Customer, customer.to_string())];
        if let Some(invoice) = invoice {
            let plan = self.plan_of_invoice(invoice)?;
            targets.extend(plan.map(|plan| (Scope::Plan, plan.to_string())));
        }
        targets.extend(connection.map(|id| (Scope::Provider, id.to_string())));
        targets.push((Scope::Organization, String::new()));
        Ok(targets)
    }
}

impl Tx<'_> {
    pub fn put_policy_assignment(
        &self,
        organization: OrganizationId,
        put: &Assignment,
    ) -> Result<(), StoreError> {
        self.connection.execute(
            "INSERT INTO policy_assignments (organization_id, scope, target, code, assigned_at)
             VALUES (:organization, :scope, :target, :code, :assigned_at)
             ON CONFLICT (organization_id, scope, target) DO UPDATE SET
                    code = excluded.code, assigned_at = excluded.assigned_at",
            named_params! {
                ":organization": organization.to_string(),
                ":scope": put.scope.as_str(),
                ":target": put.target,
                ":code": put.code,
                ":assigned_at": put.assigned_at.unix_ms(),
            },
        )?;
        Ok(())
    }

    pub fn delete_policy_assignment(
        &self,
        organization: OrganizationId,
        scope: Scope,
        target: &str,
    ) -> Result<(), StoreError> {
        self.connection.execute(
            "DELETE FROM policy_assignments
              WHERE organization_id = :organization AND scope = :scope AND target = :target",
            named_params! {
                ":organization": organization.to_string(),
                ":scope": scope.as_str(),
                ":target": target,
            },
        )?;
        Ok(())
    }
}

fn assignment(columns: &Columns<'_>) -> Result<Assignment, StoreError> {
    let assigned_at: Timestamp = columns.time("assigned_at")?;
    Ok(Assignment {
        scope: columns.word("scope", Scope::parse)?,
        target: columns.get("target")?,
        code: columns.get("code")?,
        assigned_at,
    })
}
