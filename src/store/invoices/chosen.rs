//! The invoices of one customer, narrowed by what they are billed for, page by page.

use chrono::NaiveDate;
use rusqlite::named_params;

use super::list::shown_statuses;
use crate::domain::filter::{InvoiceChoice, IssueOrder};
use crate::domain::id::{CustomerId, InvoiceId, OrganizationId};
use crate::domain::time::Timestamp;
use crate::domain::view::InvoiceView;
use crate::store::conditions::Conditions;
use crate::store::row::{Columns, rows};
use crate::store::{Reader, StoreError};

/// More than a customer ever owes at once.
const UNPAID_MAX: u32 = 100_000;

impl Reader<'_> {
    /// With their fees, in the order of their issuing.
    pub fn invoices_chosen(
        &self,
        organization: OrganizationId,
        choice: &InvoiceChoice,
    ) -> Result<Vec<InvoiceView>, StoreError> {
        let mut conditions = conditions(organization, choice);
        let sql = format!(
            "SELECT i.id FROM invoices AS i WHERE {} ORDER BY {} LIMIT :limit",
            conditions.sql(),
            match choice.order {
                IssueOrder::OldestFirst => "i.issuing_date, i.id",
                IssueOrder::NewestFirst => "i.issuing_date DESC, i.id DESC",
            }
        );
        conditions.bind(":limit", i64::from(choice.limit));
        let ids: Vec<InvoiceId> =
            rows!(self, "invoices", &sql, conditions.values().as_slice(), |columns: &Columns<
                '_,
            >| {
                columns.parsed("id")
            })?;
        let mut views = Vec::with_capacity(ids.len());
        for id in ids {
            views.extend(self.invoice_view(organization, id)?);
        }
        Ok(views)
    }

    /// Those of a customer that are shown, and neither paid nor voided. Oldest first.
    pub fn unpaid_invoices(&self, customer: CustomerId) -> Result<Vec<InvoiceId>, StoreError> {
        rows!(
            self,
            "invoices",
            "SELECT id FROM invoices
              WHERE customer_id = :customer AND status IN ('draft', 'finalized')
                AND payment_status <> 'succeeded'
              ORDER BY issuing_date, id
              LIMIT :limit",
            named_params! { ":customer": customer.to_string(), ":limit": UNPAID_MAX },
            |columns: &Columns<'_>| columns.parsed("id")
        )
    }
}

fn conditions(organization: OrganizationId, choice: &InvoiceChoice) -> Conditions {
    let mut conditions = Conditions::of(
        "i.organization_id = :organization",
        ":organization",
        organization.to_string(),
    );
    let customer = choice.customer_id.to_string();
    conditions.and_with("i.customer_id = :customer", ":customer", customer);
    let wanted = choice.status.map(|status| [status]);
    let words = shown_statuses(wanted.as_ref().map(<[_; 1]>::as_slice));
    conditions.and_in("i.status", ":status", words);
    if let Some(currency) = choice.currency {
        conditions.and_with("i.currency = :currency", ":currency", currency.code().to_owned());
    }
    let timed = "FROM fees AS f WHERE f.invoice_id = i.id AND f.item_kind = 'subscription'";
    if let Some(from) = choice.from {
        let sql = format!(
            "COALESCE((SELECT MIN(f.from_at) >= :from {timed}), i.issuing_date >= :from_day)"
        );
        conditions.and_with(&sql, ":from", from.unix_ms());
        conditions.bind(":from_day", first_day_from(from).to_string());
    }
    if let Some(until) = choice.until {
        let sql = format!(
            "COALESCE((SELECT MAX(f.to_at) < :until {timed}), i.issuing_date < :until_day)"
        );
        conditions.and_with(&sql, ":until", until.unix_ms());
        conditions.bind(":until_day", first_day_from(until).to_string());
    }
    if let Some(after) = choice.after {
        let sign = match choice.order {
            IssueOrder::OldestFirst => ">",
            IssueOrder::NewestFirst => "<",
        };
        let last = "(SELECT issuing_date, id FROM invoices WHERE id = :after)";
        let sql = format!("(i.issuing_date, i.id) {sign} {last}");
        conditions.and_with(&sql, ":after", after.to_string());
    }
    conditions
}

/// The first day whose first moment is not before this.
fn first_day_from(time: Timestamp) -> NaiveDate {
    let day = time.utc().date_naive();
    let is_midnight = time.utc().time() == chrono::NaiveTime::MIN;
    if is_midnight { day } else { day.succ_opt().unwrap_or(day) }
}
