//! Events: appended with the state they tell of, together with a delivery for every endpoint
//! that wants to hear of them.

use rusqlite::named_params;

use super::row::{Columns, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::id::{DeliveryId, EventId, OrganizationId};
use crate::domain::notification::notification;
use crate::domain::payment::PayableId;
use crate::domain::time::Timestamp;
use crate::domain::view::{Slice, SliceRequest};
use crate::domain::webhook::WebhookEndpoint;

impl Reader<'_> {
    pub fn event_of_every_organization(&self, id: EventId) -> Result<Option<Event>, StoreError> {
        row!(
            self,
            "events",
            "SELECT * FROM events WHERE id = :id",
            named_params! { ":id": id.to_string() },
            event
        )
    }

    /// Everything that happened, newest first. It walks along the ids, whosever they are: there is
    /// one organization, and an index beside them would cost every charge.
    pub fn events(
        &self,
        organization: OrganizationId,
        request: SliceRequest,
    ) -> Result<Slice<Event>, StoreError> {
        let found = rows!(
            self,
            "events",
            "SELECT * FROM events
              WHERE id < :before AND organization_id = :organization
              ORDER BY id DESC LIMIT :limit",
            named_params! {
                ":before": request.after.unwrap_or(uuid::Uuid::max()).to_string(),
                ":organization": organization.to_string(),
                ":limit": request.limit.saturating_add(1),
            },
            event
        )?;
        Ok(Slice::of(found, request.limit, |event| event.id.uuid()))
    }

    /// When the latest event happened: no clock begins before it.
    pub fn latest_event_at(&self) -> Result<Option<Timestamp>, StoreError> {
        row!(
            self,
            "events",
            "SELECT at FROM events ORDER BY id DESC LIMIT 1",
            [],
            |columns: &Columns<'_>| columns.time("at")
        )
    }

    /// What happened to a debt, oldest first. The latest `limit` of it.
    pub fn timeline(&self, debt: PayableId, limit: u32) -> Result<Vec<Event>, StoreError> {
        let sql = match debt {
            PayableId::Invoice(_) => {
                "SELECT * FROM events WHERE invoice_id = :debt ORDER BY id DESC LIMIT :limit"
            }
            PayableId::PaymentRequest(_) => {
                "SELECT * FROM events
                  WHERE payment_request_id = :debt ORDER BY id DESC LIMIT :limit"
            }
        };
        let about = named_params! { ":debt": debt.uuid().to_string(), ":limit": limit };
        let mut latest = rows!(self, "events", sql, about, event)?;
        latest.sort_by_key(|event| (event.at, event.id));
        Ok(latest)
    }
}

impl Tx<'_> {
    /// Saves the event, and plans its webhook to every endpoint that subscribes to it.
    pub fn append_event(&self, event: &Event) -> Result<(), StoreError> {
        self.insert_event(event)?;
        self.plan_deliveries(event)
    }

    fn insert_event(&self, event: &Event) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO events (id, organization_id, kind, customer_id, invoice_id, attempt_id,
                    session_id, connection_id, subscription_id, wallet_id, wallet_transaction_id,
                    payment_request_id, receipt_id, surplus_id, refund_id, code, message, due_at,
                    at)
             VALUES (:id, :organization_id, :kind, :customer_id, :invoice_id, :attempt_id,
                    :session_id, :connection_id, :subscription_id, :wallet_id,
                    :wallet_transaction_id, :payment_request_id, :receipt_id, :surplus_id,
                    :refund_id, :code, :message, :due_at, :at)",
        )?;
        statement.execute(named_params! {
            ":id": event.id.to_string(),
            ":organization_id": event.organization_id.to_string(),
            ":kind": event.kind.as_str(),
            ":customer_id": event.subject.customer_id.map(|id| id.to_string()),
            ":invoice_id": event.subject.invoice_id.map(|id| id.to_string()),
            ":attempt_id": event.subject.attempt_id.map(|id| id.to_string()),
            ":session_id": event.subject.session_id.map(|id| id.to_string()),
            ":connection_id": event.subject.connection_id.map(|id| id.to_string()),
            ":subscription_id": event.subject.subscription_id.map(|id| id.to_string()),
            ":wallet_id": event.subject.wallet_id.map(|id| id.to_string()),
            ":wallet_transaction_id":
                event.subject.wallet_transaction_id.map(|id| id.to_string()),
            ":payment_request_id": event.subject.payment_request_id.map(|id| id.to_string()),
            ":receipt_id": event.subject.receipt_id.map(|id| id.to_string()),
            ":surplus_id": event.subject.surplus_id.map(|id| id.to_string()),
            ":refund_id": event.subject.refund_id.map(|id| id.to_string()),
            ":code": event.code,
            ":message": event.message,
            ":due_at": event.due_at.map(|at| at.unix_ms()),
            ":at": event.at.unix_ms(),
        })?;
        Ok(())
    }

    fn plan_deliveries(&self, event: &Event) -> Result<(), StoreError> {
        if event.kind.webhook().is_none() && notification(event).is_none() {
            return Ok(());
        }
        for endpoint in self.all_webhook_endpoints(event.organization_id)? {
            if endpoint.wants(event) {
                self.plan_delivery(event, &endpoint)?;
            }
        }
        Ok(())
    }

    /// Saves an event that only this endpoint is told of.
    pub fn append_event_for(
        &self,
        event: &Event,
        endpoint: &WebhookEndpoint,
    ) -> Result<(), StoreError> {
        self.insert_event(event)?;
        self.plan_delivery(event, endpoint)
    }

    fn plan_delivery(&self, event: &Event, to: &WebhookEndpoint) -> Result<(), StoreError> {
        let Some(name) = to.name_of(event) else { return Ok(()) };
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO webhook_deliveries (id, organization_id, event_id, endpoint_id,
                    webhook, state, tries_made, next_try_at, created_at)
             VALUES (:id, :organization_id, :event_id, :endpoint_id,
                    :webhook, 'pending', 0, :now, :now)",
        )?;
        statement.execute(named_params! {
            ":id": DeliveryId::at(event.at).to_string(),
            ":organization_id": event.organization_id.to_string(),
            ":event_id": event.id.to_string(),
            ":endpoint_id": to.id.to_string(),
            ":webhook": name.as_str(),
            ":now": event.at.unix_ms(),
        })?;
        Ok(())
    }
}

fn event(columns: &Columns<'_>) -> Result<Event, StoreError> {
    let organization_id: OrganizationId = columns.parsed("organization_id")?;
    Ok(Event {
        id: columns.parsed("id")?,
        organization_id,
        kind: columns.word("kind", EventKind::parse)?,
        subject: Subject {
            customer_id: columns.parsed_option("customer_id")?,
            invoice_id: columns.parsed_option("invoice_id")?,
            attempt_id: columns.parsed_option("attempt_id")?,
            session_id: columns.parsed_option("session_id")?,
            connection_id: columns.parsed_option("connection_id")?,
            subscription_id: columns.parsed_option("subscription_id")?,
            wallet_id: columns.parsed_option("wallet_id")?,
            wallet_transaction_id: columns.parsed_option("wallet_transaction_id")?,
            payment_request_id: columns.parsed_option("payment_request_id")?,
            receipt_id: columns.parsed_option("receipt_id")?,
            surplus_id: columns.parsed_option("surplus_id")?,
            refund_id: columns.parsed_option("refund_id")?,
        },
        code: columns.get("code")?,
        message: columns.get("message")?,
        due_at: columns.time_option("due_at")?,
        at: columns.time("at")?,
    })
}
