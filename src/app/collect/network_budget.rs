//! Invariant I7, the part of the networks: whether one more attempt on an instrument may be made.
//! Attempts that are out count as if they were declined, so that many at once cannot go beyond.

use super::{CollectError, Looking};
use crate::domain::network::{Budget, Network, UpTo, Used};
use crate::domain::payment_method::PaymentMethod;
use crate::domain::recovery::Recovery;
use crate::store::StoreError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    Free,
    /// Attempts that are out may use up what is left: it is looked at again soon.
    Busy,
    Spent,
}

pub fn room(
    looking: &Looking<'_, '_>,
    recovery: &Recovery,
    method: &PaymentMethod,
) -> Result<Room, CollectError> {
    let budget = budget(looking, method)?;
    let up_to = match budget.exceeded_until {
        Some(_) => UpTo::Networks,
        None => UpTo::Ours,
    };
    if let Some(rule) = &budget.debt
        && let Some(history) =
            looking.read.decline_history(recovery.id, method.details.limit_key())?
        && rule.forbids(history, up_to, looking.now)
    {
        return Ok(Room::Spent);
    }
    let is_spent = |used: &Used| used.declines >= used.ceiling.max(up_to);
    if budget.windows.iter().any(is_spent) {
        return Ok(Room::Spent);
    }
    let may_be_spent =
        |used: &Used| used.declines.saturating_add(budget.open) >= used.ceiling.max(up_to);
    Ok(if budget.windows.iter().any(may_be_spent) { Room::Busy } else { Room::Free })
}

/// What is used of what is allowed.
pub fn budget(looking: &Looking<'_, '_>, method: &PaymentMethod) -> Result<Budget, StoreError> {
    let Looking { read, rules, now } = *looking;
    let key = method.details.limit_key();
    let network = Network::of(&method.details);
    let windows = rules.networks.windows(network).into_iter().map(|(within, ceiling)| {
        let declines = read.declines_on_instrument(key, now.minus(within))?;
        Ok(Used { within, declines, ceiling })
    });
    Ok(Budget {
        network,
        as_of: rules.networks.as_of,
        windows: windows.collect::<Result<_, StoreError>>()?,
        open: read.open_on_instrument(key)?,
        debt: rules.networks.of_debt(network).copied(),
        exceeded_until: read.network_allowance(method.organization_id, key, now)?,
    })
}
