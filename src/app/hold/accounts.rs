//! What is known of a debt before its providers are asked: where it may have been charged.

use crate::app::collect::{CollectError, connection_of};
use crate::domain::attempt::Attempt;
use crate::domain::connection::Connection;
use crate::domain::hold::Hold;
use crate::domain::id::RecoveryId;
use crate::domain::invoice::InvoiceType;
use crate::domain::payment::Payable;
use crate::domain::recovery::Recovery;
use crate::store::Reader;

/// A customer at a provider.
#[derive(Debug, Clone)]
pub struct Account {
    pub connection: Connection,
    pub provider_customer_id: Option<String>,
}

pub struct Debt {
    pub recovery: Recovery,
    pub attempts: Vec<Attempt>,
    pub accounts: Vec<Account>,
    pub payable: Payable,
    pub installation: String,
}

impl Debt {
    /// None: it is gone.
    pub fn find(read: &Reader<'_>, id: RecoveryId) -> Result<Option<Debt>, CollectError> {
        let Some(recovery) = read.recovery_of_every_organization(id)? else { return Ok(None) };
        let Some(payable) = read.payable(recovery.organization_id, recovery.payable)? else {
            return Ok(None);
        };
        let installation = read
            .installation_identity()?
            .ok_or(CollectError::Missing { what: "the identity of the installation" })?;
        let attempts = read.attempts_of(id)?;
        let accounts = accounts(read, &recovery, &attempts)?;
        Ok(Some(Debt { recovery, attempts, accounts, payable, installation }))
    }

    pub fn account_of(&self, attempt: &Attempt) -> Option<&Account> {
        self.accounts.iter().find(|account| account.connection.id == attempt.connection_id)
    }

    /// It was made by itself during the hold. Before the restore it may have been made too, under
    /// a number that nobody knows any more, and been charged.
    pub fn is_made_again(&self, hold: &Hold) -> bool {
        let by_itself = match &self.payable {
            Payable::Invoice(invoice) => match invoice.invoice_type {
                InvoiceType::Subscription | InvoiceType::Credit => true,
                InvoiceType::OneOff => false,
            },
            Payable::Request(it) => it.request.campaign_id.is_some(),
        };
        by_itself && self.recovery.created_at >= hold.since
    }
}

/// Where the customer is now, and wherever the debt was tried before.
fn accounts(
    read: &Reader<'_>,
    recovery: &Recovery,
    attempts: &[Attempt],
) -> Result<Vec<Account>, CollectError> {
    let mut found: Vec<Account> = Vec::new();
    let organization = recovery.organization_id;
    if let Some(customer) = read.customer(organization, recovery.customer_id)?
        && let Some(connection) = connection_of(read, &customer)?
    {
        let account = customer.link.and_then(|link| link.account);
        let provider_customer_id = account.and_then(|account| account.provider_customer_id);
        found.push(Account { connection, provider_customer_id });
    }
    for attempt in attempts {
        let is_known = found.iter().any(|account| account.connection.id == attempt.connection_id);
        if !is_known
            && let Some(connection) = read.connection(organization, attempt.connection_id)?
        {
            let provider_customer_id = attempt.provider_customer_id.clone();
            found.push(Account { connection, provider_customer_id });
        }
    }
    Ok(found)
}
