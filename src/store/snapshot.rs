//! What the webhook of an event shows: everything that the event is about, as it is now.

use super::{Reader, StoreError};
use crate::domain::event::{Event, EventKind};
use crate::domain::id::EventId;
use crate::domain::payment::PayableId;
use crate::domain::view::{RecoveryView, Snapshot};

impl Reader<'_> {
    /// None when the event, or what it is about, does not exist any more.
    pub fn snapshot(&self, id: EventId) -> Result<Option<Snapshot>, StoreError> {
        let Some(event) = self.event_of_every_organization(id)? else { return Ok(None) };
        let organization = event.organization_id;
        let subject = event.subject;
        let customer =
            load(subject.customer_id, |id| self.customer_view_with_deleted(organization, id))?;
        let invoice = load(subject.invoice_id, |id| self.invoice_view(organization, id))?;
        let attempt = load(subject.attempt_id, |id| self.attempt_of_every_organization(id))?;
        let payment = load(subject.attempt_id, |id| self.payment_with_method(organization, id))?;
        let receipt = load(subject.receipt_id, |id| self.receipt_view(organization, id))?;
        let surplus = load(subject.surplus_id, |id| self.surplus_payment(organization, id))?;
        let refund = load(subject.refund_id, |id| self.refund(organization, id))?;
        let connection = load(subject.connection_id, |id| self.connection(organization, id))?;
        let payment_request =
            load(subject.payment_request_id, |id| self.payment_request_view(organization, id))?;
        let overdue = match (event.kind, subject.customer_id) {
            (EventKind::DunningFinished, Some(id)) => self.overdue_balances(id)?,
            _ => vec![],
        };
        let wallet = load(subject.wallet_id, |id| self.wallet_view(organization, id))?;
        let wallet_transaction =
            load(subject.wallet_transaction_id, |id| self.wallet_transaction(organization, id))?;
        let subscription =
            load(subject.subscription_id, |id| self.subscription_view(organization, id, event.at))?;
        let recovery = match event.kind.webhook() {
            Some(name) if name.is_ours() => self.recovery_told_of(&event)?,
            Some(_) | None => None,
        };
        let organization = self.organization(organization)?;
        Ok(Some(Snapshot {
            event,
            organization,
            customer,
            invoice,
            payment,
            attempt,
            payment_request,
            overdue,
            connection,
            receipt,
            surplus,
            refund,
            wallet,
            wallet_transaction,
            subscription,
            recovery,
        }))
    }

    fn recovery_told_of(&self, event: &Event) -> Result<Option<RecoveryView>, StoreError> {
        let subject = event.subject;
        let debt = match (subject.invoice_id, subject.payment_request_id) {
            (Some(id), _) => PayableId::Invoice(id),
            (None, Some(id)) => PayableId::PaymentRequest(id),
            (None, None) => return Ok(None),
        };
        match self.recovery_of(debt)? {
            Some(recovery) => self.recovery_view(event.organization_id, recovery.id),
            None => Ok(None),
        }
    }
}

/// What the subject names, where it names one.
fn load<I, T>(
    id: Option<I>,
    look: impl FnOnce(I) -> Result<Option<T>, StoreError>,
) -> Result<Option<T>, StoreError> {
    match id {
        Some(id) => look(id),
        None => Ok(None),
    }
}
