//! Requests with a key of their caller's: taken before they are executed, answered afterwards,
//! forgotten in the end.

use super::App;
use super::collect::CollectError;
use crate::domain::idempotent_request::{KnownRequest, RequestKey, StoredAnswer};
use crate::store::StoreError;

impl App {
    /// `New`: the caller executes the request, and says afterwards what it was answered.
    pub fn take_request_key(&self, key: &RequestKey) -> Result<KnownRequest, StoreError> {
        let (key, now) = (key.clone(), self.clock.now());
        self.store.write(move |tx| tx.take_request_key(&key, now))
    }

    /// The same request gets this again.
    pub fn keep_answer(&self, key: &RequestKey, answer: StoredAnswer) -> Result<(), StoreError> {
        let key = key.clone();
        self.store.write(move |tx| tx.answer_request_key(&key, &answer))
    }

    /// It was refused before anything was done: the key is free again.
    pub fn free_request_key(&self, key: &RequestKey) -> Result<(), StoreError> {
        let key = key.clone();
        self.store.write(move |tx| tx.forget_request_key(&key))
    }

    /// At start nobody else executes requests in this data directory.
    pub fn forget_executing_requests(&self) -> Result<(), CollectError> {
        Ok(self.store.write(|tx| tx.forget_executing_requests())?)
    }

    /// Everything that nobody may ask for again. Answers how much it was.
    pub fn forget_requests(&self) -> Result<usize, CollectError> {
        let mut forgotten = 0;
        loop {
            let now = self.clock.now();
            match self.store.write(move |tx| tx.forget_old_requests(now))? {
                0 => return Ok(forgotten),
                page => forgotten += page,
            }
        }
    }
}
