//! Deletes what nobody asks for any more: webhooks that were sent, or given up, long ago, pages
//! for payers whose time was up long ago, and what let people in to the dashboard and does not any
//! more. Events stay, and so does everything about money.

use super::App;
use super::collect::CollectError;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgotten {
    pub deliveries: usize,
    pub pages: usize,
    /// Links to choose a password, and browsers in which somebody was signed in.
    pub sign_ins: usize,
}

impl App {
    /// All of it, a page of rows in each transaction.
    pub fn forget_old(&self) -> Result<Forgotten, CollectError> {
        let now = self.clock.now();
        let sent_until = now.minus(self.rules.deliveries_kept);
        let over_since = now.minus(self.rules.pages_kept);
        let mut all = Forgotten::default();
        loop {
            let some = self.store.write(move |tx| {
                Ok::<_, CollectError>(Forgotten {
                    deliveries: tx.forget_deliveries(sent_until)?,
                    pages: tx.forget_pages(over_since)?,
                    sign_ins: tx.forget_sign_ins(now)? + tx.forget_user_links(now)?,
                })
            })?;
            if some == Forgotten::default() {
                return Ok(all);
            }
            all.deliveries += some.deliveries;
            all.pages += some.pages;
            all.sign_ins += some.sign_ins;
        }
    }
}
