//! Money given back.

use super::behaviour::{REFUND_FAILING_AMOUNT, REFUND_PENDING_AMOUNT};
use super::book::{Book, Charge, Entry, Refund, RefundAsked, RefundState, State};
use super::events::{self, Event, Happening};
use super::problem::Problem;
use super::{Sandbox, id, views};

const PENDING_FOR_MS: i64 = 60_000;

/// What came of asking for a refund.
pub enum Refunded {
    Before(Refund),
    Now(Refund),
}

impl Sandbox {
    /// Refunds once per key, at most what is left.
    pub fn refund(&self, idempotency_key: String, asked: RefundAsked) -> Result<Refunded, Problem> {
        let mut book = self.book();
        let of_key = |refund: &&Refund| refund.idempotency_key == idempotency_key;
        if let Some(first) = book.refunds().iter().find(of_key) {
            return if first.asked == asked {
                Ok(Refunded::Before(first.clone()))
            } else {
                Err(Problem::KeyReused)
            };
        }
        let charge = book.charge(&asked.charge)?.clone();
        let left = charge.asked.amount - charge.refunded;
        let amount = asked.amount.unwrap_or(left);
        if charge.state != State::Succeeded || charge.disputed.is_some() {
            return Err(Problem::Conflict {
                code: "charge_not_refundable",
                message: "only a charge that succeeded and is not disputed can be refunded"
                    .to_owned(),
            });
        }
        if !(1..=left).contains(&amount) {
            let message = format!("must be 1 to {left}, what is left of the charge");
            return Err(Problem::invalid("amount", message));
        }
        let now_ms = self.now_ms();
        let state = match amount {
            REFUND_PENDING_AMOUNT => {
                RefundState::Pending { settles_at_ms: now_ms + PENDING_FOR_MS }
            }
            REFUND_FAILING_AMOUNT => RefundState::Failed,
            _ => RefundState::Succeeded,
        };
        if state != RefundState::Failed {
            let refunded = charge.refunded + amount;
            book.record(Entry::Charge(Charge { refunded, ..charge.clone() }))?;
        }
        let refund = Refund {
            id: id("re"),
            asked,
            idempotency_key,
            amount,
            currency: charge.asked.currency,
            state,
            created_at_ms: now_ms,
        };
        book.record(Entry::Refund(refund.clone()))?;
        announce(&mut book, &refund, now_ms);
        drop(book);
        self.ring();
        Ok(Refunded::Now(refund))
    }

    pub(super) fn settle_refund(&self, refund_id: &str, at_ms: i64) -> Result<(), Problem> {
        let mut book = self.book();
        let refund = book.refund(refund_id)?.clone();
        if let RefundState::Pending { .. } = refund.state {
            let refund = Refund { state: RefundState::Succeeded, ..refund };
            book.record(Entry::Refund(refund.clone()))?;
            announce(&mut book, &refund, at_ms);
        }
        Ok(())
    }
}

fn announce(book: &mut Book, refund: &Refund, at_ms: i64) {
    events::emit(book, at_ms, 1, || {
        let kind = match refund.state {
            RefundState::Pending { .. } => "refund.pending",
            RefundState::Succeeded => "refund.succeeded",
            RefundState::Failed => "refund.failed",
        };
        Event::new(&Happening { kind, subject: &refund.id, at_ms }, views::refund(refund))
    });
}
