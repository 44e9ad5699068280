//! Customers as providers know them.

use rusqlite::named_params;

use super::row::{Columns, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::customer::Customer;
use crate::domain::id::{ConnectionId, CustomerId};

impl Reader<'_> {
    /// Normally one; several when a business uses one account at the provider for several.
    pub fn customers_by_provider_id(
        &self,
        connection: ConnectionId,
        provider_customer_id: &str,
    ) -> Result<Vec<CustomerId>, StoreError> {
        rows!(
            self,
            "customers",
            "SELECT id FROM customers
              WHERE connection_id = :connection AND provider_customer_id = :provider_customer_id
                AND deleted_at IS NULL
              ORDER BY created_at, id
              LIMIT 100",
            named_params! {
                ":connection": connection.to_string(),
                ":provider_customer_id": provider_customer_id,
            },
            |columns: &Columns<'_>| columns.parsed("id")
        )
    }
}

impl Tx<'_> {
    /// The provider has made the customer. Nothing happens when it has an id already, or moved
    /// to another connection meanwhile. Answers whether it took.
    pub fn customer_made_at_provider(
        &self,
        customer: CustomerId,
        connection: ConnectionId,
        provider_customer_id: &str,
    ) -> Result<bool, StoreError> {
        let changed = self
            .connection
            .prepare_cached(
                "UPDATE customers
                    SET provider_customer_id = :provider_customer_id, has_provider_account = 1
                  WHERE id = :customer AND connection_id = :connection
                    AND provider_customer_id IS NULL",
            )?
            .execute(named_params! {
                ":customer": customer.to_string(),
                ":connection": connection.to_string(),
                ":provider_customer_id": provider_customer_id,
            })?;
        if changed == 1
            && let Some(linked) = self.customer_of_every_organization(customer)?
        {
            self.configuration_follows_link(&linked)?;
        }
        Ok(changed == 1)
    }

    fn customer_of_every_organization(
        &self,
        id: CustomerId,
    ) -> Result<Option<Customer>, StoreError> {
        row!(
            self,
            "customers",
            "SELECT * FROM customers WHERE id = :id",
            named_params! { ":id": id.to_string() },
            |columns: &Columns<'_>| self.whole_customer(columns)
        )
    }
}
