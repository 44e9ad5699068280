//! A charge that somebody asks for and waits for: what is under way is cancelled first, then one
//! attempt is made, through the same intent, call and settle as every other. Never a second
//! charge beside one that is not resolved.

use std::sync::Arc;

use super::asked::{AskError, Asked, Live, live, may_be_charged, subject};
use super::cancel_attempt::{self, CalledOff, save_called_off};
use super::choose_method::{METHOD_SPENT, NETWORK_BUSY, NETWORK_LIMIT, Unchargeable, choose};
use super::in_time::{Progress, in_time};
use super::intent::{BUDGET_WAIT, Intent, Planned, begin_attempt, next_attempt};
use super::settle_attempt::Source;
use super::{CollectError, Within};
use crate::app::App;
use crate::app::crash_point::{CrashPoint, crash_point};
use crate::domain::attempt::{Attempt, AttemptState, ChargeAnswer};
use crate::domain::connection::Connection;
use crate::domain::decline::{Decline, DeclineClass, RetryClass};
use crate::domain::event::{Event, EventKind};
use crate::domain::id::AttemptId;
use crate::domain::invoice::Invoice;
use crate::domain::payment::{Payable, PayableId};
use crate::domain::payment_method::MethodChoice;
use crate::domain::recovery::{IdleReason, IllegalMove, Recovery, WaitReason};
use crate::domain::session::Session;
use crate::domain::settle::PAUSED_CONNECTION_WAIT;
use crate::domain::time::Timestamp;
use crate::store::Reader;

const CONNECTION_PAUSED: &str = "connection_paused";

/// How things stand before the charge.
enum Look {
    /// This call was made before, and did this.
    Known(AttemptId),
    Wait,
    Close(Box<Session>),
    Ready(Box<Ready>),
}

/// Nothing but this speaks against a charge.
struct Ready {
    recovery: Recovery,
    invoice: Invoice,
    connection: Connection,
    /// What the provider has of the debt: to be cancelled there first.
    live: Option<Box<(Attempt, Connection)>>,
}

/// What the provider has cancelled, and which is not saved yet.
struct Gone {
    attempt: AttemptId,
    answer: ChargeAnswer,
}

/// What the transaction wrote down.
enum Begun {
    Charge(Box<Planned>),
    /// There is nothing to charge; the payment says why.
    Impossible(AttemptId),
    Known(AttemptId),
    /// Something came between: look again.
    Again,
    /// Only what is gone was written down.
    Refused(AskError),
}

impl App {
    /// Charges what is due of the invoice now. Answers the payment, however far it has come in a
    /// few seconds; the rest happens without the caller.
    pub fn attempt_now(&self, asked: Asked) -> Result<AttemptId, AskError> {
        in_time(self, asked, attempt)
    }
}

fn attempt(app: &App, asked: &Asked, progress: &Progress) -> Result<AttemptId, AskError> {
    loop {
        let now = app.clock.now();
        let ready = match app.store.read(|read| look(read, asked, now))? {
            Look::Known(id) => return Ok(id),
            Look::Wait if progress.wait(app) => continue,
            Look::Close(page) if app.close_session(&page)?.is_closed() => continue,
            Look::Wait | Look::Close(_) => return Err(AskError::InProgress),
            Look::Ready(ready) => ready,
        };
        prepare(app, &ready)?;
        // Whoever was told that nothing was done finds nothing done.
        if !progress.may_begin() {
            return Err(AskError::InProgress);
        }
        let gone = match ready.live.as_deref() {
            None => None,
            Some((attempt, connection)) => {
                // As long as the provider takes to answer, this one is what can be shown.
                progress.begun(attempt.id);
                match app.ask_to_cancel(attempt, connection)? {
                    Ok(answer) => Some(Gone { attempt: attempt.id, answer }),
                    Err(CalledOff::Done | CalledOff::OverAlready) => continue,
                    Err(CalledOff::Paid) => return Err(AskError::PaidMeanwhile),
                    Err(CalledOff::Cannot) => return Err(AskError::InProgress),
                }
            }
        };
        let rules = Arc::clone(&app.rules);
        let (own, now) = (asked.clone(), app.clock.now());
        let begun = app
            .store
            .write(move |tx| replace(&Within { tx, rules: &rules, now }, &own, gone.as_ref()))?;
        app.wake.ring_news();
        match begun {
            Begun::Again => {}
            Begun::Known(id) | Begun::Impossible(id) => return Ok(id),
            Begun::Refused(why) => return Err(why),
            Begun::Charge(planned) => {
                charge(app, &planned, progress);
                return Ok(planned.attempt.id);
            }
        }
    }
}

/// The payment is written down: from here on it is the answer, whatever goes wrong.
fn charge(app: &App, planned: &Planned, progress: &Progress) {
    let (id, send) = (planned.attempt.id, planned.attempt.sends);
    progress.begun(id);
    crash_point(CrashPoint::AfterAskedIntent);
    // No transaction is open here; a provider may take a minute.
    let answer = app.charge(&planned.connection, &planned.request, planned.ticket);
    crash_point(CrashPoint::AfterAskedCall);
    if let Err(error) = app.settle(id, answer, Source::Call { send }) {
        // The provider is asked once nobody can be charging any more.
        tracing::error!(attempt = ?id, %error, "the answer to a charge was not saved");
    }
}

/// First whatever refuses or must wait, so that nothing is cancelled in vain.
fn look(reader: &Reader<'_>, asked: &Asked, now: Timestamp) -> Result<Look, AskError> {
    let subject = subject(reader, asked)?;
    if let Some(id) = reader.payment_of_call(&asked.mark, asked.invoice, now)? {
        return Ok(Look::Known(id));
    }
    let (recovery, connection) = may_be_charged(reader, &subject)?;
    if recovery.paused {
        return Err(AskError::Paused);
    }
    if reader.hold()?.is_some() {
        return Err(AskError::OnHold);
    }
    // One charge for several invoices is out, or about to be.
    if reader.request_collecting(asked.invoice)?.is_some() {
        return Err(AskError::InProgress);
    }
    if let Some(page) = reader.open_payment_session(recovery.payable)? {
        return Ok(Look::Close(Box::new(page)));
    }
    let live = match live(reader, Some(&recovery))? {
        Live::CallIsOut => return Ok(Look::Wait),
        Live::AtProvider(at) => Some(at),
        Live::None => None,
    };
    Ok(Look::Ready(Box::new(Ready { recovery, invoice: subject.invoice, connection, live })))
}

/// What is asked of the provider before anything is written down.
fn prepare(app: &App, ready: &Ready) -> Result<(), AskError> {
    if app.rules.test_mode && !app.is_of_test(&ready.connection) {
        return Err(AskError::LiveInTestMode);
    }
    let customer = ready.recovery.customer_id;
    let has_method = app.store.read(|read| read.default_method(customer))?.is_some();
    if !has_method && let Err(error) = app.sync_customer(customer) {
        tracing::warn!(?customer, %error, "the methods of a customer were not read");
    }
    Ok(())
}

/// One transaction ends the old payment and begins the new one: no crash comes between, after
/// which nobody would collect.
fn replace(within: &Within<'_, '_>, asked: &Asked, gone: Option<&Gone>) -> Result<Begun, AskError> {
    let Some(gone) = gone else { return begin(within, asked) };
    if save_called_off(within, gone.attempt, &gone.answer, None)? == CalledOff::Paid {
        return Err(AskError::PaidMeanwhile);
    }
    match begin(within, asked) {
        Err(AskError::Collect(error)) => Err(error.into()),
        Err(refused) => Ok(Begun::Refused(refused)),
        begun => begun,
    }
}

fn begin(within: &Within<'_, '_>, asked: &Asked) -> Result<Begun, AskError> {
    let Within { tx, now, .. } = *within;
    let ready = match look(tx, asked, now)? {
        Look::Known(id) => return Ok(Begun::Known(id)),
        Look::Ready(ready) if ready.live.is_none() => ready,
        Look::Wait | Look::Close(_) | Look::Ready(_) => return Ok(Begun::Again),
    };
    let Ready { mut recovery, invoice, connection, .. } = *ready;
    // It never left, and with this it never will: the new one has a key of its own.
    if let Some(unsent) = tx.unsent_attempt(recovery.id)? {
        cancel_attempt::save(within, recovery, unsent)?;
        recovery = tx
            .recovery_of(PayableId::Invoice(invoice.id))?
            .ok_or(CollectError::Missing { what: "the recovery of an invoice" })?;
    }
    let method = match invoice.method_choice {
        // To be paid by hand, until somebody asks.
        MethodChoice::Manual => tx.default_method(recovery.customer_id)?.map(|found| found.id),
        MethodChoice::Default | MethodChoice::Specific(_) => None,
    };
    let requested = match recovery.request(method, now) {
        Ok(requested) => requested,
        Err(IllegalMove::AttemptOpen) => return Ok(Begun::Again),
        Err(
            IllegalMove::Ended
            | IllegalMove::NotDue
            | IllegalMove::Paused
            | IllegalMove::NotThisAttempt,
        ) => return Err(AskError::NothingToCollect),
    };
    tx.save_recovery(&requested)?;
    let payable = Payable::Invoice(Box::new(invoice.clone()));
    let paused = Unchargeable { reason: IdleReason::Held, code: CONNECTION_PAUSED, message: None };
    let (begun, made) = match choose(&within.looking(), &requested, &payable)? {
        Err(why) => impossible(within, requested, &invoice, (&connection, why))?,
        Ok(chosen) if chosen.connection.paused.is_some() => {
            impossible(within, requested, &invoice, (&connection, paused))?
        }
        Ok(_) => match begin_attempt(within, requested.id)? {
            Intent::Charge(planned) => {
                let id = planned.attempt.id;
                (Begun::Charge(planned), id)
            }
            // Somebody else collects it.
            Intent::Nothing => return Err(AskError::InProgress),
        },
    };
    tx.insert_payment_call(&asked.mark, asked.invoice, made, now)?;
    Ok(begun)
}

/// The payment is written down all the same: who asked for it sees what is missing. It counts
/// against no instrument.
fn impossible(
    within: &Within<'_, '_>,
    recovery: Recovery,
    invoice: &Invoice,
    (connection, why): (&Connection, Unchargeable),
) -> Result<(Begun, AttemptId), CollectError> {
    let Within { tx, now, .. } = *within;
    // Nothing is sent, but a number is given: after a restore so many are asked for.
    tx.take_ticket()?;
    let attempt = Attempt {
        state: AttemptState::Declined { decline: refusal(why.code), at: now },
        status: "failed".to_owned(),
        ..next_attempt(within, &recovery, connection.id, invoice.due())?
    };
    let rested = if why.code == CONNECTION_PAUSED {
        recovery.park(now.plus(PAUSED_CONNECTION_WAIT), WaitReason::ConnectionPaused, now)
    } else if why.code == NETWORK_BUSY {
        recovery.park(now.plus(BUDGET_WAIT), WaitReason::NetworkBudget, now)
    } else {
        recovery.rest(why.reason, now)
    };
    // `request` has just found it free.
    let Ok(rested) = rested else { return Err(CollectError::Missing { what: "a free recovery" }) };
    tx.put_attempt(&attempt)?;
    tx.save_recovery(&Recovery { attempts_made: attempt.number, ..rested })?;
    let kind = EventKind::AttemptImpossible;
    let event = Event::new(kind, attempt.organization_id, attempt.subject(), now);
    tx.append_event(&event.with_code(why.code))?;
    Ok((Begun::Impossible(attempt.id), attempt.id))
}

fn refusal(code: &str) -> Decline {
    let (class, message) = match code {
        CONNECTION_PAUSED => {
            (DeclineClass::InvalidConfiguration, "Charging through this provider is paused.")
        }
        NETWORK_LIMIT | NETWORK_BUSY => (
            DeclineClass::LimitExceeded,
            "The payment method was declined too often to be charged again now.",
        ),
        METHOD_SPENT => (
            DeclineClass::NotPermitted,
            "The payment method was declined for good: another one is needed.",
        ),
        _ => (DeclineClass::InvalidAccount, "The customer has no payment method to charge."),
    };
    Decline {
        class,
        retry: RetryClass::Hold,
        code: code.to_owned(),
        network_code: None,
        advice_code: None,
        retry_after: None,
        message: message.to_owned(),
    }
}
