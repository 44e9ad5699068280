//! The store without threads: what is read and written runs where it is called, on one connection
//! that belongs to whoever made it. For simulations, whose histories must come again. Deliberately
//! the same transactions, savepoints and statements as with the writer's thread.

use std::sync::{Arc, Mutex, MutexGuard, TryLockError};

use rusqlite::{Connection, TransactionBehavior};

use super::writer::in_savepoint;
use super::{Reader, Sealer, StoreError, Tx};

/// How far a write has come. Whoever watches may unwind: what is not committed by then is undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteStep {
    Begins,
    /// All is done but the commit.
    Commits,
    /// It is committed, and the caller does not know yet.
    Committed,
}

/// Sees every write pass.
pub type Watch = Box<dyn Fn(WriteStep) + Send + Sync>;

pub struct Inline {
    connection: Arc<Mutex<Connection>>,
    watch: Watch,
}

impl Inline {
    pub fn new(connection: Arc<Mutex<Connection>>, watch: Watch) -> Inline {
        Inline { connection, watch }
    }

    pub fn write<T, E: From<StoreError>>(
        &self,
        sealer: &Sealer,
        work: impl Fn(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.hold();
        (self.watch)(WriteStep::Begins);
        // Dropped before its commit it is undone.
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(StoreError::from)?;
        let outcome = in_savepoint(&Tx(Reader { connection: &transaction, sealer }), &work);
        (self.watch)(WriteStep::Commits);
        transaction.commit().map_err(StoreError::from)?;
        (self.watch)(WriteStep::Committed);
        outcome
    }

    /// Nobody else can change the database meanwhile.
    pub fn read<T, E: From<StoreError>>(
        &self,
        sealer: &Sealer,
        look: impl FnOnce(&Reader<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        look(&Reader { connection: &self.hold(), sealer })
    }

    pub fn hold(&self) -> MutexGuard<'_, Connection> {
        match self.connection.try_lock() {
            Ok(connection) => connection,
            // Somebody unwound while a transaction was open; it is undone.
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => {
                panic!("a transaction is open while another one begins")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicBool, Ordering};

    use crate::domain::time::Timestamp;
    use crate::store::{MasterKey, Store, StoreError};

    use super::*;

    /// A store that unwinds at this step once it is told to.
    fn cut_at(step: WriteStep) -> (Store, Arc<AtomicBool>) {
        let armed = Arc::new(AtomicBool::new(false));
        let is_armed = Arc::clone(&armed);
        let connection = Connection::open_in_memory().expect("memory");
        let watch: Watch = Box::new(move |at| {
            if at == step && is_armed.load(Ordering::Relaxed) {
                std::panic::resume_unwind(Box::new("cut"));
            }
        });
        let connection = Arc::new(Mutex::new(connection));
        let store = Store::inline(connection, &MasterKey([1; 32]), watch).expect("a store");
        (store, armed)
    }

    fn identity_after_cut(step: WriteStep) -> Option<String> {
        let (store, armed) = cut_at(step);
        armed.store(true, Ordering::Relaxed);
        let write = || -> Result<(), StoreError> {
            store.write(|tx| tx.insert_installation("us", Timestamp::from_unix_ms(0)))
        };
        assert!(catch_unwind(AssertUnwindSafe(write)).is_err());
        armed.store(false, Ordering::Relaxed);
        store.read(|read| read.installation_identity()).expect("it still reads")
    }

    #[test]
    fn what_is_cut_before_its_commit_is_undone_and_after_it_stays() {
        assert_eq!(identity_after_cut(WriteStep::Begins), None);
        assert_eq!(identity_after_cut(WriteStep::Commits), None);
        assert_eq!(identity_after_cut(WriteStep::Committed).as_deref(), Some("us"));
    }
}
