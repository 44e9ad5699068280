//! Which days of which subscription stand on which invoice. An index keeps days from being
//! billed twice.

use rusqlite::named_params;

use super::row::{Columns, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::billed_period::{BilledPeriod, BillingReason};
use crate::domain::billing_period::Period;
use crate::domain::id::{InvoiceId, SubscriptionId};
use crate::domain::invoice::Invoice;
use crate::domain::plan::PayWhen;
use crate::domain::subscription::Stretch;
use crate::domain::view::SubscriptionView;

impl Reader<'_> {
    /// In the order of the invoice's fees.
    pub fn billed_periods(&self, invoice: InvoiceId) -> Result<Vec<BilledPeriod>, StoreError> {
        rows!(
            self,
            "billed_periods",
            "SELECT * FROM billed_periods WHERE invoice_id = :invoice ORDER BY position",
            named_params! { ":invoice": invoice.to_string() },
            billed_period
        )
    }

    /// The latest days that the subscription was billed in advance on an invoice that stands.
    pub fn last_billed_in_advance(
        &self,
        subscription: SubscriptionId,
    ) -> Result<Option<Period>, StoreError> {
        row!(
            self,
            "billed_periods",
            "SELECT b.from_on, b.to_on
               FROM billed_periods AS b JOIN invoices AS i ON i.id = b.invoice_id
              WHERE b.subscription_id = :subscription AND b.pay_when = 'in_advance'
                AND i.status IN ('draft', 'finalized')
              ORDER BY b.from_on DESC
              LIMIT 1",
            named_params! { ":subscription": subscription.to_string() },
            |columns: &Columns<'_>| Ok::<_, StoreError>(Period {
                from: columns.parsed("from_on")?,
                to: columns.parsed("to_on")?,
            })
        )
    }

    /// The subscriptions on an invoice, as they were when it was made.
    pub(super) fn subscriptions_billed(
        &self,
        invoice: &Invoice,
        periods: &[BilledPeriod],
    ) -> Result<Vec<SubscriptionView>, StoreError> {
        let mut views: Vec<SubscriptionView> = Vec::new();
        for period in periods {
            let id = period.subscription_id;
            if views.iter().any(|known| known.subscription.id == id) {
                continue;
            }
            views.extend(self.subscription_view(
                invoice.organization_id,
                id,
                invoice.created_at,
            )?);
        }
        Ok(views)
    }
}

impl Tx<'_> {
    /// In the order of the invoice's fees. `Conflict` when days of these are billed already.
    pub fn insert_billed_periods(&self, periods: &[BilledPeriod]) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO billed_periods (invoice_id, position, subscription_id, plan_id, pay_when,
                    reason, from_on, to_on, period_from_on, period_to_on, from_at, to_at,
                    taken_off)
             VALUES (:invoice_id, :position, :subscription_id, :plan_id, :pay_when,
                    :reason, :from_on, :to_on, :period_from_on, :period_to_on, :from_at, :to_at,
                    :taken_off)",
        )?;
        for (position, made) in (0_i64..).zip(periods) {
            let Stretch { period, billed, pay_when } = made.stretch;
            statement.execute(named_params! {
                ":invoice_id": made.invoice_id.to_string(),
                ":position": position,
                ":subscription_id": made.subscription_id.to_string(),
                ":plan_id": made.plan_id.to_string(),
                ":pay_when": pay_when.as_str(),
                ":reason": made.reason.as_str(),
                ":from_on": billed.from.to_string(),
                ":to_on": billed.to.to_string(),
                ":period_from_on": period.from.to_string(),
                ":period_to_on": period.to.to_string(),
                ":from_at": made.from.unix_ms(),
                ":to_at": made.to.unix_ms(),
                ":taken_off": made.taken_off,
            })?;
        }
        Ok(())
    }
}

fn billed_period(columns: &Columns<'_>) -> Result<BilledPeriod, StoreError> {
    let period = |from, to| -> Result<Period, StoreError> {
        Ok(Period { from: columns.parsed(from)?, to: columns.parsed(to)? })
    };
    Ok(BilledPeriod {
        invoice_id: columns.parsed("invoice_id")?,
        subscription_id: columns.parsed("subscription_id")?,
        plan_id: columns.parsed("plan_id")?,
        stretch: Stretch {
            pay_when: columns.word("pay_when", PayWhen::parse)?,
            billed: period("from_on", "to_on")?,
            period: period("period_from_on", "period_to_on")?,
        },
        reason: columns.word("reason", BillingReason::parse)?,
        from: columns.time("from_at")?,
        to: columns.time("to_at")?,
        taken_off: columns.get("taken_off")?,
    })
}
