//! Voiding an invoice that nobody has paid, or a draft. What its provider has of it is called
//! off first: where that cannot be, the invoice stays.

use super::App;
use super::collect::{AskError, CollectError};
use super::invoice_changes::visible_invoice;
use super::void_invoice::save_voided;
use crate::domain::id::{InvoiceId, OrganizationId};
use crate::domain::invoice::{Invoice, InvoiceStatus, PaymentStatus};
use crate::domain::payment::PayableId;
use crate::domain::time::Timestamp;
use crate::store::Tx;

/// Between the look at the provider and the transaction a charge may begin: look again.
const ROUNDS_MAX: u32 = 20;

impl App {
    /// One that is voided already stays so.
    pub fn void_unpaid_invoice(
        &self,
        organization: OrganizationId,
        id: InvoiceId,
    ) -> Result<(), AskError> {
        for _ in 0..ROUNDS_MAX {
            let invoice = self.store.read(|read| visible_invoice(read, organization, id))?;
            let invoice = invoice.ok_or(AskError::InvoiceNotFound)?;
            if invoice.status == InvoiceStatus::Voided {
                return Ok(());
            }
            if is_paid(&invoice) {
                return Err(AskError::AlreadyPaid);
            }
            self.call_off_all(id)?;
            let now = self.clock.now();
            if self.store.write(move |tx| void(tx, organization, id, now))? {
                self.wake.ring();
                return Ok(());
            }
        }
        Err(AskError::InProgress)
    }
}

fn is_paid(invoice: &Invoice) -> bool {
    invoice.status == InvoiceStatus::Finalized
        && invoice.payment_status == PaymentStatus::Succeeded
        && invoice.total_amount > 0
}

/// False: a charge is out again, or the money came.
fn void(
    tx: &Tx<'_>,
    organization: OrganizationId,
    id: InvoiceId,
    now: Timestamp,
) -> Result<bool, CollectError> {
    let Some(invoice) = visible_invoice(tx, organization, id)? else { return Ok(false) };
    let recovery = tx.recovery_of(PayableId::Invoice(id))?;
    let is_out = recovery.is_some_and(|recovery| recovery.open_attempt().is_some());
    if is_out || is_paid(&invoice) {
        return Ok(false);
    }
    let voided = match invoice.status {
        InvoiceStatus::Draft => invoice.void_draft(now),
        InvoiceStatus::Open
        | InvoiceStatus::Finalized
        | InvoiceStatus::Closed
        | InvoiceStatus::Voided
        | InvoiceStatus::Deleted => invoice.void(now),
    };
    let Ok(voided) = voided else { return Ok(false) };
    save_voided(tx, &voided, now)?;
    Ok(true)
}
