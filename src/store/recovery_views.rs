//! The operator's view: debts with their attempts, those that changed last first.

use rusqlite::named_params;

use super::attempts::attempt;
use super::row::{Columns, rows};
use super::{Reader, StoreError};
use crate::domain::id::{OrganizationId, RecoveryId};
use crate::domain::payment::Payable;
use crate::domain::view::RecoveryView;

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
            recovery,
            payable,
            attempts,
        }))
    }
}
