//! Which taxes something has: add-ons, plans and customers keep them in tables of one shape.

use rusqlite::named_params;

use super::row::{Columns, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::id::TaxId;

/// What can have taxes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Taxed {
    AddOn,
    Plan,
    Customer,
}

impl Taxed {
    const ALL: [Taxed; 3] = [Taxed::AddOn, Taxed::Plan, Taxed::Customer];

    /// The table, and its column that says whose they are.
    const fn table(self) -> (&'static str, &'static str) {
        match self {
            Taxed::AddOn => ("add_on_taxes", "add_on_id"),
            Taxed::Plan => ("plan_taxes", "plan_id"),
            Taxed::Customer => ("customer_taxes", "customer_id"),
        }
    }
}

impl Reader<'_> {
    /// In the order in which they were named.
    pub(super) fn tax_ids_of(&self, taxed: Taxed, id: &str) -> Result<Vec<TaxId>, StoreError> {
        let (table, owner) = taxed.table();
        rows!(
            self,
            "taxes",
            &format!("SELECT tax_id FROM {table} WHERE {owner} = :id ORDER BY position, tax_id"),
            named_params! { ":id": id },
            |columns: &Columns<'_>| columns.parsed("tax_id")
        )
    }
}

impl Tx<'_> {
    pub(super) fn replace_taxes_of(
        &self,
        taxed: Taxed,
        id: &str,
        tax_ids: &[TaxId],
    ) -> Result<(), StoreError> {
        let (table, owner) = taxed.table();
        self.connection
            .prepare_cached(&format!("DELETE FROM {table} WHERE {owner} = :id"))?
            .execute(named_params! { ":id": id })?;
        let insert = format!(
            "INSERT INTO {table} ({owner}, tax_id, position) VALUES (:id, :tax_id, :position)"
        );
        for (position, tax_id) in (0_i64..).zip(tax_ids) {
            self.connection.prepare_cached(&insert)?.execute(named_params! {
                ":id": id, ":tax_id": tax_id.to_string(), ":position": position,
            })?;
        }
        Ok(())
    }

    /// Nothing has this tax any more.
    pub(super) fn remove_tax_from_all(&self, id: TaxId) -> Result<(), StoreError> {
        for taxed in Taxed::ALL {
            let (table, _) = taxed.table();
            self.connection.execute(
                &format!("DELETE FROM {table} WHERE tax_id = :id"),
                named_params! { ":id": id.to_string() },
            )?;
        }
        Ok(())
    }
}
