//! How the invoices of customers are collected. Kept in step with each customer's link to a
//! provider, however that was made.

use rusqlite::named_params;

use super::row::{Columns, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::billing_configuration::{BillingConfiguration, CollectionMethod, of_link};
use crate::domain::customer::Customer;
use crate::domain::id::{BillingConfigurationId, CustomerId};
use crate::domain::time::Timestamp;

/// More than a customer ever has.
const CONFIGURATIONS_MAX: u32 = 1000;

impl Reader<'_> {
    /// Newest first, archived ones included.
    pub fn billing_configurations(
        &self,
        customer: CustomerId,
    ) -> Result<Vec<BillingConfiguration>, StoreError> {
        rows!(
            self,
            "billing_configurations",
            "SELECT * FROM billing_configurations WHERE customer_id = :customer
              ORDER BY id DESC LIMIT :limit",
            named_params! { ":customer": customer.to_string(), ":limit": CONFIGURATIONS_MAX },
            configuration
        )
    }

    /// The one that counts: the newest that is not archived.
    pub fn billing_configuration(
        &self,
        customer: CustomerId,
    ) -> Result<Option<BillingConfiguration>, StoreError> {
        let all = self.billing_configurations(customer)?;
        Ok(all.into_iter().find(|found| found.archived_at.is_none()))
    }

    /// Whether what the customer owes is charged without anybody asking.
    pub fn charges_by_itself(&self, customer: CustomerId) -> Result<bool, StoreError> {
        let found = self.billing_configuration(customer)?;
        Ok(found.is_none_or(|found| found.collection_method.charges_by_itself()))
    }
}

impl Tx<'_> {
    pub fn insert_billing_configuration(
        &self,
        made: &BillingConfiguration,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO billing_configurations (id, organization_id, customer_id,
                        connection_id, provider_customer_id, collection_method, more, created_at,
                        archived_at)
                 VALUES (:id, :organization_id, :customer_id, :connection_id,
                        :provider_customer_id, :collection_method, :more, :created_at,
                        :archived_at)",
            )?
            .execute(named_params! {
                ":id": made.id.to_string(),
                ":organization_id": made.organization_id.to_string(),
                ":customer_id": made.customer_id.to_string(),
                ":connection_id": made.connection_id.to_string(),
                ":provider_customer_id": made.provider_customer_id,
                ":collection_method": made.collection_method.as_str(),
                ":more": made.more,
                ":created_at": made.created_at.unix_ms(),
                ":archived_at": made.archived_at.map(Timestamp::unix_ms),
            })?;
        Ok(())
    }

    /// One that is archived stays so, with its first time.
    pub fn archive_billing_configuration(
        &self,
        id: BillingConfigurationId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE billing_configurations SET archived_at = :now
                  WHERE id = :id AND archived_at IS NULL",
            )?
            .execute(named_params! { ":id": id.to_string(), ":now": now.unix_ms() })?;
        Ok(())
    }

    /// The link was made or changed: the configuration that counts says the same afterwards.
    pub(super) fn configuration_follows_link(&self, customer: &Customer) -> Result<(), StoreError> {
        let all = self.billing_configurations(customer.id)?;
        let mut active = all.iter().filter(|found| found.archived_at.is_none());
        let newest = active.clone().next();
        let of_link = of_link(customer);
        if let (Some(newest), Some(link), true) = (newest, &customer.link, of_link.is_some())
            && newest.fits(link)
        {
            return Ok(());
        }
        active
            .try_for_each(|old| self.archive_billing_configuration(old.id, customer.updated_at))?;
        match of_link {
            Some(made) => self.insert_billing_configuration(&made),
            None => Ok(()),
        }
    }
}

fn configuration(columns: &Columns<'_>) -> Result<BillingConfiguration, StoreError> {
    Ok(BillingConfiguration {
        id: columns.parsed("id")?,
        organization_id: columns.parsed("organization_id")?,
        customer_id: columns.parsed("customer_id")?,
        connection_id: columns.parsed("connection_id")?,
        provider_customer_id: columns.get("provider_customer_id")?,
        collection_method: columns.word("collection_method", CollectionMethod::parse)?,
        more: columns.get("more")?,
        created_at: columns.time("created_at")?,
        archived_at: columns.time_option("archived_at")?,
    })
}
