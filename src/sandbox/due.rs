//! What happens by itself: pending charges and refunds settle, pages expire, webhooks leave.
//! One thing at a time, in the order of its time, whoever asks: the thread of the running server
//! or an embedding process that has set its clock forward.

use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::time::Duration;

use super::Sandbox;
use super::book::{Charge, Due};
use super::clock::Clock;
use super::events::{Delivery, SIGNATURE_HEADER, signature};
use super::problem::Problem;

/// How often a clock that is not the system's is looked at while something is planned.
const GIVEN_CLOCK_LOOK: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(60);
const WEBHOOK_TIMEOUT: Duration = Duration::from_secs(10);

/// Wakes the thread: something was planned, or the sandbox is gone.
#[derive(Default)]
pub struct Bell {
    rung: Mutex<Sign>,
    condvar: Condvar,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Sign {
    #[default]
    Silent,
    Ring,
    Stop,
}

impl Bell {
    pub fn ring(&self) {
        self.set(Sign::Ring);
    }

    pub fn stop(&self) {
        self.set(Sign::Stop);
    }

    fn set(&self, to: Sign) {
        let mut rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        if *rung != Sign::Stop {
            *rung = to;
        }
        self.condvar.notify_all();
    }

    fn wait(&self, pause: Duration) {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut rung, _) = self
            .condvar
            .wait_timeout_while(rung, pause, |rung| *rung == Sign::Silent)
            .unwrap_or_else(PoisonError::into_inner);
        if *rung == Sign::Ring {
            *rung = Sign::Silent;
        }
    }
}

/// Follows no proxy and treats no status as an error.
pub fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .timeout_global(Some(WEBHOOK_TIMEOUT))
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .build()
        .into()
}

/// The thread holds no handle while it waits, so it ends with the last one of its owners.
pub fn start_thread(sandbox: &Arc<Sandbox>) -> io::Result<()> {
    let (weak, bell) = (Arc::downgrade(sandbox), sandbox.bell.clone());
    let work = move || {
        while let Some(pause) = Weak::upgrade(&weak).map(|sandbox| {
            sandbox.run_due();
            sandbox.pause()
        }) {
            bell.wait(pause);
        }
    };
    std::thread::Builder::new().name("sandbox-due".to_owned()).spawn(work).map(drop)
}

impl Sandbox {
    /// Does everything that is due by the sandbox's clock, in order, and returns when it is done:
    /// each webhook has been answered, refused or has timed out. Says how many things it did.
    /// Blocks; for a process that has just set its clock.
    pub fn run_due(&self) -> usize {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut done = 0;
        loop {
            let now_ms = self.now_ms();
            let Some((at_ms, due)) = self.book().schedule.take_due(now_ms) else {
                return done;
            };
            self.act(at_ms, due);
            done += 1;
        }
    }

    /// Sets the clock forward and does what became due. Only the system's clock can be set from
    /// here; one that was given belongs to whoever gave it.
    pub(super) fn advance(&self, by_ms: i64) -> Result<usize, Problem> {
        match &self.clock {
            Clock::System { ahead_ms } => {
                ahead_ms.fetch_add(by_ms, Ordering::Relaxed);
                Ok(self.run_due())
            }
            Clock::Given(_) => Err(Problem::Conflict {
                code: "clock_is_given",
                message: "the process around this server sets its clock".to_owned(),
            }),
        }
    }

    /// When the next thing will happen by itself, in milliseconds since 1970.
    pub fn next_due_ms(&self) -> Option<i64> {
        self.book().schedule.next_due_ms()
    }

    /// Tells the thread that something may be due.
    pub(super) fn ring(&self) {
        self.bell.ring();
    }

    fn act(&self, at_ms: i64, due: Due) {
        let done = match due {
            Due::SettleCharge(id) => self.settle_charge(&id, at_ms),
            Due::EchoCharge(id) => self.echo_charge(&id, at_ms),
            Due::SettleRefund(id) => self.settle_refund(&id, at_ms),
            Due::ExpireSession(id) => self.expire_session_due(&id, at_ms),
            Due::Deliver(delivery) => {
                self.deliver(delivery);
                Ok(())
            }
        };
        if let Err(error) = done {
            tracing::error!(%error, "the pretend PSP could not do what was due");
        }
    }

    fn pause(&self) -> Duration {
        let Some(next_due_ms) = self.next_due_ms() else {
            return PAUSE_MAX;
        };
        match self.clock {
            Clock::Given(_) => GIVEN_CLOCK_LOOK,
            Clock::System { .. } => {
                let wait_ms = next_due_ms.saturating_sub(self.now_ms());
                Duration::from_millis(u64::try_from(wait_ms).unwrap_or(0)).min(PAUSE_MAX)
            }
        }
    }

    /// Tells every endpoint of a charge now, without the queue: for a webhook that must come
    /// before the answer. What fails goes into the queue.
    pub(super) fn deliver_at_once(&self, charge: &Charge) {
        let event = Arc::new(self.charge_event(charge, charge.created_at_ms));
        let endpoints = self.book().endpoints().to_vec();
        for endpoint in endpoints {
            self.deliver(Delivery { event: event.clone(), endpoint, tries_made: 0 });
        }
    }

    fn deliver(&self, delivery: Delivery) {
        let Delivery { event, endpoint, tries_made } = &delivery;
        if !self.book().endpoints().iter().any(|kept| kept.id == endpoint.id) {
            return;
        }
        let answer = self
            .agent
            .post(&endpoint.url)
            .content_type("application/json")
            .header(SIGNATURE_HEADER, signature(&endpoint.secret, &event.body, self.now_ms()))
            .send(event.body.as_str());
        let refused = match answer {
            Ok(mut answer) => {
                let status = answer.status();
                // Read, so that the connection serves the next one too.
                let _ = answer.body_mut().with_config().limit(65_536).read_to_vec();
                (!status.is_success()).then(|| status.to_string())
            }
            Err(error) => Some(error.to_string()),
        };
        let Some(reason) = refused else { return };
        let next_try_at = delivery.next_try_at(self.now_ms());
        tracing::warn!(
            url = endpoint.url,
            reason,
            tries_made = tries_made + 1,
            given_up = next_try_at.is_none(),
            "a webhook of the pretend PSP was not taken"
        );
        if let Some(at_ms) = next_try_at {
            let next = Delivery { tries_made: tries_made + 1, ..delivery };
            self.book().schedule.plan(at_ms, Due::Deliver(next));
        }
    }
}
