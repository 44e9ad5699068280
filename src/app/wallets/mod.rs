//! What customers pay ahead: wallets are made, changed and terminated; credits are bought,
//! granted, voided, spent on invoices and given back. One use case or step in each file.

mod book;
mod change_wallet;
mod create_transactions;
mod create_wallet;
pub mod credit_invoice;
mod follow_invoice;
pub mod give_back;
mod rules;
pub mod spend;
mod terminate_wallet;
mod top_up;
mod top_up_wallets;

use chrono_tz::Tz;

use crate::domain::customer::Customer;
use crate::domain::id::OrganizationId;
use crate::domain::organization::Organization;
use crate::domain::wallet::Wallet;
use crate::domain::wallet::request::Fault;
use crate::store::{Reader, StoreError};

pub use follow_invoice::{follow_invoice, tell_declined};
pub use terminate_wallet::terminate_wallets_of;

#[derive(Debug, Clone, thiserror::Error)]
pub enum WalletError {
    #[error("there is no such wallet")]
    NotFound,
    #[error("there is no such billing entity")]
    BillingEntityNotFound,
    /// All that is wrong with the request.
    #[error("the request asks for what cannot be")]
    Invalid(Vec<Fault>),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whose wallet it is.
struct Owner {
    organization: Organization,
    customer: Customer,
}

impl Owner {
    fn of(reader: &Reader<'_>, wallet: &Wallet) -> Result<Owner, StoreError> {
        let customer = reader
            .customer(wallet.organization_id, wallet.customer_id)?
            .ok_or_else(|| StoreError::no_customer(wallet.customer_id))?;
        Ok(Owner { organization: reader.organization(wallet.organization_id)?, customer })
    }

    fn zone(&self) -> Tz {
        self.customer.timezone.unwrap_or(self.organization.timezone)
    }
}

/// There is only one billing entity.
fn check_billing_entity(
    reader: &Reader<'_>,
    organization: OrganizationId,
    code: Option<&String>,
) -> Result<Organization, WalletError> {
    let organization = reader.organization(organization)?;
    match code {
        Some(code) if *code != organization.billing_entity_code => {
            Err(WalletError::BillingEntityNotFound)
        }
        Some(_) | None => Ok(organization),
    }
}
