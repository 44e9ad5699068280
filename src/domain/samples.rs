//! A debt and an attempt as tests begin with them. Tests only.

use super::attempt::{Attempt, AttemptState, Origin};
use super::currency::Currency;
use super::id::{AttemptId, ConnectionId, CustomerId, InvoiceId, OrganizationId};
use super::money::Money;
use super::payment::PayableId;
use super::recovery::{First, NewDebt, Recovery};
use super::time::Timestamp;

pub fn at(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(ms)
}

/// Of one invoice, made at the beginning of time.
pub fn recovery(first: First) -> Recovery {
    let debt = NewDebt {
        organization_id: OrganizationId::at(at(0)),
        payable: PayableId::Invoice(InvoiceId::at(at(0))),
        customer_id: CustomerId::at(at(0)),
        connection_id: None,
        first,
        policy_version: None,
    };
    Recovery::open(debt, at(0))
}

/// Its first attempt, sent once.
pub fn attempt(recovery: &Recovery, state: AttemptState) -> Attempt {
    Attempt {
        id: AttemptId::at(at(0)),
        organization_id: recovery.organization_id,
        recovery_id: recovery.id,
        payable: recovery.payable,
        customer_id: recovery.customer_id,
        connection_id: ConnectionId::at(at(0)),
        number: 1,
        origin: Origin::Schedule,
        amount: Money::new(100, Currency::EUR),
        instrument: None,
        provider_customer_id: None,
        session_id: None,
        idempotency_key: "key-1".to_owned(),
        sends: 1,
        state,
        charge_id: None,
        status: String::new(),
        begun_at: at(0),
        updated_at: at(0),
    }
}
