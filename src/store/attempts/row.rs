//! A row of `attempts`, and the columns that a state is stored in.

use super::super::StoreError;
use super::super::recoveries::payable;
use super::super::row::Columns;
use crate::domain::attempt::{Action, Attempt, AttemptState, Instrument, Lookup, Origin};
use crate::domain::decline::{Decline, DeclineClass, RetryClass};
use crate::domain::policy::History;
use crate::domain::time::{Span, Timestamp};

/// A state as its columns.
#[derive(Default)]
pub struct StoredState<'a> {
    pub lease_until: Option<Timestamp>,
    pub lookup: Option<Lookup>,
    pub reason: Option<&'a String>,
    pub action: Option<&'a Action>,
    pub decline: Option<&'a Decline>,
    pub settled_at: Option<Timestamp>,
}

impl<'a> StoredState<'a> {
    pub fn of(state: &'a AttemptState) -> StoredState<'a> {
        let mut stored = StoredState { lookup: state.lookup(), ..StoredState::default() };
        match state {
            AttemptState::Charging { lease_until } => stored.lease_until = Some(*lease_until),
            AttemptState::Pending { .. } => {}
            AttemptState::NeedsAction { action, .. } => stored.action = Some(action),
            AttemptState::Unknown { reason, .. } | AttemptState::NotSent { reason } => {
                stored.reason = Some(reason);
            }
            AttemptState::Paid { at } | AttemptState::Cancelled { at } => {
                stored.settled_at = Some(*at);
            }
            AttemptState::Declined { decline, at } => {
                stored.decline = Some(decline);
                stored.settled_at = Some(*at);
            }
        }
        stored
    }
}

pub fn attempt(columns: &Columns<'_>) -> Result<Attempt, StoreError> {
    Ok(Attempt {
        id: columns.parsed("id")?,
        organization_id: columns.parsed("organization_id")?,
        recovery_id: columns.parsed("recovery_id")?,
        payable: payable(columns)?,
        customer_id: columns.parsed("customer_id")?,
        connection_id: columns.parsed("connection_id")?,
        number: columns.get("number")?,
        origin: columns.word("origin", Origin::parse)?,
        amount: columns.money("amount", "currency")?,
        instrument: instrument(columns)?,
        provider_customer_id: columns.get("provider_customer_id")?,
        session_id: columns.parsed_option("session_id")?,
        idempotency_key: columns.get("idempotency_key")?,
        sends: columns.get("sends")?,
        state: state(columns)?,
        charge_id: columns.get("charge_id")?,
        status: columns.get("status")?,
        begun_at: columns.time("begun_at")?,
        updated_at: columns.time("updated_at")?,
    })
}

fn instrument(columns: &Columns<'_>) -> Result<Option<Instrument>, StoreError> {
    let Some(provider_method_id) = columns.get("provider_method_id")? else {
        return Ok(None);
    };
    Ok(Some(Instrument {
        method_id: columns.parsed_option("payment_method_id")?,
        provider_method_id,
        kind: columns.get("method_kind")?,
        limit_key: columns.get("limit_key")?,
    }))
}

fn state(columns: &Columns<'_>) -> Result<AttemptState, StoreError> {
    let state: String = columns.get("state")?;
    Ok(match state.as_str() {
        "charging" => AttemptState::Charging { lease_until: columns.time("lease_until")? },
        "pending" => AttemptState::Pending { lookup: lookup(columns)? },
        "needs_action" => AttemptState::NeedsAction {
            action: Action { kind: columns.get("action_kind")?, url: columns.get("action_url")? },
            lookup: lookup(columns)?,
        },
        "unknown" => {
            AttemptState::Unknown { reason: columns.get("reason")?, lookup: lookup(columns)? }
        }
        "not_sent" => AttemptState::NotSent { reason: columns.get("reason")? },
        "paid" => AttemptState::Paid { at: columns.time("settled_at")? },
        "declined" => {
            AttemptState::Declined { decline: decline(columns)?, at: columns.time("settled_at")? }
        }
        "cancelled" => AttemptState::Cancelled { at: columns.time("settled_at")? },
        other => return Err(StoreError::corrupt("attempts", format!("`{other}` in state"))),
    })
}

fn lookup(columns: &Columns<'_>) -> Result<Lookup, StoreError> {
    let next_at = columns.time_option("next_lookup_at")?;
    Ok(Lookup { made: columns.get("lookups_made")?, next_at })
}

fn decline(columns: &Columns<'_>) -> Result<Decline, StoreError> {
    let retry_after_ms: Option<u32> = columns.get("decline_retry_after_ms")?;
    Ok(Decline {
        class: columns.word("decline_class", DeclineClass::parse)?,
        retry: columns.word("decline_retry", RetryClass::parse)?,
        code: columns.get("decline_code")?,
        network_code: columns.get("decline_network_code")?,
        advice_code: columns.get("decline_advice_code")?,
        retry_after: retry_after_ms.map(Span::ms),
        message: columns.get("decline_message")?,
    })
}

pub fn history(columns: &Columns<'_>) -> Result<Option<History>, StoreError> {
    let Some(first_declined_at) = columns.time_option("first_at")? else {
        return Ok(None);
    };
    Ok(Some(History {
        declines: columns.get("declines")?,
        limited_declines: columns.get("limited")?,
        short_declines: columns.get("short")?,
        declines_in_all: columns.get("declines")?,
        // Known of the debt, not of its attempts.
        steps_skipped: 0,
        first_declined_at,
    }))
}
