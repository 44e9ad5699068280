//! What callers may change of an invoice: what they note on it, and its payment status when
//! they know better.

use super::App;
use super::invoice_changes::{
    change_recovery, end_payment_page, save_with_fees, tell, view_of, visible_invoice,
};
use crate::domain::audit_trail::{Act, Action};
use crate::domain::event::EventKind;
use crate::domain::id::{InvoiceId, MetadataId, OrganizationId};
use crate::domain::invoice::{Invoice, InvoiceMetadata, InvoiceStatus, PaymentStatus};
use crate::domain::invoice_change::{InvoiceUpdate, NewMetadata};
use crate::domain::recovery::RecoveredBy;
use crate::domain::time::Timestamp;
use crate::domain::view::InvoiceView;
use crate::store::{Reader, StoreError, Tx};

#[derive(Debug, Clone, thiserror::Error)]
pub enum UpdateInvoiceError {
    #[error("there is no such invoice")]
    NotFound,
    #[error("a voided invoice does not change")]
    Voided,
    #[error("a draft takes no metadata")]
    MetadataOnDraft,
    #[error("a draft cannot be paid")]
    PaymentStatusOnDraft,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Which parts of an invoice a request speaks of, whether or not what it says makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Touches {
    Metadata,
    NoMetadata,
}

impl App {
    /// Whether the invoice takes such changes at all: for callers whose request is wrong in
    /// other ways too, since this is to be told first.
    pub fn check_invoice_takes_changes(
        &self,
        organization: OrganizationId,
        id: InvoiceId,
        touches: Touches,
    ) -> Result<(), UpdateInvoiceError> {
        self.store.read(|reader| changeable(reader, organization, id, touches).map(|_| ()))
    }

    pub fn update_invoice(
        &self,
        organization: OrganizationId,
        id: InvoiceId,
        update: InvoiceUpdate,
    ) -> Result<InvoiceView, UpdateInvoiceError> {
        let now = self.clock.now();
        let signed = self.signed(organization, now);
        let updated = self.store.write(move |tx| {
            let touches = match update.metadata {
                Some(_) => Touches::Metadata,
                None => Touches::NoMetadata,
            };
            let invoice = changeable(tx, organization, id, touches)?;
            if let Some(metadata) = &update.metadata {
                replace_metadata(tx, id, metadata, now)?;
                tx.append_audit(signed, &Act::on(Action::InvoiceMetadataChanged, id))?;
            }
            let was = invoice.payment_status;
            let invoice = match update.payment_status {
                Some(status) => change_payment_status(tx, invoice, status, now)?,
                None => invoice,
            };
            if invoice.payment_status != was {
                let act = Act::on(Action::InvoicePaymentStatusChanged, id).changed(
                    "payment_status",
                    was.as_str(),
                    invoice.payment_status.as_str(),
                );
                tx.append_audit(signed, &act)?;
            }
            let invoice = if update == InvoiceUpdate::default() {
                invoice
            } else {
                Invoice { updated_at: now, ..invoice }
            };
            tx.save_invoice(&invoice)?;
            Ok::<_, UpdateInvoiceError>(view_of(tx, &invoice)?)
        })?;
        self.wake.ring();
        Ok(updated)
    }
}

fn changeable(
    reader: &Reader<'_>,
    organization: OrganizationId,
    id: InvoiceId,
    touches: Touches,
) -> Result<Invoice, UpdateInvoiceError> {
    let found = visible_invoice(reader, organization, id)?;
    let invoice = found.ok_or(UpdateInvoiceError::NotFound)?;
    match invoice.status {
        InvoiceStatus::Voided => Err(UpdateInvoiceError::Voided),
        InvoiceStatus::Draft if touches == Touches::Metadata => {
            Err(UpdateInvoiceError::MetadataOnDraft)
        }
        InvoiceStatus::Draft
        | InvoiceStatus::Open
        | InvoiceStatus::Finalized
        | InvoiceStatus::Closed
        | InvoiceStatus::Deleted => Ok(invoice),
    }
}

/// Known ids and known keys stay the same pairs, each once.
fn replace_metadata(
    tx: &Tx<'_>,
    id: InvoiceId,
    wanted: &[NewMetadata],
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut known = tx.invoice_metadata(id)?;
    let mut set = Vec::with_capacity(wanted.len());
    for pair in wanted {
        let is_it = |old: &InvoiceMetadata| match pair.id {
            Some(id) => old.id == id,
            None => old.key == pair.key && wanted.iter().all(|other| other.id != Some(old.id)),
        };
        let old = known.iter().position(is_it).map(|at| known.remove(at));
        set.push(InvoiceMetadata {
            id: old.as_ref().map_or_else(|| MetadataId::at(now), |old| old.id),
            key: pair.key.clone(),
            value: pair.value.clone(),
            created_at: old.map_or(now, |old| old.created_at),
        });
    }
    tx.replace_invoice_metadata(id, &set)
}

/// A person's word: no payment is made up for it, and what was paid stays what it was.
fn change_payment_status(
    tx: &Tx<'_>,
    invoice: Invoice,
    status: PaymentStatus,
    now: Timestamp,
) -> Result<Invoice, UpdateInvoiceError> {
    let was = invoice.payment_status;
    if status == was {
        return Ok(invoice);
    }
    if invoice.status == InvoiceStatus::Draft {
        return Err(UpdateInvoiceError::PaymentStatusOnDraft);
    }
    let invoice = invoice.with_payment_status(status, now);
    let invoice = save_with_fees(tx, &invoice, now)?;
    match status {
        PaymentStatus::Succeeded => {
            change_recovery(tx, invoice.id, |recovery| {
                recovery.settle_without_charge(RecoveredBy::Person, now)
            })?;
            end_payment_page(tx, invoice.id, now)?;
        }
        PaymentStatus::Pending | PaymentStatus::Failed => {
            change_recovery(tx, invoice.id, |recovery| recovery.reopen(now))?;
        }
    }
    tell(tx, EventKind::PaymentStatusChanged, &invoice, now)?;
    Ok(invoice)
}
