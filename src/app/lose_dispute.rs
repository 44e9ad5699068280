//! A dispute over an invoice was lost: it is never overdue again. What it is owed stays.

use super::App;
use super::invoice_changes::{tell, view_of, visible_invoice};
use crate::domain::audit_trail::{Act, Action};
use crate::domain::event::EventKind;
use crate::domain::id::{InvoiceId, OrganizationId};
use crate::domain::invoice::InvalidInvoiceMove;
use crate::domain::view::InvoiceView;
use crate::store::StoreError;

#[derive(Debug, Clone, thiserror::Error)]
pub enum LoseDisputeError {
    #[error("there is no such invoice")]
    NotFound,
    #[error(transparent)]
    NotDisputable(#[from] InvalidInvoiceMove),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl App {
    /// Losing it again changes nothing and tells nobody.
    pub fn lose_dispute(
        &self,
        organization: OrganizationId,
        id: InvoiceId,
    ) -> Result<InvoiceView, LoseDisputeError> {
        let now = self.clock.now();
        let signed = self.signed(organization, now);
        let lost = self.store.write(move |tx| {
            let found = visible_invoice(tx, organization, id)?;
            let before = found.ok_or(LoseDisputeError::NotFound)?;
            let invoice = before.clone().lose_dispute(now)?;
            if invoice != before {
                tx.save_invoice(&invoice)?;
                tell(tx, EventKind::DisputeLost, &invoice, now)?;
                tx.append_audit(signed, &Act::on(Action::InvoiceDisputeLost, id))?;
            }
            Ok::<_, LoseDisputeError>(view_of(tx, &invoice)?)
        })?;
        self.wake.ring();
        Ok(lost)
    }
}
