//! Asks providers what became of attempts whose outcome is open: those that somebody began and
//! cannot be at any more, and those whose look-up is due.

use std::sync::Arc;

use super::intent::charge_request;
use super::settle_attempt::Source;
use super::{CollectError, Within};
use crate::app::App;
use crate::app::crash_point::{CrashPoint, Sabotage, crash_point, is_sabotaged};
use crate::app::ports::{Cancellation, ChargeFinding, ChargeQuery, ChargeRequest};
use crate::domain::attempt::{Attempt, AttemptState, ChargeAnswer, Outcome};
use crate::domain::connection::Connection;
use crate::domain::decline::{Decline, DeclineClass, RetryClass};
use crate::domain::hold::Ticket;
use crate::domain::id::AttemptId;

/// How many are looked at in one go.
const PAGE: u32 = 256;

/// After so many look-ups (a day) a payer who did not confirm is not waited for any longer.
const PAYER_LOOKUPS_MAX: u32 = 6;

/// What one run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resolved {
    pub asked: u64,
    pub failed: u64,
}

impl App {
    pub fn resolve_unknown(&self) -> Result<Resolved, CollectError> {
        let now = self.clock.now();
        let abandoned = self.store.read(|read| read.abandoned_attempts(now, PAGE))?;
        for id in abandoned {
            let answer = ChargeAnswer::unknown("recoup stopped while it was charging");
            self.settle(id, answer, Source::Event)?;
        }
        let mut run = Resolved::default();
        let due = self.store.read(|read| read.attempts_to_look_up(now, PAGE))?;
        for id in due {
            run.asked += 1;
            if let Err(error) = self.look_up(id) {
                run.failed += 1;
                tracing::error!(attempt = ?id, %error, "a look-up could not be made");
            }
        }
        Ok(run)
    }

    /// At start nobody else is charging in this data directory: what was being charged then was
    /// left by a crash, and is asked for without waiting for its lease.
    pub fn release_abandoned(&self) -> Result<u64, CollectError> {
        let later = self.clock.now().plus(self.rules.charge_lease);
        let left = self.store.read(|read| read.abandoned_attempts(later, 100_000))?;
        let count = left.len() as u64;
        for id in left {
            crash_point(CrashPoint::InRelease);
            let answer = ChargeAnswer::unknown("recoup stopped while it was charging");
            self.settle(id, answer, Source::Event)?;
        }
        Ok(count + self.abandon_refunds(later)?)
    }

    /// Asks once, and saves what came of it.
    pub fn look_up(&self, id: AttemptId) -> Result<(), CollectError> {
        let found = self.store.read(|read| -> Result<_, CollectError> {
            let Some(attempt) = read.attempt_of_every_organization(id)? else { return Ok(None) };
            let connection = read.connection(attempt.organization_id, attempt.connection_id)?;
            Ok(connection.map(|connection| (attempt, connection)))
        })?;
        let Some((attempt, connection)) = found else { return Ok(()) };
        if !attempt.state.is_open() {
            return Ok(());
        }
        if is_sabotaged(Sabotage::NoLookup) {
            self.settle(id, ChargeAnswer::unknown("nobody was asked"), Source::Event)?;
            return Ok(());
        }
        crash_point(CrashPoint::BeforeLookup);
        let finding = self.psps.find_charge(&connection, &query(&attempt));
        crash_point(CrashPoint::AfterLookup);
        match self.learnt(&attempt, &connection, finding) {
            Learnt::Answer(answer) => {
                self.settle(id, answer, Source::Event)?;
            }
            Learnt::SendAgain => self.send_again(id, &connection)?,
        }
        Ok(())
    }

    fn learnt(&self, attempt: &Attempt, connection: &Connection, finding: ChargeFinding) -> Learnt {
        match finding {
            ChargeFinding::Found(answer) => match answer.outcome {
                Outcome::NeedsAction(_) if payer_is_late(attempt) => {
                    Learnt::Answer(self.give_up_on_payer(attempt, connection))
                }
                Outcome::Paid
                | Outcome::Declined(_)
                | Outcome::NeedsAction(_)
                | Outcome::Pending
                | Outcome::NotSent(_)
                | Outcome::Unknown(_) => Learnt::Answer(answer),
            },
            ChargeFinding::Absent if attempt.charge_id.is_none() => Learnt::Answer(
                ChargeAnswer::not_sent("the provider knows no charge of this attempt"),
            ),
            ChargeFinding::Absent => Learnt::Answer(ChargeAnswer::unknown(
                "the provider does not find a charge that it named before",
            )),
            ChargeFinding::CannotTell(_) if self.may_send_again(attempt, connection) => {
                Learnt::SendAgain
            }
            ChargeFinding::CannotTell(reason) => Learnt::Answer(ChargeAnswer::unknown(reason)),
        }
    }

    /// Inside the life of the key the provider itself keeps it from charging twice.
    fn may_send_again(&self, attempt: &Attempt, connection: &Connection) -> bool {
        let never_answered = matches!(attempt.state, AttemptState::Unknown { .. })
            && attempt.charge_id.is_none()
            && attempt.session_id.is_none();
        never_answered
            && self.psps.provider(&connection.provider).is_some_and(|provider| {
                provider.idempotency.may_resend(attempt.begun_at, self.clock.now())
            })
    }

    /// The same request under the same key.
    fn send_again(&self, id: AttemptId, connection: &Connection) -> Result<(), CollectError> {
        let rules = Arc::clone(&self.rules);
        let now = self.clock.now();
        let again =
            self.store.write(move |tx| begin_again(&Within { tx, rules: &rules, now }, id))?;
        let Some(Again { request, send, ticket }) = again else {
            // During a hold nothing is sent: it is asked for again at its time.
            self.settle(id, ChargeAnswer::unknown("nothing is sent now"), Source::Event)?;
            return Ok(());
        };
        crash_point(CrashPoint::BeforeSentAgain);
        let answer = of_all_sends(self.charge(connection, &request, ticket));
        crash_point(CrashPoint::AfterSentAgain);
        self.settle(id, answer, Source::Call { send })?;
        Ok(())
    }

    fn give_up_on_payer(&self, attempt: &Attempt, connection: &Connection) -> ChargeAnswer {
        match self.psps.cancel_charge(connection, &query(attempt)) {
            Cancellation::Final(answer) => answer,
            Cancellation::Cancelled(answer) => {
                ChargeAnswer { outcome: Outcome::Declined(not_confirmed()), ..answer }
            }
            Cancellation::CannotTell(reason) => ChargeAnswer::unknown(reason),
        }
    }
}

/// That the provider did not take this send says nothing of the one before, which may have
/// arrived: what was done under the key would have been answered again.
fn of_all_sends(answer: ChargeAnswer) -> ChargeAnswer {
    let refused_unseen = match &answer.outcome {
        Outcome::NotSent(reason) => reason.clone(),
        Outcome::Declined(decline) if decline.class == DeclineClass::InvalidConfiguration => {
            decline.message.clone()
        }
        Outcome::Paid
        | Outcome::Declined(_)
        | Outcome::NeedsAction(_)
        | Outcome::Pending
        | Outcome::Unknown(_) => return answer,
    };
    let reason = format!("it may have arrived when it was sent first; again: {refused_unseen}");
    ChargeAnswer { outcome: Outcome::Unknown(reason), ..answer }
}

enum Learnt {
    Answer(ChargeAnswer),
    SendAgain,
}

fn payer_is_late(attempt: &Attempt) -> bool {
    attempt.state.lookup().is_some_and(|lookup| lookup.made >= PAYER_LOOKUPS_MAX)
}

fn not_confirmed() -> Decline {
    Decline {
        class: DeclineClass::AuthenticationRequired,
        retry: RetryClass::CustomerAction,
        code: "authentication_required".to_owned(),
        network_code: None,
        advice_code: None,
        retry_after: None,
        message: "the payer did not confirm in time".to_owned(),
    }
}

pub fn query(attempt: &Attempt) -> ChargeQuery {
    ChargeQuery {
        idempotency_key: attempt.idempotency_key.clone(),
        reference: attempt.id.to_string(),
        charge_id: attempt.charge_id.clone(),
        provider_customer_id: attempt.provider_customer_id.clone(),
        started_at: attempt.begun_at,
    }
}

struct Again {
    request: ChargeRequest,
    send: u32,
    ticket: Ticket,
}

fn begin_again(within: &Within<'_, '_>, id: AttemptId) -> Result<Option<Again>, CollectError> {
    let Within { tx, rules, now } = *within;
    let Some(attempt) = tx.attempt_of_every_organization(id)? else { return Ok(None) };
    if !matches!(attempt.state, AttemptState::Unknown { .. }) {
        return Ok(None);
    }
    let payable = tx
        .payable(attempt.organization_id, attempt.payable)?
        .ok_or(CollectError::Missing { what: "the debt of an attempt" })?;
    let customer = tx.customer(attempt.organization_id, attempt.customer_id)?;
    let country = customer.and_then(|customer| customer.profile.address.country);
    let attempt = Attempt {
        state: AttemptState::Charging { lease_until: now.plus(rules.charge_lease) },
        sends: attempt.sends.saturating_add(1),
        updated_at: now,
        ..attempt
    };
    let Some(ticket) = tx.take_ticket()? else { return Ok(None) };
    tx.put_attempt(&attempt)?;
    let request = charge_request(&attempt, &payable, country);
    Ok(Some(Again { request, send: attempt.sends, ticket }))
}
