//! Somebody has a payment given back, or a part of it. One transaction checks that no more goes
//! out than came in, and writes the refund down before the provider is asked.

use std::sync::Arc;

use super::settle::save_surplus;
use crate::app::App;
use crate::app::collect::CollectError;
use crate::domain::attempt::Attempt;
use crate::domain::audit_trail::{Act, Action};
use crate::domain::connection::Connection;
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::id::{AttemptId, OrganizationId, RefundId, SurplusId};
use crate::domain::idempotency::refund_key;
use crate::domain::money::Money;
use crate::domain::refund::{CannotRefund, Refund, RefundReason, RefundState, refundable};
use crate::domain::surplus::SurplusPayment;
use crate::domain::time::Timestamp;
use crate::store::{Signed, StoreError, Tx};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundOf {
    Payment(AttemptId),
    Surplus(SurplusId),
}

#[derive(Debug, Clone)]
pub struct RefundOrder {
    pub organization: OrganizationId,
    pub of: RefundOf,
    /// None: all that is left of it.
    pub amount: Option<i64>,
    pub reason: RefundReason,
    /// For the audit trail.
    pub note: Option<String>,
    /// Asking again with it is not asking twice.
    pub client_key: Option<String>,
}

#[derive(Debug, Clone, thiserror::Error)]
pub enum RefundError {
    #[error("there is no such payment")]
    PaymentNotFound,
    #[error("there is no such surplus payment")]
    SurplusNotFound,
    #[error(transparent)]
    Cannot(#[from] CannotRefund),
    #[error("the payment was taken back by the payer's bank: there is nothing to give back")]
    Disputed,
    #[error("an amount is at least 1")]
    NotPositive,
    #[error("{0} of the payment is a surplus: refund that by itself first, or keep it")]
    HasSurplus(Money),
    #[error("another refund was asked for with this key")]
    KeyReused,
    #[error("the provider cannot give money back: do it on its own pages")]
    Unable,
    #[error("in test mode only test credentials are used")]
    LiveInTestMode,
    #[error(transparent)]
    Collect(#[from] CollectError),
}

impl From<StoreError> for RefundError {
    fn from(error: StoreError) -> RefundError {
        RefundError::Collect(CollectError::from(error))
    }
}

/// What the transaction wrote down.
enum Begun {
    Now(Box<Refund>),
    /// It was asked for with the same key before.
    Before(Box<Refund>),
}

impl App {
    /// Answers the refund as far as it has come; a provider may take its time.
    pub fn refund(&self, order: RefundOrder) -> Result<Refund, RefundError> {
        let connection = self.connection_to_refund(&order)?;
        let able = self.psps.provider(&connection.provider).is_some_and(|it| it.abilities.refunds);
        if !able {
            return Err(RefundError::Unable);
        }
        if self.rules.test_mode && !self.is_of_test(&connection) {
            return Err(RefundError::LiveInTestMode);
        }
        let (rules, now) = (Arc::clone(&self.rules), self.clock.now());
        let signed = self.signed(order.organization, now);
        let lease_until = now.plus(rules.charge_lease);
        let begun = self.store.write(move |tx| begin(tx, &order, signed, lease_until))?;
        let refund = match begun {
            Begun::Before(refund) => return Ok(*refund),
            Begun::Now(refund) => refund,
        };
        self.wake.ring_news();
        Ok(self.send_refund(&refund, &connection)?)
    }

    fn connection_to_refund(&self, order: &RefundOrder) -> Result<Connection, RefundError> {
        self.store.read(|read| {
            let organization = order.organization;
            let payment = match order.of {
                RefundOf::Payment(id) => id,
                RefundOf::Surplus(id) => {
                    let found = read.surplus_payment(organization, id)?;
                    found.ok_or(RefundError::SurplusNotFound)?.payment_id
                }
            };
            let attempt = read
                .attempt_of_every_organization(payment)?
                .filter(|attempt| attempt.organization_id == organization)
                .ok_or(RefundError::PaymentNotFound)?;
            let connection = read.connection(organization, attempt.connection_id)?;
            Ok(connection.ok_or(CollectError::Missing { what: "the connection of a payment" })?)
        })
    }
}

fn begin(
    tx: &Tx<'_>,
    order: &RefundOrder,
    signed: Signed,
    lease_until: Timestamp,
) -> Result<Begun, RefundError> {
    let now = signed.at;
    let surplus = match order.of {
        RefundOf::Payment(_) => None,
        RefundOf::Surplus(id) => {
            let found = tx.surplus_payment(order.organization, id)?;
            Some(found.ok_or(RefundError::SurplusNotFound)?)
        }
    };
    let id = match (&surplus, order.of) {
        (Some(surplus), RefundOf::Payment(_) | RefundOf::Surplus(_)) => surplus.payment_id,
        (None, RefundOf::Payment(id)) => id,
        (None, RefundOf::Surplus(_)) => return Err(RefundError::SurplusNotFound),
    };
    let payment = tx
        .attempt_of_every_organization(id)?
        .filter(|attempt| attempt.organization_id == order.organization)
        .ok_or(RefundError::PaymentNotFound)?;
    if let Some(key) = &order.client_key
        && let Some(before) = tx.refund_by_client_key(order.organization, key)?
    {
        return same(before, order, &payment, surplus.as_ref());
    }
    let refunds = tx.refunds_of_payment(payment.id)?;
    let amount = amount(tx, order, (&payment, &refunds), surplus.as_ref())?;
    let charge_id = payment.charge_id.clone().ok_or(CannotRefund::NoCharge)?;
    let number = refunds.last().map_or(1, |last| last.number.saturating_add(1));
    let installation = tx
        .installation_identity()?
        .ok_or(CollectError::Missing { what: "the identity of the installation" })?;
    let refund = Refund {
        id: RefundId::at(now),
        organization_id: payment.organization_id,
        customer_id: payment.customer_id,
        payment_id: payment.id,
        connection_id: payment.connection_id,
        charge_id,
        surplus_id: surplus.as_ref().map(|it| it.id),
        number,
        amount,
        idempotency_key: refund_key(&installation, payment.id, number),
        client_key: order.client_key.clone(),
        reason: order.reason,
        state: RefundState::Sending { lease_until },
        sends: 1,
        maybe_processed: false,
        provider_refund_id: None,
        begun_at: now,
        updated_at: now,
    };
    tx.put_refund(&refund)?;
    save_surplus(tx, &refund, now)?;
    tx.append_event(&asked(&refund, &payment))?;
    tx.append_audit(signed, &act(&refund, order))?;
    Ok(Begun::Now(Box::new(refund)))
}

/// The refund that a key names already, if it is the one that is asked for.
fn same(
    before: Refund,
    order: &RefundOrder,
    payment: &Attempt,
    surplus: Option<&SurplusPayment>,
) -> Result<Begun, RefundError> {
    let fits = before.payment_id == payment.id
        && before.surplus_id == surplus.map(|it| it.id)
        && order.amount.is_none_or(|amount| amount == before.amount.minor_units);
    if fits { Ok(Begun::Before(Box::new(before))) } else { Err(RefundError::KeyReused) }
}

/// Never more than came in, in all (invariant I5).
fn amount(
    tx: &Tx<'_>,
    order: &RefundOrder,
    (payment, refunds): (&Attempt, &[Refund]),
    surplus: Option<&SurplusPayment>,
) -> Result<Money, RefundError> {
    if tx.is_disputed(payment.id)? {
        return Err(RefundError::Disputed);
    }
    let left = match surplus {
        Some(surplus) => {
            let of_payment = refundable(payment, refunds, 0)?;
            let left = surplus.left();
            Money { minor_units: left.minor_units.min(of_payment.minor_units), ..left }
        }
        None => {
            let surplus = tx.surplus_of_payment(payment.id)?;
            let set_apart: i64 = surplus.iter().map(|it| it.left().minor_units).sum();
            match refundable(payment, refunds, set_apart) {
                Err(CannotRefund::NothingLeft) if set_apart > 0 => {
                    let set_apart = Money { minor_units: set_apart, ..payment.amount };
                    return Err(RefundError::HasSurplus(set_apart));
                }
                left => left?,
            }
        }
    };
    match order.amount {
        _ if !left.is_positive() => Err(CannotRefund::NothingLeft.into()),
        None => Ok(left),
        Some(amount) if amount < 1 => Err(RefundError::NotPositive),
        Some(amount) if amount > left.minor_units => Err(CannotRefund::MoreThanLeft(left).into()),
        Some(amount) => Ok(Money { minor_units: amount, ..left }),
    }
}

fn asked(refund: &Refund, payment: &Attempt) -> Event {
    let subject = Subject {
        attempt_id: Some(payment.id),
        connection_id: Some(payment.connection_id),
        surplus_id: refund.surplus_id,
        refund_id: Some(refund.id),
        ..payment.payable.subject(payment.customer_id)
    };
    Event::new(EventKind::RefundRequested, refund.organization_id, subject, refund.begun_at)
        .with_message(format!("{} is given back", refund.amount))
}

fn act(refund: &Refund, order: &RefundOrder) -> Act {
    let act = Act::on(Action::RefundRequested, refund.id)
        .with("payment_id", refund.payment_id)
        .with("amount", refund.amount)
        .with("reason", refund.reason.as_str());
    let act = match refund.surplus_id {
        Some(surplus) => act.with("surplus_payment_id", surplus),
        None => act,
    };
    Act { reason: order.note.clone(), ..act }
}
