//! Orders about the collecting of debts, and what came of them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::control::{CollectionPause, Command};
use crate::domain::filter::RecoveryFilter;
use crate::domain::time::{Span, Timestamp};
use crate::wire::lago::format::{date_time, parse_time};

/// An attempt is moved no further than this.
const DAYS_AHEAD_MAX: u32 = 400;

const REASON_CHARS_MAX: usize = 1000;

/// What is wrong with a field, in a sentence.
pub type Fault = (String, String);

/// Why, for the audit log and the event.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonRequest {
    #[schema(example = "the customer asked for time until March")]
    pub reason: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveRequest {
    /// When it is tried next.
    #[schema(format = DateTime, example = "2026-12-01T09:00:00Z")]
    pub next_attempt_at: String,
    pub reason: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CollectionRequest {
    /// `pause`, `resume`, `stop` or `move`.
    #[schema(example = "pause")]
    pub action: String,
    /// For `move`.
    #[schema(format = DateTime)]
    pub next_attempt_at: Option<String>,
    pub reason: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkControlRequest {
    /// `pause`, `resume`, `stop` or `move`.
    #[schema(example = "pause")]
    pub action: String,
    /// For `move`.
    #[schema(format = DateTime)]
    pub next_attempt_at: Option<String>,
    pub reason: Option<String>,
    pub filter: ControlFilter,
    /// Count what would come of it, and change nothing.
    #[serde(default)]
    pub dry_run: bool,
}

/// Which recoveries are meant; what is absent means any. At least one is to be named.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecoveryControlFilter)]
pub struct ControlFilter {
    /// `waiting`, `charging` or `idle`.
    pub state: Option<String>,
    /// Why it waits or rests, such as `retry` or `exhausted`.
    pub reason: Option<String>,
    pub external_customer_id: Option<String>,
    /// The code of a policy of the business.
    pub policy: Option<String>,
    /// The `next` of the answer before.
    #[schema(format = Uuid)]
    pub after: Option<String>,
}

/// What came of an order.
#[derive(Serialize, ToSchema)]
#[schema(as = RecoveryControl)]
pub struct ControlShape {
    #[schema(example = "pause")]
    pub action: &'static str,
    pub dry_run: bool,
    pub changed: u64,
    /// They were so already.
    pub unchanged: u64,
    pub refused: Vec<RefusedCount>,
    /// Null: all of them were looked at. Else give it as `after` to go on.
    #[schema(format = Uuid)]
    pub next: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = RecoveryControlRefusal)]
pub struct RefusedCount {
    #[schema(example = "attempt_open")]
    pub code: &'static str,
    pub count: u64,
}

#[derive(Serialize, ToSchema)]
pub struct ControlAnswer {
    pub control: ControlShape,
}

/// Whether the debts of a customer are collected.
#[derive(Serialize, ToSchema)]
#[schema(as = Collection)]
pub struct CollectionShape {
    pub external_customer_id: String,
    /// Their later debts wait too.
    pub paused: bool,
    pub reason: Option<String>,
    #[schema(format = DateTime)]
    pub paused_at: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct CollectionAnswer {
    pub collection: CollectionShape,
}

/// `action` as a command; what a move needs is read with it.
pub fn command(
    action: &str,
    next_attempt_at: Option<&str>,
    now: Timestamp,
) -> Result<Command, Fault> {
    let command = match action {
        "pause" => Command::Pause,
        "resume" => Command::Resume,
        "stop" => Command::Stop,
        "move" => return move_to(next_attempt_at.unwrap_or_default(), now),
        _ => return Err(fault("action", "say pause, resume, stop or move")),
    };
    match next_attempt_at {
        Some(_) => Err(fault("next_attempt_at", "only a move has it")),
        None => Ok(command),
    }
}

pub fn move_to(text: &str, now: Timestamp) -> Result<Command, Fault> {
    let field = "next_attempt_at";
    let at = parse_time(text).ok_or_else(|| fault(field, "give a time as 2026-12-01T09:00:00Z"))?;
    if at < now {
        return Err(fault(field, "it is over: give a time to come"));
    }
    if at > now.plus(Span::days(DAYS_AHEAD_MAX)) {
        return Err(fault(field, &format!("it is more than {DAYS_AHEAD_MAX} days ahead")));
    }
    Ok(Command::MoveTo(at))
}

pub fn reason(text: Option<String>) -> Result<Option<String>, Fault> {
    let Some(text) = text else { return Ok(None) };
    let text = text.trim();
    if text.is_empty() || text.chars().count() > REASON_CHARS_MAX {
        return Err(fault("reason", &format!("say why, in 1 to {REASON_CHARS_MAX} characters")));
    }
    Ok(Some(text.to_owned()))
}

pub fn filter(asked: ControlFilter) -> Result<RecoveryFilter, Fault> {
    let after = match &asked.after {
        Some(text) => {
            let wrong = |_| fault("filter.after", "give the `next` of the answer before");
            Some(text.parse().map_err(wrong)?)
        }
        None => None,
    };
    let filter = RecoveryFilter {
        state: asked.state,
        reason: asked.reason,
        external_customer_id: asked.external_customer_id,
        policy: asked.policy,
        after,
    };
    let of_all = RecoveryFilter { after, ..RecoveryFilter::default() };
    if filter == of_all {
        return Err(fault("filter", "name at least one thing: all debts are hardly meant"));
    }
    Ok(filter)
}

fn fault(field: &str, sentence: &str) -> Fault {
    (field.to_owned(), sentence.to_owned())
}

pub const fn action_of(command: Command) -> &'static str {
    match command {
        Command::Pause => "pause",
        Command::Resume => "resume",
        Command::Stop => "stop",
        Command::MoveTo(_) => "move",
    }
}

pub fn collection(external_customer_id: String, pause: Option<CollectionPause>) -> CollectionShape {
    CollectionShape {
        external_customer_id,
        paused: pause.is_some(),
        paused_at: pause.as_ref().map(|pause| date_time(pause.paused_at)),
        reason: pause.and_then(|pause| pause.reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGINNING: Timestamp = Timestamp::from_unix_ms(0);

    #[test]
    fn an_order_that_makes_no_sense_is_told_by_its_field() {
        let field = |fault: Result<Command, Fault>| fault.expect_err("wrong").0;
        assert_eq!(field(command("halt", None, BEGINNING)), "action");
        assert_eq!(
            field(command("pause", Some("2026-12-01T09:00:00Z"), BEGINNING)),
            "next_attempt_at"
        );
        assert_eq!(field(command("move", None, BEGINNING)), "next_attempt_at");
        assert_eq!(field(move_to("1969-12-01T09:00:00Z", BEGINNING)), "next_attempt_at");
        assert_eq!(field(move_to("1990-12-01T09:00:00Z", BEGINNING)), "next_attempt_at");
        assert!(matches!(move_to("1970-02-01T09:00:00Z", BEGINNING), Ok(Command::MoveTo(_))));
        assert!(reason(Some("  ".to_owned())).is_err());
        let nothing = ControlFilter {
            state: None,
            reason: None,
            external_customer_id: None,
            policy: None,
            after: None,
        };
        assert_eq!(filter(nothing).expect_err("too wide").0, "filter");
    }
}
