//! A person asks for an attempt now. It is queued, not made: the dispatcher makes it at once.

use super::choose_method::{NETWORK_BUSY, NO_METHOD, NO_PROVIDER, choose};
use super::{CollectError, Looking};
use crate::app::App;
use crate::app::crash_point::{CrashPoint, crash_point, guarded};
use crate::domain::audit_trail::{Act, Action};
use crate::domain::bulk_retry::{Plan, Refusal};
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::id::{InvoiceId, OrganizationId, PaymentMethodId};
use crate::domain::invoice::{Invoice, InvoiceStatus, PaymentStatus};
use crate::domain::payment::{Payable, PayableId};
use crate::domain::payment_method::{MethodChoice, MethodReference};
use crate::domain::recovery::{IdleReason, IllegalMove, Recovery, State};
use crate::domain::time::Timestamp;
use crate::store::{Reader, StoreError, Tx};

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
        let signed = self.signed(organization, now);
        self.store.write(move |tx| -> Result<(), RetryError> {
            request(tx, &Asked { organization, invoice, reference, now })?;
            Ok(tx.append_audit(signed, &Act::on(Action::InvoiceRetried, invoice))?)
        })?;
        crash_point(CrashPoint::RetryAsked);
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

/// An unpaid invoice that nobody is charging, and its recovery.
fn askable(
    read: &Reader<'_>,
    organization: OrganizationId,
    invoice: InvoiceId,
) -> Result<(Invoice, Recovery), RetryError> {
    let invoice = read
        .invoice(organization, invoice)?
        .filter(|invoice| invoice.status.is_visible())
        .ok_or(RetryError::NotFound)?;
    if invoice.status != InvoiceStatus::Finalized
        || invoice.payment_status == PaymentStatus::Succeeded
    {
        return Err(RetryError::WrongStatus);
    }
    let recovery =
        read.recovery_of(PayableId::Invoice(invoice.id))?.ok_or(RetryError::WrongStatus)?;
    let recovery = guarded(recovery);
    if recovery.open_attempt().is_some() || read.request_collecting(invoice.id)?.is_some() {
        return Err(RetryError::AttemptOpen);
    }
    Ok((invoice, recovery))
}

fn request(tx: &Tx<'_>, asked: &Asked) -> Result<(), RetryError> {
    let (invoice, recovery) = askable(tx, asked.organization, asked.invoice)?;
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
        return Ok(tell_impossible(tx, &invoice, NO_PROVIDER, asked.now)?);
    }
    let method = match choice {
        // What was asked for wins over what the invoice says.
        Some(MethodChoice::Specific(id)) => Some(id),
        Some(MethodChoice::Default) => match tx.default_method(customer.id)? {
            Some(method) => Some(method.id),
            None => return Ok(tell_impossible(tx, &invoice, NO_METHOD, asked.now)?),
        },
        // To be paid by hand: there is nothing to try.
        Some(MethodChoice::Manual) => return Ok(()),
        None if invoice.method_choice == MethodChoice::Manual => return Ok(()),
        None => None,
    };
    ask(tx, recovery, method, asked.now)?;
    // A bulk retry that is taken back leaves alone what a person asked for.
    Ok(tx.keep_queued(invoice.id)?)
}

/// Plans the attempt for now. Whether there is anything to charge is looked at when it begins.
pub(in crate::app) fn ask(
    tx: &Tx<'_>,
    recovery: Recovery,
    method: Option<PaymentMethodId>,
    now: Timestamp,
) -> Result<(), RetryError> {
    match recovery.request(method, now) {
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

/// Whether an attempt asked for now, on what the invoice itself chose, would be charged: every
/// guard on the way to a charge, without taking a step. The recovery, with its plan.
pub(in crate::app) fn can_be_asked(
    looking: &Looking<'_, '_>,
    organization: OrganizationId,
    invoice: InvoiceId,
) -> Result<Result<(Recovery, Plan), Refusal>, CollectError> {
    let (invoice, recovery) = match askable(looking.read, organization, invoice) {
        Ok(found) => found,
        Err(RetryError::NotFound | RetryError::WrongStatus | RetryError::InvalidMethod) => {
            return Ok(Err(Refusal::STATUS));
        }
        Err(RetryError::AttemptOpen) => return Ok(Err(Refusal::OPEN)),
        Err(RetryError::Collect(error)) => return Err(error),
    };
    let Some(plan) = Plan::of(&recovery) else { return Ok(Err(Refusal::STATUS)) };
    if recovery.paused {
        return Ok(Err(Refusal::PAUSED));
    }
    if (State::Idle { reason: IdleReason::Stopped }) == recovery.state {
        return Ok(Err(Refusal::STOPPED));
    }
    // What a person asked for, on a method of their choice perhaps, is on its way already.
    if plan.is_asked_for(looking.now) || recovery.requested_method.is_some() {
        return Ok(Err(Refusal::ASKED));
    }
    let payable = Payable::Invoice(Box::new(invoice));
    Ok(match choose(looking, &recovery, &payable)? {
        Err(why) if why.reason == IdleReason::Manual => Err(Refusal::MANUAL),
        // Its turn comes.
        Err(why) if why.code == NETWORK_BUSY => Ok((recovery, plan)),
        Err(why) => Err(Refusal(why.code)),
        Ok(chosen) if chosen.connection.paused.is_some() => Err(Refusal::CONNECTION_PAUSED),
        Ok(_) => Ok((recovery, plan)),
    })
}

/// Whoever asked hears by webhook that nothing can be tried.
pub(in crate::app) fn tell_impossible(
    tx: &Tx<'_>,
    invoice: &Invoice,
    code: &'static str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let subject = Subject {
        customer_id: Some(invoice.customer_id),
        invoice_id: Some(invoice.id),
        ..Subject::default()
    };
    let event = Event::new(EventKind::AttemptImpossible, invoice.organization_id, subject, now);
    tx.append_event(&event.with_code(code))
}
