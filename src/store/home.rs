//! The figures of the first page. Each is read from an index that holds little more than what it
//! counts.

use rusqlite::named_params;

use super::conditions::Conditions;
use super::row::{Columns, exact_sum, rows};
use super::{Reader, StoreError};
use crate::domain::currency::Currency;
use crate::domain::home::{Ahead, MonthFigure, ToDo};
use crate::domain::id::{OrganizationId, RecoveryId};
use crate::domain::money::Money;
use crate::domain::recovery::IdleReason;
use crate::domain::time::Timestamp;
use crate::domain::view::{Slice, SliceRequest};

/// Those that wait for something that a person of the business can do.
const FOR_A_PERSON: [IdleReason; 4] =
    [IdleReason::Held, IdleReason::NeedsMethod, IdleReason::NoProvider, IdleReason::Exhausted];

impl Reader<'_> {
    /// Of the debts first declined since then, the largest currency first.
    pub fn month_figures(
        &self,
        organization: OrganizationId,
        since: Timestamp,
    ) -> Result<Vec<MonthFigure>, StoreError> {
        let paid = "MIN(i.paid_amount, i.total_amount)";
        let owed = "CASE WHEN i.status = 'finalized' AND i.payment_status <> 'succeeded'
                         THEN MAX(i.total_amount - i.paid_amount, 0) ELSE 0 END";
        let sql = format!(
            "SELECT i.currency AS currency, COUNT(*) AS failed,
                    COUNT(CASE WHEN r.state = 'recovered' THEN 1 END) AS recovered,
                    {}, {}, {}
               FROM attempts a
               CROSS JOIN recoveries r ON r.id = a.recovery_id
               CROSS JOIN invoices i ON i.id = r.payable_id
              WHERE a.organization_id = :organization AND a.begun_at >= :since
                AND a.number = 1 AND a.state = 'declined' AND a.payable_kind = 'invoice'
              GROUP BY i.currency
              ORDER BY failed DESC, i.currency",
            exact_sum("i.total_amount", "in_all"),
            exact_sum(paid, "paid"),
            exact_sum(owed, "owed"),
        );
        let params =
            named_params! { ":organization": organization.to_string(), ":since": since.unix_ms() };
        rows!(self, "attempts", &sql, params, |columns: &Columns<'_>| {
            let currency: Currency = columns.parsed("currency")?;
            let sum = |name| Ok::<_, StoreError>(Money::new(columns.sum(name)?, currency));
            Ok::<_, StoreError>(MonthFigure {
                failed: columns.get::<i64>("failed")?.unsigned_abs(),
                recovered: columns.get::<i64>("recovered")?.unsigned_abs(),
                failed_amount: sum("in_all")?,
                recovered_amount: sum("paid")?,
                at_risk: sum("owed")?,
            })
        })
    }

    /// Each counted up to the limit, and one more where there are more.
    pub fn to_do(&self, organization: OrganizationId, limit: u64) -> Result<ToDo, StoreError> {
        let mut idle = Vec::new();
        for reason in FOR_A_PERSON {
            let of_reason = format!("state = 'idle' AND reason = '{}'", reason.as_str());
            let counted = self.counted(organization, ("recoveries", &of_reason), limit)?;
            if counted > 0 {
                idle.push((reason, counted));
            }
        }
        let unresolved = "(state = 'unknown'
              OR (state IN ('pending', 'needs_action') AND next_lookup_at IS NULL))";
        let connections = self.connections(organization)?;
        let paused = connections.into_iter().filter(|it| it.paused.is_some());
        Ok(ToDo {
            idle,
            unresolved: self.counted(organization, ("attempts", unresolved), limit)?,
            surplus: self.counted(
                organization,
                ("surplus_payments", "state IN ('open', 'refund_failed')"),
                limit,
            )?,
            paused_connections: paused.map(|it| it.code).collect(),
        })
    }

    /// Those that wait for this, newest first.
    pub fn idle_recoveries(
        &self,
        organization: OrganizationId,
        reason: IdleReason,
        request: SliceRequest,
    ) -> Result<Slice<RecoveryId>, StoreError> {
        let mut conditions = Conditions::of(
            "organization_id = :organization AND state = 'idle'",
            ":organization",
            organization.to_string(),
        );
        conditions.and_with("reason = :reason", ":reason", reason.as_str().to_owned());
        let sql = conditions.slice("SELECT id FROM recoveries", request);
        let values = conditions.values();
        let found = rows!(self, "recoveries", &sql, values.as_slice(), |columns: &Columns<'_>| {
            columns.parsed::<RecoveryId>("id")
        })?;
        Ok(Slice::of(found, request.limit, |id| id.uuid()))
    }

    fn counted(
        &self,
        organization: OrganizationId,
        (table, which): (&str, &str),
        limit: u64,
    ) -> Result<u64, StoreError> {
        let sql = format!(
            "SELECT COUNT(*) AS counted
               FROM (SELECT 1 FROM {table}
                      WHERE organization_id = :organization AND {which} LIMIT :limit)"
        );
        let limit = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let params = named_params! { ":organization": organization.to_string(), ":limit": limit };
        let counted = rows!(self, "counts", &sql, params, |columns: &Columns<'_>| {
            columns.get::<i64>("counted")
        })?;
        Ok(counted.first().map_or(0, |count| count.unsigned_abs()))
    }

    /// Attempts that are planned until then.
    pub fn ahead(
        &self,
        organization: OrganizationId,
        until: Timestamp,
    ) -> Result<Vec<Ahead>, StoreError> {
        let sql = format!(
            "SELECT i.currency AS currency, COUNT(*) AS attempts, {}
               FROM recoveries r
               CROSS JOIN invoices i ON i.id = r.payable_id
              WHERE r.organization_id = :organization AND r.state = 'waiting' AND r.paused = 0
                AND r.next_attempt_at <= :until AND r.payable_kind = 'invoice'
              GROUP BY i.currency
              ORDER BY attempts DESC, i.currency",
            exact_sum("(i.total_amount - i.paid_amount)", "in_all"),
        );
        let params =
            named_params! { ":organization": organization.to_string(), ":until": until.unix_ms() };
        rows!(self, "recoveries", &sql, params, |columns: &Columns<'_>| {
            let currency: Currency = columns.parsed("currency")?;
            Ok::<_, StoreError>(Ahead {
                attempts: columns.get::<i64>("attempts")?.unsigned_abs(),
                amount: Money::new(columns.sum("in_all")?, currency),
            })
        })
    }

    /// The debts that are tried next, soonest first.
    pub fn tried_next(
        &self,
        organization: OrganizationId,
        limit: u32,
    ) -> Result<Vec<RecoveryId>, StoreError> {
        rows!(
            self,
            "recoveries",
            "SELECT id FROM recoveries
              WHERE organization_id = :organization AND state = 'waiting' AND paused = 0
              ORDER BY next_attempt_at, id
              LIMIT :limit",
            named_params! { ":organization": organization.to_string(), ":limit": limit },
            |columns: &Columns<'_>| columns.parsed("id")
        )
    }
}
