//! Add-ons with their taxes. A deleted one keeps its row, because fees refer to it.

use rusqlite::named_params;

use super::row::{Columns, row, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::add_on::AddOn;
use crate::domain::id::{AddOnId, OrganizationId, TaxId};
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
        let items = rows!(
            self,
            "add_ons",
            "SELECT * FROM add_ons
              WHERE organization_id = :organization AND deleted_at IS NULL
              ORDER BY created_at DESC, id
              LIMIT :limit OFFSET :offset",
            named_params! {
                ":organization": organization.to_string(),
                ":limit": request.per_page,
                ":offset": i64::try_from(request.offset()).unwrap_or(i64::MAX),
            },
            |columns: &Columns<'_>| self.add_on(columns)
        )?;
        let total: i64 = self
            .connection
            .prepare_cached(
                "SELECT COUNT(*) FROM add_ons
                  WHERE organization_id = :organization AND deleted_at IS NULL",
            )?
            .query_row(named_params! { ":organization": organization.to_string() }, |row| {
                row.get(0)
            })?;
        Ok(Page { items, total: u64::try_from(total).unwrap_or(0), request })
    }

    fn add_on(&self, columns: &Columns<'_>) -> Result<AddOn, StoreError> {
        let id: AddOnId = columns.parsed("id")?;
        let tax_ids: Vec<TaxId> = rows!(
            self,
            "add_on_taxes",
            "SELECT tax_id FROM add_on_taxes WHERE add_on_id = :id ORDER BY position, tax_id",
            named_params! { ":id": id.to_string() },
            |columns: &Columns<'_>| columns.parsed("tax_id")
        )?;
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
        self.replace_add_on_taxes(made)
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
        self.replace_add_on_taxes(saved)
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

    fn replace_add_on_taxes(&self, add_on: &AddOn) -> Result<(), StoreError> {
        let id = add_on.id.to_string();
        self.connection.execute(
            "DELETE FROM add_on_taxes WHERE add_on_id = :id",
            named_params! { ":id": id },
        )?;
        for (position, tax_id) in add_on.tax_ids.iter().enumerate() {
            self.connection.execute(
                "INSERT INTO add_on_taxes (add_on_id, tax_id, position)
                 VALUES (:id, :tax_id, :position)",
                named_params! {
                    ":id": id,
                    ":tax_id": tax_id.to_string(),
                    ":position": i64::try_from(position).unwrap_or(i64::MAX),
                },
            )?;
        }
        Ok(())
    }
}
