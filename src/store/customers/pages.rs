//! Customers as people look through them: with what they owe and what they are charged on.

use rusqlite::named_params;

use crate::domain::customer::Customer;
use crate::domain::customer_list::{Balance, CustomerRow};
use crate::domain::id::{CustomerId, OrganizationId};
use crate::domain::money::Money;
use crate::domain::place::{Place, Placed};
use crate::store::conditions::{Conditions, contains};
use crate::store::row::{Columns, exact_sum, rows};
use crate::store::{Reader, StoreError};

impl Reader<'_> {
    /// Newest first, deleted ones left out; those whose name, external id or e-mail holds `term`.
    pub fn customer_page(
        &self,
        organization: OrganizationId,
        term: Option<&str>,
        after: Option<Place>,
        limit: u32,
    ) -> Result<Placed<CustomerRow>, StoreError> {
        let mut conditions = Conditions::of(
            "c.organization_id = :organization AND c.deleted_at IS NULL",
            ":organization",
            organization.to_string(),
        );
        if let Some(term) = term {
            conditions.and_with("c.search_text LIKE :term ESCAPE '\\'", ":term", contains(term));
        }
        if let Some(after) = after {
            conditions.after(("c.created_at", "c.id"), after);
        }
        let sql = format!(
            "SELECT c.* FROM customers AS c WHERE {}
              ORDER BY c.created_at DESC, c.id
              LIMIT :limit",
            conditions.sql()
        );
        conditions.bind(":limit", i64::from(limit) + 1);
        let found: Vec<Customer> =
            rows!(self, "customers", &sql, conditions.values().as_slice(), super::row::customer)?;
        let mut items = Vec::with_capacity(found.len());
        for customer in found {
            items.push(CustomerRow {
                default_method: self.default_method(customer.id)?,
                balances: self.balances(customer.id)?,
                customer,
            });
        }
        Ok(Placed::of(items, limit, CustomerRow::place))
    }

    /// What a customer owes, by currency.
    pub fn balances(&self, customer: CustomerId) -> Result<Vec<Balance>, StoreError> {
        let due = "(total_amount - paid_amount)";
        let sql = format!(
            "SELECT currency, COUNT(*) AS invoices, {}, {}
               FROM invoices
              WHERE customer_id = :customer
                AND status = 'finalized' AND payment_status <> 'succeeded'
              GROUP BY currency
              ORDER BY currency",
            exact_sum(due, "owed"),
            exact_sum(&format!("(payment_overdue * {due})"), "overdue")
        );
        rows!(self, "invoices", &sql, named_params! { ":customer": customer.to_string() }, balance)
    }
}

fn balance(columns: &Columns<'_>) -> Result<Balance, StoreError> {
    let invoices: i64 = columns.get("invoices")?;
    let currency = columns.parsed("currency")?;
    Ok(Balance {
        owed: Money::new(columns.sum("owed")?, currency),
        overdue: Money::new(columns.sum("overdue")?, currency),
        invoices: invoices.unsigned_abs(),
    })
}
