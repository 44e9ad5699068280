//! Lists of fees over all invoices that are shown, newest first.

use std::collections::HashMap;

use super::conditions::Conditions;
use super::fees::fee;
use super::invoices::shown_statuses;
use super::row::{Columns, row, rows};
use super::{Reader, StoreError};
use crate::domain::customer::Customer;
use crate::domain::filter::FeeFilter;
use crate::domain::id::{CustomerId, FeeId, OrganizationId};
use crate::domain::invoice::Fee;
use crate::domain::view::{FeeView, Page, PageRequest};

impl Reader<'_> {
    /// None also when its invoice is not shown.
    pub fn fee_view(
        &self,
        organization: OrganizationId,
        id: FeeId,
    ) -> Result<Option<FeeView>, StoreError> {
        let mut conditions = of_shown_invoices(organization);
        conditions.and_with("f.id = :id", ":id", id.to_string());
        let sql = format!(
            "SELECT f.*, i.customer_id AS customer_id
               FROM fees f
               JOIN invoices i ON i.id = f.invoice_id
              WHERE {}",
            conditions.sql()
        );
        let found = row!(self, "fees", &sql, conditions.values().as_slice(), with_customer)?;
        let beside = self.beside_customers(organization, found.into_iter().collect())?;
        Ok(beside.into_iter().next())
    }

    /// One page, newest first.
    pub fn fee_views(
        &self,
        organization: OrganizationId,
        filter: &FeeFilter,
        request: PageRequest,
    ) -> Result<Page<FeeView>, StoreError> {
        let mut conditions = of_shown_invoices(organization);
        // Of one customer: through their invoices. Otherwise down the list of all fees, or of
        // those of a subscription.
        let from = if let Some(external_id) = &filter.external_customer_id {
            let customers = self.customers_ever_called(organization, external_id)?;
            conditions.and_in("i.customer_id", ":customer", customers);
            "invoices i CROSS JOIN fees f ON f.invoice_id = i.id"
        } else {
            conditions.and("f.organization_id = :organization");
            "fees f CROSS JOIN invoices i ON i.id = f.invoice_id"
        };
        narrow(&mut conditions, filter);
        let count = format!("SELECT COUNT(*) FROM {from} WHERE {}", conditions.sql());
        let total: i64 = self
            .connection
            .prepare_cached(&count)?
            .query_row(conditions.values().as_slice(), |row| row.get(0))?;
        let sql = format!(
            "SELECT f.*, i.customer_id AS customer_id
               FROM {from}
              WHERE {}
              ORDER BY f.created_at DESC, f.id
              LIMIT :limit OFFSET :offset",
            conditions.sql()
        );
        conditions.bind(":limit", request.per_page);
        conditions.bind(":offset", i64::try_from(request.offset()).unwrap_or(i64::MAX));
        let values = conditions.values();
        let found = rows!(self, "fees", &sql, values.as_slice(), with_customer)?;
        let items = self.beside_customers(organization, found)?;
        Ok(Page { items, total: total.unsigned_abs(), request })
    }

    /// Many fees of a page are of few customers.
    fn beside_customers(
        &self,
        organization: OrganizationId,
        found: Vec<(Fee, CustomerId)>,
    ) -> Result<Vec<FeeView>, StoreError> {
        let mut customers: HashMap<CustomerId, Customer> = HashMap::new();
        let mut views = Vec::with_capacity(found.len());
        for (fee, id) in found {
            let customer = match customers.get(&id) {
                Some(known) => known.clone(),
                None => {
                    let missing = || StoreError::corrupt("invoices", format!("{id} is missing"));
                    let customer = self.customer(organization, id)?.ok_or_else(missing)?;
                    customers.insert(id, customer.clone());
                    customer
                }
            };
            views.push(FeeView { fee, customer });
        }
        Ok(views)
    }
}

fn of_shown_invoices(organization: OrganizationId) -> Conditions {
    let whose = organization.to_string();
    let mut conditions =
        Conditions::of("i.organization_id = :organization", ":organization", whose);
    conditions.and_in("i.status", ":status", shown_statuses(None));
    conditions
}

fn narrow(conditions: &mut Conditions, filter: &FeeFilter) {
    if let Some(subscription) = &filter.external_subscription_id {
        conditions.and("f.item_kind = 'subscription'");
        let wanted = subscription.clone();
        conditions.and_with("f.item_external_id = :subscription", ":subscription", wanted);
    }
    let texts = [
        ("f.currency = :currency", ":currency", &filter.currency),
        ("f.item_kind = :kind", ":kind", &filter.fee_type),
        ("f.payment_status = :paid", ":paid", &filter.payment_status),
    ];
    for (sql, name, value) in texts {
        if let Some(value) = value {
            conditions.and_with(sql, name, value.clone());
        }
    }
    // Fees of metered usage have such a code; we have none of these.
    if filter.billable_metric_code.is_some() {
        conditions.and("1 = 0");
    }
    let times = [
        ("f.created_at >= :created_from", ":created_from", filter.created_from),
        ("f.created_at <= :created_to", ":created_to", filter.created_to),
        ("f.succeeded_at >= :succeeded_from", ":succeeded_from", filter.succeeded_from),
        ("f.succeeded_at <= :succeeded_to", ":succeeded_to", filter.succeeded_to),
        ("f.failed_at >= :failed_from", ":failed_from", filter.failed_from),
        ("f.failed_at <= :failed_to", ":failed_to", filter.failed_to),
    ];
    for (sql, name, value) in times {
        if let Some(value) = value {
            conditions.and_with(sql, name, value.unix_ms());
        }
    }
}

fn with_customer(columns: &Columns<'_>) -> Result<(Fee, CustomerId), StoreError> {
    Ok((fee(columns)?, columns.parsed("customer_id")?))
}
