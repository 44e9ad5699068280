//! The life of a charge: made once per key, behaving as its method says, settled later or at
//! once, confirmed or refused by the payer, cancelled, disputed.

use std::sync::Arc;
use std::time::Duration;

use super::behaviour::{self, Behaviour};
use super::book::{
    Answered, Asked, Book, Charge, Entry, Origin, Purpose, Session, SessionState, State,
};
use super::events::{self, Event, Happening};
use super::problem::Problem;
use super::{Sandbox, id, views};

const ECHO_AFTER_MS: i64 = 86_400_000;
const AMOUNT_MAX: u64 = 1_000_000_000_000;

/// What came of asking for a charge.
pub enum Charged {
    /// The key is known: as it was answered then.
    Before(Charge),
    Now(Running),
}

/// A charge that is made but not answered. Dropping it, also because the caller hung up, ends
/// the request: the key is free for replays and the endpoints are told.
pub struct Running {
    sandbox: Arc<Sandbox>,
    pub charge: Charge,
    pub behaviour: Behaviour,
}

/// What a payer says on the page of a charge that wants to be confirmed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Confirmed,
    Refused,
}

impl Running {
    /// How long the answer takes.
    pub fn delay(&self) -> Duration {
        let latency = self.sandbox.latency.map_or(Duration::ZERO, |latency| latency.sample());
        latency + delay_of(&self.behaviour)
    }
}

/// How much longer such a charge takes than others.
pub fn delay_of(behaviour: &Behaviour) -> Duration {
    if let Behaviour::Slow { delay_ms } = behaviour {
        Duration::from_millis(u64::from(*delay_ms))
    } else {
        Duration::ZERO
    }
}

/// Whether endpoints hear of such a charge before its answer, or only when it settles.
pub fn told_otherwise(behaviour: &Behaviour) -> bool {
    matches!(behaviour, Behaviour::Late | Behaviour::Reordered)
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut book = self.sandbox.book();
        if let Some(key) = self.charge.idempotency_key() {
            book.running_keys.remove(key);
        }
        if !told_otherwise(&self.behaviour) {
            self.sandbox.announce(&mut book, &self.charge, self.charge.created_at_ms);
        }
        let planned = book.schedule.next_due_ms().is_some();
        drop(book);
        if planned {
            self.sandbox.ring();
        }
    }
}

impl Sandbox {
    /// Charges once per key.
    pub fn charge(
        self: &Arc<Self>,
        idempotency_key: String,
        asked: Asked,
    ) -> Result<Charged, Problem> {
        check_money(asked.amount, &asked.currency)?;
        let mut book = self.book();
        if let Some(first) = book.charge_of_key(&idempotency_key) {
            return if first.asked != asked {
                Err(Problem::KeyReused)
            } else if book.running_keys.contains(&idempotency_key) {
                Err(Problem::KeyInUse)
            } else {
                Ok(Charged::Before(first.as_first_answered()))
            };
        }
        let customer = book.customer(&asked.customer)?;
        let method = book.method(&asked.method)?;
        if method.customer != customer.id {
            return Err(Problem::not_found("payment method", &method.id));
        }
        let behaviour = behaviour::of_charge(method.behaviour(), asked.amount);
        let origin = Origin::Api { idempotency_key: idempotency_key.clone() };
        let charge = self.make_charge(&mut book, asked, origin)?;
        book.running_keys.insert(idempotency_key);
        drop(book);
        Ok(Charged::Now(Running { sandbox: self.clone(), charge, behaviour }))
    }

    /// Writes the charge that a behaviour calls for. Nothing is written by one that is not
    /// reachable.
    pub(super) fn make_charge(
        &self,
        book: &mut Book,
        asked: Asked,
        origin: Origin,
    ) -> Result<Charge, Problem> {
        let now_ms = self.now_ms();
        let mut charge = Charge {
            id: id("ch"),
            asked,
            origin,
            first: State::Succeeded,
            answered: Answered::Told,
            state: State::Succeeded,
            refunded: 0,
            disputed: None,
            created_at_ms: now_ms,
            echo_at_ms: None,
        };
        let behaviour = charge.behaviour();
        charge.first = match &behaviour {
            Behaviour::Unreachable => return Err(Problem::Unavailable),
            Behaviour::Declined { code } => State::Declined { code: code.clone() },
            Behaviour::Fails { times, code } if book.declines_of(&charge.asked) < *times => {
                State::Declined { code: code.clone() }
            }
            Behaviour::Pending { seconds, code } => State::Pending {
                settles_at_ms: now_ms + i64::from(*seconds) * 1_000,
                code: code.clone(),
            },
            Behaviour::Reordered => State::Pending { settles_at_ms: now_ms, code: None },
            Behaviour::Action => State::RequiresAction,
            Behaviour::Ok
            | Behaviour::Fails { .. }
            | Behaviour::Slow { .. }
            | Behaviour::Lost
            | Behaviour::Error500
            | Behaviour::Duplicate
            | Behaviour::Late
            | Behaviour::NoMethod => State::Succeeded,
        };
        charge.state = charge.first.clone();
        if behaviour == Behaviour::Error500 {
            charge.answered = Answered::ServerError;
        } else if behaviour == Behaviour::Late {
            charge.echo_at_ms = Some(now_ms + ECHO_AFTER_MS);
        }
        book.record(Entry::Charge(charge.clone()))?;
        Ok(charge)
    }

    pub(super) fn charge_event(&self, charge: &Charge, at_ms: i64) -> Event {
        let happening = Happening { kind: charge.state.event(), subject: &charge.id, at_ms };
        Event::new(&happening, views::charge(charge, &self.public_url()))
    }

    /// Plans the webhooks that tell of the state of a charge.
    pub(super) fn announce(&self, book: &mut Book, charge: &Charge, at_ms: i64) {
        let copies = if charge.behaviour() == Behaviour::Duplicate { 3 } else { 1 };
        events::emit(book, at_ms, copies, || self.charge_event(charge, at_ms));
    }

    pub(super) fn settle_charge(&self, charge_id: &str, at_ms: i64) -> Result<(), Problem> {
        let mut book = self.book();
        let charge = book.charge(charge_id)?.clone();
        let state = match &charge.state {
            State::Pending { code: None, .. } => State::Succeeded,
            State::Pending { code: Some(code), .. } => State::Declined { code: code.clone() },
            State::Succeeded | State::Declined { .. } | State::RequiresAction | State::Canceled => {
                return Ok(());
            }
        };
        let charge = self.change(&mut book, Charge { state, ..charge }, at_ms)?;
        if charge.behaviour() == Behaviour::Reordered {
            // The older news come last.
            self.announce(&mut book, &charge.as_first_answered(), charge.created_at_ms);
        }
        Ok(())
    }

    /// The webhook of a success once more: the same event, a day later.
    pub(super) fn echo_charge(&self, charge_id: &str, at_ms: i64) -> Result<(), Problem> {
        let mut book = self.book();
        let charge = Charge { echo_at_ms: None, ..book.charge(charge_id)?.clone() };
        if book.charge(charge_id)?.echo_at_ms.is_none() {
            return Ok(());
        }
        book.record(Entry::Charge(charge.clone()))?;
        let told = charge.as_first_answered();
        events::emit(&mut book, at_ms, 1, || self.charge_event(&told, charge.created_at_ms));
        Ok(())
    }

    /// The payer confirms or refuses. Later clicks change nothing.
    pub fn confirm(&self, charge_id: &str, verdict: Verdict) -> Result<Charge, Problem> {
        let mut book = self.book();
        let charge = book.charge(charge_id)?.clone();
        if charge.state != State::RequiresAction {
            return Ok(charge);
        }
        let state = match verdict {
            Verdict::Confirmed => State::Succeeded,
            Verdict::Refused => State::Declined { code: "authentication_required".to_owned() },
        };
        let charge = self.change(&mut book, Charge { state, ..charge }, self.now_ms())?;
        drop(book);
        self.ring();
        Ok(charge)
    }

    /// Only what has not taken money can be cancelled.
    pub fn cancel_charge(&self, charge_id: &str) -> Result<Charge, Problem> {
        let mut book = self.book();
        let charge = book.charge(charge_id)?.clone();
        match charge.state {
            State::Canceled => return Ok(charge),
            State::Pending { .. } | State::RequiresAction => {}
            State::Succeeded | State::Declined { .. } => {
                return Err(Problem::Conflict {
                    code: "charge_final",
                    message: format!("the charge is {} already", charge.state.word()),
                });
            }
        }
        let canceled = Charge { state: State::Canceled, ..charge };
        let charge = self.change(&mut book, canceled, self.now_ms())?;
        drop(book);
        self.ring();
        Ok(charge)
    }

    /// The payer's bank takes the money back.
    pub fn dispute_charge(&self, charge_id: &str, reason: String) -> Result<Charge, Problem> {
        let mut book = self.book();
        let charge = book.charge(charge_id)?.clone();
        if charge.state != State::Succeeded || charge.disputed.is_some() {
            return Err(Problem::Conflict {
                code: "charge_not_disputable",
                message: "only a charge that succeeded can be disputed, and once".to_owned(),
            });
        }
        let charge = Charge { disputed: Some(reason), ..charge };
        book.record(Entry::Charge(charge.clone()))?;
        let at_ms = self.now_ms();
        events::emit(&mut book, at_ms, 1, || {
            let happening = Happening { kind: "charge.disputed", subject: &charge.id, at_ms };
            Event::new(&happening, views::charge(&charge, &self.public_url()))
        });
        drop(book);
        self.ring();
        Ok(charge)
    }

    /// A new state of a charge: written, told, and carried over to the page it was paid on.
    fn change(&self, book: &mut Book, charge: Charge, at_ms: i64) -> Result<Charge, Problem> {
        book.record(Entry::Charge(charge.clone()))?;
        self.announce(book, &charge, at_ms);
        if let Origin::Session { id, .. } = &charge.origin {
            let session = book.session(id)?.clone();
            self.follow(book, session, &charge)?;
        }
        Ok(charge)
    }

    /// What a charge means for the page it was made on.
    pub(super) fn follow(
        &self,
        book: &mut Book,
        session: Session,
        charge: &Charge,
    ) -> Result<(), Problem> {
        let waits = session.state == SessionState::InProgress { charge: charge.id.clone() };
        let state = match &charge.state {
            State::Pending { .. } | State::RequiresAction => {
                SessionState::InProgress { charge: charge.id.clone() }
            }
            State::Succeeded => SessionState::Paid { charge: charge.id.clone() },
            // A bank debit that bounced is the result; a payer who stands at the page may go on.
            State::Declined { .. } if waits && is_pending(&charge.first) => {
                SessionState::Paid { charge: charge.id.clone() }
            }
            State::Declined { .. } | State::Canceled => SessionState::Open,
        };
        let ended = matches!(state, SessionState::Paid { .. });
        let session = Session { state, ..session };
        book.record(Entry::Session(session.clone()))?;
        if !ended {
            return Ok(());
        }
        if let (State::Succeeded, Purpose::Payment { keep_method: true, .. }) =
            (&charge.state, &session.asked.purpose)
        {
            self.keep_method(book, &charge.asked.customer, &charge.asked.method)?;
        }
        self.announce_session(book, &session, "session.completed");
        Ok(())
    }
}

fn is_pending(state: &State) -> bool {
    matches!(state, State::Pending { .. })
}

pub fn check_money(amount: u64, currency: &str) -> Result<(), Problem> {
    if !(1..=AMOUNT_MAX).contains(&amount) {
        let range = format!("must be 1 to {AMOUNT_MAX} whole minor units");
        return Err(Problem::invalid("amount", range));
    }
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        let sort = "must be an upper-case ISO 4217 code such as `EUR`";
        return Err(Problem::invalid("currency", sort));
    }
    Ok(())
}
