//! Taxes. A deleted one keeps its row, because invoices refer to it.

use rusqlite::named_params;

use super::row::{Columns, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::id::{OrganizationId, TaxId};
use crate::domain::tax::Tax;
use crate::domain::time::Timestamp;
use crate::domain::view::{Page, PageRequest};

impl Reader<'_> {
    pub fn tax_by_code(
        &self,
        organization: OrganizationId,
        code: &str,
    ) -> Result<Option<Tax>, StoreError> {
        row!(
            self,
            "taxes",
            "SELECT * FROM taxes
              WHERE organization_id = :organization AND code = :code AND deleted_at IS NULL",
            named_params! { ":organization": organization.to_string(), ":code": code },
            tax
        )
    }

    /// In the order of the ids; those that are gone are left out.
    pub fn taxes_by_id(
        &self,
        organization: OrganizationId,
        ids: &[TaxId],
    ) -> Result<Vec<Tax>, StoreError> {
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            let one = row!(
                self,
                "taxes",
                "SELECT * FROM taxes
                  WHERE organization_id = :organization AND id = :id AND deleted_at IS NULL",
                named_params! {
                    ":organization": organization.to_string(),
                    ":id": id.to_string(),
                },
                tax
            )?;
            found.extend(one);
        }
        Ok(found)
    }

    /// Each once, in the order of the codes. None: one of them names no tax.
    pub fn tax_ids_by_code(
        &self,
        organization: OrganizationId,
        codes: &[String],
    ) -> Result<Option<Vec<TaxId>>, StoreError> {
        let mut ids = Vec::with_capacity(codes.len());
        for code in codes {
            let Some(tax) = self.tax_by_code(organization, code)? else { return Ok(None) };
            if !ids.contains(&tax.id) {
                ids.push(tax.id);
            }
        }
        Ok(Some(ids))
    }

    /// Taken where nothing else names a tax. Oldest first.
    pub fn taxes_applied_to_organization(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<Tax>, StoreError> {
        rows!(
            self,
            "taxes",
            "SELECT * FROM taxes
              WHERE organization_id = :organization AND applied_to_organization = 1
                AND deleted_at IS NULL
              ORDER BY created_at, id
              LIMIT 1000",
            named_params! { ":organization": organization.to_string() },
            tax
        )
    }

    /// Newest first.
    pub fn taxes(
        &self,
        organization: OrganizationId,
        request: PageRequest,
    ) -> Result<Page<Tax>, StoreError> {
        self.catalog_page(("taxes", "deleted_at IS NULL"), organization, request, tax)
    }
}

impl Tx<'_> {
    /// `Conflict` when the code is taken.
    pub fn insert_tax(&self, made: &Tax) -> Result<(), StoreError> {
        self.connection.execute(
            "INSERT INTO taxes (id, organization_id, code, name, description, rate,
                    applied_to_organization, created_at)
             VALUES (:id, :organization_id, :code, :name, :description, :rate,
                    :applied_to_organization, :created_at)",
            named_params! {
                ":id": made.id.to_string(),
                ":organization_id": made.organization_id.to_string(),
                ":code": made.code,
                ":name": made.name,
                ":description": made.description,
                ":rate": made.rate.to_string(),
                ":applied_to_organization": made.applied_to_organization,
                ":created_at": made.created_at.unix_ms(),
            },
        )?;
        Ok(())
    }

    /// `Conflict` when the code is taken.
    pub fn save_tax(&self, saved: &Tax) -> Result<(), StoreError> {
        self.connection.execute(
            "UPDATE taxes
                SET code = :code, name = :name, description = :description, rate = :rate,
                    applied_to_organization = :applied_to_organization
              WHERE organization_id = :organization AND id = :id AND deleted_at IS NULL",
            named_params! {
                ":organization": saved.organization_id.to_string(),
                ":id": saved.id.to_string(),
                ":code": saved.code,
                ":name": saved.name,
                ":description": saved.description,
                ":rate": saved.rate.to_string(),
                ":applied_to_organization": saved.applied_to_organization,
            },
        )?;
        Ok(())
    }

    /// Add-ons, plans and customers lose it; invoices keep what they were taxed.
    pub fn delete_tax(&self, deleted: &Tax, now: Timestamp) -> Result<(), StoreError> {
        self.remove_tax_from_all(deleted.id)?;
        self.connection.execute(
            "UPDATE taxes SET deleted_at = :now
              WHERE organization_id = :organization AND id = :id",
            named_params! {
                ":organization": deleted.organization_id.to_string(),
                ":id": deleted.id.to_string(),
                ":now": now.unix_ms(),
            },
        )?;
        Ok(())
    }
}

fn tax(columns: &Columns<'_>) -> Result<Tax, StoreError> {
    Ok(Tax {
        id: columns.parsed("id")?,
        organization_id: columns.parsed("organization_id")?,
        code: columns.get("code")?,
        name: columns.get("name")?,
        description: columns.get("description")?,
        rate: columns.parsed("rate")?,
        applied_to_organization: columns.get("applied_to_organization")?,
        created_at: columns.time("created_at")?,
    })
}
