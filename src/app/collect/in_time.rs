//! Answers within a few seconds, whatever a provider does: the work goes on in a thread of its
//! own, and whoever waits is told how it stands when their time is up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use super::CollectError;
use super::asked::{AskError, Asked};
use crate::app::App;
use crate::app::patience::CALLER_WAITS;
use crate::domain::id::AttemptId;
use crate::store::StoreError;

/// How long somebody else's call to the provider is waited for.
pub const CALL_WAITS: Duration = Duration::from_millis(2_500);

/// How often it is looked at, when no bell rings.
pub const LOOK_EVERY: Duration = Duration::from_millis(50);

const OPEN: u8 = 0;
const PASSED: u8 = 1;
const SHUT: u8 = 2;

/// What the work tells whoever waits.
enum Told {
    /// This payment is written down, or is being cancelled: it can be shown.
    Begun(AttemptId),
    Ended(Result<AttemptId, AskError>),
}

/// The work's end of it.
pub struct Progress {
    tell: Sender<Told>,
    gate: Arc<AtomicU8>,
    began: Instant,
}

impl Progress {
    /// Nobody may be there any more to hear of it.
    pub fn begun(&self, id: AttemptId) {
        let _ = self.tell.send(Told::Begun(id));
    }

    /// Behind it a payment is written down. False: the caller was told that nothing was done.
    pub fn may_begin(&self) -> bool {
        let seen = self.gate.compare_exchange(OPEN, PASSED, Ordering::SeqCst, Ordering::SeqCst);
        seen.is_ok() || seen == Err(PASSED)
    }

    /// Waits a moment for somebody else's call. False: it has taken too long already.
    pub fn wait(&self, app: &App) -> bool {
        if app.rules.single_threaded || self.began.elapsed() >= CALL_WAITS {
            return false;
        }
        let news = app.wake.news();
        news.wait(news.rings(), LOOK_EVERY);
        true
    }
}

pub type Work = fn(&App, &Asked, &Progress) -> Result<AttemptId, AskError>;

/// The payment that came of it, however far it has come until then.
pub fn in_time(app: &App, asked: Asked, work: Work) -> Result<AttemptId, AskError> {
    let (tell, told) = channel();
    let gate = Arc::new(AtomicU8::new(OPEN));
    let began = Instant::now();
    let progress = Progress { tell: tell.clone(), gate: Arc::clone(&gate), began };
    if app.rules.single_threaded {
        return work(app, &asked, &progress);
    }
    let app = app.clone();
    std::thread::spawn(move || {
        let outcome = work(&app, &asked, &progress);
        if let Err(AskError::Collect(error)) = &outcome {
            tracing::error!(invoice = ?asked.invoice, %error, "a payment was not dealt with");
        }
        let _ = progress.tell.send(Told::Ended(outcome));
    });
    drop(tell);
    waited(&told, &gate, began)
}

fn waited(told: &Receiver<Told>, gate: &AtomicU8, began: Instant) -> Result<AttemptId, AskError> {
    let mut begun = None;
    loop {
        let left = CALLER_WAITS.saturating_sub(began.elapsed());
        let next = match told.recv_timeout(left) {
            Err(RecvTimeoutError::Timeout) => match begun {
                Some(id) => return Ok(id),
                None if shut(gate) => return Err(AskError::InProgress),
                // It is being written down this very moment.
                None => told.recv().map_err(|_| RecvTimeoutError::Disconnected),
            },
            next => next,
        };
        match next {
            Ok(Told::Begun(id)) => begun = Some(id),
            Ok(Told::Ended(outcome)) => return outcome,
            // The work panicked; what is written down stays so.
            Err(_) => {
                let panicked = AskError::Collect(CollectError::Store(StoreError::Panicked));
                return begun.ok_or(panicked);
            }
        }
    }
}

fn shut(gate: &AtomicU8) -> bool {
    gate.compare_exchange(OPEN, SHUT, Ordering::SeqCst, Ordering::SeqCst).is_ok()
}
