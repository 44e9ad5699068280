//! How many there are, kept as they change: a list says its total with every page, and counting
//! a hundred thousand rows each time would take longer than everything else.

use rusqlite::named_params;

use super::{Reader, StoreError, Tx};
use crate::domain::filter::InvoiceFilter;
use crate::domain::id::{AttemptId, InvoiceId, OrganizationId};
use crate::domain::invoice::{Invoice, InvoiceStatus, PaymentStatus};
use crate::store::conditions::Conditions;

/// What invoices are counted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct InvoiceStates {
    status: String,
    payment_status: String,
    payment_overdue: bool,
}

impl InvoiceStates {
    pub fn of(invoice: &Invoice) -> InvoiceStates {
        InvoiceStates {
            status: invoice.status.as_str().to_owned(),
            payment_status: invoice.payment_status.as_str().to_owned(),
            payment_overdue: invoice.payment_overdue,
        }
    }
}

impl Reader<'_> {
    /// None where the filter asks for more than states: those have to be counted one by one.
    pub(super) fn counted_invoices(
        &self,
        organization: OrganizationId,
        filter: &InvoiceFilter,
    ) -> Result<Option<u64>, StoreError> {
        if !filter.is_of_states_only() {
            return Ok(None);
        }
        let organization = organization.to_string();
        let mut wanted = Conditions::of("organization_id = :org", ":org", organization);
        let shown = InvoiceStatus::ALL.iter().filter(|status| status.is_visible());
        let statuses = shown
            .filter(|status| filter.statuses.as_ref().is_none_or(|wanted| wanted.contains(status)));
        wanted.and_in("status", ":status", statuses.map(|it| it.as_str().to_owned()));
        if let Some(statuses) = &filter.payment_statuses {
            let words = statuses.iter().copied().map(PaymentStatus::as_str).map(str::to_owned);
            wanted.and_in("payment_status", ":payment_status", words);
        }
        if let Some(overdue) = filter.payment_overdue {
            wanted.and_with("payment_overdue = :overdue", ":overdue", overdue);
        }
        let sql =
            format!("SELECT COALESCE(SUM(invoices), 0) FROM invoice_counts WHERE {}", wanted.sql());
        let mut statement = self.connection.prepare_cached(&sql)?;
        let total: i64 = statement.query_row(wanted.values().as_slice(), |row| row.get(0))?;
        Ok(Some(total.unsigned_abs()))
    }

    /// All payments but those of invoices that are not shown, of which there are few.
    pub(super) fn counted_payments(&self, organization: OrganizationId) -> Result<u64, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT COALESCE((SELECT payments FROM payment_counts
                               WHERE organization_id = :organization), 0)
                  - (SELECT COUNT(*)
                       FROM invoices i
                       JOIN recoveries r ON r.payable_kind = 'invoice' AND r.payable_id = i.id
                       JOIN attempts a ON a.recovery_id = r.id
                      WHERE i.organization_id = :organization
                        AND i.status IN ('open', 'closed', 'deleted'))
                  - (SELECT COUNT(*)
                       FROM invoices i
                       JOIN manual_payments m ON m.invoice_id = i.id
                      WHERE i.organization_id = :organization
                        AND i.status IN ('open', 'closed', 'deleted'))",
        )?;
        let values = named_params! { ":organization": organization.to_string() };
        let total: i64 = statement.query_row(values, |row| row.get(0))?;
        Ok(u64::try_from(total).unwrap_or(0))
    }
}

impl Tx<'_> {
    /// As they are in the table, before a change.
    pub(super) fn invoice_states(
        &self,
        id: InvoiceId,
    ) -> Result<Option<InvoiceStates>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT status, payment_status, payment_overdue FROM invoices WHERE id = :id",
        )?;
        let mut rows = statement.query(named_params! { ":id": id.to_string() })?;
        match rows.next()? {
            Some(row) => Ok(Some(InvoiceStates {
                status: row.get(0)?,
                payment_status: row.get(1)?,
                payment_overdue: row.get(2)?,
            })),
            None => Ok(None),
        }
    }

    /// None: it was not there before.
    pub(super) fn recount_invoice(
        &self,
        before: Option<&InvoiceStates>,
        now: &Invoice,
    ) -> Result<(), StoreError> {
        let after = InvoiceStates::of(now);
        if before == Some(&after) {
            return Ok(());
        }
        if let Some(before) = before {
            let sql = "UPDATE invoice_counts
                          SET invoices = invoices - 1
                        WHERE organization_id = :organization AND status = :status
                          AND payment_status = :payment_status
                          AND payment_overdue = :overdue";
            self.count_invoice(sql, now.organization_id, before)?;
        }
        let sql = "INSERT INTO invoice_counts (organization_id, status, payment_status,
                          payment_overdue, invoices)
                   VALUES (:organization, :status, :payment_status, :overdue, 1)
                   ON CONFLICT (organization_id, status, payment_status, payment_overdue)
                   DO UPDATE SET invoices = invoices + 1";
        self.count_invoice(sql, now.organization_id, &after)
    }

    fn count_invoice(
        &self,
        sql: &str,
        organization: OrganizationId,
        states: &InvoiceStates,
    ) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        statement.execute(named_params! {
            ":organization": organization.to_string(),
            ":status": states.status,
            ":payment_status": states.payment_status,
            ":overdue": states.payment_overdue,
        })?;
        Ok(())
    }

    /// The word for it, before a change. None: it was not there.
    pub(super) fn attempt_state(&self, id: AttemptId) -> Result<Option<String>, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT state FROM attempts WHERE id = :id")?;
        let mut rows = statement.query(named_params! { ":id": id.to_string() })?;
        Ok(rows.next()?.map(|row| row.get(0)).transpose()?)
    }

    pub(super) fn count_payment(&self, organization: OrganizationId) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO payment_counts (organization_id, payments)
             VALUES (:organization, 1)
             ON CONFLICT (organization_id) DO UPDATE SET payments = payments + 1",
        )?;
        statement.execute(named_params! { ":organization": organization.to_string() })?;
        Ok(())
    }
}
