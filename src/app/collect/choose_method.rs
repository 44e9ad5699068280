//! Which instrument a debt is charged on, and whether it may be.

use super::backup_methods::usual_method;
use super::network_budget::{Room, room};
use super::{CollectError, Looking};
use crate::domain::attempt::Instrument;
use crate::domain::connection::Connection;
use crate::domain::customer::Customer;
use crate::domain::id::{ConnectionId, PaymentMethodId};
use crate::domain::payment::Payable;
use crate::domain::payment_method::{MethodChoice, MethodState, PaymentMethod};
use crate::domain::recovery::{IdleReason, Recovery};
use crate::store::Reader;

/// What an attempt is to be made with.
pub struct Chosen {
    pub connection: Connection,
    pub provider_customer_id: String,
    pub instrument: Instrument,
    pub country: Option<String>,
    /// The customer's backup method that the debt is at. None: it has moved to none.
    pub backup: Option<PaymentMethodId>,
}

/// Why there is nothing to charge.
pub struct Unchargeable {
    pub reason: IdleReason,
    /// For programs; webhooks carry it.
    pub code: &'static str,
    /// For people, where the code does not say it all.
    pub message: Option<&'static str>,
}

pub const NO_PROVIDER: &str = "customer_must_have_payment_provider";
pub const NO_METHOD: &str = "customer_has_no_payment_method";
pub const METHOD_SPENT: &str = "payment_method_declined_for_good";
pub const NETWORK_LIMIT: &str = "retry_blocked_by_network_limit";
/// Other attempts on the instrument are out, and may use up what is left.
pub const NETWORK_BUSY: &str = "retry_waits_for_network_limit";

pub fn choose(
    looking: &Looking<'_, '_>,
    recovery: &Recovery,
    payable: &Payable,
) -> Result<Result<Chosen, Unchargeable>, CollectError> {
    let read = looking.read;
    let customer = read
        .customer(recovery.organization_id, recovery.customer_id)?
        .ok_or(CollectError::Missing { what: "the customer of a debt" })?;
    let Some(connection) = connection_of(read, &customer)? else {
        return unchargeable(IdleReason::NoProvider, NO_PROVIDER);
    };
    let account = customer.link.as_ref().and_then(|link| link.account.as_ref());
    let Some(provider_customer_id) = account.and_then(|it| it.provider_customer_id.clone()) else {
        return unchargeable(IdleReason::NeedsMethod, NO_METHOD);
    };
    let choice = match recovery.requested_method {
        Some(id) => MethodChoice::Specific(id),
        None => payable.method_choice(),
    };
    let debt = (recovery, payable);
    let pick = match choice {
        MethodChoice::Manual => return unchargeable(IdleReason::Manual, NO_METHOD),
        MethodChoice::Specific(id) => {
            let named = read.payment_method(recovery.organization_id, id)?;
            judge(looking, debt, (named, connection.id))?.map(|it| (it, recovery.backup_method))
        }
        MethodChoice::Default => usual_method(looking, debt, connection.id)?,
    };
    let (method, backup) = match pick {
        Ok(picked) => picked,
        Err(code) => return unchargeable(IdleReason::NeedsMethod, code),
    };
    let instrument = Instrument {
        method_id: Some(method.id),
        limit_key: method.details.limit_key().to_owned(),
        provider_method_id: method.details.provider_method_id,
        kind: method.details.kind,
    };
    let country = customer.profile.address.country;
    Ok(Ok(Chosen { connection, provider_customer_id, instrument, country, backup }))
}

/// The method, if it may be charged for the debt through this connection; else why not.
pub fn judge(
    looking: &Looking<'_, '_>,
    debt: (&Recovery, &Payable),
    (method, connection): (Option<PaymentMethod>, ConnectionId),
) -> Result<Result<PaymentMethod, &'static str>, CollectError> {
    let usable = method.filter(|method| {
        method.state == MethodState::Active
            && method.customer_id == debt.0.customer_id
            && method.connection_id == connection
    });
    let Some(method) = usable else { return Ok(Err(NO_METHOD)) };
    Ok(match spent(looking, debt, &method)? {
        Some(code) => Err(code),
        None => Ok(method),
    })
}

fn unchargeable(
    reason: IdleReason,
    code: &'static str,
) -> Result<Result<Chosen, Unchargeable>, CollectError> {
    Ok(Err(Unchargeable { reason, code, message: None }))
}

pub fn connection_of(
    read: &Reader<'_>,
    customer: &Customer,
) -> Result<Option<Connection>, CollectError> {
    let id = customer.link.as_ref().and_then(|link| link.connection_id);
    match id {
        Some(id) => Ok(read.connection(customer.organization_id, id)?),
        None => Ok(None),
    }
}

/// Invariant I7: no attempt after a hard decline of the instrument, or above a network's limit.
fn spent(
    looking: &Looking<'_, '_>,
    (recovery, payable): (&Recovery, &Payable),
    method: &PaymentMethod,
) -> Result<Option<&'static str>, CollectError> {
    let read = looking.read;
    let key = method.details.limit_key();
    if method.stopped_at.is_some() {
        return Ok(Some(METHOD_SPENT));
    }
    for invoice in payable.invoices() {
        if read.is_hard_declined(invoice.id, key)? {
            return Ok(Some(METHOD_SPENT));
        }
    }
    Ok(match room(looking, recovery, method)? {
        Room::Free => None,
        Room::Busy => Some(NETWORK_BUSY),
        Room::Spent => Some(NETWORK_LIMIT),
    })
}
