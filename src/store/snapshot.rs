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
        let customer = match subject.customer_id {
            Some(id) => self.customer_view_with_deleted(organization, id)?,
            None => None,
        };
        let invoice = match subject.invoice_id {
            Some(id) => self.invoice_view(organization, id)?,
            None => None,
        };
        let attempt = match subject.attempt_id {
            Some(id) => self.attempt_of_every_organization(id)?,
            None => None,
        };
        let payment = match subject.attempt_id {
            Some(id) => self.payment_with_method(organization, id)?,
            None => None,
        };
        let receipt = match subject.receipt_id {
            Some(id) => self.receipt_view(organization, id)?,
            None => None,
        };
        let surplus = subject.surplus_id.map(|id| self.surplus_payment(organization, id));
        let refund = subject.refund_id.map(|id| self.refund(organization, id));
        let connection = match subject.connection_id {
            Some(id) => self.connection(organization, id)?,
            None => None,
        };
        let payment_request = match subject.payment_request_id {
            Some(id) => self.payment_request_view(organization, id)?,
            None => None,
        };
        let overdue = match (event.kind, subject.customer_id) {
            (EventKind::DunningFinished, Some(id)) => self.overdue_balances(id)?,
            _ => vec![],
        };
        let wallet = match subject.wallet_id {
            Some(id) => self.wallet_view(organization, id)?,
            None => None,
        };
        let wallet_transaction = match subject.wallet_transaction_id {
            Some(id) => self.wallet_transaction(organization, id)?,
            None => None,
        };
        let subscription = match subject.subscription_id {
            Some(id) => self.subscription_view(organization, id, event.at)?,
            None => None,
        };
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
            surplus: surplus.transpose()?.flatten(),
            refund: refund.transpose()?.flatten(),
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
