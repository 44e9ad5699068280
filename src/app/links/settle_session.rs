//! What came of a hosted page: a payment, which is an attempt like any other, or a method.

use std::sync::Arc;

use crate::app::App;
use crate::app::collect::{CollectError, Source, Within, settle_loaded};
use crate::app::crash_point::{CrashPoint, crash_point};
use crate::app::methods::{Arrival, BecomesDefault, method_arrived};
use crate::domain::attempt::{Attempt, AttemptState, ChargeAnswer, Instrument, Origin};
use crate::domain::id::AttemptId;
use crate::domain::idempotency::paid_on_page_key;
use crate::domain::money::Money;
use crate::domain::payment_method::MethodDetails;
use crate::domain::recovery::Recovery;
use crate::domain::session::{Purpose, Session};

impl App {
    /// Saves a payment, or the beginning of one, that a payer made on the page.
    pub(in crate::app) fn settle_on_page(
        &self,
        session: &Session,
        answer: ChargeAnswer,
    ) -> Result<(), CollectError> {
        let rules = Arc::clone(&self.rules);
        let now = self.clock.now();
        let session = session.clone();
        self.store
            .write(move |tx| settle(&Within { tx, rules: &rules, now }, &session, &answer))?;
        self.wake.ring();
        Ok(())
    }

    pub(in crate::app) fn method_left(
        &self,
        session: &Session,
        details: MethodDetails,
    ) -> Result<(), CollectError> {
        let now = self.clock.now();
        let arrival = Arrival {
            organization_id: session.organization_id,
            customer_id: session.customer_id,
            connection_id: session.connection_id,
            details,
            becomes_default: BecomesDefault::Always,
        };
        self.store.write(move |tx| method_arrived(tx, &arrival, now).map(|_| ()))?;
        self.wake.ring();
        Ok(())
    }
}

fn settle(
    within: &Within<'_, '_>,
    session: &Session,
    answer: &ChargeAnswer,
) -> Result<(), CollectError> {
    let Purpose::Payment { payable, amount } = session.purpose else { return Ok(()) };
    let tx = within.tx;
    let recovery = tx
        .recovery_of(payable)?
        .ok_or(CollectError::Missing { what: "the recovery of a hosted page" })?;
    let known = match tx.attempt_of_session(session.id)? {
        Some(attempt) => Some(attempt),
        None => match &answer.charge_id {
            Some(charge_id) => tx.attempt_by_charge(session.connection_id, charge_id)?,
            None => None,
        },
    };
    let attempt = match known {
        Some(attempt) => attempt,
        None => begin_on_page(within, session, recovery, answer)?,
    };
    let attempt = Attempt { amount: paid_amount(&attempt, answer, amount), ..attempt };
    crash_point(CrashPoint::InPaidOnPage);
    settle_loaded(within, attempt, answer, Source::Event)?;
    if let Some(details) = &answer.method {
        let arrival = Arrival {
            organization_id: session.organization_id,
            customer_id: session.customer_id,
            connection_id: session.connection_id,
            details: details.clone(),
            becomes_default: BecomesDefault::IfThereIsNone,
        };
        method_arrived(tx, &arrival, within.now)?;
    }
    Ok(())
}

/// What the payer pays is what the provider says, until it is paid. An amount of another currency
/// is none of this debt's.
fn paid_amount(attempt: &Attempt, answer: &ChargeAnswer, asked: Money) -> Money {
    if matches!(attempt.state, AttemptState::Paid { .. }) {
        return attempt.amount;
    }
    match answer.amount {
        Some(told) if told.currency == asked.currency => told,
        Some(told) => {
            tracing::error!(attempt = ?attempt.id, %told, %asked, "paid in another currency");
            asked
        }
        None => asked,
    }
}

fn begin_on_page(
    within: &Within<'_, '_>,
    session: &Session,
    recovery: Recovery,
    answer: &ChargeAnswer,
) -> Result<Attempt, CollectError> {
    let Within { tx, rules, now } = *within;
    let Purpose::Payment { payable, amount } = session.purpose else {
        return Err(CollectError::Missing { what: "the debt of a hosted page" });
    };
    let installation = tx
        .installation_identity()?
        .ok_or(CollectError::Missing { what: "the identity of the installation" })?;
    let charge = answer.charge_id.as_deref().unwrap_or_default();
    let attempt = Attempt {
        id: AttemptId::at(now),
        organization_id: session.organization_id,
        recovery_id: recovery.id,
        payable,
        customer_id: session.customer_id,
        connection_id: session.connection_id,
        number: recovery.attempts_made.saturating_add(1),
        origin: Origin::Link,
        amount,
        instrument: answer.method.as_ref().map(instrument),
        provider_customer_id: None,
        session_id: Some(session.id),
        idempotency_key: paid_on_page_key(&installation, session.id, charge),
        sends: 1,
        state: AttemptState::Charging { lease_until: now.plus(rules.charge_lease) },
        charge_id: None,
        status: answer.status.clone(),
        begun_at: now,
        updated_at: now,
    };
    let begun = recovery.begin_on_page(attempt.id, now);
    let begun = Recovery { attempts_made: attempt.number, ..begun };
    tx.save_recovery(&begun)?;
    Ok(attempt)
}

fn instrument(details: &MethodDetails) -> Instrument {
    Instrument {
        method_id: None,
        provider_method_id: details.provider_method_id.clone(),
        kind: details.kind.clone(),
        limit_key: details.limit_key().to_owned(),
    }
}
