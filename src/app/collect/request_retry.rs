//! A person asks for an attempt now. It is queued, not made: the dispatcher makes it at once.

use super::CollectError;
use super::choose_method::{NO_METHOD, NO_PROVIDER};
use crate::app::App;
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::id::{InvoiceId, OrganizationId};
use crate::domain::invoice::{Invoice, InvoiceStatus, PaymentStatus};
use crate::domain::payment::PayableId;
use crate::domain::payment_method::{MethodChoice, MethodReference};
use crate::domain::recovery::IllegalMove;
use crate::domain::time::Timestamp;
use crate::store::{StoreError, Tx};

#[derive(Debug, Clone, thiserror::Error)]
pub enum RetryError {
    #[error("there is no such invoice")]
    NotFound,
    #[error("the invoice is a draft, voided or paid")]
    WrongStatus,
    /// An attempt is open: its outcome has to be known first.
    #[error("a charge of this invoice is being processed")]
    AttemptOpen,
    #[error("the payment method is not one of this customer that can be charged")]
    InvalidMethod,
    #[error(transparent)]
    Collect(#[from] CollectError),
}

impl From<StoreError> for RetryError {
    fn from(error: StoreError) -> RetryError {
        RetryError::Collect(CollectError::from(error))
    }
}

impl App {
    /// `reference` of None takes the invoice's own choice. An error means that nothing was asked
    /// for.
    pub fn request_retry(
        &self,
        organization: OrganizationId,
        invoice: InvoiceId,
        reference: Option<MethodReference>,
    ) -> Result<(), RetryError> {
        let now = self.clock.now();
        self.store
            .write(move |tx| request(tx, &Asked { organization, invoice, reference, now }))?;
        self.wake.ring();
        Ok(())
    }
}

struct Asked {
    organization: OrganizationId,
    invoice: InvoiceId,
    reference: Option<MethodReference>,
    now: Timestamp,
}

fn request(tx: &Tx<'_>, asked: &Asked) -> Result<(), RetryError> {
    let invoice = tx
        .invoice(asked.organization, asked.invoice)?
        .filter(|invoice| invoice.status.is_visible())
        .ok_or(RetryError::NotFound)?;
    if invoice.status != InvoiceStatus::Finalized
        || invoice.payment_status == PaymentStatus::Succeeded
    {
        return Err(RetryError::WrongStatus);
    }
    let recovery =
        tx.recovery_of(PayableId::Invoice(invoice.id))?.ok_or(RetryError::WrongStatus)?;
    if recovery.open_attempt().is_some() || tx.request_collecting(invoice.id)?.is_some() {
        return Err(RetryError::AttemptOpen);
    }
    let customer = tx
        .customer(asked.organization, invoice.customer_id)?
        .ok_or(CollectError::Missing { what: "the customer of an invoice" })?;
    let choice = match asked.reference {
        Some(reference) => {
            Some(tx.method_choice(&customer, reference)?.ok_or(RetryError::InvalidMethod)?)
        }
        None => None,
    };
    if customer.link.is_none() {
        return tell(tx, asked, &invoice, NO_PROVIDER);
    }
    let method = match choice {
        // What was asked for wins over what the invoice says.
        Some(MethodChoice::Specific(id)) => Some(id),
        Some(MethodChoice::Default) => match tx.default_method(customer.id)? {
            Some(method) => Some(method.id),
            None => return tell(tx, asked, &invoice, NO_METHOD),
        },
        // To be paid by hand: there is nothing to try.
        Some(MethodChoice::Manual) => return Ok(()),
        None if invoice.method_choice == MethodChoice::Manual => return Ok(()),
        None => None,
    };
    match recovery.request(method, asked.now) {
        Ok(requested) => Ok(tx.save_recovery(&requested)?),
        Err(IllegalMove::AttemptOpen) => Err(RetryError::AttemptOpen),
        Err(
            IllegalMove::Ended
            | IllegalMove::NotDue
            | IllegalMove::Paused
            | IllegalMove::NotThisAttempt,
        ) => Err(RetryError::WrongStatus),
    }
}

/// Whoever asked hears by webhook that nothing can be tried.
fn tell(
    tx: &Tx<'_>,
    asked: &Asked,
    invoice: &Invoice,
    code: &'static str,
) -> Result<(), RetryError> {
    let subject = Subject {
        customer_id: Some(invoice.customer_id),
        invoice_id: Some(invoice.id),
        ..Subject::default()
    };
    let event = Event::new(EventKind::AttemptImpossible, asked.organization, subject, asked.now);
    Ok(tx.append_event(&event.with_code(code))?)
}
