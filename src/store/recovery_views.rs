//! The operator's view: debts with their attempts, those that changed last first.

use rusqlite::named_params;

use super::attempts::attempt;
use super::conditions::Conditions;
use super::row::{Columns, rows};
use super::{Reader, StoreError};
use crate::domain::filter::RecoveryFilter;
use crate::domain::id::{OrganizationId, RecoveryId};
use crate::domain::payment::Payable;
use crate::domain::view::{RecoveryPage, RecoveryView};

/// Attempts shown with one debt.
const ATTEMPTS_MAX: u32 = 50;

/// Events shown with one debt.
const EVENTS_MAX: u32 = 100;

impl Reader<'_> {
    pub fn recovery_views(
        &self,
        organization: OrganizationId,
        limit: u32,
    ) -> Result<Vec<RecoveryView>, StoreError> {
        let ids: Vec<RecoveryId> = rows!(
            self,
            "recoveries",
            "SELECT id FROM recoveries
              WHERE organization_id = :organization
              ORDER BY updated_at DESC, id
              LIMIT :limit",
            named_params! { ":organization": organization.to_string(), ":limit": limit },
            |columns: &Columns<'_>| columns.parsed("id")
        )?;
        let mut views = Vec::with_capacity(ids.len());
        for id in ids {
            views.extend(self.recovery_view(organization, id)?);
        }
        Ok(views)
    }

    /// Newest first. Debts that are never shown are left out.
    pub fn recovery_page(
        &self,
        organization: OrganizationId,
        filter: &RecoveryFilter,
        limit: u32,
    ) -> Result<RecoveryPage, StoreError> {
        let ids = self.recovery_ids(organization, filter, limit)?;
        let is_full = ids.len() == usize::try_from(limit).unwrap_or(usize::MAX);
        let next = ids.last().copied().filter(|_| is_full);
        let mut views = Vec::with_capacity(ids.len());
        for id in ids {
            views.extend(self.recovery_view(organization, id)?);
        }
        Ok(RecoveryPage { views, next })
    }

    /// The same without looking at them.
    pub fn recovery_ids(
        &self,
        organization: OrganizationId,
        filter: &RecoveryFilter,
        limit: u32,
    ) -> Result<Vec<RecoveryId>, StoreError> {
        let mut conditions = Conditions::of(
            "r.organization_id = :organization",
            ":organization",
            organization.to_string(),
        );
        if let Some(after) = filter.after {
            conditions.and_with("r.id < :after", ":after", after.to_string());
        }
        if let Some(state) = &filter.state {
            conditions.and_with("r.state = :state", ":state", state.clone());
        }
        if let Some(reason) = &filter.reason {
            conditions.and_with("r.reason = :reason", ":reason", reason.clone());
        }
        if let Some(external_id) = &filter.external_customer_id {
            let sql = "r.customer_id IN (SELECT id FROM customers
                        WHERE organization_id = :organization AND external_id = :external_id)";
            conditions.and_with(sql, ":external_id", external_id.clone());
        }
        if let Some(code) = &filter.policy {
            let sql = "r.policy_version_id IN (SELECT id FROM policy_versions
                        WHERE organization_id = :organization AND code = :code)";
            conditions.and_with(sql, ":code", code.clone());
        }
        let sql = format!(
            "SELECT r.id AS id FROM recoveries r
              WHERE {} ORDER BY r.id DESC LIMIT {limit}",
            conditions.sql()
        );
        let params = conditions.values();
        rows!(self, "recoveries", &sql, params.as_slice(), |columns: &Columns<'_>| columns
            .parsed("id"))
    }

    /// None when the invoice is one that is never shown.
    pub fn recovery_view(
        &self,
        organization: OrganizationId,
        id: RecoveryId,
    ) -> Result<Option<RecoveryView>, StoreError> {
        let Some(recovery) = self.recovery(organization, id)? else { return Ok(None) };
        let is_shown = |it: &Payable| it.invoices().iter().all(|one| one.status.is_visible());
        let payable = self.payable(organization, recovery.payable)?.filter(is_shown);
        let customer = self.customer(organization, recovery.customer_id)?;
        let (Some(payable), Some(customer)) = (payable, customer) else { return Ok(None) };
        let attempts = rows!(
            self,
            "attempts",
            "SELECT * FROM (
                SELECT * FROM attempts WHERE recovery_id = :recovery
                 ORDER BY number DESC LIMIT :limit)
              ORDER BY number",
            named_params! { ":recovery": id.to_string(), ":limit": ATTEMPTS_MAX },
            attempt
        )?;
        Ok(Some(RecoveryView {
            customer_name: customer.display_name(),
            external_customer_id: customer.external_id,
            timeline: self.timeline(recovery.payable, EVENTS_MAX)?,
            decisions: self.decisions_of(id)?,
            policy: self.policy_name(recovery.policy_version)?,
            zone: self.zone_of_customer(recovery.customer_id)?,
            recovery,
            payable,
            attempts,
        }))
    }
}
