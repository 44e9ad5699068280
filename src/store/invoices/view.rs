//! Invoices with everything that their readers show beside them.

use std::collections::HashMap;

use crate::domain::filter::InvoiceFilter;
use crate::domain::id::{CustomerId, InvoiceId, OrganizationId};
use crate::domain::invoice::Invoice;
use crate::domain::view::{CustomerView, InvoiceView, Page, PageRequest};
use crate::store::{Reader, StoreError};

/// Lists show no fees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithFees {
    Yes,
    No,
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
        self.beside_invoice(invoice, customer, WithFees::Yes).map(Some)
    }

    /// One page of the visible ones, without fees.
    pub fn invoice_views(
        &self,
        organization: OrganizationId,
        filter: &InvoiceFilter,
        request: PageRequest,
    ) -> Result<Page<InvoiceView>, StoreError> {
        let page = self.invoices(organization, filter, request)?;
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
            items.push(self.beside_invoice(invoice, customer, WithFees::No)?);
        }
        Ok(Page { items, total: page.total, request: page.request })
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
        fees: WithFees,
    ) -> Result<InvoiceView, StoreError> {
        let periods = match fees {
            WithFees::Yes => self.billed_periods(invoice.id)?,
            WithFees::No => Vec::new(),
        };
        Ok(InvoiceView {
            subscriptions: self.subscriptions_billed(&invoice, &periods)?,
            periods,
            metadata: self.invoice_metadata(invoice.id)?,
            applied_taxes: self.applied_taxes(invoice.id)?,
            fees: match fees {
                WithFees::Yes => self.fees(invoice.id)?,
                WithFees::No => Vec::new(),
            },
            customer,
            invoice,
        })
    }
}
