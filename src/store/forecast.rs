//! Debts that wait for their next attempt, with how they were declined so far.

use std::borrow::Cow;

use chrono_tz::Tz;
use rusqlite::named_params;

use super::row::{Columns, heard};
use super::{Reader, StoreError};
use crate::domain::attempt::{Attempt, AttemptState};
use crate::domain::backtest::Climb;
use crate::domain::forecast::Planned;
use crate::domain::id::{OrganizationId, PolicyVersionId, RecoveryId};
use crate::domain::time::Timestamp;

struct Waiting {
    recovery: RecoveryId,
    zone: Tz,
    policy: Option<PolicyVersionId>,
    planned: Planned,
}

impl Reader<'_> {
    /// Gives each to `take` with its policy, at most `limit`, those that are due first.
    pub fn planned<E: From<StoreError>>(
        &self,
        organization: OrganizationId,
        (until, limit): (Timestamp, u32),
        mut take: impl FnMut(Planned, Option<PolicyVersionId>) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = "SELECT r.id AS id, COALESCE(c.timezone, o.timezone) AS timezone,
                    r.policy_version_id AS policy_version_id,
                    r.next_attempt_at AS next_attempt_at,
                    COALESCE(i.total_amount - i.paid_amount, q.amount) AS amount,
                    COALESCE(i.currency, q.currency) AS currency
               FROM recoveries r
               CROSS JOIN customers c ON c.id = r.customer_id
               CROSS JOIN organizations o ON o.id = r.organization_id
               LEFT JOIN invoices i ON r.payable_kind = 'invoice' AND i.id = r.payable_id
               LEFT JOIN payment_requests q
                 ON r.payable_kind = 'payment_request' AND q.id = r.payable_id
              WHERE r.organization_id = :organization AND r.state = 'waiting' AND r.paused = 0
                AND r.next_attempt_at <= :until
              ORDER BY r.next_attempt_at, r.id
              LIMIT :limit";
        let params = named_params! {
            ":organization": organization.to_string(),
            ":until": until.unix_ms(),
            ":limit": limit,
        };
        let mut statement = self.connection.prepare_cached(heard(sql)).map_err(StoreError::from)?;
        let mut rows = statement.query(params).map_err(StoreError::from)?;
        while let Some(row) = rows.next().map_err(StoreError::from)? {
            let mut found = waiting(&Columns::of(row, "recoveries"))?;
            found.planned.so_far = self.climbed(&found)?;
            take(found.planned, found.policy)?;
        }
        Ok(())
    }

    /// By the last attempt that was declined and counts.
    fn climbed(&self, waiting: &Waiting) -> Result<Option<Climb<'static>>, StoreError> {
        let Some(last) = self.last_declined(waiting.recovery)? else { return Ok(None) };
        let (Some(instrument), AttemptState::Declined { decline, at }) =
            (last.instrument, last.state)
        else {
            return Ok(None);
        };
        let history = self.decline_history(waiting.recovery, &instrument.limit_key)?;
        let Some(mut history) = history else { return Ok(None) };
        history.declines_in_all = self.declines_of(waiting.recovery)?;
        Ok(Some(Climb {
            recovery: waiting.recovery,
            zone: waiting.zone,
            history,
            decline: Cow::Owned(decline),
            declined_at: at,
        }))
    }

    fn last_declined(&self, recovery: RecoveryId) -> Result<Option<Attempt>, StoreError> {
        super::row::row!(
            self,
            "attempts",
            "SELECT * FROM attempts
              WHERE recovery_id = :recovery AND state = 'declined'
                AND decline_retry NOT IN ('merchant', 'hold')
              ORDER BY number DESC LIMIT 1",
            named_params! { ":recovery": recovery.to_string() },
            super::attempts::attempt
        )
    }
}

fn waiting(columns: &Columns<'_>) -> Result<Waiting, StoreError> {
    Ok(Waiting {
        recovery: columns.parsed("id")?,
        zone: columns.parsed("timezone")?,
        policy: columns.parsed_option("policy_version_id")?,
        planned: Planned {
            next_attempt_at: columns.time("next_attempt_at")?,
            owed: columns.money("amount", "currency")?,
            so_far: None,
        },
    })
}
