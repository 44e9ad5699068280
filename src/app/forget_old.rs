//! Deletes what nobody asks for any more: webhooks that were sent, or given up, long ago, and pages
//! for payers whose time was up long ago. Events stay, and so does everything about money.

use super::App;
use super::collect::CollectError;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgotten {
    pub deliveries: usize,
    pub pages: usize,
}

impl App {
    /// All of it, a page of rows in each transaction.
    pub fn forget_old(&self) -> Result<Forgotten, CollectError> {
        let now = self.clock.now();
        let sent_until = now.minus(self.rules.deliveries_kept);
        let over_since = now.minus(self.rules.pages_kept);
        let mut all = Forgotten::default();
        loop {
            let (deliveries, pages) = self.store.write(move |tx| {
                let deliveries = tx.forget_deliveries(sent_until)?;
                Ok::<_, CollectError>((deliveries, tx.forget_pages(over_since)?))
            })?;
            if deliveries == 0 && pages == 0 {
                return Ok(all);
            }
            all.deliveries += deliveries;
            all.pages += pages;
        }
    }
}
