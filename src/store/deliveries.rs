//! Webhooks on their way: what is due, and what came of each try.

use rusqlite::named_params;

use super::conditions::Conditions;
use super::row::{Columns, heard, json_list, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::filter::DeliveryFilter;
use crate::domain::id::{DeliveryId, EventId, OrganizationId, WebhookEndpointId};
use crate::domain::time::Timestamp;
use crate::domain::view::{Page, PageRequest, Slice, SliceRequest};
use crate::domain::webhook::{Delivery, DeliveryState, ToldName};

impl Reader<'_> {
    /// Deliveries whose next try has come, oldest first.
    pub fn due_deliveries(&self, now: Timestamp, limit: u32) -> Result<Vec<Delivery>, StoreError> {
        rows!(
            self,
            "webhook_deliveries",
            "SELECT * FROM webhook_deliveries
              WHERE next_try_at <= :now
              ORDER BY next_try_at, id
              LIMIT :limit",
            named_params! { ":now": now.unix_ms(), ":limit": limit },
            delivery
        )
    }

    pub fn delivery(
        &self,
        organization: OrganizationId,
        id: DeliveryId,
    ) -> Result<Option<Delivery>, StoreError> {
        row!(
            self,
            "webhook_deliveries",
            "SELECT * FROM webhook_deliveries WHERE organization_id = :organization AND id = :id",
            named_params! { ":organization": organization.to_string(), ":id": id.to_string() },
            delivery
        )
    }

    /// What of these events goes to whom, oldest first.
    pub fn deliveries_of(&self, events: &[EventId]) -> Result<Vec<Delivery>, StoreError> {
        rows!(
            self,
            "webhook_deliveries",
            "SELECT * FROM webhook_deliveries
              WHERE event_id IN (SELECT value FROM json_each(:events))
              ORDER BY id",
            named_params! { ":events": json_list(events) },
            delivery
        )
    }

    /// One page, newest first.
    pub fn deliveries(
        &self,
        organization: OrganizationId,
        filter: &DeliveryFilter,
        request: PageRequest,
    ) -> Result<Page<Delivery>, StoreError> {
        let mut conditions = chosen(organization, filter);
        let count = format!("SELECT COUNT(*) FROM webhook_deliveries WHERE {}", conditions.sql());
        let total: i64 = self
            .connection
            .prepare_cached(&count)?
            .query_row(conditions.values().as_slice(), |row| row.get(0))?;
        let sql = format!(
            "SELECT * FROM webhook_deliveries
              WHERE {}
              ORDER BY id DESC
              LIMIT :limit OFFSET :offset",
            conditions.sql()
        );
        conditions.bind(":limit", request.per_page);
        conditions.bind(":offset", i64::try_from(request.offset()).unwrap_or(i64::MAX));
        let values = conditions.values();
        let items = rows!(self, "webhook_deliveries", &sql, values.as_slice(), delivery)?;
        Ok(Page { items, total: total.unsigned_abs(), request })
    }

    /// A part of them, newest first.
    pub fn delivery_slice(
        &self,
        organization: OrganizationId,
        filter: &DeliveryFilter,
        request: SliceRequest,
    ) -> Result<Slice<Delivery>, StoreError> {
        let mut conditions = chosen(organization, filter);
        let sql = conditions.slice("SELECT * FROM webhook_deliveries", request);
        let values = conditions.values();
        let found = rows!(self, "webhook_deliveries", &sql, values.as_slice(), delivery)?;
        Ok(Slice::of(found, request.limit, |delivery| delivery.id.uuid()))
    }

    /// How many there are, counted so far and no further.
    pub fn delivery_count(
        &self,
        organization: OrganizationId,
        filter: &DeliveryFilter,
        counted_max: u64,
    ) -> Result<u64, StoreError> {
        let mut conditions = chosen(organization, filter);
        conditions.bind(":most", i64::try_from(counted_max).unwrap_or(i64::MAX).saturating_add(1));
        let sql = format!(
            "SELECT COUNT(*) FROM (SELECT 1 FROM webhook_deliveries WHERE {} LIMIT :most)",
            conditions.sql()
        );
        self.total(&sql, &conditions)
    }

    /// Those of an endpoint that are out of tries, oldest first.
    pub fn failed_deliveries(
        &self,
        endpoint: WebhookEndpointId,
        after: Option<DeliveryId>,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        rows!(
            self,
            "webhook_deliveries",
            "SELECT * FROM webhook_deliveries
              WHERE endpoint_id = :endpoint AND state = 'failed' AND id > :after
              ORDER BY id
              LIMIT :limit",
            named_params! {
                ":endpoint": endpoint.to_string(),
                ":after": after.map_or_else(String::new, |id| id.to_string()),
                ":limit": limit,
            },
            delivery
        )
    }
}

/// So many are forgotten in one transaction.
const FORGOTTEN_AT_ONCE_MAX: u32 = 1_000;

impl Tx<'_> {
    /// Those that were made until then and are not on their way any more: a page of them, the
    /// oldest first. Answers how many there were.
    pub fn forget_deliveries(&self, made_until: Timestamp) -> Result<usize, StoreError> {
        let mut statement = self.connection.prepare_cached(heard(
            "DELETE FROM webhook_deliveries
              WHERE id IN (SELECT id FROM webhook_deliveries
                            WHERE next_try_at IS NULL AND created_at <= :until
                            ORDER BY created_at
                            LIMIT :limit)",
        ))?;
        Ok(statement.execute(named_params! {
            ":until": made_until.unix_ms(), ":limit": FORGOTTEN_AT_ONCE_MAX,
        })?)
    }

    /// Of a delivery that was removed with its endpoint, nothing is saved.
    pub fn save_delivery(&self, saved: &Delivery) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "UPDATE webhook_deliveries
                SET state = :state, tries_made = :tries_made, next_try_at = :next_try_at,
                    payload = :payload, last_status = :last_status, last_error = :last_error,
                    last_answer = :last_answer, last_tried_at = :last_tried_at
              WHERE id = :id",
        )?;
        statement.execute(named_params! {
            ":id": saved.id.to_string(),
            ":state": saved.state.as_str(),
            ":tries_made": saved.tries_made,
            ":next_try_at": saved.next_try_at.map(|at| at.unix_ms()),
            ":payload": saved.payload,
            ":last_status": saved.last_status,
            ":last_error": saved.last_error,
            ":last_answer": saved.last_answer,
            ":last_tried_at": saved.last_tried_at.map(|at| at.unix_ms()),
        })?;
        Ok(())
    }
}

fn chosen(organization: OrganizationId, filter: &DeliveryFilter) -> Conditions {
    // Those of an endpoint are few among many: its index is walked, not the organization's.
    let whose = match filter.endpoint_id {
        Some(_) => "+organization_id = :organization",
        None => "organization_id = :organization",
    };
    let mut conditions = Conditions::of(whose, ":organization", organization.to_string());
    if let Some(state) = filter.state {
        conditions.and_with("state = :state", ":state", state.as_str().to_owned());
    }
    if let Some(endpoint) = filter.endpoint_id {
        conditions.and_with("endpoint_id = :endpoint", ":endpoint", endpoint.to_string());
    }
    if let Some(name) = filter.webhook {
        conditions.and_with("webhook = :webhook", ":webhook", name.as_str().to_owned());
    }
    conditions
}

fn delivery(columns: &Columns<'_>) -> Result<Delivery, StoreError> {
    Ok(Delivery {
        id: columns.parsed("id")?,
        organization_id: columns.parsed("organization_id")?,
        event_id: columns.parsed("event_id")?,
        endpoint_id: columns.parsed("endpoint_id")?,
        webhook: columns.word("webhook", ToldName::parse)?,
        state: columns.word("state", DeliveryState::parse)?,
        tries_made: columns.get("tries_made")?,
        next_try_at: columns.time_option("next_try_at")?,
        payload: columns.get("payload")?,
        last_status: columns.get("last_status")?,
        last_error: columns.get("last_error")?,
        last_answer: columns.get("last_answer")?,
        last_tried_at: columns.time_option("last_tried_at")?,
        created_at: columns.time("created_at")?,
    })
}
