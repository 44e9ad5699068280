//! A payment method has come: it is kept, may become the default, and debts that waited for one
//! are tried again at once.

use super::collect::CollectError;
use crate::domain::id::{ConnectionId, CustomerId, OrganizationId, PaymentMethodId};
use crate::domain::payment_method::{MethodChoice, MethodDetails, MethodState, PaymentMethod};
use crate::domain::recovery::{IdleReason, State, WaitReason};
use crate::domain::time::{Span, Timestamp};
use crate::store::Tx;

/// So many waiting debts of one customer are woken by one method.
const WOKEN_MAX: u32 = 10_000;

/// So long whoever brought another method has to ask for a charge themselves, before the retry
/// that was planned is made on it.
const NEW_METHOD_WAIT: Span = Span::minutes(1);

/// A method as a provider told of it.
#[derive(Debug, Clone)]
pub struct Arrival {
    pub organization_id: OrganizationId,
    pub customer_id: CustomerId,
    pub connection_id: ConnectionId,
    pub details: MethodDetails,
    pub becomes_default: BecomesDefault,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BecomesDefault {
    Always,
    IfThereIsNone,
}

pub fn method_arrived(
    tx: &Tx<'_>,
    arrival: &Arrival,
    now: Timestamp,
) -> Result<PaymentMethodId, CollectError> {
    let id = &arrival.details.provider_method_id;
    let known = tx.method_by_instrument(arrival.customer_id, arrival.connection_id, id)?;
    let is_news = known.as_ref().is_none_or(|known| known.details != arrival.details);
    let method = match known {
        // An update of the same instrument: consent that was withdrawn stays so.
        Some(known) => PaymentMethod { details: arrival.details.clone(), ..known },
        None => PaymentMethod {
            id: PaymentMethodId::at(now),
            organization_id: arrival.organization_id,
            customer_id: arrival.customer_id,
            connection_id: arrival.connection_id,
            details: arrival.details.clone(),
            is_default: false,
            state: MethodState::Active,
            stopped_at: None,
            created_at: now,
        },
    };
    tx.put_payment_method(&method)?;
    let default = tx.default_method(arrival.customer_id)?;
    let becomes_default = match arrival.becomes_default {
        BecomesDefault::Always => true,
        BecomesDefault::IfThereIsNone => default.is_none(),
    };
    if becomes_default && method.state == MethodState::Active {
        tx.make_default(arrival.customer_id, method.id)?;
        tx.begin_with_default(arrival.customer_id)?;
        wake_resting(tx, arrival.customer_id, now)?;
    }
    // Also a card that its bank has renewed behind the same reference.
    if is_news && method.state == MethodState::Active && (becomes_default || method.is_default) {
        tx.begin_with_default(arrival.customer_id)?;
        wake_resting(tx, arrival.customer_id, now)?;
        wake_planned(tx, arrival.customer_id, now)?;
    }
    Ok(method.id)
}

/// Retries that are planned on the customer's default method come soon: it is another one now.
/// If that one is declined, its ladder goes on.
pub(super) fn wake_planned(
    tx: &Tx<'_>,
    customer: CustomerId,
    now: Timestamp,
) -> Result<(), CollectError> {
    for recovery in tx.recoveries_planned(customer, WOKEN_MAX)? {
        let State::Waiting { reason: WaitReason::Retry, .. } = recovery.state else { continue };
        let payable = tx.payable(recovery.organization_id, recovery.payable)?;
        let takes_default = recovery.requested_method.is_none()
            && payable.is_some_and(|payable| payable.method_choice() == MethodChoice::Default);
        if takes_default && let Ok(woken) = recovery.bring_forward(now.plus(NEW_METHOD_WAIT), now) {
            tx.save_recovery(&woken)?;
        }
    }
    Ok(())
}

/// Debts that waited for a method are tried at once on the new one.
pub(super) fn wake_resting(
    tx: &Tx<'_>,
    customer: CustomerId,
    now: Timestamp,
) -> Result<(), CollectError> {
    for recovery in tx.recoveries_resting(customer, WOKEN_MAX)? {
        let State::Idle { reason } = recovery.state else { continue };
        let waited_for_method = match reason {
            IdleReason::NeedsMethod
            | IdleReason::NeedsPayer
            | IdleReason::Exhausted
            | IdleReason::NoProvider => true,
            IdleReason::Manual
            | IdleReason::Held
            | IdleReason::Uncollectible
            | IdleReason::Stopped => false,
        };
        if waited_for_method && let Ok(woken) = recovery.resume(now) {
            tx.save_recovery(&woken)?;
        }
    }
    Ok(())
}
