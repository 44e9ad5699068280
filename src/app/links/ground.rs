//! What a page to pay on is made from, and why none can be made.

use crate::app::collect::CollectError;
use crate::app::ports::{LinkRequest, PspError};
use crate::domain::connection::Connection;
use crate::domain::customer::Customer;
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::id::{InvoiceId, OrganizationId};
use crate::domain::idempotency::session_key;
use crate::domain::invoice::{Invoice, InvoiceStatus, PaymentStatus};
use crate::domain::payer_page::PayerPage;
use crate::domain::payment::PayableId;
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::store::{Reader, StoreError};

#[derive(Debug, Clone, thiserror::Error)]
pub enum PaymentLinkError {
    #[error("there is no such invoice")]
    NotFound,
    #[error("the customer is linked to no payment provider")]
    NoLinkedProvider,
    #[error("the provider has no pages to pay on")]
    UnsuitableProvider,
    #[error("the invoice is a draft, voided or paid")]
    WrongStatus,
    #[error("the connection of the customer is gone")]
    NoConnection,
    #[error("the customer does not exist at the provider")]
    NoProviderCustomer,
    /// A charge is open: a page beside it could be paid too.
    #[error("a charge of this invoice is being processed")]
    AttemptOpen,
    /// A page takes money too.
    #[error("nothing is charged until it is known what was charged before a restore")]
    OnHold,
    #[error("the provider refused to make the page")]
    Provider { provider: String, error: PspError },
    #[error(transparent)]
    Collect(#[from] CollectError),
}

impl From<StoreError> for PaymentLinkError {
    fn from(error: StoreError) -> PaymentLinkError {
        PaymentLinkError::Collect(CollectError::from(error))
    }
}

/// Everything a page is made from.
#[derive(Clone)]
pub struct Ground {
    pub invoice: Invoice,
    pub customer: Customer,
    pub connection: Connection,
    provider_customer_id: String,
    method_kinds: Vec<String>,
    organization_name: String,
    installation: String,
}

impl Ground {
    /// Why none can be made is told in the order of Lago's checks. `can_check_out`: whether a
    /// provider of this name has pages to pay on.
    pub fn find(
        read: &Reader<'_>,
        organization: OrganizationId,
        id: InvoiceId,
        can_check_out: impl Fn(&str) -> bool,
    ) -> Result<Ground, PaymentLinkError> {
        let invoice = read.invoice(organization, id)?.ok_or(PaymentLinkError::NotFound)?;
        let customer = read
            .customer(organization, invoice.customer_id)?
            .ok_or(CollectError::Missing { what: "the customer of an invoice" })?;
        let link = customer.link.clone().ok_or(PaymentLinkError::NoLinkedProvider)?;
        if !can_check_out(&link.provider) {
            return Err(PaymentLinkError::UnsuitableProvider);
        }
        let payable = matches!(invoice.status, InvoiceStatus::Finalized | InvoiceStatus::Open)
            && invoice.payment_status != PaymentStatus::Succeeded;
        if !payable || !invoice.due().is_positive() {
            return Err(PaymentLinkError::WrongStatus);
        }
        // What may have been charged before a restore is not asked for a second time.
        if let Some(recovery) = read.recovery_of(PayableId::Invoice(invoice.id))?
            && read.held_debt(recovery.id)?.is_some()
        {
            return Err(PaymentLinkError::OnHold);
        }
        let connection = match link.connection_id {
            Some(id) => read.connection(organization, id)?,
            None => None,
        };
        let connection = connection.ok_or(PaymentLinkError::NoConnection)?;
        let account = link.account.ok_or(PaymentLinkError::NoProviderCustomer)?;
        let provider_customer_id =
            account.provider_customer_id.ok_or(PaymentLinkError::NoProviderCustomer)?;
        let installation = read
            .installation_identity()?
            .ok_or(CollectError::Missing { what: "the identity of the installation" })?;
        Ok(Ground {
            organization_name: read.organization(organization)?.name,
            method_kinds: account.method_kinds,
            invoice,
            customer,
            connection,
            provider_customer_id,
            installation,
        })
    }

    pub fn payable(&self) -> PayableId {
        PayableId::Invoice(self.invoice.id)
    }

    pub fn event(&self, kind: EventKind, now: Timestamp) -> Event {
        let subject = Subject {
            customer_id: Some(self.customer.id),
            invoice_id: Some(self.invoice.id),
            connection_id: Some(self.connection.id),
            ..Subject::default()
        };
        Event::new(kind, self.invoice.organization_id, subject, now)
    }

    /// A payer who has paid comes back to our page, unless the business has one of its own.
    pub fn request(&self, session: &Session, page: &PayerPage, public_url: &str) -> LinkRequest {
        let number = &self.invoice.number;
        LinkRequest {
            idempotency_key: session_key(&self.installation, session.id),
            reference: session.id.to_string(),
            provider_customer_id: self.provider_customer_id.clone(),
            amount: self.invoice.due(),
            method_kinds: self.method_kinds.clone(),
            // Recurring charges in India need a mandate that a page for one payment cannot give.
            keep_method: self.customer.profile.address.country.as_deref() != Some("IN"),
            description: format!("{} - Invoice {number}", self.organization_name),
            return_url: self
                .connection
                .success_redirect_url
                .clone()
                .unwrap_or_else(|| page.return_address(public_url)),
            expires_at: session.expires_at,
            metadata: vec![
                ("invoice_id".to_owned(), self.invoice.id.to_string()),
                ("customer_id".to_owned(), self.customer.id.to_string()),
            ],
        }
    }
}
