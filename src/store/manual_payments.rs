//! Payments that people recorded by hand, and what an invoice has been paid in all.

use rusqlite::named_params;

use super::{Reader, StoreError, Tx};
use crate::domain::payment::{ManualPayment, PayableId};

impl Reader<'_> {
    /// Everything that has come in for the debt, recorded by hand or charged, alone or
    /// with others, in its minor units. More than was due when something was paid twice.
    pub fn paid_in_all(&self, payable: PayableId) -> Result<i64, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT COALESCE((SELECT SUM(m.amount)
                                FROM manual_payments m
                               WHERE m.invoice_id = :payable), 0)
                  + COALESCE((SELECT SUM(a.amount)
                                FROM recoveries r
                                JOIN attempts a ON a.recovery_id = r.id
                               WHERE r.payable_kind = :kind AND r.payable_id = :payable
                                 AND a.state = 'paid'), 0)
                  + COALESCE((SELECT SUM(p.paid_amount)
                                FROM payment_request_invoices p
                               WHERE p.invoice_id = :payable), 0)",
        )?;
        let kind = payable.kind();
        let values = named_params! { ":kind": kind, ":payable": payable.uuid().to_string() };
        Ok(statement.query_row(values, |row| row.get(0))?)
    }
}

impl Tx<'_> {
    pub fn insert_manual_payment(&self, made: &ManualPayment) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO manual_payments (id, organization_id, customer_id, invoice_id,
                    amount, currency, reference, paid_at)
             VALUES (:id, :organization_id, :customer_id, :invoice_id,
                    :amount, :currency, :reference, :paid_at)",
        )?;
        statement.execute(named_params! {
            ":id": made.id.to_string(),
            ":organization_id": made.organization_id.to_string(),
            ":customer_id": made.customer_id.to_string(),
            ":invoice_id": made.invoice_id.to_string(),
            ":amount": made.amount.minor_units,
            ":currency": made.amount.currency.code(),
            ":reference": made.reference,
            ":paid_at": made.paid_at.unix_ms(),
        })?;
        self.count_payment(made.organization_id)
    }
}
