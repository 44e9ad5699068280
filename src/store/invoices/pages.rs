//! The list of invoices as people work through it. Each tab has an index of its own that holds no
//! more than what it shows, so that a page costs the same however many invoices there are.

use super::add_term;
use super::row::invoice;
use crate::domain::filter::InvoiceFilter;
use crate::domain::id::OrganizationId;
use crate::domain::invoice::{Invoice, InvoiceStatus, PaymentStatus};
use crate::domain::invoice_list::{
    InvoicePage, InvoicePlace, InvoiceRow, InvoiceSearch, InvoiceTab,
};
use crate::domain::payment::PayableId;
use crate::store::attempts::attempt;
use crate::store::conditions::Conditions;
use crate::store::row::{row, rows};
use crate::store::{Reader, StoreError};

impl Reader<'_> {
    /// Newest issued first, from after the place on.
    pub fn invoice_page(
        &self,
        organization: OrganizationId,
        (tab, search): (InvoiceTab, &InvoiceSearch),
        after: Option<InvoicePlace>,
        limit: u32,
    ) -> Result<InvoicePage, StoreError> {
        let mut wanted = self.list_conditions(organization, tab, search)?;
        if let Some(after) = after {
            wanted.and_with(
                "i.issuing_date <= :after_date
                 AND (i.issuing_date < :after_date OR i.created_at < :after_at
                      OR (i.created_at = :after_at AND i.id > :after_id))",
                ":after_date",
                after.issuing_date.to_string(),
            );
            wanted.bind(":after_at", after.created_at.unix_ms());
            wanted.bind(":after_id", after.id.to_string());
        }
        wanted.bind(":limit", limit.saturating_add(1));
        let sql = format!(
            "SELECT i.*
               FROM invoices i
              WHERE {}
              ORDER BY i.issuing_date DESC, i.created_at DESC, i.id
              LIMIT :limit",
            wanted.sql()
        );
        let mut found = rows!(self, "invoices", &sql, wanted.values().as_slice(), invoice)?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = found.len() > limit;
        found.truncate(limit);
        let next = if has_more { found.last().map(InvoicePlace::of) } else { None };
        let rows = found.into_iter().map(|invoice| self.beside_in_list(invoice));
        Ok(InvoicePage { rows: rows.collect::<Result<_, _>>()?, next })
    }

    fn beside_in_list(&self, invoice: Invoice) -> Result<InvoiceRow, StoreError> {
        let organization = invoice.organization_id;
        let customer = self.customer_view_with_deleted(organization, invoice.customer_id)?;
        let customer = customer.map(|view| view.customer);
        let recovery = self.recovery_of(PayableId::Invoice(invoice.id))?;
        let last_attempt = match &recovery {
            Some(recovery) => row!(
                self,
                "attempts",
                "SELECT * FROM attempts
                  WHERE recovery_id = :recovery ORDER BY number DESC LIMIT 1",
                rusqlite::named_params! { ":recovery": recovery.id.to_string() },
                attempt
            )?,
            None => None,
        };
        Ok(InvoiceRow {
            customer_name: customer.as_ref().and_then(|it| it.display_name()),
            external_customer_id: customer.map(|it| it.external_id).unwrap_or_default(),
            invoice,
            recovery,
            last_attempt,
        })
    }

    /// So many, and one more when there are more than that.
    pub fn invoices_counted(
        &self,
        organization: OrganizationId,
        (tab, search): (InvoiceTab, &InvoiceSearch),
        limit: u64,
    ) -> Result<u64, StoreError> {
        if search.is_empty()
            && let Some(states) = states_of(tab)
            && let Some(counted) = self.counted_invoices(organization, &states)?
        {
            return Ok(counted);
        }
        let mut wanted = self.list_conditions(organization, tab, search)?;
        wanted.bind(":limit", i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1));
        let sql = format!(
            "SELECT COUNT(*) FROM (SELECT 1 FROM invoices i WHERE {} LIMIT :limit)",
            wanted.sql()
        );
        self.total(&sql, &wanted)
    }

    fn list_conditions(
        &self,
        organization: OrganizationId,
        tab: InvoiceTab,
        search: &InvoiceSearch,
    ) -> Result<Conditions, StoreError> {
        let customers = match &search.external_customer_id {
            Some(external_id) => Some(self.customers_ever_called(organization, external_id)?),
            None => None,
        };
        // What a term or a customer finds is little: theirs are the indexes to walk.
        let is_narrow = search.term.is_some()
            || customers.as_ref().is_some_and(|customers| !customers.is_empty());
        let whose = if is_narrow {
            "+i.organization_id = :organization"
        } else {
            "i.organization_id = :organization"
        };
        let mut wanted = Conditions::of(whose, ":organization", organization.to_string());
        wanted.and(of_tab(tab));
        if let Some(customers) = customers {
            wanted.and_in("i.customer_id", ":customer", customers);
        }
        if let Some(term) = &search.term {
            let customers = self.customers_called_like(organization, term)?;
            add_term(&mut wanted, term, customers);
        }
        if let Some(class) = search.decline_class {
            self.add_last_declined(&mut wanted, organization, class)?;
        }
        add_figures(&mut wanted, search);
        Ok(wanted)
    }
}

/// The states of a tab, where states are all it is about: those are counted as they change.
fn states_of(tab: InvoiceTab) -> Option<InvoiceFilter> {
    let of = |statuses: &[InvoiceStatus], payment_statuses: Option<&[PaymentStatus]>| {
        Some(InvoiceFilter {
            statuses: Some(statuses.to_vec()),
            payment_statuses: payment_statuses.map(<[PaymentStatus]>::to_vec),
            ..InvoiceFilter::default()
        })
    };
    let unpaid = [PaymentStatus::Pending, PaymentStatus::Failed];
    match tab {
        InvoiceTab::All => Some(InvoiceFilter::default()),
        InvoiceTab::Outstanding => of(&[InvoiceStatus::Finalized], Some(&unpaid)),
        InvoiceTab::Overdue => of(&[InvoiceStatus::Finalized], None)
            .map(|of| InvoiceFilter { payment_overdue: Some(true), ..of }),
        InvoiceTab::Succeeded => of(&[InvoiceStatus::Finalized], Some(&[PaymentStatus::Succeeded])),
        InvoiceTab::Draft => of(&[InvoiceStatus::Draft], None),
        InvoiceTab::Voided => of(&[InvoiceStatus::Voided], None),
        InvoiceTab::Disputed => None,
    }
}

/// As the indexes of these tabs say it.
const fn of_tab(tab: InvoiceTab) -> &'static str {
    match tab {
        InvoiceTab::All => "i.status IN ('draft', 'finalized', 'voided')",
        InvoiceTab::Outstanding => "i.status = 'finalized' AND i.payment_status <> 'succeeded'",
        InvoiceTab::Overdue => "i.payment_overdue = 1 AND i.status = 'finalized'",
        InvoiceTab::Succeeded => "i.status = 'finalized' AND i.payment_status = 'succeeded'",
        InvoiceTab::Draft => "i.status = 'draft'",
        InvoiceTab::Voided => "i.status = 'voided'",
        InvoiceTab::Disputed => {
            "i.dispute_lost_at IS NOT NULL AND i.status IN ('finalized', 'voided')"
        }
    }
}

fn add_figures(wanted: &mut Conditions, search: &InvoiceSearch) {
    const DUE: &str = "(i.total_amount - i.paid_amount)";
    if let Some(currency) = search.currency {
        wanted.and_with("i.currency = :currency", ":currency", currency.code().to_owned());
    }
    if let Some(from) = search.amount_from {
        wanted.and_with(&format!("{DUE} >= :amount_from"), ":amount_from", from);
    }
    if let Some(to) = search.amount_to {
        wanted.and_with(&format!("{DUE} <= :amount_to"), ":amount_to", to);
    }
    if let Some(from) = search.issued_from {
        wanted.and_with("i.issuing_date >= :issued_from", ":issued_from", from.to_string());
    }
    if let Some(to) = search.issued_to {
        wanted.and_with("i.issuing_date <= :issued_to", ":issued_to", to.to_string());
    }
}
