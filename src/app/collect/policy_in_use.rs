//! What a settling asks of the policy: which it is, the history of the debt on this instrument,
//! and where the payer is. Read only where something was declined.

use std::borrow::Cow;

use chrono_tz::Tz;

use super::backup_methods::next_method;
use super::{CollectError, Within};
use crate::domain::attempt::{Attempt, ChargeAnswer, Outcome};
use crate::domain::backup_method::NextMethod;
use crate::domain::decline::{Decline, DeclineClass};
use crate::domain::payment::Payable;
use crate::domain::policy::{History, Policy};
use crate::domain::recovery::Recovery;

pub struct InUse<'a> {
    pub policy: Cow<'a, Policy>,
    pub history_before: Option<History>,
    pub declines_elsewhere: u32,
    /// What else of the customer may be charged.
    pub next_method: Option<NextMethod>,
    pub zone: Tz,
}

pub fn policy_in_use<'a>(
    within: &Within<'a, '_>,
    debt: (&Recovery, &Payable),
    attempt: &Attempt,
    answer: &ChargeAnswer,
) -> Result<InUse<'a>, CollectError> {
    let Within { tx, rules, .. } = *within;
    let recovery = debt.0;
    let built_in = Cow::Borrowed(&rules.policy);
    if !matches!(answer.outcome, Outcome::Declined(_)) {
        return Ok(InUse {
            policy: built_in,
            history_before: None,
            declines_elsewhere: 0,
            next_method: None,
            zone: Tz::UTC,
        });
    }
    let policy = policy_of(within, recovery)?;
    let history_before = match &attempt.instrument {
        Some(instrument) => tx.decline_history(recovery.id, &instrument.limit_key)?,
        None => None,
    };
    let here = history_before.map_or(0, |history| history.declines);
    Ok(InUse {
        policy,
        history_before,
        declines_elsewhere: tx.declines_of(recovery.id)?.saturating_sub(here),
        next_method: next_method(&within.looking(), debt, attempt)?,
        zone: tx.zone_of_customer(recovery.customer_id)?,
    })
}

/// The policy that a debt goes by.
pub fn policy_of<'a>(
    within: &Within<'a, '_>,
    recovery: &Recovery,
) -> Result<Cow<'a, Policy>, CollectError> {
    let Some(id) = recovery.policy_version else { return Ok(Cow::Borrowed(&within.rules.policy)) };
    let version = within.tx.policy_version_of_every_organization(id)?;
    let missing = CollectError::Missing { what: "the policy of a recovery" };
    Ok(Cow::Owned(version.ok_or(missing)?.policy))
}

/// The answer as the operator understands it: a code that no plugin knows may be mapped in the
/// settings.
pub fn understood<'a>(
    within: &Within<'_, '_>,
    attempt: &Attempt,
    answer: &'a ChargeAnswer,
) -> Result<Cow<'a, ChargeAnswer>, CollectError> {
    let Some((decline, provider)) = unmapped(within, attempt, answer)? else {
        return Ok(Cow::Borrowed(answer));
    };
    Ok(match within.rules.declines.read(decline, &provider) {
        Some(mapped) => {
            Cow::Owned(ChargeAnswer { outcome: Outcome::Declined(mapped), ..answer.clone() })
        }
        None => Cow::Borrowed(answer),
    })
}

/// The code is counted, so that an operator sees what is worth a line in the settings.
pub fn count_unmapped(
    within: &Within<'_, '_>,
    attempt: &Attempt,
    answer: &ChargeAnswer,
) -> Result<(), CollectError> {
    let Some((decline, provider)) = unmapped(within, attempt, answer)? else { return Ok(()) };
    let whose = (attempt.organization_id, provider.as_str());
    Ok(within.tx.count_unmapped_decline(whose, decline, attempt.amount, within.now)?)
}

fn unmapped<'a>(
    within: &Within<'_, '_>,
    attempt: &Attempt,
    answer: &'a ChargeAnswer,
) -> Result<Option<(&'a Decline, String)>, CollectError> {
    let Outcome::Declined(decline) = &answer.outcome else { return Ok(None) };
    if decline.class != DeclineClass::Unclassified {
        return Ok(None);
    }
    let provider = within.tx.provider_of_connection(attempt.connection_id)?;
    Ok(provider.map(|provider| (decline, provider)))
}
