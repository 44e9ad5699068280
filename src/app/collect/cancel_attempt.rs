//! Cancelling a payment: at its provider where it got there, and here where it did not. What the
//! provider cannot cancel stays as it is. Nothing is tried by itself afterwards.

use std::sync::Arc;

use super::asked::{AskError, Asked, Live, live, subject};
use super::in_time::{Progress, in_time};
use super::resolve_unknown::query;
use super::settle_attempt::Source;
use super::{CollectError, Within};
use crate::app::App;
use crate::app::crash_point::{CrashPoint, crash_point};
use crate::app::ports::Cancellation;
use crate::domain::attempt::{Attempt, AttemptState, ChargeAnswer};
use crate::domain::cancelling::{call_off, stop_trying};
use crate::domain::connection::Connection;
use crate::domain::decline::DeclineClass;
use crate::domain::event::{Event, EventKind};
use crate::domain::id::{AttemptId, InvoiceId};
use crate::domain::idempotent_request::{CallMark, SENT_AGAIN_WITHIN};
use crate::domain::payment::PayableId;
use crate::domain::recovery::Recovery;
use crate::domain::standing::{Standing, StandingAttempt};

/// What came of asking a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalledOff {
    Done,
    /// Too late: the money is taken.
    Paid,
    /// It is over in another way; look again.
    OverAlready,
    /// Nothing was changed.
    Cannot,
}

enum Step {
    Done(AttemptId),
    Wait,
    Ask(Box<(Attempt, Connection)>),
}

impl App {
    /// Cancels the one payment of the invoice that still counts, and answers which it was.
    pub fn cancel_payment(&self, asked: Asked) -> Result<AttemptId, AskError> {
        in_time(self, asked, cancel)
    }

    /// What the provider has of a debt is called off there, so that the debt can go.
    pub(in crate::app) fn call_off_all(&self, invoice: InvoiceId) -> Result<(), AskError> {
        let began = std::time::Instant::now();
        loop {
            let live = self.store.read(|read| -> Result<_, AskError> {
                if read.request_collecting(invoice)?.is_some() {
                    return Err(AskError::InProgress);
                }
                Ok(live(read, read.recovery_of(PayableId::Invoice(invoice))?.as_ref())?)
            })?;
            match live {
                Live::None => return Ok(()),
                Live::CallIsOut
                    if self.rules.single_threaded
                        || began.elapsed() > super::in_time::CALL_WAITS =>
                {
                    return Err(AskError::InProgress);
                }
                Live::CallIsOut => {
                    let news = self.wake.news();
                    news.wait(news.rings(), super::in_time::LOOK_EVERY);
                }
                Live::AtProvider(at) => match self.call_off(&at.0, &at.1, None)? {
                    CalledOff::Done | CalledOff::OverAlready => {}
                    CalledOff::Paid => return Err(AskError::PaidMeanwhile),
                    CalledOff::Cannot => return Err(AskError::InProgress),
                },
            }
        }
    }

    /// Asks the provider, and saves what it says. `mark` is the call that this is the end of.
    pub(super) fn call_off(
        &self,
        attempt: &Attempt,
        connection: &Connection,
        mark: Option<&CallMark>,
    ) -> Result<CalledOff, CollectError> {
        let answer = match self.ask_to_cancel(attempt, connection)? {
            Ok(answer) => answer,
            Err(otherwise) => return Ok(otherwise),
        };
        let (id, mark) = (attempt.id, mark.cloned());
        let (rules, now) = (Arc::clone(&self.rules), self.clock.now());
        let called_off = self.store.write(move |tx| {
            let within = Within { tx, rules: &rules, now };
            save_called_off(&within, id, &answer, mark.as_ref())
        })?;
        self.wake.ring_news();
        Ok(called_off)
    }

    /// The provider's word that this attempt takes no money, which is still to be saved; else what
    /// became of it instead.
    pub(super) fn ask_to_cancel(
        &self,
        attempt: &Attempt,
        connection: &Connection,
    ) -> Result<Result<ChargeAnswer, CalledOff>, CollectError> {
        let id = attempt.id;
        let cancellation = self.psps.cancel_charge(connection, &query(attempt));
        crash_point(CrashPoint::AfterCancel);
        match cancellation {
            Cancellation::Cancelled(answer) => Ok(Ok(answer)),
            Cancellation::Final(answer) => {
                self.settle(id, answer, Source::Event)?;
                let found = self.store.read(|read| read.attempt_of_every_organization(id))?;
                Ok(Err(match found.map(|attempt| attempt.state) {
                    Some(AttemptState::Paid { .. }) => CalledOff::Paid,
                    Some(state) if state.is_open() => CalledOff::Cannot,
                    Some(_) | None => CalledOff::OverAlready,
                }))
            }
            Cancellation::CannotTell(reason) => {
                tracing::info!(attempt = ?id, %reason, "a charge could not be cancelled");
                Ok(Err(CalledOff::Cannot))
            }
        }
    }
}

fn cancel(app: &App, asked: &Asked, progress: &Progress) -> Result<AttemptId, AskError> {
    loop {
        let (rules, now) = (Arc::clone(&app.rules), app.clock.now());
        let own = asked.clone();
        let step = app.store.write(move |tx| step(&Within { tx, rules: &rules, now }, &own))?;
        match step {
            Step::Done(id) => {
                app.wake.ring_news();
                return Ok(id);
            }
            Step::Wait if progress.wait(app) => {}
            Step::Wait => return Err(AskError::InProgress),
            Step::Ask(at) => {
                progress.begun(at.0.id);
                match app.call_off(&at.0, &at.1, Some(&asked.mark))? {
                    CalledOff::Done => return Ok(at.0.id),
                    CalledOff::OverAlready => {}
                    CalledOff::Paid => return Err(AskError::PaidMeanwhile),
                    CalledOff::Cannot => return Err(AskError::InProgress),
                }
            }
        }
    }
}

fn step(within: &Within<'_, '_>, asked: &Asked) -> Result<Step, AskError> {
    let Within { tx, now, .. } = *within;
    let subject = subject(tx, asked)?;
    if let Some(id) = tx.payment_of_call(&asked.mark, asked.invoice, now)? {
        return Ok(Step::Done(id));
    }
    match live(tx, subject.recovery.as_ref())? {
        Live::CallIsOut => return Ok(Step::Wait),
        Live::AtProvider(at) => return Ok(Step::Ask(at)),
        Live::None => {}
    }
    let Some(recovery) = subject.recovery else { return Err(AskError::NoLivePayment) };
    let Some(newest) = tx.standing_attempts(recovery.id)?.pop() else {
        return Err(AskError::NoLivePayment);
    };
    let id = newest.attempt.id;
    if !newest.standing.is_live() {
        // The same call may have cancelled it, and could not save so before it was cut off.
        let just_now = newest.changed_at >= now.minus(SENT_AGAIN_WITHIN);
        let was_this = asked.mark.is_sent_again && newest.standing == Standing::Over && just_now;
        return if was_this { Ok(Step::Done(id)) } else { Err(AskError::NoLivePayment) };
    }
    call_off_here(within, recovery, newest)?;
    tx.insert_payment_call(&asked.mark, asked.invoice, id, now)?;
    Ok(Step::Done(id))
}

/// Nothing of it is at the provider: it never left, or was declined.
fn call_off_here(
    within: &Within<'_, '_>,
    recovery: Recovery,
    newest: StandingAttempt,
) -> Result<(), CollectError> {
    let Within { tx, now, .. } = *within;
    let attempt = newest.attempt;
    if matches!(attempt.state, AttemptState::NotSent { .. }) {
        return save(within, recovery, attempt);
    }
    tx.give_up_attempt(attempt.id, now)?;
    if let Ok(stopped) = stop_trying(recovery, now) {
        tx.save_recovery(&stopped)?;
    }
    Ok(tx.append_event(&cancelled(&attempt, within))?)
}

/// What the provider has cancelled is cancelled here too. Nothing was written unless it is done.
pub(super) fn save_called_off(
    within: &Within<'_, '_>,
    id: AttemptId,
    answer: &ChargeAnswer,
    mark: Option<&CallMark>,
) -> Result<CalledOff, CollectError> {
    let Within { tx, now, .. } = *within;
    let attempt = tx
        .attempt_of_every_organization(id)?
        .ok_or(CollectError::Missing { what: "an attempt" })?;
    if matches!(attempt.state, AttemptState::Paid { .. }) {
        return Ok(CalledOff::Paid);
    }
    // A webhook of the provider told it first.
    let is_told = matches!(&attempt.state, AttemptState::Declined { decline, .. }
        if decline.class == DeclineClass::Cancelled);
    if !is_told && !attempt.state.is_open() {
        return Ok(CalledOff::OverAlready);
    }
    let recovery = tx
        .recovery_of_every_organization(attempt.recovery_id)?
        .ok_or(CollectError::Missing { what: "the recovery of an attempt" })?;
    if let (Some(mark), PayableId::Invoice(invoice)) = (mark, attempt.payable) {
        tx.insert_payment_call(mark, invoice, id, now)?;
    }
    if is_told {
        if let Ok(stopped) = stop_trying(recovery, now) {
            tx.save_recovery(&stopped)?;
        }
        return Ok(CalledOff::Done);
    }
    let charge_id = answer.charge_id.clone().or(attempt.charge_id);
    let attempt = Attempt { charge_id, status: answer.status.clone(), ..attempt };
    save(within, recovery, attempt)?;
    Ok(CalledOff::Done)
}

/// The attempt as cancelled, and its debt at rest.
pub fn save(
    within: &Within<'_, '_>,
    recovery: Recovery,
    attempt: Attempt,
) -> Result<(), CollectError> {
    let Within { tx, now, .. } = *within;
    let payable = tx
        .payable(attempt.organization_id, attempt.payable)?
        .ok_or(CollectError::Missing { what: "the debt of an attempt" })?;
    let debt = payable.stands(attempt.amount);
    let (recovery, attempt) = call_off(recovery, attempt, debt, now);
    tx.put_attempt(&attempt)?;
    tx.save_recovery(&recovery)?;
    Ok(tx.append_event(&cancelled(&attempt, within))?)
}

fn cancelled(attempt: &Attempt, within: &Within<'_, '_>) -> Event {
    let (kind, subject) = (EventKind::AttemptCancelled, attempt.subject());
    Event::new(kind, attempt.organization_id, subject, within.now)
}
