//! Voiding: the debt is gone, whatever was paid of it. A charge that is under way is still
//! learnt of, and is a duplicate to refund if it succeeds.

use super::App;
use super::invoice_changes::{change_recovery, end_payment_page, tell, view_of, visible_invoice};
use super::wallets::give_back::give_back;
use crate::domain::audit_trail::{Act, Action};
use crate::domain::event::EventKind;
use crate::domain::id::{InvoiceId, OrganizationId};
use crate::domain::invoice::{InvalidInvoiceMove, Invoice};
use crate::domain::time::Timestamp;
use crate::domain::view::InvoiceView;
use crate::store::{StoreError, Tx};

#[derive(Debug, Clone, thiserror::Error)]
pub enum VoidInvoiceError {
    #[error("there is no such invoice")]
    NotFound,
    #[error(transparent)]
    NotVoidable(#[from] InvalidInvoiceMove),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl App {
    pub fn void_invoice(
        &self,
        organization: OrganizationId,
        id: InvoiceId,
    ) -> Result<InvoiceView, VoidInvoiceError> {
        let now = self.clock.now();
        let signed = self.signed(organization, now);
        let voided = self.store.write(move |tx| {
            let found = visible_invoice(tx, organization, id)?;
            let before = found.ok_or(VoidInvoiceError::NotFound)?;
            let payment_status = before.payment_status.as_str();
            let invoice = before.void(now)?;
            save_voided(tx, &invoice, now)?;
            let act = Act::on(Action::InvoiceVoided, id)
                .changed("status", "finalized", "voided")
                .with("payment_status", payment_status);
            tx.append_audit(signed, &act)?;
            Ok::<_, VoidInvoiceError>(view_of(tx, &invoice)?)
        })?;
        self.wake.ring();
        Ok(voided)
    }
}

/// The voided invoice, and the end of its collecting.
pub(super) fn save_voided(
    tx: &Tx<'_>,
    invoice: &Invoice,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.save_invoice(invoice)?;
    tx.delete_draft(invoice.id)?;
    give_back(tx, invoice, now)?;
    change_recovery(tx, invoice.id, |recovery| recovery.cancel(now))?;
    end_payment_page(tx, invoice.id, now)?;
    tell(tx, EventKind::InvoiceVoided, invoice, now)
}
