//! The call of a refund, the first time and again: under the same key, while the provider surely
//! remembers it. No transaction is open meanwhile.

use std::sync::Arc;

use super::settle::{Told, give_up_waiting, settle_refund};
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
    /// From now on a person has to look at them.
    pub without_news: u64,
}

impl App {
    /// Sends what is due again.
    pub fn send_refunds(&self) -> Result<RefundsSent, CollectError> {
        let now = self.clock.now();
        self.abandon_refunds(now)?;
        let mut run = RefundsSent::default();
        for id in self.store.read(|read| read.refunds_to_send(now, PAGE))? {
            match self.send_refund_again(id) {
                Ok(_) => run.sent += 1,
                Err(error) => {
                    run.failed += 1;
                    tracing::error!(refund = ?id, %error, "a refund could not be sent again");
                }
            }
        }
        run.without_news = self.give_up_waiting(now)?;
        Ok(run)
    }

    /// Those of which the provider should long have told the end.
    fn give_up_waiting(&self, now: Timestamp) -> Result<u64, CollectError> {
        let mut many = 0;
        for id in self.store.read(|read| read.refunds_without_news(now, PAGE))? {
            let is_given_up = self.store.write(move |tx| give_up_waiting(tx, id, now))?;
            many += u64::from(is_given_up);
        }
        if many > 0 {
            self.wake.ring_news();
        }
        Ok(many)
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

    /// None: it is resolved, being sent, or no longer safe to send.
    pub(super) fn send_refund_again(&self, id: RefundId) -> Result<Option<Refund>, CollectError> {
        let found = self.store.read(|read| -> Result<_, CollectError> {
            let Some(refund) = read.refund_of_every_organization(id)? else { return Ok(None) };
            let connection = read.connection(refund.organization_id, refund.connection_id)?;
            Ok(connection)
        })?;
        let Some(connection) = found else { return Ok(None) };
        let (rules, now) = (Arc::clone(&self.rules), self.clock.now());
        let contract = self.contract(&connection);
        let begun = self.store.write(move |tx| -> Result<_, CollectError> {
            let Some(refund) = tx.refund_of_every_organization(id)? else { return Ok(None) };
            let sending = refund.send(contract, now.plus(rules.charge_lease), now);
            if let Some(sending) = &sending {
                tx.put_refund(sending)?;
            }
            Ok(sending)
        })?;
        begun.map(|refund| self.send_refund(&refund, &connection)).transpose()
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
