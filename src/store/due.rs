//! When something is due next, over everything that waits for a time.

use rusqlite::named_params;

use super::row::{Columns, row};
use super::{Reader, StoreError};
use crate::domain::refund::REFUND_NEWS_WITHIN;
use crate::domain::time::Timestamp;

impl Reader<'_> {
    /// The first time after `now` at which something waits to be done.
    pub fn next_due_after(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let first = row!(
            self,
            "everything that is due",
            "SELECT MIN(due) AS due FROM (
                SELECT MIN(next_attempt_at) AS due FROM recoveries
                 WHERE state = 'waiting' AND paused = 0 AND next_attempt_at > :now
                UNION ALL
                SELECT MIN(next_lookup_at) FROM attempts WHERE next_lookup_at > :now
                UNION ALL
                SELECT MIN(lease_until) FROM attempts
                 WHERE state = 'charging' AND lease_until > :now
                UNION ALL
                SELECT MIN(next_send_at) FROM refunds WHERE next_send_at > :now
                UNION ALL
                SELECT MIN(lease_until) FROM refunds
                 WHERE state = 'sending' AND lease_until > :now
                UNION ALL
                SELECT MIN(updated_at) + :news_within FROM refunds
                 WHERE state = 'pending' AND updated_at > :now - :news_within
                UNION ALL
                SELECT MIN(next_try_at) FROM webhook_deliveries WHERE next_try_at > :now
                UNION ALL
                SELECT MIN(next_try_at) FROM inbound_events WHERE next_try_at > :now
                UNION ALL
                SELECT MIN(next_try_at) FROM customer_syncs WHERE next_try_at > :now
                UNION ALL
                SELECT MIN(next_look_at) FROM recurring_rules WHERE next_look_at > :now
                UNION ALL
                SELECT MIN(expiration_at) FROM wallets
                 WHERE status = 'active' AND expiration_at > :now
                UNION ALL
                SELECT MIN(due_at) FROM subscriptions WHERE due_at > :now
                UNION ALL
                SELECT MIN(finalize_at) FROM invoice_drafts WHERE finalize_at > :now
                UNION ALL
                SELECT MIN(expires_at) FROM sessions
                 WHERE progress IN ('starting', 'open') AND expires_at > :now)",
            named_params! { ":now": now.unix_ms(), ":news_within": REFUND_NEWS_WITHIN.as_ms() },
            |columns: &Columns<'_>| columns.time_option("due")
        )?;
        Ok(first.flatten())
    }

    /// Whether something waits to be done now.
    pub fn is_anything_due(&self, now: Timestamp) -> Result<bool, StoreError> {
        let count = row!(
            self,
            "everything that is due",
            "SELECT (SELECT EXISTS (SELECT 1 FROM recoveries
                       WHERE state = 'waiting' AND paused = 0 AND next_attempt_at <= :now
                         AND (SELECT held_since FROM sending WHERE id = 1) IS NULL))
                  + (SELECT EXISTS (SELECT 1 FROM attempts WHERE next_lookup_at <= :now))
                  + (SELECT EXISTS (SELECT 1 FROM refunds WHERE next_send_at <= :now))
                  + (SELECT EXISTS (SELECT 1 FROM refunds
                       WHERE state = 'sending' AND lease_until <= :now))
                  + (SELECT EXISTS (SELECT 1 FROM webhook_deliveries WHERE next_try_at <= :now))
                  + (SELECT EXISTS (SELECT 1 FROM inbound_events WHERE next_try_at <= :now))
                  + (SELECT EXISTS (SELECT 1 FROM customer_syncs WHERE next_try_at <= :now))
                  + (SELECT EXISTS (SELECT 1 FROM recurring_rules WHERE next_look_at <= :now))
                  + (SELECT EXISTS (SELECT 1 FROM wallets
                       WHERE status = 'active' AND expiration_at <= :now))
                  + (SELECT EXISTS (SELECT 1 FROM subscriptions WHERE due_at <= :now))
                  + (SELECT EXISTS (SELECT 1 FROM invoice_drafts WHERE finalize_at <= :now))
                  + (SELECT EXISTS (SELECT 1 FROM attempts
                       WHERE state = 'charging' AND lease_until <= :now))
                  + (SELECT EXISTS (SELECT 1 FROM bulk_retries
                       WHERE state IN ('listing', 'queueing', 'cancelling')))
                 AS due",
            named_params! { ":now": now.unix_ms() },
            |columns: &Columns<'_>| columns.get::<i64>("due")
        )?;
        Ok(count.unwrap_or(0) > 0)
    }
}
