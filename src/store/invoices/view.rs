//! Invoices with everything that their readers show beside them.

use std::collections::HashMap;

use crate::domain::filter::InvoiceFilter;
use crate::domain::id::{CustomerId, InvoiceId, OrganizationId};
use crate::domain::invoice::{AppliedTax, Invoice, InvoiceMetadata};
use crate::domain::view::{CustomerView, InvoiceView, Page, PageRequest};
use crate::store::{Reader, StoreError};

/// Lists show no fees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithFees {
    Yes,
    No,
}

/// What only some invoices have, read for a whole page at once.
#[derive(Default)]
struct Noted {
    metadata: HashMap<InvoiceId, Vec<InvoiceMetadata>>,
    taxes: HashMap<InvoiceId, Vec<AppliedTax>>,
}

impl Reader<'_> {
    /// Of any status: whether it may be shown is the caller's question.
    pub fn invoice_view(
        &self,
        organization: OrganizationId,
        id: InvoiceId,
    ) -> Result<Option<InvoiceView>, StoreError> {
        let Some(invoice) = self.invoice(organization, id)? else {
            return Ok(None);
        };
        let customer = self.customer_beside(&invoice)?;
        let mut noted = self.noted(&[id])?;
        self.beside_invoice(invoice, customer, (&mut noted, WithFees::Yes)).map(Some)
    }

    /// One page of the visible ones, without fees.
    pub fn invoice_views(
        &self,
        organization: OrganizationId,
        filter: &InvoiceFilter,
        request: PageRequest,
    ) -> Result<Page<InvoiceView>, StoreError> {
        let page = self.invoices(organization, filter, request)?;
        let ids: Vec<InvoiceId> = page.items.iter().map(|invoice| invoice.id).collect();
        let mut noted = self.noted(&ids)?;
        // Many invoices of a page are of few customers.
        let mut customers: HashMap<CustomerId, CustomerView> = HashMap::new();
        let mut items = Vec::with_capacity(page.items.len());
        for invoice in page.items {
            let customer = match customers.get(&invoice.customer_id) {
                Some(known) => known.clone(),
                None => {
                    let found = self.customer_beside(&invoice)?;
                    customers.insert(invoice.customer_id, found.clone());
                    found
                }
            };
            items.push(self.beside_invoice(invoice, customer, (&mut noted, WithFees::No))?);
        }
        Ok(Page { items, total: page.total, request: page.request })
    }

    fn noted(&self, ids: &[InvoiceId]) -> Result<Noted, StoreError> {
        let mut noted = Noted::default();
        for (invoice, pair) in self.metadata_of_invoices(ids)? {
            noted.metadata.entry(invoice).or_default().push(pair);
        }
        for tax in self.applied_taxes(ids)? {
            noted.taxes.entry(tax.invoice_id).or_default().push(tax);
        }
        Ok(noted)
    }

    fn customer_beside(&self, invoice: &Invoice) -> Result<CustomerView, StoreError> {
        self.customer_view_with_deleted(invoice.organization_id, invoice.customer_id)?.ok_or_else(
            || {
                let what = format!("the customer of {} is missing", invoice.id);
                StoreError::corrupt("invoices", what)
            },
        )
    }

    fn beside_invoice(
        &self,
        invoice: Invoice,
        customer: CustomerView,
        (noted, fees): (&mut Noted, WithFees),
    ) -> Result<InvoiceView, StoreError> {
        let periods = match fees {
            WithFees::Yes => self.billed_periods(invoice.id)?,
            WithFees::No => Vec::new(),
        };
        Ok(InvoiceView {
            subscriptions: self.subscriptions_billed(&invoice, &periods)?,
            periods,
            metadata: noted.metadata.remove(&invoice.id).unwrap_or_default(),
            applied_taxes: noted.taxes.remove(&invoice.id).unwrap_or_default(),
            fees: match fees {
                WithFees::Yes => self.fees(invoice.id)?,
                WithFees::No => Vec::new(),
            },
            customer,
            invoice,
        })
    }
}
