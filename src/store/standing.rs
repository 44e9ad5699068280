//! The payments of one invoice with how they stand, and which declined ones were given up.

use rusqlite::named_params;

use super::attempts::attempt;
use super::row::{Columns, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::id::{AttemptId, InvoiceId, OrganizationId, RecoveryId};
use crate::domain::payment::{ManualPayment, PayableId};
use crate::domain::standing::{Around, StandingAttempt, StandingPayment, stand};
use crate::domain::time::Timestamp;

/// A debt has few.
const PAYMENTS_MAX: u32 = 10_000;

impl Reader<'_> {
    /// Newest first.
    pub fn standing_payments(
        &self,
        organization: OrganizationId,
        invoice: InvoiceId,
    ) -> Result<Vec<StandingPayment>, StoreError> {
        let mut found: Vec<StandingPayment> = Vec::new();
        if let Some(recovery) = self.recovery_of(PayableId::Invoice(invoice))?
            && recovery.organization_id == organization
        {
            for standing in self.standing_attempts(recovery.id)? {
                let connection = self.connection(organization, standing.attempt.connection_id)?;
                let provider = connection.map(|found| found.provider).unwrap_or_default();
                found.push(StandingPayment::Attempt(Box::new(standing), provider));
            }
        }
        let recorded = self.recorded_payments(organization, invoice)?;
        found.extend(recorded.into_iter().map(StandingPayment::Recorded));
        found.sort_by_key(|payment| std::cmp::Reverse(payment.id()));
        Ok(found)
    }

    /// In the order they were made.
    pub fn standing_attempts(
        &self,
        recovery: RecoveryId,
    ) -> Result<Vec<StandingAttempt>, StoreError> {
        let Some(owner) = self.recovery_of_every_organization(recovery)? else {
            return Ok(vec![]);
        };
        rows!(
            self,
            "attempts",
            "SELECT a.*, g.at AS given_up_at,
                    (SELECT MIN(b.begun_at) FROM attempts AS b
                      WHERE b.recovery_id = a.recovery_id AND b.number > a.number) AS followed_at
               FROM attempts AS a LEFT JOIN attempts_given_up AS g ON g.attempt_id = a.id
              WHERE a.recovery_id = :recovery
              ORDER BY a.number LIMIT :limit",
            named_params! { ":recovery": recovery.to_string(), ":limit": PAYMENTS_MAX },
            |columns: &Columns<'_>| {
                let around = Around {
                    followed_at: columns.time_option("followed_at")?,
                    given_up_at: columns.time_option("given_up_at")?,
                };
                Ok::<_, StoreError>(stand(attempt(columns)?, &owner, around))
            }
        )
    }

    /// What people recorded for one invoice, oldest first.
    fn recorded_payments(
        &self,
        organization: OrganizationId,
        invoice: InvoiceId,
    ) -> Result<Vec<ManualPayment>, StoreError> {
        rows!(
            self,
            "manual_payments",
            "SELECT * FROM manual_payments
              WHERE organization_id = :organization AND invoice_id = :invoice
              ORDER BY id LIMIT :limit",
            named_params! {
                ":organization": organization.to_string(),
                ":invoice": invoice.to_string(),
                ":limit": PAYMENTS_MAX,
            },
            |columns: &Columns<'_>| Ok::<_, StoreError>(ManualPayment {
                id: columns.parsed("id")?,
                organization_id: columns.parsed("organization_id")?,
                customer_id: columns.parsed("customer_id")?,
                invoice_id: columns.parsed("invoice_id")?,
                amount: columns.money("amount", "currency")?,
                reference: columns.get("reference")?,
                paid_at: columns.time("paid_at")?,
            })
        )
    }
}

impl Tx<'_> {
    /// The first time counts.
    pub fn give_up_attempt(&self, id: AttemptId, now: Timestamp) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO attempts_given_up (attempt_id, at) VALUES (:id, :now)
                 ON CONFLICT (attempt_id) DO NOTHING",
            )?
            .execute(named_params! { ":id": id.to_string(), ":now": now.unix_ms() })?;
        Ok(())
    }
}
