//! The ledger: entries are added and read, and the schema refuses anything else.

use rusqlite::named_params;

use super::conditions::Conditions;
use super::recoveries::payable;
use super::row::{Columns, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::filter::LedgerFilter;
use crate::domain::id::{AttemptId, OrganizationId};
use crate::domain::ledger::{EntryKind, LedgerEntry};
use crate::domain::view::{Slice, SliceRequest};

impl Reader<'_> {
    /// Newest first.
    pub fn ledger_entries(
        &self,
        organization: OrganizationId,
        filter: &LedgerFilter,
        request: SliceRequest,
    ) -> Result<Slice<LedgerEntry>, StoreError> {
        let mut conditions = Conditions::of(
            "organization_id = :organization",
            ":organization",
            organization.to_string(),
        );
        if let Some(kind) = filter.kind {
            conditions.and_with("kind = :kind", ":kind", kind.as_str().to_owned());
        }
        if let Some(invoice) = filter.invoice_id {
            conditions.and_with("invoice_id = :invoice", ":invoice", invoice.to_string());
        }
        if let Some(payment) = filter.payment_id {
            conditions.and_with("payment_id = :payment", ":payment", payment.to_string());
        }
        let sql = conditions.slice("SELECT * FROM ledger_entries", request);
        let found = rows!(self, "ledger_entries", &sql, conditions.values().as_slice(), entry)?;
        Ok(Slice::of(found, request.limit, |entry| entry.id.uuid()))
    }

    /// Whether the payer's bank took this payment back.
    pub fn is_disputed(&self, payment: AttemptId) -> Result<bool, StoreError> {
        let found = rows!(
            self,
            "ledger_entries",
            "SELECT * FROM ledger_entries
              WHERE payment_id = :payment AND kind = 'dispute'
              ORDER BY id LIMIT 1",
            named_params! { ":payment": payment.to_string() },
            entry
        )?;
        Ok(!found.is_empty())
    }
}

impl Tx<'_> {
    /// In the transaction that learns of the money.
    pub fn append_ledger(&self, made: &LedgerEntry) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO ledger_entries (id, organization_id, customer_id, payable_kind,
                    payable_id, invoice_id, payment_id, refund_id, kind, amount, currency, at)
             VALUES (:id, :organization_id, :customer_id, :payable_kind,
                    :payable_id, :invoice_id, :payment_id, :refund_id, :kind, :amount, :currency,
                    :at)",
        )?;
        statement.execute(named_params! {
            ":id": made.id.to_string(),
            ":organization_id": made.organization_id.to_string(),
            ":customer_id": made.customer_id.to_string(),
            ":payable_kind": made.payable.kind(),
            ":payable_id": made.payable.uuid().to_string(),
            ":invoice_id": made.invoice_id.map(|id| id.to_string()),
            ":payment_id": made.payment_id.to_string(),
            ":refund_id": made.refund_id.map(|id| id.to_string()),
            ":kind": made.kind.as_str(),
            ":amount": made.amount.minor_units,
            ":currency": made.amount.currency.code(),
            ":at": made.at.unix_ms(),
        })?;
        Ok(())
    }
}

fn entry(columns: &Columns<'_>) -> Result<LedgerEntry, StoreError> {
    Ok(LedgerEntry {
        id: columns.parsed("id")?,
        organization_id: columns.parsed("organization_id")?,
        customer_id: columns.parsed("customer_id")?,
        payable: payable(columns)?,
        invoice_id: columns.parsed_option("invoice_id")?,
        payment_id: columns.parsed("payment_id")?,
        refund_id: columns.parsed_option("refund_id")?,
        kind: columns.word("kind", EntryKind::parse)?,
        amount: columns.money("amount", "currency")?,
        at: columns.time("at")?,
    })
}
