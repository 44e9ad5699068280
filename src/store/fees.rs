//! The lines of an invoice, and the taxes applied to it.

use rusqlite::named_params;

use super::row::{Columns, json_list, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::id::InvoiceId;
use crate::domain::invoice::{AppliedTax, Fee, FeeItem, Invoice, PaymentStatus};
use crate::domain::plan::PayWhen;
use crate::domain::time::Timestamp;

impl Reader<'_> {
    /// In the order they were given.
    pub fn fees(&self, invoice: InvoiceId) -> Result<Vec<Fee>, StoreError> {
        rows!(
            self,
            "fees",
            "SELECT * FROM fees WHERE invoice_id = :invoice ORDER BY position",
            named_params! { ":invoice": invoice.to_string() },
            fee
        )
    }

    /// Of each invoice in the order they were applied.
    pub fn applied_taxes(&self, invoices: &[InvoiceId]) -> Result<Vec<AppliedTax>, StoreError> {
        rows!(
            self,
            "applied_taxes",
            "SELECT * FROM applied_taxes
              WHERE invoice_id IN (SELECT value FROM json_each(:invoices))
              ORDER BY invoice_id, position",
            named_params! { ":invoices": json_list(invoices) },
            applied_tax
        )
    }
}

impl Tx<'_> {
    /// In the order they are to be shown.
    pub fn insert_fees(&self, fees: &[Fee]) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO fees (id, organization_id, invoice_id, position,
                    item_kind, item_id, item_external_id,
                    item_pay_when, item_code, item_name,
                    description, invoice_display_name, units, unit_amount, amount,
                    taxes_amount, taxes_rate, currency, from_at, to_at, payment_status,
                    succeeded_at, failed_at, created_at)
             VALUES (:id, (SELECT i.organization_id FROM invoices i WHERE i.id = :invoice_id),
                    :invoice_id, :position, :item_kind, :item_id, :item_external_id,
                    :item_pay_when, :item_code, :item_name,
                    :description, :invoice_display_name, :units, :unit_amount, :amount,
                    :taxes_amount, :taxes_rate, :currency, :from_at, :to_at, :payment_status,
                    :succeeded_at, :failed_at, :created_at)",
        )?;
        for (position, fee) in (0_i64..).zip(fees) {
            let (item_id, external_id, pay_when) = match &fee.item {
                FeeItem::AddOn(id) => (id.to_string(), None, None),
                FeeItem::Subscription { id, external_id, pay_when } => {
                    (id.to_string(), Some(external_id), Some(pay_when.as_str()))
                }
                FeeItem::WalletTransaction(id) => (id.to_string(), None, None),
            };
            statement.execute(named_params! {
                ":id": fee.id.to_string(),
                ":invoice_id": fee.invoice_id.to_string(),
                ":position": position,
                ":item_kind": fee.item.kind(),
                ":item_id": item_id,
                ":item_external_id": external_id,
                ":item_pay_when": pay_when,
                ":item_code": fee.item_code,
                ":item_name": fee.item_name,
                ":description": fee.description,
                ":invoice_display_name": fee.invoice_display_name,
                ":units": fee.units.to_string(),
                ":unit_amount": fee.unit_amount,
                ":amount": fee.amount,
                ":taxes_amount": fee.taxes_amount,
                ":taxes_rate": fee.taxes_rate.to_string(),
                ":currency": fee.currency.code(),
                ":from_at": fee.from.unix_ms(),
                ":to_at": fee.to.unix_ms(),
                ":payment_status": fee.payment_status.as_str(),
                ":succeeded_at": fee.succeeded_at.map(|at| at.unix_ms()),
                ":failed_at": fee.failed_at.map(|at| at.unix_ms()),
                ":created_at": fee.created_at.unix_ms(),
            })?;
        }
        Ok(())
    }

    /// Fees have the payment status of their invoice.
    pub fn save_payment_status_of_fees(
        &self,
        invoice: &Invoice,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let since = |status| (invoice.payment_status == status).then_some(now.unix_ms());
        let mut statement = self.connection.prepare_cached(
            "UPDATE fees
                SET payment_status = :payment_status, succeeded_at = :succeeded_at,
                    failed_at = :failed_at
              WHERE invoice_id = :invoice AND payment_status <> :payment_status",
        )?;
        statement.execute(named_params! {
            ":invoice": invoice.id.to_string(),
            ":payment_status": invoice.payment_status.as_str(),
            ":succeeded_at": since(PaymentStatus::Succeeded),
            ":failed_at": since(PaymentStatus::Failed),
        })?;
        Ok(())
    }

    /// In the order they are to be shown.
    pub fn insert_applied_taxes(&self, taxes: &[AppliedTax]) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO applied_taxes (id, invoice_id, tax_id, position, name, code, rate,
                    description, amount, fees_amount, created_at)
             VALUES (:id, :invoice_id, :tax_id, :position, :name, :code, :rate,
                    :description, :amount, :fees_amount, :created_at)",
        )?;
        for (position, tax) in (0_i64..).zip(taxes) {
            statement.execute(named_params! {
                ":id": tax.id.to_string(),
                ":invoice_id": tax.invoice_id.to_string(),
                ":tax_id": tax.tax_id.to_string(),
                ":position": position,
                ":name": tax.name,
                ":code": tax.code,
                ":rate": tax.rate.to_string(),
                ":description": tax.description,
                ":amount": tax.amount,
                ":fees_amount": tax.fees_amount,
                ":created_at": tax.created_at.unix_ms(),
            })?;
        }
        Ok(())
    }
}

fn item(columns: &Columns<'_>) -> Result<FeeItem, StoreError> {
    // Each variant takes its own type of id from the same column.
    let make = columns.word("item_kind", |kind| match kind {
        "add_on" => Some(ItemKind::AddOn),
        "subscription" => Some(ItemKind::Subscription),
        "credit" => Some(ItemKind::Credit),
        _ => None,
    })?;
    Ok(match make {
        ItemKind::AddOn => FeeItem::AddOn(columns.parsed("item_id")?),
        ItemKind::Subscription => FeeItem::Subscription {
            id: columns.parsed("item_id")?,
            external_id: columns.get("item_external_id")?,
            pay_when: columns.word("item_pay_when", PayWhen::parse)?,
        },
        ItemKind::Credit => FeeItem::WalletTransaction(columns.parsed("item_id")?),
    })
}

enum ItemKind {
    AddOn,
    Subscription,
    Credit,
}

pub(super) fn fee(columns: &Columns<'_>) -> Result<Fee, StoreError> {
    Ok(Fee {
        id: columns.parsed("id")?,
        invoice_id: columns.parsed("invoice_id")?,
        item: item(columns)?,
        item_code: columns.get("item_code")?,
        item_name: columns.get("item_name")?,
        description: columns.get("description")?,
        invoice_display_name: columns.get("invoice_display_name")?,
        units: columns.parsed("units")?,
        unit_amount: columns.get("unit_amount")?,
        amount: columns.get("amount")?,
        taxes_amount: columns.get("taxes_amount")?,
        taxes_rate: columns.parsed("taxes_rate")?,
        currency: columns.parsed("currency")?,
        from: columns.time("from_at")?,
        to: columns.time("to_at")?,
        payment_status: columns.word("payment_status", PaymentStatus::parse)?,
        succeeded_at: columns.time_option("succeeded_at")?,
        failed_at: columns.time_option("failed_at")?,
        created_at: columns.time("created_at")?,
    })
}

fn applied_tax(columns: &Columns<'_>) -> Result<AppliedTax, StoreError> {
    Ok(AppliedTax {
        id: columns.parsed("id")?,
        invoice_id: columns.parsed("invoice_id")?,
        tax_id: columns.parsed("tax_id")?,
        name: columns.get("name")?,
        code: columns.get("code")?,
        rate: columns.parsed("rate")?,
        description: columns.get("description")?,
        amount: columns.get("amount")?,
        fees_amount: columns.get("fees_amount")?,
        created_at: columns.time("created_at")?,
    })
}
