//! Lists of customers, narrowed by what is asked for.

use crate::domain::customer::{Customer, CustomerFilter};
use crate::domain::id::OrganizationId;
use crate::domain::view::{CustomerView, Page, PageRequest};
use crate::store::conditions::{Conditions, contains};
use crate::store::row::{Columns, rows};
use crate::store::{Reader, StoreError};

impl Reader<'_> {
    /// Newest first. Deleted ones are left out.
    pub fn customer_views(
        &self,
        organization: OrganizationId,
        filter: &CustomerFilter,
        request: PageRequest,
    ) -> Result<Page<CustomerView>, StoreError> {
        let mut conditions = conditions(organization, filter);
        let count = format!("SELECT COUNT(*) FROM customers AS c WHERE {}", conditions.sql());
        let total: i64 = self
            .connection
            .prepare_cached(&count)?
            .query_row(conditions.values().as_slice(), |row| row.get(0))?;
        let page = format!(
            "SELECT c.* FROM customers AS c WHERE {}
              ORDER BY c.created_at DESC, c.id
              LIMIT :limit OFFSET :offset",
            conditions.sql()
        );
        conditions.bind(":limit", i64::from(request.per_page));
        conditions.bind(":offset", i64::try_from(request.offset()).unwrap_or(i64::MAX));
        let found: Vec<Customer> = rows!(
            self,
            "customers",
            &page,
            conditions.values().as_slice(),
            |columns: &Columns<'_>| self.whole_customer(columns)
        )?;
        let mut items = Vec::with_capacity(found.len());
        for customer in found {
            items.push(self.customer_beside_all(customer)?);
        }
        Ok(Page { items, total: u64::try_from(total).unwrap_or(0), request })
    }
}

fn conditions(organization: OrganizationId, filter: &CustomerFilter) -> Conditions {
    let mut conditions = Conditions::of(
        "c.organization_id = :organization AND c.deleted_at IS NULL",
        ":organization",
        organization.to_string(),
    );
    if let Some(external_id) = &filter.external_id {
        conditions.and_with("c.external_id = :external_id", ":external_id", external_id.clone());
    }
    if let Some(currencies) = &filter.currencies {
        conditions.and_in("c.currency", ":currency", currencies.iter().cloned());
    }
    if let Some(term) = &filter.search_term {
        let columns = ["name", "firstname", "lastname", "legal_name", "external_id", "email"];
        let any: Vec<String> = columns
            .iter()
            .map(|column| format!("LOWER(c.{column}) LIKE :term ESCAPE '\\'"))
            .collect();
        conditions.and_with(&format!("({})", any.join(" OR ")), ":term", contains(term));
    }
    for (position, (key, value)) in filter.metadata.iter().enumerate() {
        let (named, valued) = (format!(":key_{position}"), format!(":value_{position}"));
        let lines = format!(
            "(SELECT 1 FROM customer_metadata AS m WHERE m.customer_id = c.id AND m.key = {named}"
        );
        conditions.bind(&named, key.clone());
        if value.is_empty() {
            conditions.and(&format!("NOT EXISTS {lines})"));
        } else {
            conditions.and_with(
                &format!("EXISTS {lines} AND m.value = {valued})"),
                &valued,
                value.clone(),
            );
        }
    }
    conditions
}
