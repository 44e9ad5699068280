//! What stands open in the whole installation. Each figure is read from an index that holds only
//! what is open, so that counting costs what there is to count.

use rusqlite::named_params;

use super::row::{Columns, exact_sum, row, rows};
use super::{Reader, StoreError};
use crate::domain::currency::Currency;
use crate::domain::gauges::{Gauges, Standing};
use crate::domain::time::Timestamp;

impl Reader<'_> {
    pub fn gauges_of_every_organization(&self, now: Timestamp) -> Result<Gauges, StoreError> {
        Ok(Gauges {
            troubles: self.connection_troubles_of_every_organization()?,
            open_attempts: self.open_attempts_counted()?,
            unresolved: self.standing(
                "SELECT COUNT(*) AS standing, MIN(begun_at) AS since
                   FROM attempts
                  WHERE state = 'unknown'
                     OR (state IN ('pending', 'needs_action') AND next_lookup_at IS NULL)",
                None,
            )?,
            surplus: self.surplus_counted()?,
            recoveries_due: self.standing(
                "SELECT COUNT(*) AS standing, MIN(next_attempt_at) AS since
                   FROM recoveries
                  WHERE state = 'waiting' AND paused = 0 AND next_attempt_at <= :now",
                Some(now),
            )?,
            deliveries: self.standing(
                "SELECT COUNT(*) AS standing, MIN(created_at) AS since
                   FROM webhook_deliveries
                  WHERE next_try_at IS NOT NULL",
                None,
            )?,
            inbound: self.standing(
                "SELECT COUNT(*) AS standing, MIN(received_at) AS since
                   FROM inbound_events
                  WHERE next_try_at IS NOT NULL",
                None,
            )?,
        })
    }

    fn open_attempts_counted(&self) -> Result<Vec<(String, Standing)>, StoreError> {
        rows!(
            self,
            "attempts",
            "SELECT state, COUNT(*) AS standing, MIN(begun_at) AS since
               FROM attempts
              WHERE state IN ('charging', 'pending', 'needs_action', 'unknown')
              GROUP BY state
              ORDER BY state",
            [],
            |columns: &Columns<'_>| Ok::<_, StoreError>((
                columns.get("state")?,
                standing(columns)?
            ))
        )
    }

    fn surplus_counted(&self) -> Result<Vec<(Currency, u64, i64)>, StoreError> {
        let sql = format!(
            "SELECT currency, COUNT(*) AS standing, {}
               FROM surplus_payments
              WHERE state IN ('open', 'refund_failed')
              GROUP BY currency
              ORDER BY currency",
            exact_sum("amount", "in_all")
        );
        rows!(self, "surplus_payments", &sql, [], |columns: &Columns<'_>| Ok::<_, StoreError>((
            columns.parsed("currency")?,
            columns.get::<i64>("standing")?.unsigned_abs(),
            columns.sum("in_all")?,
        )))
    }

    fn standing(&self, sql: &str, now: Option<Timestamp>) -> Result<Standing, StoreError> {
        let found = match now {
            Some(now) => {
                row!(self, "gauges", sql, named_params! { ":now": now.unix_ms() }, standing)?
            }
            None => row!(self, "gauges", sql, [], standing)?,
        };
        Ok(found.unwrap_or_default())
    }
}

fn standing(columns: &Columns<'_>) -> Result<Standing, StoreError> {
    Ok(Standing {
        count: columns.get::<i64>("standing")?.unsigned_abs(),
        since: columns.time_option("since")?,
    })
}
