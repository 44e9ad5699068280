//! What analytics need beside failures: how old unpaid debts are, and how charges went day by day.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use chrono_tz::Tz;
use rusqlite::named_params;

use super::row::{Columns, exact_sum, rows};
use super::{Reader, StoreError};
use crate::domain::analytics::{Age, Aged, ConnectionDay};
use crate::domain::id::{ConnectionId, OrganizationId};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;

/// Days of every zone begin at a multiple of it.
const QUARTER_HOUR_MS: i64 = 900_000;

impl Reader<'_> {
    /// Unpaid, finalized invoices by currency and by how long they have been due.
    pub fn aged_debts(
        &self,
        organization: OrganizationId,
        today: NaiveDate,
    ) -> Result<Vec<Aged>, StoreError> {
        let sql = format!(
            "SELECT currency AS currency,
                    (payment_due_date < :today) + (payment_due_date < :month)
                    + (payment_due_date < :months) + (payment_due_date < :quarter) AS age,
                    COUNT(*) AS invoices, {}
               FROM invoices
              WHERE organization_id = :organization
                AND status = 'finalized' AND payment_status <> 'succeeded'
                AND dispute_lost_at IS NULL
              GROUP BY currency, age
              ORDER BY currency, age",
            exact_sum("(total_amount - paid_amount)", "due")
        );
        let before = |days: u64| {
            let day = today.checked_sub_days(chrono::Days::new(days)).unwrap_or(today);
            day.to_string()
        };
        rows!(
            self,
            "invoices",
            &sql,
            named_params! {
                ":organization": organization.to_string(),
                ":today": today.to_string(),
                ":month": before(30),
                ":months": before(60),
                ":quarter": before(90),
            },
            aged
        )
    }

    /// Attempts that began since then, by connection and by day in `zone`, oldest first.
    pub fn connection_days(
        &self,
        organization: OrganizationId,
        since: Timestamp,
        zone: Tz,
    ) -> Result<Vec<ConnectionDay>, StoreError> {
        let sql = format!(
            "SELECT connection_id, begun_at / {QUARTER_HOUR_MS} AS quarter,
                    SUM(state = 'paid') AS paid,
                    SUM(state IN ('declined', 'cancelled')) AS declined,
                    SUM(state IN ('unknown', 'not_sent')) AS disturbed,
                    SUM(state IN ('charging', 'pending', 'needs_action')) AS open
               FROM attempts
              WHERE organization_id = :organization AND begun_at >= :since
              GROUP BY connection_id, quarter
              ORDER BY connection_id, quarter"
        );
        let params = named_params! {
            ":organization": organization.to_string(),
            ":since": since.unix_ms(),
        };
        let quarters = rows!(self, "attempts", &sql, params, |columns: &Columns<'_>| {
            quarter(columns, zone)
        })?;
        let mut days: BTreeMap<(ConnectionId, NaiveDate), ConnectionDay> = BTreeMap::new();
        for quarter in quarters {
            let key = (quarter.connection, quarter.day);
            match days.get_mut(&key) {
                Some(day) => {
                    day.paid += quarter.paid;
                    day.declined += quarter.declined;
                    day.disturbed += quarter.disturbed;
                    day.open += quarter.open;
                }
                None => {
                    days.insert(key, quarter);
                }
            }
        }
        Ok(days.into_values().collect())
    }
}

fn aged(columns: &Columns<'_>) -> Result<Aged, StoreError> {
    let age: usize = columns.get::<u8>("age")?.into();
    let invoices: i64 = columns.get("invoices")?;
    Ok(Aged {
        age: Age::ALL.get(age).copied().unwrap_or(Age::Older),
        invoices: invoices.unsigned_abs(),
        due: Money::new(columns.sum("due")?, columns.parsed("currency")?),
    })
}

fn quarter(columns: &Columns<'_>, zone: Tz) -> Result<ConnectionDay, StoreError> {
    let count = |name: &str| Ok::<_, StoreError>(columns.get::<i64>(name)?.unsigned_abs());
    let quarter: i64 = columns.get("quarter")?;
    Ok(ConnectionDay {
        connection: columns.parsed("connection_id")?,
        day: Timestamp::from_unix_ms(quarter.saturating_mul(QUARTER_HOUR_MS)).date_in(zone),
        paid: count("paid")?,
        declined: count("declined")?,
        disturbed: count("disturbed")?,
        open: count("open")?,
    })
}
