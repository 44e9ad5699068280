//! What plugins asked providers is kept for a while, for whoever looks into an attempt.

use super::App;
use crate::domain::exchange::Exchange;
use crate::store::StoreError;

impl App {
    /// Of all of them the newest stay.
    pub fn keep_exchanges(&self, made: Vec<Exchange>) -> Result<(), StoreError> {
        let kept = self.rules.exchanges_kept;
        self.store.write(move |tx| tx.insert_exchanges(&made, kept))
    }
}
