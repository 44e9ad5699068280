//! A person asks for an attempt now. It is queued, not made: the dispatcher makes it at once.

use super::CollectError;
use crate::app::App;
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::id::{InvoiceId, OrganizationId, PaymentMethodId};
use crate::domain::invoice::{Invoice, InvoiceStatus, PaymentStatus};
use crate::domain::payment::PayableId;
use crate::domain::payment_method::{MethodChoice, MethodState};
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
    /// `choice` of None takes the invoice's own. An error means that nothing was asked for.
    pub fn request_retry(
        &self,
        organization: OrganizationId,
        invoice: InvoiceId,
        choice: Option<MethodChoice>,
    ) -> Result<(), RetryError> {
        let now = self.clock.now();
        self.store.write(move |tx| request(tx, &Asked { organization, invoice, choice, now }))?;
        self.wake.ring();
        Ok(())
    }
}

struct Asked {
    organization: OrganizationId,
    invoice: InvoiceId,
    choice: Option<MethodChoice>,
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
    if recovery.open_attempt().is_some() {
        return Err(RetryError::AttemptOpen);
    }
    let method = method(tx, asked, &invoice)?;
    if matches!(asked.choice.unwrap_or(invoice.method_choice), MethodChoice::Manual) {
        // To be paid by hand: there is nothing to try.
        return Ok(());
    }
    let customer = tx.customer(asked.organization, invoice.customer_id)?;
    if customer.is_none_or(|customer| customer.link.is_none()) {
        return tell_no_provider(tx, asked, &invoice);
    }
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

fn method(
    tx: &Tx<'_>,
    asked: &Asked,
    invoice: &Invoice,
) -> Result<Option<PaymentMethodId>, RetryError> {
    let Some(MethodChoice::Specific(id)) = asked.choice else { return Ok(None) };
    let found = tx.payment_method(asked.organization, id)?.filter(|method| {
        method.customer_id == invoice.customer_id && method.state == MethodState::Active
    });
    found.map(|method| Some(method.id)).ok_or(RetryError::InvalidMethod)
}

fn tell_no_provider(tx: &Tx<'_>, asked: &Asked, invoice: &Invoice) -> Result<(), RetryError> {
    let subject = Subject {
        customer_id: Some(invoice.customer_id),
        invoice_id: Some(invoice.id),
        ..Subject::default()
    };
    let event = Event::new(EventKind::AttemptImpossible, asked.organization, subject, asked.now)
        .with_code(super::choose_method::NO_PROVIDER);
    Ok(tx.append_event(&event)?)
}
