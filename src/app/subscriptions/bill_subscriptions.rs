//! The biller: what is due of subscriptions is done, customer by customer, each in a transaction
//! of its own. Run twice it finds nothing left; run late it does what it would have done on time.

use super::{BillError, Billing};
use crate::app::App;
use crate::app::crash_point::{CrashPoint, crash_point};
use crate::domain::id::{CustomerId, OrganizationId};
use crate::domain::time::Timestamp;
use crate::store::{StoreError, Tx};

/// So many customers are looked up at once.
const BATCH: u32 = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Billed {
    pub subscriptions: u32,
    pub failed: u32,
}

impl App {
    /// Starts what is to start, ends what is to end, changes plans, and bills what is due.
    pub fn bill_subscriptions(&self) -> Result<Billed, StoreError> {
        let now = self.clock.now();
        let mut billed = Billed::default();
        let mut after: Option<CustomerId> = None;
        loop {
            let page = self
                .store
                .read(|read| read.customers_to_bill_of_every_organization(now, after, BATCH))?;
            for (organization, customer) in &page {
                let (organization, customer) = (*organization, *customer);
                match self.store.write(move |tx| bill_customer(tx, organization, customer, now)) {
                    Ok(count) => {
                        billed.subscriptions += count;
                        crash_point(CrashPoint::AfterBilling);
                    }
                    Err(error) => {
                        // The others are billed all the same; this one is tried again.
                        billed.failed += 1;
                        tracing::error!(?customer, %error, "a customer could not be billed");
                    }
                }
            }
            after = page.last().map(|(_, customer)| *customer);
            if page.len() < usize::try_from(BATCH).unwrap_or(usize::MAX) {
                break;
            }
        }
        if billed.subscriptions > 0 {
            self.wake.ring();
        }
        Ok(billed)
    }
}

fn bill_customer(
    tx: &Tx<'_>,
    organization: OrganizationId,
    customer: CustomerId,
    now: Timestamp,
) -> Result<u32, BillError> {
    let found = tx.customer(organization, customer)?;
    let customer = found.ok_or_else(|| StoreError::no_customer(customer))?;
    Billing::of(tx, customer, now)?.catch_up()
}
