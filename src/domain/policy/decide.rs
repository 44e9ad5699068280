//! "When next": one function from a decline and its history to a decision, with the record of
//! how it came about.

use chrono_tz::Tz;
use sha2::{Digest, Sha256};

use super::calendar::{Move, Mover, days_later, local, on_date};
use super::step::{Ladder, Step};
use super::{OnExhausted, Policy, PolicyName};
use crate::domain::backup_method::NextMethod;
use crate::domain::decline::{Decline, DeclineClass, RetryClass, text_enum};
use crate::domain::id::RecoveryId;
use crate::domain::time::{Span, Timestamp};

/// What comes after a decline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    TryAt(Timestamp),
    /// This instrument is spent; another one may be tried at once.
    AskForMethod,
    AskPayer,
    /// The connection does not work; trying costs nothing until the operator mends it.
    PauseConnection,
    /// This debt waits for a person.
    Hold,
    GiveUp,
}

text_enum!(
    /// The rule that decided.
    Rule {
        /// A step of a ladder is next.
        Ladder = "ladder",
        /// The ladder has no further step.
        LadderEnded = "ladder_ended",
        /// The policy has no step at all for such declines.
        NoRetries = "no_retries",
        /// The next step is after the end of the window.
        WindowEnded = "window_ended",
        InstrumentCap = "instrument_cap",
        RecoveryCap = "recovery_cap",
        LimitedCap = "limited_cap",
        /// The calendar of the policy never opens.
        NeverOpens = "never_opens",
        /// The decline forbids to try this instrument again.
        NewMethod = "new_method",
        /// Consent is withdrawn.
        Stop = "stop",
        /// Only the payer can go on.
        CustomerAction = "customer_action",
        /// The connection does not work.
        Merchant = "merchant",
        /// This one debt cannot be charged as it stands.
        Hold = "hold",
        /// A payment request is charged once.
        AskedOnce = "asked_once",
        /// The instrument is finished, and the customer lets another one be charged.
        BackupMethod = "backup_method",
    }
);

/// What the policy looks at: the declined attempts of one debt on one instrument, and how many
/// it had in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct History {
    /// The one just settled included.
    pub declines: u32,
    pub limited_declines: u32,
    pub short_declines: u32,
    /// On every instrument.
    pub declines_in_all: u32,
    /// Steps of the ladder that were left out, because the business asked for it.
    pub steps_skipped: u32,
    pub first_declined_at: Timestamp,
}

/// What jitter is worked out from: the same attempt is always as late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Salt {
    pub recovery: RecoveryId,
    /// Of the attempt that was declined.
    pub attempt_number: u32,
}

/// All that is asked of a policy.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    pub decline: &'a Decline,
    pub history: History,
    /// Where the payer is.
    pub zone: Tz,
    pub salt: Salt,
    pub now: Timestamp,
}

/// The step that was taken, and when it is before anything moves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// The retry class or the decline class that the ladder is for.
    pub ladder: String,
    /// From 1.
    pub position: u32,
    pub steps: u32,
    pub step: Step,
    pub at: Timestamp,
}

/// A decision with everything that led to it. It is kept with the attempt, for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRecord {
    pub policy: PolicyName,
    pub rule: Rule,
    pub class: DeclineClass,
    pub retry: RetryClass,
    pub code: String,
    pub retry_after: Option<Span>,
    pub history: History,
    pub zone: Tz,
    pub slot: Option<Slot>,
    /// In the order in which they were made.
    pub moves: Vec<Move>,
    pub decision: Decision,
    /// What it goes on with, where that is not the instrument that was declined.
    pub backup: Option<NextMethod>,
    /// What becomes of the debt, where there is no further attempt.
    pub on_exhausted: OnExhausted,
    pub decided_at: Timestamp,
}

impl Policy {
    pub fn decide(&self, ask: &Ask<'_>) -> DecisionRecord {
        let record = |rule, decision| self.record(ask, rule, decision);
        let decline = ask.decline;
        match decline.retry {
            RetryClass::CustomerAction => {
                return record(Rule::CustomerAction, Decision::AskPayer);
            }
            RetryClass::NewMethod => return record(Rule::NewMethod, Decision::AskForMethod),
            RetryClass::Stop => return record(Rule::Stop, Decision::AskForMethod),
            RetryClass::Merchant => return record(Rule::Merchant, Decision::PauseConnection),
            RetryClass::Hold => return record(Rule::Hold, Decision::Hold),
            RetryClass::Soft | RetryClass::SoftShort | RetryClass::Limited => {}
        }
        if let Some(rule) = self.cap_reached(ask) {
            return record(rule, Decision::GiveUp);
        }
        match self.next_step(ask) {
            Ok((ladder, position, steps, step)) => self.place(ask, (ladder, position, steps), step),
            Err(rule) => record(rule, Decision::GiveUp),
        }
    }

    fn record(&self, ask: &Ask<'_>, rule: Rule, decision: Decision) -> DecisionRecord {
        DecisionRecord {
            policy: self.name.clone(),
            rule,
            class: ask.decline.class,
            retry: ask.decline.retry,
            code: ask.decline.code.clone(),
            retry_after: ask.decline.retry_after,
            history: ask.history,
            zone: ask.zone,
            slot: None,
            moves: vec![],
            decision,
            backup: None,
            on_exhausted: self.on_exhausted,
            decided_at: ask.now,
        }
    }

    fn cap_reached(&self, ask: &Ask<'_>) -> Option<Rule> {
        let (history, caps) = (ask.history, self.caps);
        if history.declines >= caps.per_instrument {
            return Some(Rule::InstrumentCap);
        }
        if history.declines_in_all >= caps.per_recovery {
            return Some(Rule::RecoveryCap);
        }
        let limited = ask.decline.retry == RetryClass::Limited;
        (limited && history.declines >= caps.limited).then_some(Rule::LimitedCap)
    }

    /// The ladder, the position on it from 1, how many steps it has, and the step.
    fn next_step(&self, ask: &Ask<'_>) -> Result<(&'static str, u32, u32, &Step), Rule> {
        let (history, decline) = (ask.history, ask.decline);
        let taken =
            |declines: u32| declines.saturating_sub(1).saturating_add(history.steps_skipped);
        let declined = taken(history.declines);
        let Some((name, ladder)) = self.ladders.of(decline.class, decline.retry) else {
            return Err(Rule::NoRetries);
        };
        let is_quick = name == RetryClass::SoftShort.as_str();
        // The quick ladder counts technical failures; after it the schedule goes on.
        let position = if is_quick { taken(history.short_declines) } else { declined };
        if let Some(step) = ladder.step(position) {
            return Ok((name, position.saturating_add(1), ladder.len(), step));
        }
        let after: &Ladder = if is_quick { &self.ladders.soft } else { ladder };
        match after.step(declined).filter(|_| is_quick) {
            Some(step) => Ok(("soft", declined.saturating_add(1), after.len(), step)),
            None if ladder.is_empty() && after.is_empty() => Err(Rule::NoRetries),
            None => Err(Rule::LadderEnded),
        }
    }

    /// When the step is, and what moves it.
    fn place(
        &self,
        ask: &Ask<'_>,
        (ladder, position, steps): (&'static str, u32, u32),
        step: &Step,
    ) -> DecisionRecord {
        let end = ask.history.first_declined_at.plus(self.window);
        let after_gap = ask.now.plus(self.caps.gap);
        let (slot_at, floor) = match step {
            Step::Days(days) => {
                (days_later(ask.history.first_declined_at, *days, ask.zone), after_gap)
            }
            Step::Hours(hours) => {
                let at = ask.now.plus(Span::hours(*hours));
                (Some(at), at)
            }
            Step::Cron(line) => (line.next_from(after_gap, ask.zone), after_gap),
        };
        let Some(slot_at) = slot_at else {
            return self.record(ask, Rule::NeverOpens, Decision::GiveUp);
        };
        let wait = ask.decline.retry_after.unwrap_or(Span::ZERO);
        let earliest = floor.max(ask.now.plus(wait));
        let mut path = Path { at: slot_at, moves: vec![] };
        if matches!(step, Step::Days(_)) {
            path.moved_to_payday(self, ask.zone, (earliest, end));
        }
        path.not_before(floor, Mover::Gap);
        path.not_before(ask.now.plus(wait), Mover::RetryAfter);
        let opens = path.when_open(self, ask.zone);
        if opens {
            path.spread(self, ask, end);
        }
        let (rule, decision) = match (opens, path.at <= end) {
            (false, _) => (Rule::NeverOpens, Decision::GiveUp),
            (true, false) => (Rule::WindowEnded, Decision::GiveUp),
            (true, true) => (Rule::Ladder, Decision::TryAt(path.at)),
        };
        let slot =
            Slot { ladder: ladder.to_owned(), position, steps, step: step.clone(), at: slot_at };
        let moves = path.moves;
        DecisionRecord { slot: Some(slot), moves, ..self.record(ask, rule, decision) }
    }
}

/// A time on its way from its step to where it ends up.
struct Path {
    at: Timestamp,
    moves: Vec<Move>,
}

impl Path {
    fn go(&mut self, by: Mover, to: Timestamp) {
        if to != self.at {
            self.at = to;
            self.moves.push(Move { by, to });
        }
    }

    fn not_before(&mut self, floor: Timestamp, by: Mover) {
        self.go(by, self.at.max(floor));
    }

    /// To the nearest payday that is neither too early nor beyond the window.
    fn moved_to_payday(
        &mut self,
        policy: &Policy,
        zone: Tz,
        (earliest, end): (Timestamp, Timestamp),
    ) -> Option<()> {
        let paydays = policy.calendar.paydays.as_ref()?;
        let date = local(self.at, zone)?.date();
        let times = paydays.near(date).into_iter().filter_map(|day| on_date(self.at, day, zone));
        let fits = |at: &Timestamp| *at >= earliest && *at <= end;
        self.go(Mover::Payday, times.into_iter().find(fits)?);
        Some(())
    }

    /// False: it never opens.
    fn when_open(&mut self, policy: &Policy, zone: Tz) -> bool {
        let Some((at, moves)) = policy.calendar.open_from(self.at, zone) else { return false };
        self.at = at;
        self.moves.extend(moves);
        true
    }

    /// Later by a part of the jitter, but not out of what is open, nor out of the window.
    fn spread(&mut self, policy: &Policy, ask: &Ask<'_>, end: Timestamp) {
        let calendar = &policy.calendar;
        let open = if calendar.is_always_open() {
            Some(policy.jitter)
        } else {
            calendar.room_after(self.at, ask.zone)
        };
        let room = open.unwrap_or(Span::ZERO).min(policy.jitter).min(end.since(self.at));
        let at = self.at.plus(ask.salt.part_of(room));
        let stays = calendar.open_from(at, ask.zone).is_some_and(|(open, _)| open == at);
        if stays {
            self.go(Mover::Jitter, at);
        }
    }
}

impl Salt {
    /// From nothing to all of it.
    pub fn part_of(self, room: Span) -> Span {
        let mut hash = Sha256::new();
        hash.update(self.recovery.uuid().as_bytes());
        hash.update(self.attempt_number.to_be_bytes());
        let digest = hash.finalize();
        let number = digest.iter().take(6).fold(0_i64, |sum, byte| sum << 8 | i64::from(*byte));
        room.part(number)
    }
}
