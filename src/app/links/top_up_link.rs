//! A page where the payer pays for credits: the page of the invoice behind the purchase, which may
//! not be shown yet.

use super::payment_link::{PaymentLink, PaymentLinkError};
use crate::app::App;
use crate::domain::id::{InvoiceId, OrganizationId, WalletTransactionId};
use crate::domain::wallet::transaction::{TransactionKind, TransactionState};
use crate::store::{Reader, StoreError};

#[derive(Debug, Clone, thiserror::Error)]
pub enum TopUpLinkError {
    #[error("there is no such wallet transaction")]
    NotFound,
    #[error("only bought credits are paid for")]
    NotPurchased,
    #[error("it is paid already")]
    Settled,
    #[error("it has no invoice")]
    NoInvoice,
    #[error(transparent)]
    Link(#[from] PaymentLinkError),
}

impl From<StoreError> for TopUpLinkError {
    fn from(error: StoreError) -> TopUpLinkError {
        TopUpLinkError::Link(PaymentLinkError::from(error))
    }
}

impl App {
    pub fn top_up_link(
        &self,
        organization: OrganizationId,
        id: WalletTransactionId,
    ) -> Result<PaymentLink, TopUpLinkError> {
        let invoice = self.store.read(|reader| invoice_to_pay(reader, organization, id))?;
        Ok(self.page_to_pay(organization, invoice)?)
    }
}

fn invoice_to_pay(
    reader: &Reader<'_>,
    organization: OrganizationId,
    id: WalletTransactionId,
) -> Result<InvoiceId, TopUpLinkError> {
    let purchase = reader.wallet_transaction(organization, id)?.ok_or(TopUpLinkError::NotFound)?;
    if purchase.kind != TransactionKind::Purchased {
        return Err(TopUpLinkError::NotPurchased);
    }
    if matches!(purchase.state, TransactionState::Settled { .. }) {
        return Err(TopUpLinkError::Settled);
    }
    purchase.invoice_id.ok_or(TopUpLinkError::NoInvoice)
}
