//! The call of a refund, the first time and again: under the same key, while the provider surely
//! remembers it. No transaction is open meanwhile.

use std::sync::Arc;

use super::settle::{Told, give_up_waiting, hand_to_a_person, settle_refund};
use crate::app::App;
use crate::app::collect::CollectError;
use crate::app::crash_point::{CrashPoint, crash_point};
use crate::app::ports::RefundRequest;
use crate::domain::connection::{Connection, Idempotency};
use crate::domain::id::RefundId;
use crate::domain::refund::{Refund, RefundAnswer, RefundOutcome};
use crate::domain::time::{Span, Timestamp};

/// How many are sent in one go.
const PAGE: u32 = 256;

/// A provider whose plugin is gone remembers nothing as far as we know.
const NO_CONTRACT: Idempotency =
    Idempotency { key_lifetime: Span::ZERO, replays_declines: false, finds_by_reference: false };

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RefundsSent {
    pub sent: u64,
    pub failed: u64,
    /// Their keys became too old, or nothing was told of them for too long.
    pub handed_over: u64,
}

/// What became of a refund that was to be sent again.
pub(super) enum SentAgain {
    Sent(Refund),
    /// Its key is too old: from now on a person has to look at it.
    HandedOver,
    /// It is resolved, being sent, or too old and with a person already.
    No,
}

impl RefundsSent {
    fn fail(&mut self, id: RefundId, error: &CollectError) {
        self.failed += 1;
        tracing::error!(refund = ?id, %error, "a refund that is due could not be dealt with");
    }
}

impl App {
    /// Sends what is due again, and hands over what nothing more can be found out of.
    pub fn send_refunds(&self) -> Result<RefundsSent, CollectError> {
        let now = self.clock.now();
        self.abandon_refunds(now)?;
        let mut run = RefundsSent::default();
        for id in self.store.read(|read| read.refunds_to_send(now, PAGE))? {
            match self.send_refund_again(id) {
                Ok(SentAgain::Sent(_)) => run.sent += 1,
                Ok(SentAgain::HandedOver) => run.handed_over += 1,
                Ok(SentAgain::No) => {}
                Err(error) => run.fail(id, &error),
            }
        }
        for id in self.store.read(|read| read.refunds_without_news(now, PAGE))? {
            match self.store.write(move |tx| give_up_waiting(tx, id, now)) {
                Ok(is_given_up) => run.handed_over += u64::from(is_given_up),
                Err(error) => run.fail(id, &error),
            }
        }
        if run.handed_over > 0 {
            self.wake.ring_news();
        }
        Ok(run)
    }

    /// Nobody is sending any more what was being sent until then.
    pub(in crate::app) fn abandon_refunds(&self, until: Timestamp) -> Result<u64, CollectError> {
        let left = self.store.read(|read| read.abandoned_refunds(until, 100_000))?;
        let count = left.len() as u64;
        for id in left {
            let reason = "recoup stopped while it was giving money back".to_owned();
            let outcome = RefundOutcome::Unknown(reason);
            self.settle_told(id, RefundAnswer { provider_refund_id: None, outcome })?;
        }
        Ok(count)
    }

    /// Under the same key.
    pub(super) fn send_refund_again(&self, id: RefundId) -> Result<SentAgain, CollectError> {
        let connection = self.store.read(|read| -> Result<_, CollectError> {
            let refund = read
                .refund_of_every_organization(id)?
                .ok_or(CollectError::Missing { what: "a refund" })?;
            read.connection(refund.organization_id, refund.connection_id)?
                .ok_or(CollectError::Missing { what: "the connection of a refund" })
        })?;
        let (rules, now) = (Arc::clone(&self.rules), self.clock.now());
        let contract = self.contract(&connection);
        let begun = self.store.write(move |tx| -> Result<_, CollectError> {
            let Some(refund) = tx.refund_of_every_organization(id)? else {
                return Ok(SentAgain::No);
            };
            if let Some(late) = refund.clone().key_too_old(contract, now) {
                hand_to_a_person(tx, &late, now)?;
                return Ok(SentAgain::HandedOver);
            }
            let Some(sending) = refund.send(contract, now.plus(rules.charge_lease), now) else {
                return Ok(SentAgain::No);
            };
            tx.put_refund(&sending)?;
            Ok(SentAgain::Sent(sending))
        })?;
        match begun {
            SentAgain::Sent(sending) => {
                Ok(SentAgain::Sent(self.send_refund(&sending, &connection)?))
            }
            SentAgain::HandedOver | SentAgain::No => Ok(begun),
        }
    }

    /// The only way to a refund.
    pub(super) fn send_refund(
        &self,
        refund: &Refund,
        connection: &Connection,
    ) -> Result<Refund, CollectError> {
        crash_point(CrashPoint::AfterRefundIntent);
        let answer = self.psps.refund(connection, &request(refund));
        crash_point(CrashPoint::AfterRefundCall);
        self.settle_told(refund.id, answer)
    }

    /// Saves what was learnt of it, from wherever.
    pub(in crate::app) fn settle_told(
        &self,
        id: RefundId,
        answer: RefundAnswer,
    ) -> Result<Refund, CollectError> {
        let found = self.store.read(|read| -> Result<_, CollectError> {
            let refund = read
                .refund_of_every_organization(id)?
                .ok_or(CollectError::Missing { what: "a refund" })?;
            Ok(read.connection(refund.organization_id, refund.connection_id)?)
        })?;
        let contract = found.map_or(NO_CONTRACT, |connection| self.contract(&connection));
        let told = Told { id, answer, contract, now: self.clock.now() };
        let refund = self.store.write(move |tx| settle_refund(tx, &told))?;
        self.wake.ring_news();
        Ok(refund)
    }

    pub(super) fn contract(&self, connection: &Connection) -> Idempotency {
        let provider = self.psps.provider(&connection.provider);
        provider.map_or(NO_CONTRACT, |provider| provider.idempotency)
    }
}

fn request(refund: &Refund) -> RefundRequest {
    RefundRequest {
        idempotency_key: refund.idempotency_key.clone(),
        reference: refund.id.to_string(),
        charge_id: refund.charge_id.clone(),
        amount: refund.amount,
        reason: refund.reason,
    }
}
