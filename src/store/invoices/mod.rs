//! Invoices, one by one: written, read, numbered. Lists are in `list.rs`, an invoice with what
//! is shown beside it in `view.rs`.

mod chosen;
mod drafts;
mod list;
mod pages;
mod row;
mod term;
#[cfg(test)]
mod tests;
mod view;

pub(super) use list::shown_statuses;
pub(super) use row::{choice_values, invoice, method_choice};
pub(super) use term::add_term;

use chrono::NaiveDate;
use rusqlite::named_params;

use super::conditions::folded;
use super::row::{Columns, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::id::{CustomerId, InvoiceId, OrganizationId};
use crate::domain::invoice::Invoice;

impl Reader<'_> {
    /// Of any status, also those that the API never shows.
    pub fn invoice(
        &self,
        organization: OrganizationId,
        id: InvoiceId,
    ) -> Result<Option<Invoice>, StoreError> {
        row!(
            self,
            "invoices",
            "SELECT * FROM invoices WHERE id = :id AND organization_id = :organization",
            named_params! { ":id": id.to_string(), ":organization": organization.to_string() },
            row::invoice
        )
    }

    /// The customers of that name, deleted ones too: a name can be used again.
    pub(super) fn customers_ever_called(
        &self,
        organization: OrganizationId,
        external_id: &str,
    ) -> Result<Vec<String>, StoreError> {
        rows!(
            self,
            "customers",
            "SELECT id
               FROM customers
              WHERE organization_id = :organization AND external_id = :external_id
              ORDER BY id",
            named_params! {
                ":organization": organization.to_string(),
                ":external_id": external_id,
            },
            |columns: &Columns<'_>| columns.get("id")
        )
    }

    /// Unpaid ones that were due before `today` and are not marked yet, longest due first.
    pub fn invoices_to_mark_overdue_of_every_organization(
        &self,
        today: NaiveDate,
        limit: u32,
    ) -> Result<Vec<Invoice>, StoreError> {
        rows!(
            self,
            "invoices",
            "SELECT *
               FROM invoices
              WHERE status = 'finalized' AND payment_status <> 'succeeded'
                AND payment_overdue = 0 AND dispute_lost_at IS NULL
                AND payment_due_date < :today
              ORDER BY payment_due_date, id
              LIMIT :limit",
            named_params! { ":today": today.to_string(), ":limit": limit },
            row::invoice
        )
    }
}

impl Tx<'_> {
    /// The next number among the customer's invoices. Numbers have no gaps: when the rest of
    /// the transaction fails, this one is not used up.
    pub fn next_invoice_number(&self, customer: CustomerId) -> Result<u32, StoreError> {
        let next = self.connection.query_row(
            "UPDATE customers
                SET invoices_numbered = invoices_numbered + 1
              WHERE id = :customer
             RETURNING invoices_numbered",
            named_params! { ":customer": customer.to_string() },
            |row| row.get(0),
        )?;
        Ok(next)
    }

    pub fn insert_invoice(&self, made: &Invoice) -> Result<(), StoreError> {
        let (choice, method) = row::choice_values(made.method_choice);
        self.connection.execute(
            "INSERT INTO invoices (id, organization_id, customer_id, invoice_type, status,
                    payment_status, sequential_id, number, purchase_order_number,
                    purchase_order_folded, currency, fees_amount, taxes_amount,
                    prepaid_granted_amount, prepaid_purchased_amount, total_amount, paid_amount,
                    issuing_date, payment_due_date, net_payment_term, payment_overdue,
                    dispute_lost_at, voided_at, skip_automatic_payment, method_choice,
                    payment_method_id, created_at, updated_at)
             VALUES (:id, :organization_id, :customer_id, :invoice_type, :status,
                    :payment_status, :sequential_id, :number, :purchase_order_number,
                    :purchase_order_folded, :currency, :fees_amount, :taxes_amount,
                    :prepaid_granted_amount, :prepaid_purchased_amount, :total_amount,
                    :paid_amount, :issuing_date, :payment_due_date, :net_payment_term,
                    :payment_overdue, :dispute_lost_at, :voided_at, :skip_automatic_payment,
                    :method_choice, :payment_method_id, :created_at, :updated_at)",
            named_params! {
                ":id": made.id.to_string(),
                ":organization_id": made.organization_id.to_string(),
                ":customer_id": made.customer_id.to_string(),
                ":invoice_type": made.invoice_type.as_str(),
                ":status": made.status.as_str(),
                ":payment_status": made.payment_status.as_str(),
                ":sequential_id": made.sequential_id,
                ":number": made.number,
                ":purchase_order_number": made.purchase_order_number,
                ":purchase_order_folded": made.purchase_order_number.as_deref().map(folded),
                ":currency": made.currency.code(),
                ":fees_amount": made.fees_amount,
                ":taxes_amount": made.taxes_amount,
                ":prepaid_granted_amount": made.prepaid_granted_amount,
                ":prepaid_purchased_amount": made.prepaid_purchased_amount,
                ":total_amount": made.total_amount,
                ":paid_amount": made.paid_amount,
                ":issuing_date": made.issuing_date.to_string(),
                ":payment_due_date": made.payment_due_date.to_string(),
                ":net_payment_term": made.net_payment_term,
                ":payment_overdue": made.payment_overdue,
                ":dispute_lost_at": made.dispute_lost_at.map(|at| at.unix_ms()),
                ":voided_at": made.voided_at.map(|at| at.unix_ms()),
                ":skip_automatic_payment": made.skip_automatic_payment,
                ":method_choice": choice,
                ":payment_method_id": method,
                ":created_at": made.created_at.unix_ms(),
                ":updated_at": made.updated_at.unix_ms(),
            },
        )?;
        self.recount_invoice(None, made)
    }

    /// What can change once an invoice is final. Amounts and dates are frozen with it.
    pub fn save_invoice(&self, saved: &Invoice) -> Result<(), StoreError> {
        let before = self.invoice_states(saved.id)?;
        let (choice, method) = row::choice_values(saved.method_choice);
        let mut statement = self.connection.prepare_cached(
            "UPDATE invoices
                SET status = :status, payment_status = :payment_status,
                    paid_amount = :paid_amount, payment_overdue = :payment_overdue,
                    dispute_lost_at = :dispute_lost_at, voided_at = :voided_at,
                    method_choice = :method_choice, payment_method_id = :payment_method_id,
                    updated_at = :updated_at
              WHERE id = :id AND organization_id = :organization_id",
        )?;
        statement.execute(named_params! {
            ":id": saved.id.to_string(),
            ":organization_id": saved.organization_id.to_string(),
            ":status": saved.status.as_str(),
            ":payment_status": saved.payment_status.as_str(),
            ":paid_amount": saved.paid_amount,
            ":payment_overdue": saved.payment_overdue,
            ":dispute_lost_at": saved.dispute_lost_at.map(|at| at.unix_ms()),
            ":voided_at": saved.voided_at.map(|at| at.unix_ms()),
            ":method_choice": choice,
            ":payment_method_id": method,
            ":updated_at": saved.updated_at.unix_ms(),
        })?;
        self.recount_invoice(before.as_ref(), saved)
    }
}
