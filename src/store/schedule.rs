//! The calendar of attempts: counted by quarters of an hour, since days of every zone begin with
//! one, and put together by day.

use chrono::NaiveDate;
use chrono_tz::Tz;
use rusqlite::named_params;

use super::row::{Columns, exact_sum, rows};
use super::{Reader, StoreError};
use crate::domain::currency::Currency;
use crate::domain::id::OrganizationId;
use crate::domain::invoice::InvoiceStatus;
use crate::domain::recovery::WaitReason;
use crate::domain::schedule::{Calendar, PlannedAttempt};
use crate::domain::time::Timestamp;

const QUARTER_HOUR_MS: i64 = 900_000;

/// So much of each kind is counted for one calendar.
const COUNTED_MAX: u32 = 100_000;

/// The debt comes first: its index is walked in the order of time.
const FROM_PLANNED: &str = "recoveries r
               LEFT JOIN invoices i ON r.payable_kind = 'invoice' AND i.id = r.payable_id
               LEFT JOIN payment_requests q
                 ON r.payable_kind = 'payment_request' AND q.id = r.payable_id";

const PLANNED: &str = "r.organization_id = :organization AND r.state = 'waiting' AND r.paused = 0
                AND r.next_attempt_at >= :from AND r.next_attempt_at < :until";

const AMOUNT: &str = "COALESCE(i.total_amount - i.paid_amount, q.amount)";

/// Some of it, in one quarter of an hour and one currency.
struct Quarter {
    day: NaiveDate,
    currency: Currency,
    count: u64,
    paid: u64,
    amount: i64,
}

impl Reader<'_> {
    /// What was made and what is planned from one time until before another, by day in `zone`.
    pub fn calendar(
        &self,
        organization: OrganizationId,
        time: (Timestamp, Timestamp),
        zone: Tz,
    ) -> Result<Calendar, StoreError> {
        let mut calendar = Calendar::default();
        let mut counted = (0_u64, 0_u64);
        for quarter in self.planned_quarters(organization, time, zone)? {
            counted.0 += quarter.count;
            let day = calendar.days.entry(quarter.day).or_default();
            day.planned += quarter.count;
            let sum = day.planned_money.entry(quarter.currency).or_default();
            *sum = sum.saturating_add(quarter.amount);
        }
        for quarter in self.made_quarters(organization, time, zone)? {
            counted.1 += quarter.count;
            let day = calendar.days.entry(quarter.day).or_default();
            day.made += quarter.count;
            day.paid += quarter.paid;
            let sum = day.paid_money.entry(quarter.currency).or_default();
            *sum = sum.saturating_add(quarter.amount);
        }
        calendar.is_cut = counted.0.max(counted.1) >= u64::from(COUNTED_MAX);
        Ok(calendar)
    }

    fn planned_quarters(
        &self,
        organization: OrganizationId,
        (from, until): (Timestamp, Timestamp),
        zone: Tz,
    ) -> Result<Vec<Quarter>, StoreError> {
        let sql = format!(
            "SELECT quarter, currency, COUNT(*) AS attempts, 0 AS paid, {}
               FROM (SELECT r.next_attempt_at / {QUARTER_HOUR_MS} AS quarter,
                            COALESCE(i.currency, q.currency) AS currency, {AMOUNT} AS amount
                       FROM {FROM_PLANNED}
                      WHERE {PLANNED}
                      ORDER BY r.next_attempt_at
                      LIMIT :limit)
              GROUP BY quarter, currency
              ORDER BY quarter, currency",
            exact_sum("amount", "amount")
        );
        let params = named_params! {
            ":organization": organization.to_string(),
            ":from": from.unix_ms(),
            ":until": until.unix_ms(),
            ":limit": COUNTED_MAX,
        };
        rows!(self, "recoveries", &sql, params, |columns: &Columns<'_>| quarter(columns, zone))
    }

    /// The sum is of those that were paid.
    fn made_quarters(
        &self,
        organization: OrganizationId,
        (from, until): (Timestamp, Timestamp),
        zone: Tz,
    ) -> Result<Vec<Quarter>, StoreError> {
        let sql = format!(
            "SELECT quarter, currency, COUNT(*) AS attempts, SUM(is_paid) AS paid, {}
               FROM (SELECT begun_at / {QUARTER_HOUR_MS} AS quarter, currency, amount,
                            state = 'paid' AS is_paid
                       FROM attempts
                      WHERE organization_id = :organization
                        AND begun_at >= :from AND begun_at < :until
                      ORDER BY begun_at DESC
                      LIMIT :limit)
              GROUP BY quarter, currency
              ORDER BY quarter, currency",
            exact_sum("(amount * is_paid)", "amount")
        );
        let params = named_params! {
            ":organization": organization.to_string(),
            ":from": from.unix_ms(),
            ":until": until.unix_ms(),
            ":limit": COUNTED_MAX,
        };
        rows!(self, "attempts", &sql, params, |columns: &Columns<'_>| quarter(columns, zone))
    }

    /// One by one, those that are due first, at most `limit`.
    pub fn planned_attempts(
        &self,
        organization: OrganizationId,
        (from, until): (Timestamp, Timestamp),
        limit: u32,
    ) -> Result<Vec<PlannedAttempt>, StoreError> {
        let sql = format!(
            "SELECT r.id AS id, r.next_attempt_at AS next_attempt_at, r.reason AS reason,
                    r.customer_id AS customer_id, c.name AS customer_name,
                    c.external_id AS external_customer_id, i.id AS invoice_id,
                    i.number AS invoice_number, i.status AS invoice_status,
                    {AMOUNT} AS amount, COALESCE(i.currency, q.currency) AS currency
               FROM {FROM_PLANNED}
               CROSS JOIN customers c ON c.id = r.customer_id
              WHERE {PLANNED}
              ORDER BY r.next_attempt_at, r.id
              LIMIT :limit"
        );
        let params = named_params! {
            ":organization": organization.to_string(),
            ":from": from.unix_ms(),
            ":until": until.unix_ms(),
            ":limit": limit,
        };
        rows!(self, "recoveries", &sql, params, planned)
    }
}

fn quarter(columns: &Columns<'_>, zone: Tz) -> Result<Quarter, StoreError> {
    let quarter: i64 = columns.get("quarter")?;
    let at = Timestamp::from_unix_ms(quarter.saturating_mul(QUARTER_HOUR_MS));
    Ok(Quarter {
        day: at.date_in(zone),
        currency: columns.parsed("currency")?,
        count: columns.get::<i64>("attempts")?.unsigned_abs(),
        paid: columns.get::<i64>("paid")?.unsigned_abs(),
        amount: columns.sum("amount")?,
    })
}

fn planned(columns: &Columns<'_>) -> Result<PlannedAttempt, StoreError> {
    let status = columns.word_option("invoice_status", InvoiceStatus::parse)?;
    let invoice = match status.is_some_and(InvoiceStatus::is_visible) {
        true => Some((columns.parsed("invoice_id")?, columns.get("invoice_number")?)),
        false => None,
    };
    Ok(PlannedAttempt {
        recovery_id: columns.parsed("id")?,
        at: columns.time("next_attempt_at")?,
        reason: columns.word("reason", WaitReason::parse)?,
        customer_id: columns.parsed("customer_id")?,
        customer_name: columns.get("customer_name")?,
        external_customer_id: columns.get("external_customer_id")?,
        invoice,
        amount: columns.money("amount", "currency")?,
    })
}
