//! Add-ons with their taxes. A deleted one keeps its row, because fees refer to it.

use rusqlite::named_params;

use super::row::{Columns, row};
use super::taxed::Taxed;
use super::{Reader, StoreError, Tx};
use crate::domain::add_on::AddOn;
use crate::domain::id::{AddOnId, OrganizationId};
use crate::domain::time::Timestamp;
use crate::domain::view::{Page, PageRequest};

impl Reader<'_> {
    pub fn add_on_by_code(
        &self,
        organization: OrganizationId,
        code: &str,
    ) -> Result<Option<AddOn>, StoreError> {
        row!(
            self,
            "add_ons",
            "SELECT * FROM add_ons
              WHERE organization_id = :organization AND code = :code AND deleted_at IS NULL",
            named_params! { ":organization": organization.to_string(), ":code": code },
            |columns: &Columns<'_>| self.add_on(columns)
        )
    }

    /// Newest first.
    pub fn add_ons(
        &self,
        organization: OrganizationId,
        request: PageRequest,
    ) -> Result<Page<AddOn>, StoreError> {
        let shown = ("add_ons", "deleted_at IS NULL");
        self.catalog_page(shown, organization, request, |columns| self.add_on(columns))
    }

    fn add_on(&self, columns: &Columns<'_>) -> Result<AddOn, StoreError> {
        let id: AddOnId = columns.parsed("id")?;
        let tax_ids = self.tax_ids_of(Taxed::AddOn, &id.to_string())?;
        Ok(AddOn {
            id,
            organization_id: columns.parsed("organization_id")?,
            code: columns.get("code")?,
            name: columns.get("name")?,
            invoice_display_name: columns.get("invoice_display_name")?,
            description: columns.get("description")?,
            amount: columns.money("amount", "currency")?,
            tax_ids,
            created_at: columns.time("created_at")?,
        })
    }
}

impl Tx<'_> {
    /// `Conflict` when the code is taken.
    pub fn insert_add_on(&self, made: &AddOn) -> Result<(), StoreError> {
        self.connection.execute(
            "INSERT INTO add_ons (id, organization_id, code, name, invoice_display_name,
                    description, amount, currency, created_at)
             VALUES (:id, :organization_id, :code, :name, :invoice_display_name,
                    :description, :amount, :currency, :created_at)",
            named_params! {
                ":id": made.id.to_string(),
                ":organization_id": made.organization_id.to_string(),
                ":code": made.code,
                ":name": made.name,
                ":invoice_display_name": made.invoice_display_name,
                ":description": made.description,
                ":amount": made.amount.minor_units,
                ":currency": made.amount.currency.code(),
                ":created_at": made.created_at.unix_ms(),
            },
        )?;
        self.replace_taxes_of(Taxed::AddOn, &made.id.to_string(), &made.tax_ids)
    }

    /// `Conflict` when the code is taken.
    pub fn save_add_on(&self, saved: &AddOn) -> Result<(), StoreError> {
        self.connection.execute(
            "UPDATE add_ons
                SET code = :code, name = :name, invoice_display_name = :invoice_display_name,
                    description = :description, amount = :amount, currency = :currency
              WHERE organization_id = :organization AND id = :id AND deleted_at IS NULL",
            named_params! {
                ":organization": saved.organization_id.to_string(),
                ":id": saved.id.to_string(),
                ":code": saved.code,
                ":name": saved.name,
                ":invoice_display_name": saved.invoice_display_name,
                ":description": saved.description,
                ":amount": saved.amount.minor_units,
                ":currency": saved.amount.currency.code(),
            },
        )?;
        self.replace_taxes_of(Taxed::AddOn, &saved.id.to_string(), &saved.tax_ids)
    }

    pub fn delete_add_on(
        &self,
        organization: OrganizationId,
        id: AddOnId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.connection.execute(
            "UPDATE add_ons SET deleted_at = :now
              WHERE organization_id = :organization AND id = :id AND deleted_at IS NULL",
            named_params! {
                ":organization": organization.to_string(),
                ":id": id.to_string(),
                ":now": now.unix_ms(),
            },
        )?;
        Ok(())
    }
}
