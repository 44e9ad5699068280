//! What has become of the invoices of a bulk retry, read off the recoveries and attempts that it
//! asked for.

use rusqlite::named_params;

use crate::domain::bulk_retry::BulkResult;
use crate::domain::decline::DeclineClass;
use crate::domain::id::BulkRetryId;
use crate::domain::money::Money;
use crate::domain::view::{BulkCount, BulkInvoiceView, Page, PageRequest};
use crate::store::conditions::Conditions;
use crate::store::row::{Columns, exact_sum, rows};
use crate::store::{Reader, StoreError};

const FROM: &str = "bulk_retry_invoices m
           LEFT JOIN recoveries r ON r.id = m.recovery_id
           LEFT JOIN attempts a ON a.recovery_id = m.recovery_id AND a.number = m.attempt_number";

/// Of `BulkResult`.
const RESULT: &str = "CASE
             WHEN m.state <> 'queued' THEN m.state
             WHEN a.state = 'paid' THEN 'succeeded'
             WHEN a.state = 'declined' THEN 'failed'
             WHEN a.state = 'needs_action' THEN 'needs_payer'
             WHEN a.state IN ('charging', 'pending', 'unknown') THEN a.state
             WHEN r.state IN ('recovered', 'cancelled') THEN 'settled'
             WHEN a.state = 'cancelled' THEN 'failed'
             WHEN r.state = 'idle' THEN 'not_chargeable'
             ELSE 'queued'
           END";

const COLUMNS: &str = "m.position AS position, m.invoice_id AS invoice_id,
           i.number AS invoice_number, c.external_id AS external_customer_id,
           m.code AS code, COALESCE(a.amount, m.amount) AS amount, m.currency AS currency,
           a.id AS payment_id, a.decline_class AS decline_class, a.decline_code AS decline_code";

impl Reader<'_> {
    /// How many of each result, per currency.
    pub fn bulk_counts(&self, bulk: BulkRetryId) -> Result<Vec<BulkCount>, StoreError> {
        let sql = format!(
            "SELECT {RESULT} AS result, m.code AS code, m.currency AS currency,
                    COUNT(*) AS count, {}
               FROM {FROM}
              WHERE m.bulk_retry_id = :bulk
              GROUP BY result, m.code, m.currency
              ORDER BY result, m.code, m.currency",
            exact_sum("COALESCE(a.amount, m.amount)", "amount")
        );
        rows!(self, "bulk_retry_invoices", &sql, named_params! { ":bulk": bulk.to_string() }, count)
    }

    /// One page, in the order in which they are worked through; of one result if one is named.
    pub fn bulk_invoice_views(
        &self,
        bulk: BulkRetryId,
        result: Option<BulkResult>,
        request: PageRequest,
    ) -> Result<Page<BulkInvoiceView>, StoreError> {
        let mut conditions = of_result(bulk, result);
        let count_sql = format!("SELECT COUNT(*) FROM {FROM} WHERE {}", conditions.sql());
        let total: i64 = self
            .connection
            .prepare_cached(&count_sql)?
            .query_row(conditions.values().as_slice(), |row| row.get(0))?;
        let sql = format!(
            "SELECT {COLUMNS}, {RESULT} AS result
               FROM {FROM}
               JOIN invoices i ON i.id = m.invoice_id
               JOIN customers c ON c.id = i.customer_id
              WHERE {}
              ORDER BY m.position
              LIMIT :limit OFFSET :offset",
            conditions.sql()
        );
        conditions.bind(":limit", request.per_page);
        conditions.bind(":offset", i64::try_from(request.offset()).unwrap_or(i64::MAX));
        let values = conditions.values();
        let items = rows!(self, "bulk_retry_invoices", &sql, values.as_slice(), view)?;
        Ok(Page { items, total: total.unsigned_abs(), request })
    }

    /// The same from after a position on, without counting them.
    pub fn bulk_invoices_after(
        &self,
        bulk: BulkRetryId,
        result: Option<BulkResult>,
        position: u32,
        limit: u32,
    ) -> Result<Vec<BulkInvoiceView>, StoreError> {
        let mut conditions = of_result(bulk, result);
        conditions.and_with("m.position > :position", ":position", position);
        conditions.bind(":limit", limit);
        let sql = format!(
            "SELECT {COLUMNS}, {RESULT} AS result
               FROM {FROM}
               JOIN invoices i ON i.id = m.invoice_id
               JOIN customers c ON c.id = i.customer_id
              WHERE {}
              ORDER BY m.position
              LIMIT :limit",
            conditions.sql()
        );
        let values = conditions.values();
        rows!(self, "bulk_retry_invoices", &sql, values.as_slice(), view)
    }
}

fn of_result(bulk: BulkRetryId, result: Option<BulkResult>) -> Conditions {
    let mut conditions = Conditions::of("m.bulk_retry_id = :bulk", ":bulk", bulk.to_string());
    if let Some(result) = result {
        let sql = format!("{RESULT} = :result");
        conditions.and_with(&sql, ":result", result.as_str().to_owned());
        // What an index can tell by itself.
        let state = match result {
            BulkResult::Listed | BulkResult::Refused | BulkResult::Withdrawn => result.as_str(),
            BulkResult::Queued
            | BulkResult::Charging
            | BulkResult::Pending
            | BulkResult::NeedsPayer
            | BulkResult::Unknown
            | BulkResult::Succeeded
            | BulkResult::Failed
            | BulkResult::NotChargeable
            | BulkResult::Settled => "queued",
        };
        conditions.and_with("m.state = :state", ":state", state.to_owned());
    }
    conditions
}

fn count(columns: &Columns<'_>) -> Result<BulkCount, StoreError> {
    let count: i64 = columns.get("count")?;
    Ok(BulkCount {
        result: columns.word("result", BulkResult::parse)?,
        code: columns.get("code")?,
        count: count.unsigned_abs(),
        amount: Money::new(columns.sum("amount")?, columns.parsed("currency")?),
    })
}

fn view(columns: &Columns<'_>) -> Result<BulkInvoiceView, StoreError> {
    Ok(BulkInvoiceView {
        position: columns.get("position")?,
        invoice_id: columns.parsed("invoice_id")?,
        invoice_number: columns.get("invoice_number")?,
        external_customer_id: columns.get("external_customer_id")?,
        result: columns.word("result", BulkResult::parse)?,
        code: columns.get("code")?,
        amount: columns.money("amount", "currency")?,
        payment_id: columns.parsed_option("payment_id")?,
        decline_class: columns.word_option("decline_class", DeclineClass::parse)?,
        decline_code: columns.get("decline_code")?,
    })
}
