//! One attempt at one debt: intent, call, settle. No transaction is open while the provider is
//! asked.

use std::sync::Arc;

use super::clear_the_way::Way;
use super::intent::{Intent, begin_attempt};
use super::settle_attempt::{Known, Source, settle_attempt};
use super::{CollectError, Within};
use crate::app::App;
use crate::app::crash_point::{CrashPoint, crash_point};
use crate::app::ports::ChargeRequest;
use crate::domain::attempt::ChargeAnswer;
use crate::domain::connection::{Connection, Mode};
use crate::domain::hold::Ticket;
use crate::domain::id::{AttemptId, RecoveryId};
use crate::domain::settle::Effect;

/// What became of a due recovery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempted {
    Settled(AttemptId, Effect),
    /// Not due any more, nothing to charge, or a payer is paying by link.
    NotNow,
}

impl App {
    /// Makes the attempt that is due on this debt.
    pub fn attempt_payment(&self, id: RecoveryId) -> Result<Attempted, CollectError> {
        match self.clear_the_way(id)? {
            Way::Clear => {}
            Way::Blocked => return Ok(Attempted::NotNow),
        }
        crash_point(CrashPoint::BeforeIntent);
        // The intent is durable before anything leaves: after a crash we know that we may have
        // charged.
        let rules = Arc::clone(&self.rules);
        let now = self.clock.now();
        let intent =
            self.store.write(move |tx| begin_attempt(&Within { tx, rules: &rules, now }, id))?;
        let Intent::Charge(planned) = intent else { return Ok(Attempted::NotNow) };

        crash_point(CrashPoint::AfterIntent);
        // No transaction is open here; a provider may take a minute.
        let answer = self.charge(&planned.connection, &planned.request, planned.ticket);
        crash_point(CrashPoint::AfterCall);

        let (attempt_id, send) = (planned.attempt.id, planned.attempt.sends);
        let effect = self.settle(attempt_id, answer, Source::Call { send })?;
        Ok(Attempted::Settled(attempt_id, effect))
    }

    /// The only way to a charge. Test mode moves no real money, whatever led here.
    pub(super) fn charge(
        &self,
        connection: &Connection,
        request: &ChargeRequest,
        ticket: Ticket,
    ) -> ChargeAnswer {
        if self.rules.test_mode && !self.is_of_test(connection) {
            return ChargeAnswer::not_sent("in test mode only test credentials are charged");
        }
        // A database that is restored from before this will be known to lack it.
        if let Err(error) = self.store.count_outside(ticket) {
            tracing::error!(error = &error as &dyn std::error::Error, "a charge was not sent");
            return ChargeAnswer::not_sent(error.to_string());
        }
        self.psps.charge(connection, request)
    }

    /// A plugin that cannot say is not trusted with it.
    pub(in crate::app) fn is_of_test(&self, connection: &Connection) -> bool {
        self.psps.mode_of(connection) == Ok(Mode::Test)
    }

    /// Saves what was learnt of an attempt, from wherever.
    pub(in crate::app) fn settle(
        &self,
        attempt_id: AttemptId,
        answer: ChargeAnswer,
        source: Source,
    ) -> Result<Effect, CollectError> {
        let rules = Arc::clone(&self.rules);
        let now = self.clock.now();
        let known = Known { attempt_id, answer, source };
        crash_point(CrashPoint::BeforeSettle);
        let effect = self
            .store
            .write(move |tx| settle_attempt(&Within { tx, rules: &rules, now }, &known))?;
        crash_point(CrashPoint::AfterSettle);
        self.wake.ring_news();
        Ok(effect)
    }
}
