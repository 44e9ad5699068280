//! Payments that people recorded by hand.

use rusqlite::named_params;

use super::{StoreError, Tx};
use crate::domain::payment::ManualPayment;

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
