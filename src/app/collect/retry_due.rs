//! Makes every attempt that is due, many at once, bounded per connection. Running it twice, late
//! or after a crash is the same as once: each attempt checks for itself that it is due.

use std::collections::{HashMap, HashSet};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Scope;
use std::time::Duration;

use super::CollectError;
use super::attempt_payment::Attempted;
use crate::app::App;
use crate::domain::id::{ConnectionId, RecoveryId};
use crate::store::DueRecovery;

/// How long the feeder waits for an attempt to end before it looks for new work again.
const PATIENCE: Duration = Duration::from_millis(20);

/// What one run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RetryRun {
    pub attempted: u64,
    /// Not due any more, or nothing to charge.
    pub not_now: u64,
    /// Stopped by an error of ours; they are due again at the next run.
    pub failed: u64,
}

type Done = (DueRecovery, Result<Attempted, CollectError>);

impl App {
    pub fn retry_due(&self) -> Result<RetryRun, CollectError> {
        // What is due stays due, and nothing would be charged.
        if self.store.read(|read| read.hold())?.is_some() {
            return Ok(RetryRun::default());
        }
        if self.rules.single_threaded {
            return self.retry_one_by_one();
        }
        std::thread::scope(|scope| Feeder::new(self, scope).run())
    }

    fn retry_one_by_one(&self) -> Result<RetryRun, CollectError> {
        let mut run = RetryRun::default();
        let mut failed = HashSet::new();
        loop {
            let (now, page) = (self.clock.now(), self.page_of_due());
            let due = self.store.read(|read| read.due_recoveries(now, &[], page))?;
            let due: Vec<RecoveryId> =
                due.into_iter().map(|it| it.id).filter(|id| !failed.contains(id)).collect();
            if due.is_empty() {
                return Ok(run);
            }
            for id in due {
                if run.count(id, &self.attempt_payment(id)) == Counted::Failed {
                    failed.insert(id);
                }
            }
        }
    }

    /// Those that are busy may still be due, and stand first.
    fn page_of_due(&self) -> u32 {
        u32::try_from(self.rules.charges_max * 2).unwrap_or(u32::MAX)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counted {
    Made,
    /// Not tried again in this run.
    Failed,
}

impl RetryRun {
    fn count(&mut self, id: RecoveryId, outcome: &Result<Attempted, CollectError>) -> Counted {
        match outcome {
            Ok(Attempted::Settled(..)) => self.attempted += 1,
            Ok(Attempted::NotNow) => self.not_now += 1,
            Err(error) => {
                self.failed += 1;
                tracing::error!(recovery = ?id, %error, "an attempt could not be made");
                return Counted::Failed;
            }
        }
        Counted::Made
    }
}

/// Hands due recoveries to worker threads, which it starts as they are needed.
struct Feeder<'scope, 'env> {
    app: &'env App,
    scope: &'scope Scope<'scope, 'env>,
    work: Sender<DueRecovery>,
    queue: Arc<Mutex<Receiver<DueRecovery>>>,
    done: Sender<Done>,
    ended: Receiver<Done>,
    workers: usize,
    busy: HashSet<RecoveryId>,
    busy_on: HashMap<Option<ConnectionId>, usize>,
    /// Stopped by an error in this run: not tried again in it.
    failed: HashSet<RecoveryId>,
    run: RetryRun,
}

impl<'scope, 'env> Feeder<'scope, 'env> {
    fn new(app: &'env App, scope: &'scope Scope<'scope, 'env>) -> Feeder<'scope, 'env> {
        let (work, queue) = channel();
        let (done, ended) = channel();
        Feeder {
            app,
            scope,
            work,
            queue: Arc::new(Mutex::new(queue)),
            done,
            ended,
            workers: 0,
            busy: HashSet::new(),
            busy_on: HashMap::new(),
            failed: HashSet::new(),
            run: RetryRun::default(),
        }
    }

    fn run(mut self) -> Result<RetryRun, CollectError> {
        loop {
            let seen = self.app.wake.work().rings();
            let handed_out = self.hand_out()?;
            if self.busy.is_empty() {
                if handed_out == 0 {
                    return Ok(self.run);
                }
                continue;
            }
            self.wait_for_one();
            // Looking for more is worth its price when there is room for some, or word of some.
            while self.busy.len() > self.refill_at() && self.app.wake.work().rings() == seen {
                self.wait_for_one();
            }
        }
    }

    fn refill_at(&self) -> usize {
        self.app.rules.charges_max / 2
    }

    /// Connections with no room for another charge: their debts are not looked at.
    fn full_connections(&self) -> Vec<ConnectionId> {
        let max = self.app.rules.charges_per_connection_max;
        let full = self.busy_on.iter().filter(|(_, busy)| **busy >= max);
        full.filter_map(|(connection, _)| *connection).collect()
    }

    /// Answers how many it gave to workers.
    fn hand_out(&mut self) -> Result<usize, CollectError> {
        let now = self.app.clock.now();
        let page = self.app.page_of_due();
        let full = self.full_connections();
        let due = self.app.store.read(|read| read.due_recoveries(now, &full, page))?;
        let mut handed_out = 0;
        for recovery in due {
            if self.busy.len() >= self.app.rules.charges_max {
                break;
            }
            let lane = self.busy_on.get(&recovery.connection_id).copied().unwrap_or(0);
            let full = lane >= self.app.rules.charges_per_connection_max;
            let skip = self.busy.contains(&recovery.id) || self.failed.contains(&recovery.id);
            if full || skip {
                continue;
            }
            self.busy.insert(recovery.id);
            *self.busy_on.entry(recovery.connection_id).or_default() += 1;
            self.start_worker();
            self.work.send(recovery).expect("the queue lives as long as its feeder");
            handed_out += 1;
        }
        Ok(handed_out)
    }

    fn start_worker(&mut self) {
        if self.workers >= self.busy.len() {
            return;
        }
        self.workers += 1;
        let queue = Arc::clone(&self.queue);
        let (app, done) = (self.app, self.done.clone());
        self.scope.spawn(move || {
            loop {
                // The lock is held only while waiting for work, never while charging.
                let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
                let Ok(recovery) = next else { return };
                let outcome = app.attempt_payment(recovery.id);
                if done.send((recovery, outcome)).is_err() {
                    return;
                }
            }
        });
    }

    fn wait_for_one(&mut self) {
        let mut ended = self.ended.recv_timeout(PATIENCE).ok();
        while let Some((recovery, outcome)) = ended {
            self.note(recovery, outcome);
            ended = self.ended.try_recv().ok();
        }
    }

    fn note(&mut self, recovery: DueRecovery, outcome: Result<Attempted, CollectError>) {
        self.busy.remove(&recovery.id);
        if let Some(lane) = self.busy_on.get_mut(&recovery.connection_id) {
            *lane = lane.saturating_sub(1);
        }
        if self.run.count(recovery.id, &outcome) == Counted::Failed {
            self.failed.insert(recovery.id);
        }
    }
}
