//! A wallet is terminated: by a person, because its time is up, or with its customer. Its credits
//! are kept, but nobody can use them, and nothing tops it up any more.

use super::WalletError;
use super::book::tell_wallet;
use crate::app::App;
use crate::domain::event::EventKind;
use crate::domain::id::{CustomerId, OrganizationId, WalletId};
use crate::domain::time::Timestamp;
use crate::domain::view::WalletView;
use crate::domain::wallet::Wallet;
use crate::store::{StoreError, Tx};

/// So many are terminated in one transaction.
const BATCH: u32 = 200;

impl App {
    /// One that is terminated already is answered as it is.
    pub fn terminate_wallet(
        &self,
        organization: OrganizationId,
        id: WalletId,
    ) -> Result<WalletView, WalletError> {
        let now = self.clock.now();
        let terminated = self.store.write(move |tx| -> Result<WalletView, WalletError> {
            let wallet = tx.wallet(organization, id)?.ok_or(WalletError::NotFound)?;
            terminate(tx, wallet, now)?;
            tx.wallet_view(organization, id)?.ok_or(WalletError::NotFound)
        })?;
        self.wake.ring_news();
        Ok(terminated)
    }

    /// Until none is left whose time is up. Says how many there were.
    pub fn expire_wallets(&self) -> Result<u32, StoreError> {
        let now = self.clock.now();
        let mut expired = 0_u32;
        loop {
            let batch = self.store.write(move |tx| {
                let late = tx.wallets_to_expire_of_every_organization(now, BATCH)?;
                let count = u32::try_from(late.len()).unwrap_or(BATCH);
                for wallet in late {
                    terminate(tx, wallet, now)?;
                }
                Ok::<_, StoreError>(count)
            })?;
            expired = expired.saturating_add(batch);
            if batch < BATCH {
                break;
            }
        }
        if expired > 0 {
            self.wake.ring_news();
        }
        Ok(expired)
    }
}

/// A customer who is deleted has no wallets any more.
pub fn terminate_wallets_of(
    tx: &Tx<'_>,
    customer: CustomerId,
    now: Timestamp,
) -> Result<(), StoreError> {
    for wallet in tx.active_wallets(customer)? {
        terminate(tx, wallet, now)?;
    }
    Ok(())
}

fn terminate(tx: &Tx<'_>, wallet: Wallet, now: Timestamp) -> Result<(), StoreError> {
    let id = wallet.id;
    let Some(terminated) = wallet.terminate(now) else { return Ok(()) };
    tx.save_wallet(&terminated)?;
    if let Some(rule) = tx.rule_of_wallet(id)? {
        tx.put_recurring_rule(&rule.terminate(now))?;
    }
    tell_wallet(tx, EventKind::WalletTerminated, &terminated, now)
}
