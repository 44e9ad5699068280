//! Bulk retries and the invoices that each covers. What has become of those is in `results.rs`.

mod invoices;
mod results;

pub use invoices::After;
use rusqlite::{ToSql, named_params};

use super::conditions::Conditions;
use super::row::{Columns, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::bulk_retry::{BulkFilter, BulkRetry, BulkState};
use crate::domain::decline::DeclineClass;
use crate::domain::id::{BulkRetryId, OrganizationId};
use crate::domain::invoice::PaymentStatus;
use crate::domain::view::{Page, PageRequest, Slice, SliceRequest};

impl Reader<'_> {
    pub fn bulk_retry(
        &self,
        organization: OrganizationId,
        id: BulkRetryId,
    ) -> Result<Option<BulkRetry>, StoreError> {
        row!(
            self,
            "bulk_retries",
            "SELECT * FROM bulk_retries WHERE organization_id = :organization AND id = :id",
            named_params! { ":organization": organization.to_string(), ":id": id.to_string() },
            bulk_retry
        )
    }

    pub fn bulk_retry_of_every_organization(
        &self,
        id: BulkRetryId,
    ) -> Result<Option<BulkRetry>, StoreError> {
        row!(
            self,
            "bulk_retries",
            "SELECT * FROM bulk_retries WHERE id = :id",
            named_params! { ":id": id.to_string() },
            bulk_retry
        )
    }

    /// The one that the caller gave this key.
    pub fn bulk_retry_by_key(
        &self,
        organization: OrganizationId,
        key: &str,
    ) -> Result<Option<BulkRetry>, StoreError> {
        row!(
            self,
            "bulk_retries",
            "SELECT * FROM bulk_retries
              WHERE organization_id = :organization AND client_key = :key",
            named_params! { ":organization": organization.to_string(), ":key": key },
            bulk_retry
        )
    }

    /// Newest first.
    pub fn bulk_retries(
        &self,
        organization: OrganizationId,
        request: PageRequest,
    ) -> Result<Page<BulkRetry>, StoreError> {
        let items = rows!(
            self,
            "bulk_retries",
            "SELECT * FROM bulk_retries
              WHERE organization_id = :organization
              ORDER BY id DESC
              LIMIT :limit OFFSET :offset",
            named_params! {
                ":organization": organization.to_string(),
                ":limit": request.per_page,
                ":offset": i64::try_from(request.offset()).unwrap_or(i64::MAX),
            },
            bulk_retry
        )?;
        let total: i64 = self
            .connection
            .prepare_cached(
                "SELECT COUNT(*) FROM bulk_retries WHERE organization_id = :organization",
            )?
            .query_row(named_params! { ":organization": organization.to_string() }, |row| {
                row.get(0)
            })?;
        Ok(Page { items, total: total.unsigned_abs(), request })
    }

    /// Newest first, from where the request says on.
    pub fn bulk_retries_after(
        &self,
        organization: OrganizationId,
        request: SliceRequest,
    ) -> Result<Slice<BulkRetry>, StoreError> {
        let mut conditions = Conditions::of(
            "organization_id = :organization",
            ":organization",
            organization.to_string(),
        );
        let sql = conditions.slice("SELECT * FROM bulk_retries", request);
        let values = conditions.values();
        let found = rows!(self, "bulk_retries", &sql, values.as_slice(), bulk_retry)?;
        Ok(Slice::of(found, request.limit, |bulk| bulk.id.uuid()))
    }

    /// Those that are still to be worked through, oldest first.
    pub fn unfinished_bulk_retries_of_every_organization(
        &self,
        limit: u32,
    ) -> Result<Vec<BulkRetryId>, StoreError> {
        rows!(
            self,
            "bulk_retries",
            "SELECT id FROM bulk_retries
              WHERE state IN ('listing', 'queueing', 'cancelling')
              ORDER BY id
              LIMIT :limit",
            named_params! { ":limit": limit },
            |columns: &Columns<'_>| columns.parsed("id")
        )
    }
}

impl Tx<'_> {
    pub fn insert_bulk_retry(&self, made: &BulkRetry) -> Result<(), StoreError> {
        let filter = &made.filter;
        let classes = filter.decline_classes.as_deref().map(words);
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO bulk_retries (id, organization_id, client_key, state,
                    filter_payment_overdue, filter_external_customer_id, filter_currency,
                    filter_payment_status, filter_decline_classes, filter_amount_from,
                    filter_amount_to, filter_issued_from, filter_issued_to,
                    filter_search_term, listed_up_to,
                    worked_through, invoices_count, created_at, updated_at)
             VALUES (:id, :organization_id, :client_key, :state,
                    :payment_overdue, :external_customer_id, :currency,
                    :payment_status, :decline_classes, :amount_from,
                    :amount_to, :issued_from, :issued_to, :search_term, :listed_up_to,
                    :worked_through, :invoices_count, :created_at, :updated_at)",
        )?;
        let progress = Progress::of(made);
        let mut values: Vec<(&str, &dyn ToSql)> = progress.values();
        let (id, organization) = (made.id.to_string(), made.organization_id.to_string());
        let created_at = made.created_at.unix_ms();
        let currency = filter.currency.map(|currency| currency.code());
        let status = filter.payment_status.map(PaymentStatus::as_str);
        let issued = [filter.issued_from, filter.issued_to].map(|day| day.map(|d| d.to_string()));
        values.extend([
            (":id", &id as &dyn ToSql),
            (":organization_id", &organization),
            (":client_key", &made.client_key),
            (":payment_overdue", &filter.payment_overdue),
            (":external_customer_id", &filter.external_customer_id),
            (":currency", &currency),
            (":payment_status", &status),
            (":decline_classes", &classes),
            (":amount_from", &filter.amount_from),
            (":amount_to", &filter.amount_to),
            (":issued_from", &issued[0]),
            (":issued_to", &issued[1]),
            (":search_term", &filter.search_term),
            (":created_at", &created_at),
        ]);
        statement.execute(values.as_slice())?;
        Ok(())
    }

    /// How far it has come. What it covers never changes.
    pub fn save_bulk_retry(&self, saved: &BulkRetry) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "UPDATE bulk_retries
                SET state = :state, listed_up_to = :listed_up_to,
                    worked_through = :worked_through, invoices_count = :invoices_count,
                    updated_at = :updated_at
              WHERE id = :id",
        )?;
        let (progress, id) = (Progress::of(saved), saved.id.to_string());
        let mut values = progress.values();
        values.push((":id", &id));
        statement.execute(values.as_slice())?;
        Ok(())
    }
}

/// The columns that change.
struct Progress {
    state: &'static str,
    listed_up_to: Option<String>,
    worked_through: u32,
    invoices_count: u32,
    updated_at: i64,
}

impl Progress {
    fn of(bulk: &BulkRetry) -> Progress {
        Progress {
            state: bulk.state.as_str(),
            listed_up_to: bulk.listed_up_to.map(|id| id.to_string()),
            worked_through: bulk.worked_through,
            invoices_count: bulk.invoices_count,
            updated_at: bulk.updated_at.unix_ms(),
        }
    }

    fn values(&self) -> Vec<(&str, &dyn ToSql)> {
        vec![
            (":state", &self.state),
            (":listed_up_to", &self.listed_up_to),
            (":worked_through", &self.worked_through),
            (":invoices_count", &self.invoices_count),
            (":updated_at", &self.updated_at),
        ]
    }
}

fn words(classes: &[DeclineClass]) -> String {
    let words: Vec<&str> = classes.iter().map(|class| class.as_str()).collect();
    serde_json::Value::from(words).to_string()
}

fn bulk_retry(columns: &Columns<'_>) -> Result<BulkRetry, StoreError> {
    Ok(BulkRetry {
        id: columns.parsed("id")?,
        organization_id: columns.parsed("organization_id")?,
        client_key: columns.get("client_key")?,
        state: columns.word("state", BulkState::parse)?,
        filter: BulkFilter {
            payment_overdue: columns.get("filter_payment_overdue")?,
            external_customer_id: columns.get("filter_external_customer_id")?,
            currency: columns.parsed_option("filter_currency")?,
            payment_status: columns.word_option("filter_payment_status", PaymentStatus::parse)?,
            decline_classes: decline_classes(columns)?,
            amount_from: columns.get("filter_amount_from")?,
            amount_to: columns.get("filter_amount_to")?,
            issued_from: columns.parsed_option("filter_issued_from")?,
            issued_to: columns.parsed_option("filter_issued_to")?,
            search_term: columns.get("filter_search_term")?,
        },
        listed_up_to: columns.parsed_option("listed_up_to")?,
        worked_through: columns.get("worked_through")?,
        invoices_count: columns.get("invoices_count")?,
        created_at: columns.time("created_at")?,
        updated_at: columns.time("updated_at")?,
    })
}

fn decline_classes(columns: &Columns<'_>) -> Result<Option<Vec<DeclineClass>>, StoreError> {
    let text: Option<String> = columns.get("filter_decline_classes")?;
    if text.is_none() {
        return Ok(None);
    }
    let words = columns.words("filter_decline_classes")?;
    let classes: Option<Vec<DeclineClass>> =
        words.iter().map(|word| DeclineClass::parse(word)).collect();
    let broken = || StoreError::corrupt("bulk_retries", format!("{words:?} in decline classes"));
    classes.map(Some).ok_or_else(broken)
}
