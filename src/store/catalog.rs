//! Pages of what an organization keeps few of: add-ons, taxes, plans, campaigns, endpoints. All of
//! them are listed in one way, newest first, and counted each time.

use super::conditions::Conditions;
use super::row::{Columns, heard};
use super::{Reader, StoreError};
use crate::domain::id::OrganizationId;
use crate::domain::view::{Page, PageRequest};

impl Reader<'_> {
    /// The rows of `table` of which `shown`, a condition without values, is true.
    pub(super) fn catalog_page<T>(
        &self,
        (table, shown): (&'static str, &str),
        organization: OrganizationId,
        request: PageRequest,
        from: impl Fn(&Columns<'_>) -> Result<T, StoreError>,
    ) -> Result<Page<T>, StoreError> {
        let whose = organization.to_string();
        let mut conditions =
            Conditions::of("organization_id = :organization", ":organization", whose);
        conditions.and(shown);
        let counting = format!("SELECT COUNT(*) FROM {table} WHERE {}", conditions.sql());
        let total = self.total(&counting, &conditions)?;
        let listing = format!(
            "SELECT * FROM {table}
              WHERE {}
              ORDER BY created_at DESC, id
              LIMIT :limit OFFSET :offset",
            conditions.sql()
        );
        conditions.bind(":limit", request.per_page);
        conditions.bind(":offset", i64::try_from(request.offset()).unwrap_or(i64::MAX));
        let mut statement = self.connection.prepare_cached(heard(&listing))?;
        let mut rows = statement.query(conditions.values().as_slice())?;
        let mut items = Vec::new();
        while let Some(row) = rows.next()? {
            items.push(from(&Columns::of(row, table))?);
        }
        Ok(Page { items, total, request })
    }
}
