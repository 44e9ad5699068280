//! The record of a decision as JSON text beside its attempt.

use serde::{Deserialize, Serialize};

use crate::domain::backup_method::NextMethod;
use crate::domain::decline::{DeclineClass, RetryClass};
use crate::domain::policy::{
    Decision, DecisionRecord, History, Move, Mover, OnExhausted, PolicyName, Rule, Slot,
};
use crate::domain::time::{Span, Timestamp};
use crate::store::StoreError;

#[derive(Serialize, Deserialize)]
struct Record {
    policy: String,
    version: u32,
    rule: String,
    class: String,
    retry: String,
    code: String,
    retry_after_ms: Option<u32>,
    declines: u32,
    limited_declines: u32,
    short_declines: u32,
    declines_in_all: u32,
    #[serde(default)]
    steps_skipped: u32,
    first_declined_at: i64,
    zone: String,
    slot: Option<StoredSlot>,
    /// What moved it, and to when.
    moves: Vec<(String, i64)>,
    decision: String,
    /// Absent where it stays with the method that was declined.
    #[serde(default)]
    backup: Option<StoredBackup>,
    at: Option<i64>,
    on_exhausted: String,
    decided_at: i64,
}

#[derive(Serialize, Deserialize)]
struct StoredSlot {
    ladder: String,
    position: u32,
    steps: u32,
    step: String,
    at: i64,
}

#[derive(Serialize, Deserialize)]
struct StoredBackup {
    id: String,
    label: String,
    position: u32,
    of: u32,
}

pub fn write(record: &DecisionRecord) -> String {
    let history = record.history;
    let (decision, at) = named(record.decision);
    let stored = Record {
        policy: record.policy.code.clone(),
        version: record.policy.version,
        rule: record.rule.as_str().to_owned(),
        class: record.class.as_str().to_owned(),
        retry: record.retry.as_str().to_owned(),
        code: record.code.clone(),
        retry_after_ms: record.retry_after.and_then(|span| u32::try_from(span.as_ms()).ok()),
        declines: history.declines,
        limited_declines: history.limited_declines,
        short_declines: history.short_declines,
        declines_in_all: history.declines_in_all,
        steps_skipped: history.steps_skipped,
        first_declined_at: history.first_declined_at.unix_ms(),
        zone: record.zone.name().to_owned(),
        slot: record.slot.as_ref().map(|slot| StoredSlot {
            ladder: slot.ladder.clone(),
            position: slot.position,
            steps: slot.steps,
            step: slot.step.to_string(),
            at: slot.at.unix_ms(),
        }),
        moves: record
            .moves
            .iter()
            .map(|one| (one.by.as_str().to_owned(), one.to.unix_ms()))
            .collect(),
        decision: decision.to_owned(),
        backup: record.backup.as_ref().map(|next| StoredBackup {
            id: next.id.to_string(),
            label: next.label.clone(),
            position: next.position,
            of: next.of,
        }),
        at: at.map(Timestamp::unix_ms),
        on_exhausted: record.on_exhausted.as_str().to_owned(),
        decided_at: record.decided_at.unix_ms(),
    };
    serde_json::to_string(&stored).expect("text and whole numbers")
}

const fn named(decision: Decision) -> (&'static str, Option<Timestamp>) {
    match decision {
        Decision::TryAt(at) => ("try_at", Some(at)),
        Decision::AskForMethod => ("ask_for_method", None),
        Decision::AskPayer => ("ask_payer", None),
        Decision::PauseConnection => ("pause_connection", None),
        Decision::Hold => ("hold", None),
        Decision::GiveUp => ("give_up", None),
    }
}

pub fn read(text: &str) -> Result<DecisionRecord, StoreError> {
    let corrupt = || StoreError::corrupt("attempts", "a decision that is none".to_owned());
    let stored: Record = serde_json::from_str(text).map_err(|_| corrupt())?;
    record(stored).ok_or_else(corrupt)
}

fn record(stored: Record) -> Option<DecisionRecord> {
    let decision = match (stored.decision.as_str(), stored.at) {
        ("try_at", Some(at)) => Decision::TryAt(Timestamp::from_unix_ms(at)),
        ("ask_for_method", _) => Decision::AskForMethod,
        ("ask_payer", _) => Decision::AskPayer,
        ("pause_connection", _) => Decision::PauseConnection,
        ("hold", _) => Decision::Hold,
        ("give_up", _) => Decision::GiveUp,
        _ => return None,
    };
    let slot = match stored.slot {
        Some(slot) => Some(Slot {
            ladder: slot.ladder,
            position: slot.position,
            steps: slot.steps,
            step: slot.step.parse().ok()?,
            at: Timestamp::from_unix_ms(slot.at),
        }),
        None => None,
    };
    let backup = match stored.backup {
        Some(next) => {
            let StoredBackup { id, label, position, of } = next;
            Some(NextMethod { id: id.parse().ok()?, label, position, of })
        }
        None => None,
    };
    let moved = |(by, to): (String, i64)| {
        Some(Move { by: Mover::parse(&by)?, to: Timestamp::from_unix_ms(to) })
    };
    Some(DecisionRecord {
        policy: PolicyName { code: stored.policy, version: stored.version },
        rule: Rule::parse(&stored.rule)?,
        class: DeclineClass::parse(&stored.class)?,
        retry: RetryClass::parse(&stored.retry)?,
        code: stored.code,
        retry_after: stored.retry_after_ms.map(Span::ms),
        history: History {
            declines: stored.declines,
            limited_declines: stored.limited_declines,
            short_declines: stored.short_declines,
            declines_in_all: stored.declines_in_all,
            steps_skipped: stored.steps_skipped,
            first_declined_at: Timestamp::from_unix_ms(stored.first_declined_at),
        },
        zone: stored.zone.parse().ok()?,
        slot,
        moves: stored.moves.into_iter().map(moved).collect::<Option<_>>()?,
        decision,
        backup,
        on_exhausted: OnExhausted::parse(&stored.on_exhausted)?,
        decided_at: Timestamp::from_unix_ms(stored.decided_at),
    })
}
