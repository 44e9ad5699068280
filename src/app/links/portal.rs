//! What a customer sees of themselves: what they owe and have paid, and which methods are stored.
//! The address is good for half a day, and whoever has it sees the page.

use super::payment_link::new_token;
use super::payment_page::pay_state;
use super::{CheckoutLinkError, PaymentLinkError};
use crate::app::App;
use crate::app::collect::CollectError;
use crate::domain::api_key::KeyHash;
use crate::domain::id::{InvoiceId, OrganizationId, PayerPageId};
use crate::domain::invoice::Invoice;
use crate::domain::payer_page::{PORTAL_LIFETIME, PagePurpose, PayState, PayerPage};
use crate::domain::payment_method::{MethodFilter, PaymentMethod};
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::domain::view::PageRequest;
use crate::store::{Reader, StoreError};

/// So many stored methods are shown.
const METHODS_SHOWN_MAX: u32 = 50;

#[derive(Debug, Clone)]
pub struct Portal {
    pub page: PayerPage,
    pub organization_name: String,
    pub customer_name: Option<String>,
    /// What is to be paid first, the newest first of each.
    pub debts: Vec<PortalDebt>,
    pub methods: Vec<PaymentMethod>,
    /// A page where a method can be left could be made.
    pub takes_methods: bool,
    pub is_over: bool,
}

#[derive(Debug, Clone)]
pub struct PortalDebt {
    pub invoice: Invoice,
    pub state: PayState,
}

#[derive(Debug, thiserror::Error)]
pub enum PortalError {
    #[error("there is no customer of this external id")]
    CustomerNotFound,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl App {
    /// The address of a new page: each is good for its whole time.
    pub fn portal_link(
        &self,
        organization: OrganizationId,
        external_customer_id: &str,
    ) -> Result<String, PortalError> {
        let now = self.clock.now();
        let customer = self
            .store
            .read(|read| read.customer_by_external_id(organization, external_customer_id))?
            .ok_or(PortalError::CustomerNotFound)?;
        let page = PayerPage {
            id: PayerPageId::at(now),
            organization_id: organization,
            customer_id: customer.id,
            purpose: PagePurpose::Portal,
            token: new_token(),
            created_at: now,
            expires_at: now.plus(PORTAL_LIFETIME),
            ended_at: None,
        };
        let address = page.address(&self.rules.public_url);
        self.store.write(move |tx| tx.put_payer_page(&page))?;
        Ok(address)
    }

    /// None: nobody was given such an address.
    pub fn portal(&self, token: &Secret) -> Result<Option<Portal>, CollectError> {
        let now = self.clock.now();
        self.store.read(|read| {
            let Some(page) = read.payer_page_by_token(&KeyHash::of(token))? else {
                return Ok(None);
            };
            if page.purpose != PagePurpose::Portal {
                return Ok(None);
            }
            show(read, page, now).map(Some)
        })
    }

    /// The address where the payer pays one of their invoices. None: it is none of theirs.
    pub fn pay_from_portal(
        &self,
        portal: &Portal,
        invoice: InvoiceId,
    ) -> Result<Option<String>, PaymentLinkError> {
        if portal.is_over || portal.debts.iter().all(|debt| debt.invoice.id != invoice) {
            return Ok(None);
        }
        Ok(Some(self.payment_link(portal.page.organization_id, invoice)?.url))
    }

    /// The address where the customer leaves another method. None: the page is over.
    pub fn add_method_from_portal(
        &self,
        portal: &Portal,
    ) -> Result<Option<String>, CheckoutLinkError> {
        if portal.is_over {
            return Ok(None);
        }
        let page = &portal.page;
        Ok(Some(self.checkout_link_in_time(page.organization_id, page.customer_id)?.url))
    }
}

fn show(read: &Reader<'_>, page: PayerPage, now: Timestamp) -> Result<Portal, CollectError> {
    let customer = read
        .customer(page.organization_id, page.customer_id)?
        .ok_or(CollectError::Missing { what: "the customer of a page" })?;
    let is_over = page.is_over(now) || customer.deleted_at.is_some();
    let mut debts = Vec::new();
    let mut methods = Vec::new();
    // An address that is over shows nothing of anyone.
    if !is_over {
        for id in read.invoices_for_payer(customer.id)? {
            let Some(invoice) = read.invoice(page.organization_id, id)? else { continue };
            let state = pay_state(read, &invoice)?;
            debts.push(PortalDebt { invoice, state });
        }
        let request = PageRequest { page: 1, per_page: METHODS_SHOWN_MAX };
        let stored = read.method_views(customer.id, MethodFilter::Active, request)?;
        methods = stored.items.into_iter().map(|view| view.method).collect();
    }
    let account = customer.link.as_ref().and_then(|link| link.account.as_ref());
    Ok(Portal {
        organization_name: read.organization(page.organization_id)?.name,
        customer_name: customer.display_name(),
        debts,
        methods,
        takes_methods: account.is_some_and(|account| account.provider_customer_id.is_some()),
        is_over,
        page,
    })
}
