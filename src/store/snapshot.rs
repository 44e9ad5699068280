//! What the webhook of an event shows: everything that the event is about, as it is now.

use super::{Reader, StoreError};
use crate::domain::event::{Event, EventKind};
use crate::domain::id::EventId;
use crate::domain::view::{PaymentSource, PaymentView, Snapshot};

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
        let payment = self.payment_told(&event)?;
        let attempt = match subject.attempt_id {
            Some(id) => self.attempt_of_every_organization(id)?,
            None => None,
        };
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
        let subscription = match subject.subscription_id {
            Some(id) => self.subscription_view(organization, id, event.at)?,
            None => None,
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
            subscription,
        }))
    }

    fn payment_told(&self, event: &Event) -> Result<Option<PaymentView>, StoreError> {
        let Some(id) = event.subject.attempt_id else { return Ok(None) };
        let Some(mut view) = self.payment_view(event.organization_id, id)? else {
            return Ok(None);
        };
        let attempt = self.attempt_of_every_organization(id)?;
        let method_id = attempt.and_then(|it| it.instrument).and_then(|it| it.method_id);
        if let (Some(method_id), PaymentSource::Provider { method, .. }) =
            (method_id, &mut view.source)
        {
            *method = self.method_view(event.organization_id, method_id)?.map(Box::new);
        }
        Ok(Some(view))
    }
}
