//! Customers with their metadata and taxes. A deleted one keeps its row, because invoices refer
//! to it, and its external id can be used again.

mod list;
mod pages;
mod row;
mod save;

use rusqlite::named_params;

use super::row::{Columns, row, rows};
use super::taxed::Taxed;
use super::{Reader, StoreError};
use crate::domain::customer::{Customer, CustomerMetadata};
use crate::domain::id::{CustomerId, OrganizationId};
use crate::domain::organization::Organization;
use crate::domain::view::CustomerView;

impl Reader<'_> {
    /// Deleted ones included.
    pub fn customer(
        &self,
        organization: OrganizationId,
        id: CustomerId,
    ) -> Result<Option<Customer>, StoreError> {
        row!(
            self,
            "customers",
            "SELECT * FROM customers WHERE organization_id = :organization AND id = :id",
            named_params! { ":organization": organization.to_string(), ":id": id.to_string() },
            |columns: &Columns<'_>| self.whole_customer(columns)
        )
    }

    /// None for deleted ones.
    pub fn customer_by_external_id(
        &self,
        organization: OrganizationId,
        external_id: &str,
    ) -> Result<Option<Customer>, StoreError> {
        row!(
            self,
            "customers",
            "SELECT * FROM customers
              WHERE organization_id = :organization AND external_id = :external_id
                AND deleted_at IS NULL",
            named_params! {
                ":organization": organization.to_string(),
                ":external_id": external_id,
            },
            |columns: &Columns<'_>| self.whole_customer(columns)
        )
    }

    /// None for deleted ones.
    pub fn customer_view_by_external_id(
        &self,
        organization: OrganizationId,
        external_id: &str,
    ) -> Result<Option<CustomerView>, StoreError> {
        match self.customer_by_external_id(organization, external_id)? {
            Some(customer) => {
                let organization = self.organization(organization)?;
                Ok(Some(self.customer_beside_all(customer, organization)?))
            }
            None => Ok(None),
        }
    }

    pub fn customer_view_with_deleted(
        &self,
        organization: OrganizationId,
        id: CustomerId,
    ) -> Result<Option<CustomerView>, StoreError> {
        match self.customer(organization, id)? {
            Some(customer) => {
                let organization = self.organization(organization)?;
                Ok(Some(self.customer_beside_all(customer, organization)?))
            }
            None => Ok(None),
        }
    }

    /// A customer with all that is shown beside them.
    fn customer_beside_all(
        &self,
        customer: Customer,
        organization: Organization,
    ) -> Result<CustomerView, StoreError> {
        let taxes = self.taxes_by_id(customer.organization_id, &customer.tax_ids)?;
        let default_method_id = self.default_method(customer.id)?.map(|method| method.id);
        Ok(CustomerView { customer, organization, taxes, default_method_id })
    }

    pub(super) fn whole_customer(&self, columns: &Columns<'_>) -> Result<Customer, StoreError> {
        let customer = row::customer(columns)?;
        let id = customer.id.to_string();
        let metadata: Vec<CustomerMetadata> = rows!(
            self,
            "customer_metadata",
            "SELECT * FROM customer_metadata WHERE customer_id = :id ORDER BY position",
            named_params! { ":id": id },
            row::metadata
        )?;
        let tax_ids = self.tax_ids_of(Taxed::Customer, &id)?;
        Ok(Customer { metadata, tax_ids, ..customer })
    }
}
