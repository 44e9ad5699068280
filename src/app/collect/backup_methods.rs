//! Which of a customer's methods a debt is charged on that names none: the default one, or the
//! backup that it has moved to. One that is spent is passed over for the next.

use super::choose_method::{NETWORK_BUSY, NO_METHOD, judge};
use super::{CollectError, Looking};
use crate::domain::attempt::{Attempt, Origin};
use crate::domain::backup_method::{BackupMethod, NextMethod};
use crate::domain::id::{ConnectionId, PaymentMethodId};
use crate::domain::payment::Payable;
use crate::domain::payment_method::{MethodChoice, PaymentMethod};
use crate::domain::recovery::Recovery;
use crate::store::Reader;

/// A method that may be charged, and which backup it is; or why there is none.
pub type Pick = Result<(PaymentMethod, Option<PaymentMethodId>), &'static str>;

/// The customer's default method while the debt has not moved on, then the backups in their order.
pub fn usual_method(
    looking: &Looking<'_, '_>,
    (recovery, payable): (&Recovery, &Payable),
    connection: ConnectionId,
) -> Result<Pick, CollectError> {
    let read = looking.read;
    let mut why = NO_METHOD;
    if recovery.backup_method.is_none() {
        let default = read.default_method(recovery.customer_id)?;
        match judge(looking, (recovery, payable), (default, connection))? {
            Ok(method) => return Ok(Ok((method, None))),
            // Attempts that are out may still be paid: it waits for them.
            Err(NETWORK_BUSY) => return Ok(Err(NETWORK_BUSY)),
            Err(code) => why = code,
        }
    }
    let backups = read.backup_methods(recovery.customer_id)?;
    for (_, backup) in from_here(&backups, recovery) {
        let method = read.payment_method(recovery.organization_id, backup.method)?;
        let Some(method) = method else { continue };
        let is_here = recovery.backup_method == Some(method.id);
        if !is_here && was_declined(read, recovery, &method)? {
            continue;
        }
        match judge(looking, (recovery, payable), (Some(method), connection))? {
            Ok(method) => {
                let id = method.id;
                return Ok(Ok((method, Some(id))));
            }
            Err(NETWORK_BUSY) => return Ok(Err(NETWORK_BUSY)),
            Err(code) if is_here => why = code,
            Err(_) => {}
        }
    }
    Ok(Err(why))
}

/// What else may be charged for a debt that was declined on this attempt. None: the debt names
/// what it is charged on, or no consent to another method is left.
pub fn next_method(
    looking: &Looking<'_, '_>,
    (recovery, payable): (&Recovery, &Payable),
    declined: &Attempt,
) -> Result<Option<NextMethod>, CollectError> {
    let is_usual = recovery.requested_method.is_none()
        && declined.origin != Origin::Link
        && payable.method_choice() == MethodChoice::Default;
    let (true, Payable::Invoice(_)) = (is_usual, payable) else { return Ok(None) };
    let read = looking.read;
    let backups = read.backup_methods(recovery.customer_id)?;
    let key = declined.instrument.as_ref().map(|instrument| instrument.limit_key.as_str());
    for (position, backup) in from_here(&backups, recovery) {
        let method = read.payment_method(recovery.organization_id, backup.method)?;
        let Some(method) = method else { continue };
        // The same card may be stored twice.
        if key == Some(method.details.limit_key()) || was_declined(read, recovery, &method)? {
            continue;
        }
        let label = method.label();
        let whose = (Some(method), declined.connection_id);
        match judge(looking, (recovery, payable), whose)? {
            Ok(_) | Err(NETWORK_BUSY) => {
                let of = u32::try_from(backups.len()).unwrap_or(u32::MAX);
                return Ok(Some(NextMethod { id: backup.method, label, position, of }));
            }
            Err(_) => {}
        }
    }
    Ok(None)
}

/// The list from the one that the debt has moved to, each with its place from 1.
fn from_here<'l>(
    backups: &'l [BackupMethod],
    recovery: &Recovery,
) -> impl Iterator<Item = (u32, &'l BackupMethod)> + use<'l> {
    let here = recovery.backup_method;
    let begin = backups.iter().position(|backup| Some(backup.method) == here).unwrap_or(0);
    (1..).zip(backups).skip(begin)
}

/// A debt moves on, never back: what has had its turn is not begun again.
fn was_declined(
    read: &Reader<'_>,
    recovery: &Recovery,
    method: &PaymentMethod,
) -> Result<bool, CollectError> {
    Ok(read.decline_history(recovery.id, method.details.limit_key())?.is_some())
}
