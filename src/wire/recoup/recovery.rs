//! Recoveries, what was decided in them and why, and codes that nobody knows: as our API and our
//! own webhooks say it.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::policy::shapes::{NameShape, name};
use crate::domain::attempt::{Attempt, AttemptState};
use crate::domain::event::{Event, EventKind};
use crate::domain::policy::{Decision, DecisionRecord, Move};
use crate::domain::recovery::{Recovery, State};
use crate::domain::view::{RecoveryView, UnmappedDecline};
use crate::wire::lago::format::{date_time, shape};

/// The collecting of one debt.
#[derive(Serialize, ToSchema)]
#[schema(as = Recovery)]
pub struct RecoveryShape {
    #[schema(format = Uuid)]
    pub id: String,
    /// `waiting`, `charging`, `idle`, `recovered` or `cancelled`.
    #[schema(example = "waiting")]
    pub state: &'static str,
    /// Why it waits or rests, or how it ended well.
    #[schema(example = "retry")]
    pub reason: Option<&'static str>,
    pub paused: bool,
    /// `invoice` or `payment_request`.
    #[schema(example = "invoice")]
    pub debt_type: &'static str,
    #[schema(format = Uuid)]
    pub debt_id: String,
    pub external_customer_id: String,
    pub amount_cents: i64,
    #[schema(example = "EUR")]
    pub currency: &'static str,
    pub attempts_made: u32,
    /// The backup method that it has moved to. Null: it is charged on the default, or as asked.
    #[schema(format = Uuid)]
    pub backup_method_id: Option<String>,
    #[schema(format = DateTime)]
    pub next_attempt_at: Option<String>,
    pub policy: NameShape,
    /// What comes next and why, or why nothing does.
    pub sentence: String,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

#[derive(Serialize, ToSchema)]
pub struct RecoveryAnswer {
    pub recovery: RecoveryWithAttempts,
}

/// The same with its attempts, newest last.
#[derive(Serialize, ToSchema)]
pub struct RecoveryWithAttempts {
    #[serde(flatten)]
    pub recovery: RecoveryShape,
    pub attempts: Vec<AttemptShape>,
}

#[derive(Serialize, ToSchema)]
pub struct RecoveryList {
    pub recoveries: Vec<RecoveryShape>,
    /// Where the next page begins: give it as `after`. Null: this was the last.
    #[schema(format = Uuid)]
    pub next: Option<String>,
}

/// One try at charging the debt.
#[derive(Serialize, ToSchema)]
#[schema(as = RecoveryAttempt)]
pub struct AttemptShape {
    #[schema(format = Uuid)]
    pub id: String,
    pub number: u32,
    /// `schedule`, `person` or `link`.
    #[schema(example = "schedule")]
    pub origin: &'static str,
    #[schema(example = "declined")]
    pub state: &'static str,
    #[schema(example = "insufficient_funds")]
    pub decline_class: Option<&'static str>,
    /// The provider's own code.
    pub decline_code: Option<String>,
    #[schema(format = DateTime)]
    pub begun_at: String,
    /// What was decided after it, if it was declined.
    pub decision: Option<DecisionShape>,
}

/// How a decision came about.
#[derive(Serialize, ToSchema)]
#[schema(as = RecoveryDecision)]
pub struct DecisionShape {
    /// What is next and why, or why nothing is.
    pub sentence: String,
    /// `try_at`, `ask_for_method`, `ask_payer`, `pause_connection`, `hold` or `give_up`.
    #[schema(example = "try_at")]
    pub decision: &'static str,
    #[schema(format = DateTime)]
    pub next_attempt_at: Option<String>,
    /// The backup method that it goes on with. Null: it stays with the one that was declined.
    #[schema(format = Uuid)]
    pub backup_method_id: Option<String>,
    /// The rule that decided.
    #[schema(example = "ladder")]
    pub rule: &'static str,
    pub policy: NameShape,
    pub decline_class: &'static str,
    pub retry_class: &'static str,
    pub code: String,
    /// What the provider asked to wait for.
    pub retry_after_seconds: Option<i64>,
    /// Declines of this debt on this payment method, and on all.
    pub declines: u32,
    pub declines_in_all: u32,
    #[schema(format = DateTime)]
    pub first_declined_at: String,
    /// Where the payer is.
    #[schema(example = "Europe/Berlin")]
    pub timezone: &'static str,
    pub step: Option<StepShape>,
    /// What made it later or earlier than its step, in order.
    pub moves: Vec<MoveShape>,
    #[schema(format = DateTime)]
    pub decided_at: String,
}

/// A step of a ladder, before anything moved it.
#[derive(Serialize, ToSchema)]
#[schema(as = RecoveryStep)]
pub struct StepShape {
    #[schema(example = "soft")]
    pub ladder: String,
    pub position: u32,
    pub steps: u32,
    #[schema(example = "3d")]
    pub step: String,
    #[schema(format = DateTime)]
    pub at: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = RecoveryMove)]
pub struct MoveShape {
    /// `payday`, `gap`, `retry_after`, `hours`, `weekday`, `holiday` or `jitter`.
    #[schema(example = "hours")]
    pub by: &'static str,
    #[schema(format = DateTime)]
    pub to: String,
}

/// Why a recovery stands as it stands.
#[derive(Serialize, ToSchema)]
#[schema(as = RecoveryExplanation)]
pub struct ExplanationShape {
    #[schema(format = Uuid)]
    pub recovery_id: String,
    pub sentence: String,
    /// Null: nothing is tried by itself.
    #[schema(format = DateTime)]
    pub next_attempt_at: Option<String>,
    pub policy: NameShape,
    /// The last one, if anything was declined.
    pub decision: Option<DecisionShape>,
    pub attempts: Vec<AttemptShape>,
}

#[derive(Serialize, ToSchema)]
pub struct ExplanationAnswer {
    pub explanation: ExplanationShape,
}

/// A code of a provider that no table knows.
#[derive(Serialize, ToSchema)]
#[schema(as = UnmappedDecline)]
pub struct UnmappedShape {
    #[schema(example = "stripe")]
    pub provider: String,
    #[schema(example = "weird_code")]
    pub code: String,
    pub declines: u32,
    /// Of all these declines together.
    pub amount_cents: i64,
    #[schema(example = "EUR")]
    pub currency: &'static str,
    /// The provider's own sentence, the latest.
    pub message: String,
    #[schema(format = DateTime)]
    pub first_at: String,
    #[schema(format = DateTime)]
    pub last_at: String,
    /// The line for the settings, under `[declines.map]`; put the right class in.
    #[schema(example = "\"stripe:weird_code\" = \"insufficient_funds\"")]
    pub setting: String,
}

#[derive(Serialize, ToSchema)]
pub struct UnmappedList {
    pub unmapped_declines: Vec<UnmappedShape>,
}

pub fn recovery(view: &RecoveryView) -> RecoveryShape {
    let explained = view.explain();
    let (total, of) = (view.payable.total(), &view.recovery);
    RecoveryShape {
        id: of.id.to_string(),
        state: of.state.as_str(),
        reason: reason(of),
        paused: of.paused,
        debt_type: of.payable.kind(),
        debt_id: of.payable.uuid().to_string(),
        external_customer_id: view.external_customer_id.clone(),
        amount_cents: total.minor_units,
        currency: total.currency.code(),
        attempts_made: of.attempts_made,
        backup_method_id: of.backup_method.map(|id| id.to_string()),
        next_attempt_at: explained.next_attempt_at.map(date_time),
        policy: name(&view.policy),
        sentence: explained.sentence,
        created_at: date_time(of.created_at),
        updated_at: date_time(of.updated_at),
    }
}

const fn reason(of: &Recovery) -> Option<&'static str> {
    match of.state {
        State::Waiting { reason, .. } => Some(reason.as_str()),
        State::Idle { reason } => Some(reason.as_str()),
        State::Recovered { by, .. } => Some(by.as_str()),
        State::Charging { .. } | State::Cancelled { .. } => None,
    }
}

pub fn with_attempts(view: &RecoveryView) -> RecoveryWithAttempts {
    RecoveryWithAttempts { recovery: recovery(view), attempts: attempts(view) }
}

fn attempts(view: &RecoveryView) -> Vec<AttemptShape> {
    view.attempts.iter().map(|made| attempt(made, view.decision_after(made.id))).collect()
}

fn attempt(made: &Attempt, record: Option<&DecisionRecord>) -> AttemptShape {
    let decline = match &made.state {
        AttemptState::Declined { decline, .. } => Some(decline),
        AttemptState::Charging { .. }
        | AttemptState::Pending { .. }
        | AttemptState::NeedsAction { .. }
        | AttemptState::Unknown { .. }
        | AttemptState::NotSent { .. }
        | AttemptState::Paid { .. }
        | AttemptState::Cancelled { .. } => None,
    };
    AttemptShape {
        id: made.id.to_string(),
        number: made.number,
        origin: made.origin.as_str(),
        state: made.state.as_str(),
        decline_class: decline.map(|decline| decline.class.as_str()),
        decline_code: decline.map(|decline| decline.code.clone()),
        begun_at: date_time(made.begun_at),
        decision: record.map(decision),
    }
}

pub fn decision(record: &DecisionRecord) -> DecisionShape {
    let (word, at) = match record.decision {
        Decision::TryAt(at) => ("try_at", Some(at)),
        Decision::AskForMethod => ("ask_for_method", None),
        Decision::AskPayer => ("ask_payer", None),
        Decision::PauseConnection => ("pause_connection", None),
        Decision::Hold => ("hold", None),
        Decision::GiveUp => ("give_up", None),
    };
    let moved = |one: &Move| MoveShape { by: one.by.as_str(), to: date_time(one.to) };
    DecisionShape {
        sentence: record.sentence(),
        decision: word,
        next_attempt_at: at.map(date_time),
        backup_method_id: record.backup.as_ref().map(|next| next.id.to_string()),
        rule: record.rule.as_str(),
        policy: name(&record.policy),
        decline_class: record.class.as_str(),
        retry_class: record.retry.as_str(),
        code: record.code.clone(),
        retry_after_seconds: record.retry_after.map(|wait| wait.as_ms() / 1000),
        declines: record.history.declines,
        declines_in_all: record.history.declines_in_all,
        first_declined_at: date_time(record.history.first_declined_at),
        timezone: record.zone.name(),
        step: record.slot.as_ref().map(|slot| StepShape {
            ladder: slot.ladder.clone(),
            position: slot.position,
            steps: slot.steps,
            step: slot.step.to_string(),
            at: date_time(slot.at),
        }),
        moves: record.moves.iter().map(moved).collect(),
        decided_at: date_time(record.decided_at),
    }
}

pub fn explanation(view: &RecoveryView) -> ExplanationShape {
    let explained = view.explain();
    ExplanationShape {
        recovery_id: view.recovery.id.to_string(),
        sentence: explained.sentence,
        next_attempt_at: explained.next_attempt_at.map(date_time),
        policy: name(&view.policy),
        decision: view.decisions.last().map(|(_, record)| decision(record)),
        attempts: attempts(view),
    }
}

pub fn unmapped(found: &UnmappedDecline) -> UnmappedShape {
    UnmappedShape {
        provider: found.provider.clone(),
        code: found.code.clone(),
        declines: found.declines,
        amount_cents: found.amount.minor_units,
        currency: found.amount.currency.code(),
        message: found.message.clone(),
        first_at: date_time(found.first_at),
        last_at: date_time(found.last_at),
        setting: format!("\"{}:{}\" = \"insufficient_funds\"", found.provider, found.code),
    }
}

/// What a webhook of our own tells: the recovery, and the link where the payer is to go on.
pub fn told(view: &RecoveryView, event: &Event) -> Value {
    let mut object = shape(&recovery(view));
    let link = match (event.kind, &event.message) {
        (EventKind::PayerAsked, Some(address)) => Value::from(address.as_str()),
        _ => Value::Null,
    };
    object["payment_url"] = link;
    object["decline_class"] = match &event.code {
        Some(class) => class.as_str().into(),
        None => Value::Null,
    };
    object
}
