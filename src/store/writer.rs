//! The one writer: a thread that owns the writing connection, takes what callers have queued and
//! commits it together, each caller's work in a savepoint of its own. The group forms while the
//! last one is being made durable; there is no timer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use rusqlite::Connection;

use super::{Reader, Sealer, StoreError, Tx};

/// So many callers may queue before the next one waits to queue.
const QUEUE_MAX: usize = 4096;

/// Told whether the commit succeeded; hands the caller its result.
type Reply = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
type Work = Box<dyn FnOnce(&Tx<'_>) -> Reply + Send>;

pub struct Writer {
    /// None once it is closing: the thread ends when the queue has no sender.
    queue: Option<SyncSender<Work>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub fn start(connection: Connection, sealer: Arc<Sealer>, batch_max: usize) -> Writer {
        let (queue, works) = sync_channel(QUEUE_MAX);
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || write_groups(&connection, &sealer, &works, batch_max.max(1)))
            .expect("the system has a thread for the writer");
        Writer { queue: Some(queue), thread: Mutex::new(Some(thread)) }
    }

    pub fn run<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: Fn(&Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (answer, answered) = sync_channel::<Result<T, E>>(1);
        let work: Work = Box::new(move |tx| {
            let outcome = in_savepoint(tx, &work);
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

fn write_groups(
    connection: &Connection,
    sealer: &Sealer,
    works: &Receiver<Work>,
    batch_max: usize,
) {
    while let Ok(first) = works.recv() {
        if let Err(error) = run(connection, "BEGIN IMMEDIATE") {
            // The work was not begun, so its caller hears it and nobody else suffers.
            refuse(first, connection, sealer, &error);
            continue;
        }
        let tx = Tx(Reader { connection, sealer });
        let mut replies = vec![first(&tx)];
        while replies.len() < batch_max
            && let Ok(next) = works.try_recv()
        {
            replies.push(next(&tx));
        }
        let committed = run(connection, "COMMIT");
        if committed.is_err() && !connection.is_autocommit() {
            // What could not be committed is given up whole; each caller is told.
            let _ = connection.execute_batch("ROLLBACK");
        }
        for reply in replies {
            reply(committed.clone());
        }
    }
}

/// Without a transaction the work would write by itself, so it is run in one that is undone.
fn refuse(work: Work, connection: &Connection, sealer: &Sealer, error: &StoreError) {
    if connection.execute_batch("BEGIN DEFERRED").is_ok() {
        let reply = work(&Tx(Reader { connection, sealer }));
        let _ = connection.execute_batch("ROLLBACK");
        reply(Err(error.clone()));
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
    if outcome.is_err() {
        run(connection, "ROLLBACK TO work")?;
    }
    run(connection, "RELEASE work")?;
    outcome
}

/// One statement without parameters, prepared once.
fn run(connection: &Connection, sql: &str) -> Result<(), StoreError> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}
