//! Debts whose first charge was declined, with what was tried at them after.

use chrono_tz::Tz;
use rusqlite::named_params;

use super::row::{Columns, row, rows};
use super::{Reader, StoreError};
use crate::domain::attempt::Origin;
use crate::domain::backtest::Tally;
use crate::domain::decline::{Decline, DeclineClass, RetryClass};
use crate::domain::failure::{Failure, FirstDecline, MadeOn, SettledOtherwise, Try};
use crate::domain::id::{OrganizationId, RecoveryId};
use crate::domain::time::{Span, Timestamp};

/// First charges that the rate of first charges is counted from.
const FIRST_CHARGES_MAX: u32 = 10_000;

/// What is known of a debt beside its attempts.
struct Debt {
    recovery: RecoveryId,
    zone: Tz,
    settled_otherwise: Option<(SettledOtherwise, Timestamp)>,
}

impl Reader<'_> {
    /// Those of invoices whose first charge began in this time, of more than `limit` the newest.
    /// In no order.
    pub fn failures(
        &self,
        organization: OrganizationId,
        (from, to): (Timestamp, Timestamp),
        limit: u32,
    ) -> Result<Vec<Failure>, StoreError> {
        let debts = rows!(
            self,
            "recoveries",
            "SELECT r.id AS recovery_id, COALESCE(c.timezone, o.timezone) AS timezone,
                    r.state AS recovery_state, r.reason AS recovery_reason,
                    r.ended_at AS ended_at
               FROM attempts a
               CROSS JOIN recoveries r ON r.id = a.recovery_id
               CROSS JOIN customers c ON c.id = r.customer_id
               CROSS JOIN organizations o ON o.id = r.organization_id
              WHERE a.organization_id = :organization AND a.number = 1 AND a.state = 'declined'
                AND a.payable_kind = 'invoice' AND a.begun_at >= :from AND a.begun_at < :to
              ORDER BY a.begun_at DESC LIMIT :limit",
            named_params! {
                ":organization": organization.to_string(),
                ":from": from.unix_ms(),
                ":to": to.unix_ms(),
                ":limit": limit,
            },
            debt
        )?;
        let mut failures = Vec::with_capacity(debts.len());
        for debt in debts {
            let tries = self.tries_of(debt.recovery)?;
            failures.extend(failure(debt, tries));
        }
        Ok(failures)
    }

    /// The attempts that have an answer, in their order.
    fn tries_of(&self, recovery: RecoveryId) -> Result<Vec<Try>, StoreError> {
        rows!(
            self,
            "attempts",
            "SELECT a.number AS number, a.origin AS origin, a.amount AS amount,
                    a.currency AS currency, COALESCE(a.method_kind, '') AS method_kind,
                    COALESCE(a.limit_key, '') AS limit_key, a.state AS state,
                    a.decline_class AS decline_class, a.decline_retry AS decline_retry,
                    a.decline_code AS decline_code,
                    a.decline_retry_after_ms AS decline_retry_after_ms,
                    a.settled_at AS settled_at, k.provider AS provider
               FROM attempts a
               CROSS JOIN connections k ON k.id = a.connection_id
              WHERE a.recovery_id = :recovery AND a.state IN ('paid', 'declined')
              ORDER BY a.number",
            named_params! { ":recovery": recovery.to_string() },
            tried
        )
    }

    /// How often the first charge of a debt was paid, of the newest.
    pub fn first_charges(&self, organization: OrganizationId) -> Result<Tally, StoreError> {
        let found = row!(
            self,
            "attempts",
            "SELECT COUNT(*) AS tries, COALESCE(SUM(state = 'paid'), 0) AS paid
               FROM (SELECT state, number FROM attempts
                      WHERE organization_id = :organization
                      ORDER BY begun_at DESC LIMIT :limit)
              WHERE number = 1 AND state IN ('paid', 'declined')",
            named_params! {
                ":organization": organization.to_string(),
                ":limit": FIRST_CHARGES_MAX,
            },
            |columns: &Columns<'_>| Ok::<_, StoreError>(Tally {
                tries: columns.get::<u32>("tries")?.into(),
                paid: columns.get::<u32>("paid")?.into(),
            })
        )?;
        Ok(found.unwrap_or_default())
    }
}

fn debt(columns: &Columns<'_>) -> Result<Debt, StoreError> {
    Ok(Debt {
        recovery: columns.parsed("recovery_id")?,
        zone: columns.parsed("timezone")?,
        settled_otherwise: settled_otherwise(columns)?,
    })
}

fn tried(columns: &Columns<'_>) -> Result<Try, StoreError> {
    Ok(Try {
        number: columns.get("number")?,
        origin: columns.word("origin", Origin::parse)?,
        amount: columns.money("amount", "currency")?,
        made_on: MadeOn {
            method: columns.get("method_kind")?,
            instrument: columns.get("limit_key")?,
            provider: columns.get("provider")?,
        },
        decline: decline_that_counts(columns)?,
        at: columns.time("settled_at")?,
    })
}

fn settled_otherwise(
    columns: &Columns<'_>,
) -> Result<Option<(SettledOtherwise, Timestamp)>, StoreError> {
    let Some(at) = columns.time_option("ended_at")? else { return Ok(None) };
    let state: String = columns.get("recovery_state")?;
    let reason: String = columns.get("recovery_reason")?;
    let how = match (state.as_str(), reason.as_str()) {
        ("recovered", "attempt") => return Ok(None),
        ("recovered", "payment_request") => SettledOtherwise::Request,
        ("recovered", "manual_payment" | "person") => SettledOtherwise::ByHand,
        _ => SettledOtherwise::Gone,
    };
    Ok(Some((how, at)))
}

/// Without the provider's sentence, which nothing here reads.
fn decline_that_counts(columns: &Columns<'_>) -> Result<Option<Decline>, StoreError> {
    let Some(class) = columns.word_option("decline_class", DeclineClass::parse)? else {
        return Ok(None);
    };
    let state: String = columns.get("state")?;
    if state == "paid" {
        return Ok(None);
    }
    let retry_after_ms: Option<u32> = columns.get("decline_retry_after_ms")?;
    Ok(Some(Decline {
        class,
        retry: columns.word("decline_retry", RetryClass::parse)?,
        code: columns.get("decline_code")?,
        network_code: None,
        advice_code: None,
        retry_after: retry_after_ms.map(Span::ms),
        message: String::new(),
    }))
}

/// None: money came late for the charge that was declined, so it is no failure any more.
fn failure(debt: Debt, tries: Vec<Try>) -> Option<Failure> {
    let mut tries = tries.into_iter();
    let first = tries.next()?;
    Some(Failure {
        recovery: debt.recovery,
        amount: first.amount,
        zone: debt.zone,
        first: FirstDecline { at: first.at, decline: first.decline?, made_on: first.made_on },
        tries: tries.collect(),
        settled_otherwise: debt.settled_otherwise,
    })
}

#[cfg(test)]
mod tests {
    use super::super::query_plans::{faults, nobody};
    use super::*;

    #[test]
    fn failures_and_what_is_planned_are_found_by_an_index() {
        let now = Timestamp::from_unix_ms(0);
        let found = faults(|read| {
            read.failures(nobody(), (now, now), 10)?;
            read.first_charges(nobody())?;
            read.planned(nobody(), (now, 10), |_, _| Ok::<_, StoreError>(()))
        });
        assert!(found.is_empty(), "{found:#?}");
    }
}
