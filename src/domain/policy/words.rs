//! A decision as one plain English sentence: the same in the API, in webhooks and on pages.

use chrono_tz::Tz;

use super::calendar::Mover;
use super::decide::{Decision, DecisionRecord, Rule, Slot};
use super::step::Step;
use super::{OnExhausted, PolicyName};
use crate::domain::backup_method::NextMethod;
use crate::domain::time::Timestamp;

/// A time as people where the payer is would write it.
pub fn moment(at: Timestamp, zone: Tz) -> String {
    let local = at.utc().with_timezone(&zone);
    format!("{} ({})", local.format("%Y-%m-%d %H:%M"), zone.name())
}

impl PolicyName {
    pub fn words(&self) -> String {
        match self.version {
            0 => format!("policy {}", self.code),
            version => format!("policy {} version {version}", self.code),
        }
    }
}

impl Step {
    fn words(&self) -> String {
        match self {
            Step::Days(1) => "1 day after the first decline".to_owned(),
            Step::Days(days) => format!("{days} days after the first decline"),
            Step::Hours(1) => "1 hour after the decline".to_owned(),
            Step::Hours(hours) => format!("{hours} hours after the decline"),
            Step::Cron(line) => format!("at the next time of `{}`", Step::Cron(line.clone())),
        }
    }
}

impl Slot {
    fn words(&self) -> String {
        let Slot { ladder, position, steps, step, .. } = self;
        format!("step {position} of {steps} for {ladder} declines is {}", step.words())
    }
}

impl Mover {
    const fn words(self) -> &'static str {
        match self {
            Mover::Payday => "to a payday",
            Mover::Gap => "to keep the attempts apart",
            Mover::RetryAfter => "because the provider asked to wait",
            Mover::Hours => "into the hours of charging",
            Mover::Weekday => "to a weekday of charging",
            Mover::Holiday => "past a holiday",
            Mover::Jitter => "a little, so that not all come at once",
        }
    }
}

impl OnExhausted {
    const fn words(self) -> &'static str {
        match self {
            OnExhausted::LeaveOpen => "the debt stays open",
            OnExhausted::MarkUncollectible => "the debt is marked uncollectible",
            OnExhausted::Void => "the invoice is voided",
            OnExhausted::CancelSubscription => "its subscription is ended",
            OnExhausted::LinkOnly => "from now on it can be paid by link only",
        }
    }
}

fn times(count: u32) -> String {
    match count {
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}

impl DecisionRecord {
    /// What is next and why, or why nothing is.
    pub fn sentence(&self) -> String {
        format!("The charge was declined: {}. {}.", self.declined_words(), self.next_words())
    }

    fn declined_words(&self) -> String {
        let words = self.class.words();
        if self.code == self.class.as_str() { words.to_owned() } else { self.named(words) }
    }

    fn named(&self, words: &str) -> String {
        format!("{words} (the provider's code is `{}`)", self.code)
    }

    fn next_words(&self) -> String {
        let policy = self.policy.words();
        let then = self.on_exhausted.words();
        let declined = times(self.history.declines);
        match (self.rule, self.decision) {
            (_, Decision::TryAt(at)) => self.planned_words(at),
            (Rule::NoRetries, _) => {
                format!("{} has no retries for this, so {then}", capital(&policy))
            }
            (Rule::LadderEnded, _) => {
                format!("It was declined {declined} and {policy} has no further step, so {then}")
            }
            (Rule::WindowEnded, _) => {
                format!("The next step is after the end of the window of {policy}, so {then}")
            }
            (Rule::NeverOpens, _) => {
                format!("The calendar of {policy} leaves no time to charge, so {then}")
            }
            (Rule::InstrumentCap, _) => format!(
                "It was declined {declined} on this payment method, the most that {policy} \
                 allows, so {then}"
            ),
            (Rule::RecoveryCap, _) => format!(
                "It was declined {} in all, the most that {policy} allows, so {then}",
                times(self.history.declines_in_all)
            ),
            (Rule::LimitedCap, _) => format!(
                "It was declined {declined} without a reason, the most that {policy} allows, so \
                 {then}"
            ),
            (Rule::Stop, _) => {
                "The payer has withdrawn consent, so this payment method is never charged again; \
                 it waits for another one"
                    .to_owned()
            }
            (Rule::NewMethod, _) => {
                "This payment method cannot be tried again; it waits for another one".to_owned()
            }
            (Rule::CustomerAction, _) => "Only the payer can go on, by the link they are sent; \
                 nothing is charged until then"
                .to_owned(),
            (Rule::Merchant, _) => "This is not the payer's fault: charging through this \
                 connection is paused until an operator has mended it, and the attempt does not \
                 count"
                .to_owned(),
            (Rule::Hold, _) => {
                "The debt cannot be charged as it stands, so it waits for a person".to_owned()
            }
            (Rule::AskedOnce, _) => "A payment request is charged once, so it is over".to_owned(),
            (Rule::Ladder | Rule::BackupMethod, _) => {
                format!("It was declined {declined}, so {then}")
            }
        }
    }

    fn planned_words(&self, at: Timestamp) -> String {
        let when = moment(at, self.zone);
        let step = self.slot.as_ref().map_or(String::new(), |slot| format!(": {}", slot.words()));
        let moved: Vec<&str> = self.moves.iter().map(|one| one.by.words()).collect();
        let moved = match moved.as_slice() {
            [] => String::new(),
            moved => format!(", moved {}", moved.join(", then ")),
        };
        let policy = capital(&self.policy.words());
        let moved = match self.history.steps_skipped {
            0 => moved,
            1 => format!("{moved}, after one attempt was left out as the business asked"),
            n => format!("{moved}, after {n} attempts were left out as the business asked"),
        };
        match &self.backup {
            Some(NextMethod { label, position, of, .. }) => format!(
                "{policy} goes on with the customer's next payment method, {label} (backup \
                 {position} of {of}), on {when}{moved}"
            ),
            None => format!("{policy} tries again on {when}{step}{moved}"),
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
