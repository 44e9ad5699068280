//! Payments as people look through them: attempts and what people recorded in one list, whether
//! their invoices are shown or not.

use super::attempts::attempt;
use super::conditions::Conditions;
use super::row::{Columns, rows};
use super::{Reader, StoreError};
use crate::domain::id::{CustomerId, OrganizationId};
use crate::domain::invoice::InvoiceStatus;
use crate::domain::payment_list::{PaidBy, PaymentRow};
use crate::domain::place::{Place, Placed};
use crate::domain::time::Timestamp;

/// The attempt comes first: its index is walked in the order of the list.
const ATTEMPTS: &str = "SELECT p.*, c.external_id AS external_customer_id, c.name AS customer_name,
               i.id AS invoice_id, i.number AS invoice_number, i.status AS invoice_status,
               k.code AS connection_code
          FROM attempts p
          LEFT JOIN invoices i ON p.payable_kind = 'invoice' AND i.id = p.payable_id
          CROSS JOIN customers c ON c.id = p.customer_id
          CROSS JOIN connections k ON k.id = p.connection_id";

const BY_HAND: &str = "SELECT p.id AS id, p.paid_at AS paid_at, p.customer_id AS customer_id,
               p.amount AS amount, p.currency AS currency, p.reference AS reference,
               c.external_id AS external_customer_id, c.name AS customer_name,
               i.id AS invoice_id, i.number AS invoice_number, i.status AS invoice_status
          FROM manual_payments p
          CROSS JOIN invoices i ON i.id = p.invoice_id
          CROSS JOIN customers c ON c.id = p.customer_id";

impl Reader<'_> {
    /// Newest first; those of one customer, or of all.
    pub fn payment_list(
        &self,
        organization: OrganizationId,
        customer: Option<CustomerId>,
        after: Option<Place>,
        limit: u32,
    ) -> Result<Placed<PaymentRow>, StoreError> {
        let page = |select: &str, at: &str| {
            let mut conditions = whose(organization, customer);
            if let Some(after) = after {
                conditions.after((at, "p.id"), after);
            }
            conditions.bind(":limit", i64::from(limit) + 1);
            let sql = format!(
                "{select}\n WHERE {}\n ORDER BY {at} DESC, p.id\n LIMIT :limit",
                conditions.sql()
            );
            (sql, conditions)
        };
        let (sql, conditions) = page(ATTEMPTS, "p.begun_at");
        let mut all = rows!(self, "attempts", &sql, conditions.values().as_slice(), tried)?;
        let (sql, conditions) = page(BY_HAND, "p.paid_at");
        let values = conditions.values();
        all.extend(rows!(self, "manual_payments", &sql, values.as_slice(), recorded)?);
        all.sort_by(|one, other| other.at.cmp(&one.at).then(one.id.cmp(&other.id)));
        Ok(Placed::of(all, limit, PaymentRow::place))
    }
}

/// With a customer, theirs is the index to walk.
fn whose(organization: OrganizationId, customer: Option<CustomerId>) -> Conditions {
    let organization = organization.to_string();
    let Some(customer) = customer else {
        return Conditions::of("p.organization_id = :organization", ":organization", organization);
    };
    let sql = "+p.organization_id = :organization";
    let mut conditions = Conditions::of(sql, ":organization", organization);
    conditions.and_with("p.customer_id = :customer", ":customer", customer.to_string());
    conditions
}

fn tried(columns: &Columns<'_>) -> Result<PaymentRow, StoreError> {
    let attempt = Box::new(attempt(columns)?);
    let at = attempt.begun_at;
    let connection_code = columns.get("connection_code")?;
    row(columns, at, PaidBy::Provider { attempt, connection_code })
}

fn recorded(columns: &Columns<'_>) -> Result<PaymentRow, StoreError> {
    row(columns, columns.time("paid_at")?, PaidBy::Hand { reference: columns.get("reference")? })
}

fn row(columns: &Columns<'_>, at: Timestamp, by: PaidBy) -> Result<PaymentRow, StoreError> {
    let status = columns.word_option("invoice_status", InvoiceStatus::parse)?;
    let invoice = match status.is_some_and(InvoiceStatus::is_visible) {
        true => Some((columns.parsed("invoice_id")?, columns.get("invoice_number")?)),
        false => None,
    };
    Ok(PaymentRow {
        id: columns.parsed("id")?,
        at,
        customer_id: columns.parsed("customer_id")?,
        customer_name: columns.get("customer_name")?,
        external_customer_id: columns.get("external_customer_id")?,
        invoice,
        amount: columns.money("amount", "currency")?,
        by,
    })
}
