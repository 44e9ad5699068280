//! What people write to find an invoice: the beginning of its number, its whole id, or part of what
//! its customer is called by.

use rusqlite::named_params;

use crate::domain::id::{InvoiceId, OrganizationId};
use crate::store::conditions::{Conditions, contains};
use crate::store::row::{Columns, rows};
use crate::store::{Reader, StoreError};

/// A search looks among the invoices of so many customers; the term has to say more when it means
/// more of them.
const CUSTOMERS_MAX: u32 = 100;

impl Reader<'_> {
    pub(in crate::store) fn customers_called_like(
        &self,
        organization: OrganizationId,
        term: &str,
    ) -> Result<Vec<String>, StoreError> {
        rows!(
            self,
            "customers",
            "SELECT id FROM customers
              WHERE organization_id = :organization AND search_text <> ''
                AND search_text LIKE :search ESCAPE '\\'
              ORDER BY id DESC
              LIMIT :limit",
            named_params! {
                ":organization": organization.to_string(),
                ":search": contains(term),
                ":limit": CUSTOMERS_MAX,
            },
            |columns: &Columns<'_>| columns.get::<String>("id")
        )
    }
}

/// `customers` are those that the term may mean.
pub fn add_term(wanted: &mut Conditions, term: &str, customers: Vec<String>) {
    let id: Option<InvoiceId> = term.to_ascii_lowercase().parse().ok();
    let number = term.to_uppercase();
    let mut any = vec![
        "i.id = :term_id".to_owned(),
        "(i.number >= :number_from AND i.number < :number_to)".to_owned(),
    ];
    wanted.bind(":term_id", id.map(|id| id.to_string()));
    // Numbers that begin so.
    wanted.bind(":number_to", format!("{number}\u{10ffff}"));
    wanted.bind(":number_from", number);
    for (position, customer) in customers.into_iter().enumerate() {
        let name = format!(":term_customer_{position}");
        wanted.bind(&name, customer);
        any.push(format!("i.customer_id = {name}"));
    }
    wanted.and(&format!("({})", any.join(" OR ")));
}
