//! What customers are called beside their external id, and lists of customers by their own id.

use rusqlite::named_params;

use super::conditions::Conditions;
use super::row::{Columns, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::customer::Customer;
use crate::domain::filter::CustomerChoice;
use crate::domain::id::{CustomerId, OrganizationId};
use crate::domain::time::Timestamp;

/// More than a request may name.
const ALIASES_MAX: u32 = 3000;

impl Reader<'_> {
    /// The further names of a customer, in their order.
    pub fn customer_aliases(&self, customer: CustomerId) -> Result<Vec<String>, StoreError> {
        rows!(
            self,
            "customer_aliases",
            "SELECT alias FROM customer_aliases WHERE customer_id = :customer
              ORDER BY position LIMIT :limit",
            named_params! { ":customer": customer.to_string(), ":limit": ALIASES_MAX },
            |columns: &Columns<'_>| columns.get("alias")
        )
    }

    /// Whether the name is another customer's, deleted ones included.
    pub fn is_alias_of_another(
        &self,
        organization: OrganizationId,
        alias: &str,
        customer: CustomerId,
    ) -> Result<bool, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM customers
                             WHERE organization_id = :organization AND external_id = :alias
                               AND id <> :customer)
                 OR EXISTS (SELECT 1 FROM customer_aliases
                             WHERE organization_id = :organization AND alias = :alias
                               AND customer_id <> :customer)",
        )?;
        let found: bool = statement.query_row(
            named_params! {
                ":organization": organization.to_string(),
                ":alias": alias,
                ":customer": customer.to_string(),
            },
            |row| row.get(0),
        )?;
        Ok(found)
    }

    /// Newest first.
    pub fn customers_chosen(
        &self,
        organization: OrganizationId,
        choice: &CustomerChoice,
    ) -> Result<Vec<Customer>, StoreError> {
        let mut conditions = Conditions::of(
            "c.organization_id = :organization",
            ":organization",
            organization.to_string(),
        );
        conditions.and(if choice.only_deleted {
            "c.deleted_at IS NOT NULL"
        } else {
            "c.deleted_at IS NULL"
        });
        if !choice.ids.is_empty() {
            conditions.and_in("c.id", ":id", choice.ids.iter().map(ToString::to_string));
        }
        if let Some(alias) = &choice.alias {
            let sql = "(c.external_id = :alias
                        OR c.id IN (SELECT customer_id FROM customer_aliases
                                     WHERE organization_id = :organization AND alias = :alias))";
            conditions.and_with(sql, ":alias", alias.clone());
        }
        if let Some(after) = choice.after {
            conditions.and_with("c.id < :after", ":after", after.to_string());
        }
        let sql = format!(
            "SELECT c.* FROM customers AS c WHERE {} ORDER BY c.id DESC LIMIT :limit",
            conditions.sql()
        );
        conditions.bind(":limit", i64::from(choice.limit));
        rows!(self, "customers", &sql, conditions.values().as_slice(), |columns: &Columns<'_>| {
            self.whole_customer(columns)
        })
    }
}

impl Tx<'_> {
    /// The first name, which is the external id, and all others in their order.
    pub fn put_customer_names(
        &self,
        customer: &Customer,
        others: &[String],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let id = customer.id.to_string();
        self.connection.execute(
            "UPDATE customers SET external_id = :external_id, updated_at = :now WHERE id = :id",
            named_params! {
                ":id": id, ":external_id": customer.external_id, ":now": now.unix_ms(),
            },
        )?;
        self.connection.execute(
            "DELETE FROM customer_aliases WHERE customer_id = :id",
            named_params! { ":id": id },
        )?;
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO customer_aliases (organization_id, alias, customer_id, position)
             VALUES (:organization, :alias, :id, :position)",
        )?;
        for (position, alias) in others.iter().enumerate() {
            statement.execute(named_params! {
                ":organization": customer.organization_id.to_string(),
                ":alias": alias,
                ":id": id,
                ":position": i64::try_from(position).unwrap_or(i64::MAX),
            })?;
        }
        Ok(())
    }
}
