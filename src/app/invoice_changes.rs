//! What every change of an invoice's payment brings with it: its fees follow, its collecting is
//! told, a page on which it is being paid is no good any more. Steps of use cases, none itself.

use super::run_dunning::dunned_invoice_changed;
use super::wallets::follow_invoice;
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::id::{InvoiceId, OrganizationId};
use crate::domain::invoice::{Invoice, PaymentStatus};
use crate::domain::payment::PayableId;
use crate::domain::recovery::Recovery;
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::domain::view::InvoiceView;
use crate::store::{Reader, StoreError, Tx};

/// Saves the invoice, and its fees with its payment status.
pub fn save_with_fees(
    tx: &Tx<'_>,
    invoice: &Invoice,
    now: Timestamp,
) -> Result<Invoice, StoreError> {
    tx.save_invoice(invoice)?;
    follow_payment_status(tx, invoice, now)
}

/// Whatever hangs on the payment status of an invoice follows it: each change of the status comes
/// through here, from a charge, a person or a payment outside. The invoice as it is then: one that
/// waited for its payment is shown now.
pub fn follow_payment_status(
    tx: &Tx<'_>,
    invoice: &Invoice,
    now: Timestamp,
) -> Result<Invoice, StoreError> {
    if invoice.payment_status == PaymentStatus::Succeeded {
        tx.end_payment_page(invoice.id, now)?;
    }
    tx.save_payment_status_of_fees(invoice, now)?;
    dunned_invoice_changed(tx, invoice)?;
    follow_invoice(tx, invoice, now)
}

/// Moves the collecting of the invoice, where there is one.
pub fn change_recovery(
    tx: &Tx<'_>,
    id: InvoiceId,
    change: impl FnOnce(Recovery) -> Recovery,
) -> Result<(), StoreError> {
    match tx.recovery_of(PayableId::Invoice(id))? {
        Some(recovery) => tx.save_recovery(&change(recovery)),
        None => Ok(()),
    }
}

/// A page made for this debt asks for an amount that is not due any more. Its time is up now:
/// whoever closes pages closes it at the provider.
pub fn end_payment_page(tx: &Tx<'_>, id: InvoiceId, now: Timestamp) -> Result<(), StoreError> {
    tx.end_payment_page(id, now)?;
    match tx.open_payment_session(PayableId::Invoice(id))? {
        Some(session) if session.expires_at > now => {
            tx.put_session(&Session { expires_at: now, ..session })
        }
        Some(_) | None => Ok(()),
    }
}

pub fn tell(
    tx: &Tx<'_>,
    kind: EventKind,
    invoice: &Invoice,
    now: Timestamp,
) -> Result<(), StoreError> {
    let subject = Subject {
        customer_id: Some(invoice.customer_id),
        invoice_id: Some(invoice.id),
        ..Subject::default()
    };
    tx.append_event(&Event::new(kind, invoice.organization_id, subject, now))
}

/// An invoice that the API shows; None for the others.
pub fn visible_invoice(
    reader: &Reader<'_>,
    organization: OrganizationId,
    id: InvoiceId,
) -> Result<Option<Invoice>, StoreError> {
    let found = reader.invoice(organization, id)?;
    Ok(found.filter(|invoice| invoice.status.is_visible()))
}

/// The invoice as it is now, for the answer.
pub fn view_of(reader: &Reader<'_>, invoice: &Invoice) -> Result<InvoiceView, StoreError> {
    reader.invoice_view(invoice.organization_id, invoice.id)?.ok_or(StoreError::Panicked)
}
