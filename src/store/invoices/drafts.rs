//! Invoices that are not final yet: everything about them can still change.

use chrono::NaiveDate;
use rusqlite::named_params;

use crate::domain::id::{CustomerId, InvoiceId, OrganizationId, SubscriptionId};
use crate::domain::invoice::Invoice;
use crate::domain::payment_method::MethodChoice;
use crate::domain::time::Timestamp;
use crate::store::row::{Columns, rows};
use crate::store::{Reader, StoreError, Tx};

impl Reader<'_> {
    /// Drafts whose time of grace is over, longest over first.
    pub fn drafts_to_finalize_of_every_organization(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(OrganizationId, InvoiceId)>, StoreError> {
        rows!(
            self,
            "invoice_drafts",
            "SELECT i.organization_id, d.invoice_id
               FROM invoice_drafts AS d JOIN invoices AS i ON i.id = d.invoice_id
              WHERE d.finalize_at <= :now
              ORDER BY d.finalize_at, d.invoice_id
              LIMIT :limit",
            named_params! { ":now": now.unix_ms(), ":limit": limit },
            |columns: &Columns<'_>| Ok::<_, StoreError>((
                columns.parsed("organization_id")?,
                columns.parsed("invoice_id")?
            ))
        )
    }

    /// Oldest first.
    pub fn drafts_of(&self, customer: CustomerId) -> Result<Vec<InvoiceId>, StoreError> {
        rows!(
            self,
            "invoice_drafts",
            "SELECT invoice_id FROM invoice_drafts
              WHERE customer_id = :customer ORDER BY invoice_id",
            named_params! { ":customer": customer.to_string() },
            |columns: &Columns<'_>| columns.parsed("invoice_id")
        )
    }
}

impl Tx<'_> {
    pub fn insert_draft(&self, draft: &Invoice, finalize_at: Timestamp) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO invoice_drafts (invoice_id, customer_id, finalize_at)
                 VALUES (:invoice, :customer, :finalize_at)",
            )?
            .execute(named_params! {
                ":invoice": draft.id.to_string(),
                ":customer": draft.customer_id.to_string(),
                ":finalize_at": finalize_at.unix_ms(),
            })?;
        Ok(())
    }

    /// It is no draft any more.
    pub fn delete_draft(&self, invoice: InvoiceId) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("DELETE FROM invoice_drafts WHERE invoice_id = :invoice")?
            .execute(named_params! { ":invoice": invoice.to_string() })?;
        Ok(())
    }

    /// Before an invoice is final, or as it becomes so: its number, its amounts and its dates.
    pub fn rewrite_invoice(&self, saved: &Invoice) -> Result<(), StoreError> {
        let date = |date: NaiveDate| date.to_string();
        let mut statement = self.connection.prepare_cached(
            "UPDATE invoices
                SET sequential_id = :sequential_id, number = :number,
                    fees_amount = :fees_amount, taxes_amount = :taxes_amount,
                    prepaid_granted_amount = :prepaid_granted_amount,
                    prepaid_purchased_amount = :prepaid_purchased_amount,
                    total_amount = :total_amount, issuing_date = :issuing_date,
                    payment_due_date = :payment_due_date
              WHERE id = :id AND organization_id = :organization_id
                AND status IN ('draft', 'open')",
        )?;
        statement.execute(named_params! {
            ":id": saved.id.to_string(),
            ":organization_id": saved.organization_id.to_string(),
            ":sequential_id": saved.sequential_id,
            ":number": saved.number,
            ":fees_amount": saved.fees_amount,
            ":taxes_amount": saved.taxes_amount,
            ":prepaid_granted_amount": saved.prepaid_granted_amount,
            ":prepaid_purchased_amount": saved.prepaid_purchased_amount,
            ":total_amount": saved.total_amount,
            ":issuing_date": date(saved.issuing_date),
            ":payment_due_date": date(saved.payment_due_date),
        })?;
        self.save_invoice(saved)
    }

    /// Its lines and taxes, to be made again.
    pub fn delete_fees(&self, invoice: InvoiceId) -> Result<(), StoreError> {
        let params = named_params! { ":invoice": invoice.to_string() };
        self.connection.execute("DELETE FROM fees WHERE invoice_id = :invoice", params)?;
        self.connection.execute("DELETE FROM applied_taxes WHERE invoice_id = :invoice", params)?;
        Ok(())
    }

    /// What is not paid yet of invoices on which this subscription stands first is to be paid
    /// as it says now.
    pub fn choose_method_of_unpaid_invoices(
        &self,
        subscription: SubscriptionId,
        choice: MethodChoice,
    ) -> Result<(), StoreError> {
        let (choice, method) = super::row::choice_values(choice);
        self.connection
            .prepare_cached(
                "UPDATE invoices SET method_choice = :choice, payment_method_id = :method
                  WHERE payment_status <> 'succeeded' AND status IN ('draft', 'finalized')
                    AND id IN (SELECT invoice_id FROM billed_periods
                                WHERE subscription_id = :subscription AND position = 0)",
            )?
            .execute(named_params! {
                ":subscription": subscription.to_string(), ":choice": choice, ":method": method,
            })?;
        Ok(())
    }
}
