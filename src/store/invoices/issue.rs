//! An invoice that was stored before is issued: it gets its number, its dates and its amounts.

use rusqlite::named_params;

use crate::domain::invoice::Invoice;
use crate::store::{StoreError, Tx};

impl Tx<'_> {
    /// What is fixed when an invoice is issued, and how it stands.
    pub fn save_issued_invoice(&self, issued: &Invoice) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "UPDATE invoices
                SET sequential_id = :sequential_id, number = :number,
                    fees_amount = :fees_amount, taxes_amount = :taxes_amount,
                    prepaid_granted_amount = :prepaid_granted_amount,
                    prepaid_purchased_amount = :prepaid_purchased_amount,
                    total_amount = :total_amount, issuing_date = :issuing_date,
                    payment_due_date = :payment_due_date
              WHERE id = :id AND organization_id = :organization_id",
        )?;
        statement.execute(named_params! {
            ":id": issued.id.to_string(),
            ":organization_id": issued.organization_id.to_string(),
            ":sequential_id": issued.sequential_id,
            ":number": issued.number,
            ":fees_amount": issued.fees_amount,
            ":taxes_amount": issued.taxes_amount,
            ":prepaid_granted_amount": issued.prepaid_granted_amount,
            ":prepaid_purchased_amount": issued.prepaid_purchased_amount,
            ":total_amount": issued.total_amount,
            ":issuing_date": issued.issuing_date.to_string(),
            ":payment_due_date": issued.payment_due_date.to_string(),
        })?;
        self.save_invoice(issued)
    }
}
