//! A charge that somebody asks for and waits for: what is under way is cancelled first, then one
//! attempt is made, through the same intent, call and settle as every other. Never a second
//! charge beside one that is not resolved.

use std::sync::Arc;

use super::asked::{AskError, Asked, Live, live, may_be_charged, subject};
use super::cancel_attempt::{self, CalledOff};
use super::choose_method::{NETWORK_LIMIT, Unchargeable, choose};
use super::in_time::{Progress, in_time};
use super::intent::{Intent, Planned, begin_attempt};
use super::settle_attempt::Source;
use super::{CollectError, Within};
use crate::app::App;
use crate::app::crash_point::{CrashPoint, crash_point};
use crate::domain::attempt::{Attempt, AttemptState, Origin};
use crate::domain::connection::Connection;
use crate::domain::decline::{Decline, DeclineClass, RetryClass};
use crate::domain::event::{self, Event, EventKind};
use crate::domain::id::AttemptId;
use crate::domain::idempotency::attempt_key;
use crate::domain::invoice::Invoice;
use crate::domain::payment::{Payable, PayableId};
use crate::domain::payment_method::MethodChoice;
use crate::domain::recovery::{IdleReason, IllegalMove, Recovery, WaitReason};
use crate::domain::session::Session;
use crate::domain::settle::PAUSED_CONNECTION_WAIT;
use crate::store::Reader;

const CONNECTION_PAUSED: &str = "connection_paused";

/// How things stand before the charge.
enum Look {
    /// This call was made before, and did this.
    Known(AttemptId),
    Wait,
    Cancel(Box<(Attempt, Connection)>),
    Close(Box<Session>),
    Clear(Box<Ready>),
}

struct Ready {
    recovery: Recovery,
    invoice: Invoice,
    connection: Connection,
}

/// What the transaction wrote down.
enum Begun {
    Charge(Box<Planned>),
    /// There is nothing to charge; the payment says why.
    Impossible(AttemptId),
    Known(AttemptId),
    /// Something came between: look again.
    Again,
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
        match app.store.read(|read| look(read, asked, now))? {
            Look::Known(id) => return Ok(id),
            Look::Wait if progress.wait(app) => continue,
            Look::Wait => return Err(AskError::InProgress),
            Look::Cancel(at) => match app.call_off(&at.0, &at.1, None)? {
                CalledOff::Done | CalledOff::OverAlready => continue,
                CalledOff::Paid => return Err(AskError::PaidMeanwhile),
                CalledOff::Cannot => return Err(AskError::InProgress),
            },
            Look::Close(page) if app.close_session(&page)?.is_closed() => continue,
            Look::Close(_) => return Err(AskError::InProgress),
            Look::Clear(ready) => prepare(app, &ready)?,
        }
        if !progress.may_begin() {
            return Err(AskError::InProgress);
        }
        let rules = Arc::clone(&app.rules);
        let (own, now) = (asked.clone(), app.clock.now());
        let begun = app.store.write(move |tx| begin(&Within { tx, rules: &rules, now }, &own))?;
        match begun {
            Begun::Again => {}
            Begun::Known(id) | Begun::Impossible(id) => {
                app.wake.ring_news();
                return Ok(id);
            }
            Begun::Charge(planned) => return charge(app, &planned, progress),
        }
    }
}

fn charge(app: &App, planned: &Planned, progress: &Progress) -> Result<AttemptId, AskError> {
    let (id, send) = (planned.attempt.id, planned.attempt.sends);
    progress.begun(id);
    crash_point(CrashPoint::AfterAskedIntent);
    // No transaction is open here; a provider may take a minute.
    let answer = app.charge(&planned.connection, &planned.request);
    crash_point(CrashPoint::AfterAskedCall);
    app.settle(id, answer, Source::Call { send })?;
    Ok(id)
}

fn look(
    reader: &Reader<'_>,
    asked: &Asked,
    now: crate::domain::time::Timestamp,
) -> Result<Look, AskError> {
    let subject = subject(reader, asked)?;
    if let Some(id) = reader.payment_of_call(&asked.mark, asked.invoice, now)? {
        return Ok(Look::Known(id));
    }
    let (recovery, connection) = may_be_charged(reader, &subject)?;
    match live(reader, Some(&recovery))? {
        Live::CallIsOut => return Ok(Look::Wait),
        Live::AtProvider(at) => return Ok(Look::Cancel(at)),
        Live::None => {}
    }
    if let Some(page) = reader.open_payment_session(recovery.payable)? {
        return Ok(Look::Close(Box::new(page)));
    }
    // One charge for several invoices is out, or about to be.
    if reader.request_collecting(asked.invoice)?.is_some() {
        return Err(AskError::InProgress);
    }
    if recovery.paused {
        return Err(AskError::Paused);
    }
    let invoice = subject.invoice;
    Ok(Look::Clear(Box::new(Ready { recovery, invoice, connection })))
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

fn begin(within: &Within<'_, '_>, asked: &Asked) -> Result<Begun, AskError> {
    let Within { tx, now, .. } = *within;
    let ready = match look(tx, asked, now)? {
        Look::Known(id) => return Ok(Begun::Known(id)),
        Look::Wait | Look::Cancel(_) | Look::Close(_) => return Ok(Begun::Again),
        Look::Clear(ready) => ready,
    };
    let Ready { mut recovery, invoice, connection } = *ready;
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
    let begun = match choose(&within.looking(), &requested, &payable)? {
        Err(why) => impossible(within, requested, &invoice, (&connection, why))?,
        Ok(chosen) if chosen.connection.paused.is_some() => {
            let why =
                Unchargeable { reason: IdleReason::Held, code: CONNECTION_PAUSED, message: None };
            impossible(within, requested, &invoice, (&connection, why))?
        }
        Ok(_) => match begin_attempt(within, requested.id)? {
            Intent::Charge(planned) => Begun::Charge(planned),
            // Somebody else collects it: what was requested here is not kept.
            Intent::Nothing => return Err(AskError::InProgress),
        },
    };
    if let Begun::Charge(planned) = &begun {
        tx.insert_payment_call(&asked.mark, asked.invoice, planned.attempt.id, now)?;
    }
    if let Begun::Impossible(id) = &begun {
        tx.insert_payment_call(&asked.mark, asked.invoice, *id, now)?;
    }
    Ok(begun)
}

/// The payment is written down all the same: who asked for it sees what is missing. It counts
/// against no instrument.
fn impossible(
    within: &Within<'_, '_>,
    recovery: Recovery,
    invoice: &Invoice,
    (connection, why): (&Connection, Unchargeable),
) -> Result<Begun, CollectError> {
    let Within { tx, now, .. } = *within;
    let installation = tx
        .installation_identity()?
        .ok_or(CollectError::Missing { what: "the identity of the installation" })?;
    let number = recovery.attempts_made.saturating_add(1);
    let decline = refusal(why.code);
    let attempt = Attempt {
        id: AttemptId::at(now),
        organization_id: recovery.organization_id,
        recovery_id: recovery.id,
        payable: recovery.payable,
        customer_id: recovery.customer_id,
        connection_id: connection.id,
        number,
        origin: Origin::Person,
        amount: invoice.due(),
        instrument: None,
        provider_customer_id: None,
        session_id: None,
        idempotency_key: attempt_key(&installation, recovery.payable, number),
        sends: 0,
        state: AttemptState::Declined { decline: decline.clone(), at: now },
        charge_id: None,
        status: "failed".to_owned(),
        begun_at: now,
        updated_at: now,
    };
    let rested = if why.code == CONNECTION_PAUSED {
        recovery.park(now.plus(PAUSED_CONNECTION_WAIT), WaitReason::ConnectionPaused, now)
    } else {
        recovery.rest(why.reason, now)
    };
    let Ok(rested) = rested else { return Ok(Begun::Again) };
    tx.put_attempt(&attempt)?;
    tx.save_recovery(&Recovery { attempts_made: number, ..rested })?;
    let subject = event::Subject {
        customer_id: Some(attempt.customer_id),
        invoice_id: Some(invoice.id),
        attempt_id: Some(attempt.id),
        connection_id: Some(connection.id),
        ..event::Subject::default()
    };
    let event = Event::new(EventKind::AttemptImpossible, invoice.organization_id, subject, now);
    tx.append_event(&event.with_code(why.code))?;
    Ok(Begun::Impossible(attempt.id))
}

fn refusal(code: &str) -> Decline {
    let (class, message) = match code {
        CONNECTION_PAUSED => {
            (DeclineClass::InvalidConfiguration, "Charging through this provider is paused.")
        }
        NETWORK_LIMIT => (
            DeclineClass::LimitExceeded,
            "The payment method was declined too often to be charged again now.",
        ),
        super::choose_method::METHOD_SPENT => (
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
