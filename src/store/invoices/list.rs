//! Lists of invoices: newest issued first, narrowed by what is asked for.

use super::row;
use crate::domain::filter::{InvoiceFilter, SettledBy};
use crate::domain::id::{InvoiceId, OrganizationId};
use crate::domain::invoice::{Invoice, InvoiceStatus};
use crate::domain::view::{Page, PageRequest};
use crate::store::conditions::{Conditions, contains, folded};
use crate::store::row::rows;
use crate::store::{Reader, StoreError};

impl Reader<'_> {
    /// One page of the visible ones.
    pub fn invoices(
        &self,
        organization: OrganizationId,
        filter: &InvoiceFilter,
        request: PageRequest,
    ) -> Result<Page<Invoice>, StoreError> {
        let mut conditions = self.invoice_conditions(organization, filter)?;
        let total = match self.counted_invoices(organization, filter)? {
            Some(total) => total,
            None => self.total(&count_sql(&conditions), &conditions)?,
        };
        conditions.bind(":limit", request.per_page);
        conditions.bind(":offset", i64::try_from(request.offset()).unwrap_or(i64::MAX));
        let items = rows!(
            self,
            "invoices",
            &page_sql(&conditions),
            conditions.values().as_slice(),
            row::invoice
        )?;
        Ok(Page { items, total, request })
    }

    fn invoice_conditions(
        &self,
        organization: OrganizationId,
        filter: &InvoiceFilter,
    ) -> Result<Conditions, StoreError> {
        let organization_id = organization.to_string();
        let mut conditions =
            Conditions::of("i.organization_id = :organization", ":organization", organization_id);
        if let Some(external_id) = &filter.external_customer_id {
            let customers = self.customers_ever_called(organization, external_id)?;
            conditions.and_in("i.customer_id", ":customer", customers);
        }
        add_states(&mut conditions, filter);
        add_figures(&mut conditions, filter);
        add_texts(&mut conditions, filter);
        Ok(conditions)
    }
}

pub fn page_sql(conditions: &Conditions) -> String {
    format!(
        "SELECT i.*
           FROM invoices i
          WHERE {}
          ORDER BY i.issuing_date DESC, i.created_at DESC, i.id
          LIMIT :limit OFFSET :offset",
        conditions.sql()
    )
}

fn count_sql(conditions: &Conditions) -> String {
    format!("SELECT COUNT(*) FROM invoices i WHERE {}", conditions.sql())
}

/// The words of the visible statuses among `wanted`.
pub fn shown_statuses(wanted: Option<&[InvoiceStatus]>) -> Vec<String> {
    let shown = InvoiceStatus::ALL.iter().filter(|status| {
        status.is_visible() && wanted.is_none_or(|wanted| wanted.contains(status))
    });
    shown.map(|status| status.as_str().to_owned()).collect()
}

fn add_states(conditions: &mut Conditions, filter: &InvoiceFilter) {
    conditions.and_in("i.status", ":status", shown_statuses(filter.statuses.as_deref()));
    if let Some(wanted) = &filter.payment_statuses {
        let words = wanted.iter().map(|status| status.as_str().to_owned());
        conditions.and_in("i.payment_status", ":payment_status", words);
    }
    if let Some(overdue) = filter.payment_overdue {
        conditions.and_with("i.payment_overdue = :overdue", ":overdue", overdue);
    }
    match filter.dispute_lost {
        Some(true) => conditions.and("i.dispute_lost_at IS NOT NULL"),
        Some(false) => conditions.and("i.dispute_lost_at IS NULL"),
        None => {}
    }
    if filter.self_billed == Some(true) {
        conditions.and("1 = 0");
    }
    match filter.settled_by {
        Some(SettledBy::Payment) => conditions.and("i.paid_amount > 0"),
        Some(SettledBy::NothingOfOurs) => conditions.and("1 = 0"),
        None => {}
    }
    let partially = "(i.paid_amount > 0 AND i.paid_amount < i.total_amount)";
    match filter.partially_paid {
        Some(true) => conditions.and(partially),
        Some(false) => conditions.and(&format!("NOT {partially}")),
        None => {}
    }
}

fn add_figures(conditions: &mut Conditions, filter: &InvoiceFilter) {
    if let Some(from) = filter.issued_from {
        conditions.and_with("i.issuing_date >= :issued_from", ":issued_from", from.to_string());
    }
    if let Some(to) = filter.issued_to {
        conditions.and_with("i.issuing_date <= :issued_to", ":issued_to", to.to_string());
    }
    if let Some(from) = filter.amount_from {
        conditions.and_with("i.total_amount >= :amount_from", ":amount_from", from);
    }
    if let Some(to) = filter.amount_to {
        conditions.and_with("i.total_amount <= :amount_to", ":amount_to", to);
    }
}

fn add_texts(conditions: &mut Conditions, filter: &InvoiceFilter) {
    if let Some(invoice_type) = &filter.invoice_type {
        let wanted = invoice_type.clone();
        conditions.and_with("i.invoice_type = :invoice_type", ":invoice_type", wanted);
    }
    if let Some(currency) = &filter.currency {
        conditions.and_with("i.currency = :currency", ":currency", currency.clone());
    }
    if let Some(number) = &filter.purchase_order_number {
        let sql = "i.purchase_order_folded = :purchase_order";
        conditions.and_with(sql, ":purchase_order", folded(number));
    }
    if let Some(term) = &filter.search_term {
        add_search(conditions, term);
    }
    for (position, (key, value)) in filter.metadata.iter().enumerate() {
        add_metadata(conditions, position, (key, value));
    }
}

fn add_search(conditions: &mut Conditions, term: &str) {
    let id: Option<InvoiceId> = term.to_ascii_lowercase().parse().ok();
    conditions.and(
        "(i.id = :search_id
          OR LOWER(i.number) LIKE :search ESCAPE '\\'
          OR EXISTS (SELECT 1
                       FROM customers c
                      WHERE c.id = i.customer_id
                        AND c.search_text LIKE :search ESCAPE '\\'))",
    );
    conditions.bind(":search_id", id.map(|id| id.to_string()));
    conditions.bind(":search", contains(term));
}

fn add_metadata(conditions: &mut Conditions, position: usize, (key, value): (&str, &str)) {
    let exists = format!(
        "EXISTS (SELECT 1
                   FROM invoice_metadata m
                  WHERE m.invoice_id = i.id AND m.key = :metadata_key_{position}"
    );
    conditions.bind(&format!(":metadata_key_{position}"), key.to_owned());
    if value.is_empty() {
        conditions.and(&format!("NOT {exists})"));
    } else {
        conditions.and(&format!("{exists} AND m.value = :metadata_value_{position})"));
        conditions.bind(&format!(":metadata_value_{position}"), value.to_owned());
    }
}
