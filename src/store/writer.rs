//! The one writer: a thread that owns the writing connection, takes what callers have queued and
//! commits it together, each caller's work in a savepoint of its own. The group forms while the
//! last one is being made durable; there is no timer.
//!
//! A disk that is full or fails ends a group and not the writer. Whoever was in the group is told
//! that nothing of it was kept, and the next group tries anew. SQLite then writes over what the
//! failed one left in the log; only where the process dies before that can a group that was told
//! as failed be found again. So a failure means "not kept, as far as anybody can see now", and no
//! one may conclude from it that a charge was not written down.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;

use super::{Reader, Sealer, StoreError, Tx};

/// So many callers may queue before the next one waits to queue.
const QUEUE_MAX: usize = 4096;

/// Told whether the commit succeeded; hands the caller its result.
type Reply = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
/// Given an error, it is not done at all.
type Work = Box<dyn FnOnce(Result<&Tx<'_>, StoreError>) -> Reply + Send>;

pub struct Writer {
    /// None once it is closing: the thread ends when the queue has no sender.
    queue: Option<SyncSender<Work>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    standing: Arc<Standing>,
}

/// Whether groups reach the disk.
#[derive(Default)]
struct Standing(Mutex<Option<StoreError>>);

impl Standing {
    fn set(&self, failure: Option<StoreError>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }

    fn failure(&self) -> Option<StoreError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Writer {
    pub fn start(
        connection: Connection,
        sealer: Arc<Sealer>,
        batch_max: usize,
    ) -> Result<Writer, StoreError> {
        let (queue, works) = sync_channel(QUEUE_MAX);
        let standing = Arc::new(Standing::default());
        let gate = CommitGate::on(&connection)?;
        let batch_max = batch_max.max(1);
        let hand = Hand { connection, sealer, gate, batch_max, standing: Arc::clone(&standing) };
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || hand.write_groups(&works))
            .expect("the system has a thread for the writer");
        Ok(Writer { queue: Some(queue), thread: Mutex::new(Some(thread)), standing })
    }

    pub fn run<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: Fn(&Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (answer, answered) = sync_channel::<Result<T, E>>(1);
        let work: Work = Box::new(move |tx| {
            let outcome = match tx {
                Ok(tx) => in_savepoint(tx, &work),
                Err(error) => Err(E::from(error)),
            };
            Box::new(move |committed| {
                let outcome = match committed {
                    Ok(()) => outcome,
                    Err(error) => Err(E::from(error)),
                };
                // A caller that has gone away does not need the answer.
                let _ = answer.send(outcome);
            })
        });
        let queue = self.queue.as_ref().ok_or(StoreError::Closed)?;
        queue.send(work).map_err(|_| StoreError::Closed)?;
        answered.recv().map_err(|_| StoreError::Closed)?
    }

    /// Why the latest group that changed anything did not reach the disk.
    pub fn failure(&self) -> Option<StoreError> {
        self.standing.failure()
    }

    /// Something that changes nothing one can count was written and is durable.
    pub fn proven(&self) {
        self.standing.set(None);
    }
}

impl Drop for Writer {
    /// Waits until all that was queued is durable.
    fn drop(&mut self) {
        self.queue = None;
        let thread = self.thread.lock().ok().and_then(|mut thread| thread.take());
        if let Some(thread) = thread {
            // It panicked: whoever waited was told already.
            let _ = thread.join();
        }
    }
}

/// What the thread works with.
struct Hand {
    connection: Connection,
    sealer: Arc<Sealer>,
    gate: CommitGate,
    batch_max: usize,
    standing: Arc<Standing>,
}

impl Hand {
    fn write_groups(&self, works: &Receiver<Work>) {
        while let Ok(first) = works.recv() {
            self.write_group(first, works);
        }
    }

    fn write_group(&self, first: Work, works: &Receiver<Work>) {
        if let Err(error) = self.run("BEGIN IMMEDIATE") {
            self.failed(&error);
            // The work is not begun, so its caller hears it and nobody else suffers.
            first(Err(error.clone()))(Err(error));
            return;
        }
        let changes_before = self.connection.total_changes();
        let tx = Tx(Reader { connection: &self.connection, sealer: &self.sealer });
        let mut replies = vec![first(Ok(&tx))];
        while replies.len() < self.batch_max
            && !self.connection.is_autocommit()
            && let Ok(next) = works.try_recv()
        {
            replies.push(next(Ok(&tx)));
        }
        let committed = self.commit();
        match &committed {
            Err(error) => self.failed(error),
            Ok(()) if self.connection.total_changes() > changes_before => self.standing.set(None),
            // Nothing was changed, so nothing had to reach the disk.
            Ok(()) => {}
        }
        for reply in replies {
            reply(committed.clone());
        }
    }

    /// Known before any caller is told.
    fn failed(&self, error: &StoreError) {
        tracing::error!(error = error as &dyn std::error::Error, "a group was not written");
        self.standing.set(Some(error.clone()));
    }

    fn commit(&self) -> Result<(), StoreError> {
        // A disk that fails in the midst of a work makes SQLite give up the whole transaction.
        if self.connection.is_autocommit() {
            return Err(StoreError::GroupLost);
        }
        let committed = self.gate.opened(|| self.run("COMMIT"));
        if committed.is_err() && !self.connection.is_autocommit() {
            // What could not be committed is given up whole; each caller is told.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        committed
    }

    fn run(&self, sql: &str) -> Result<(), StoreError> {
        run(&self.connection, sql)
    }
}

/// Nothing is committed but by the writer's own `COMMIT`. Without it, a work whose transaction
/// SQLite has given up could go on and write statement by statement.
struct CommitGate(Arc<AtomicBool>);

impl CommitGate {
    fn on(connection: &Connection) -> Result<CommitGate, StoreError> {
        let is_open = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&is_open);
        // The hook answers whether to undo instead.
        connection.commit_hook(Some(move || !seen.load(Ordering::Relaxed)))?;
        Ok(CommitGate(is_open))
    }

    fn opened<T>(&self, commit: impl FnOnce() -> T) -> T {
        self.0.store(true, Ordering::Relaxed);
        let committed = commit();
        self.0.store(false, Ordering::Relaxed);
        committed
    }
}

pub(super) fn in_savepoint<T, E: From<StoreError>>(
    tx: &Tx<'_>,
    work: &impl Fn(&Tx<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let connection = tx.connection;
    run(connection, "SAVEPOINT work")?;
    let outcome = catch_unwind(AssertUnwindSafe(|| work(tx)))
        .unwrap_or_else(|_| Err(E::from(StoreError::Panicked)));
    if connection.is_autocommit() {
        // There is no transaction any more to undo a part of.
        return outcome.and(Err(E::from(StoreError::GroupLost)));
    }
    if let Err(error) = end_savepoint(connection, outcome.is_ok()) {
        // Where a part cannot be undone, the whole is.
        let _ = connection.execute_batch("ROLLBACK");
        return Err(E::from(error));
    }
    outcome
}

fn end_savepoint(connection: &Connection, is_kept: bool) -> Result<(), StoreError> {
    if !is_kept {
        run(connection, "ROLLBACK TO work")?;
    }
    run(connection, "RELEASE work")
}

/// One statement without parameters, prepared once.
fn run(connection: &Connection, sql: &str) -> Result<(), StoreError> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}
