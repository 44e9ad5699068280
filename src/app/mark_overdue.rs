//! Invoices whose due date has passed unpaid are marked, each once, with an event each.

use chrono_tz::Tz;

use super::App;
use super::invoice_changes::tell;
use crate::domain::event::EventKind;
use crate::store::StoreError;

/// So many are marked in one transaction.
const BATCH: u32 = 200;

impl App {
    /// Until none is left. The day is the day in UTC, for everyone. Says how many it marked.
    pub fn mark_overdue(&self) -> Result<u32, StoreError> {
        let now = self.clock.now();
        let today = now.date_in(Tz::UTC);
        let mut marked = 0_u32;
        loop {
            let batch = self.store.write(move |tx| {
                let late = tx.invoices_to_mark_overdue_of_every_organization(today, BATCH)?;
                let count = u32::try_from(late.len()).unwrap_or(BATCH);
                for invoice in late {
                    let invoice = invoice.overdue(now);
                    tx.save_invoice(&invoice)?;
                    tell(tx, EventKind::InvoiceOverdue, &invoice, now)?;
                }
                Ok::<_, StoreError>(count)
            })?;
            marked = marked.saturating_add(batch);
            if batch < BATCH {
                break;
            }
        }
        if marked > 0 {
            self.wake.ring();
        }
        Ok(marked)
    }
}
