//! Lists of customers, narrowed by what is asked for.

use crate::domain::customer::{Customer, CustomerFilter};
use crate::domain::id::OrganizationId;
use crate::domain::view::{CustomerView, Page, PageRequest};
use crate::store::conditions::{Conditions, contains};
use crate::store::row::{Columns, rows};
use crate::store::{Reader, StoreError};

/// Every account is one of these; Lago has partners too.
const ONLY_ACCOUNT_TYPE: &str = "customer";

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
        let total = self.total(&count, &conditions)?;
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
        if !found.is_empty() {
            let organization = self.organization(organization)?;
            for customer in found {
                items.push(self.customer_beside_all(customer, organization.clone())?);
            }
        }
        Ok(Page { items, total, request })
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
        conditions.and_with("c.search_text LIKE :term ESCAPE '\\'", ":term", contains(term));
    }
    add_profile(&mut conditions, filter);
    add_metadata(&mut conditions, filter);
    conditions
}

fn add_profile(conditions: &mut Conditions, filter: &CustomerFilter) {
    let lists = [
        ("c.country", ":country", &filter.countries),
        ("c.state", ":state", &filter.states),
        ("c.zipcode", ":zipcode", &filter.zipcodes),
    ];
    for (column, name, wanted) in lists {
        if let Some(wanted) = wanted {
            conditions.and_in(column, name, wanted.iter().cloned());
        }
    }
    if let Some(customer_type) = &filter.customer_type {
        conditions.and_with("c.customer_type = :type", ":type", customer_type.clone());
    }
    match filter.has_customer_type {
        Some(true) => conditions.and("c.customer_type IS NOT NULL"),
        Some(false) => conditions.and("c.customer_type IS NULL"),
        None => {}
    }
    match filter.has_tax_number {
        Some(true) => conditions.and("c.tax_identification_number <> ''"),
        Some(false) => conditions.and("COALESCE(c.tax_identification_number, '') = ''"),
        None => {}
    }
    if let Some(account_types) = &filter.account_types
        && account_types.iter().all(|it| it != ONLY_ACCOUNT_TYPE)
    {
        conditions.and("1 = 0");
    }
}

fn add_metadata(conditions: &mut Conditions, filter: &CustomerFilter) {
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
}
