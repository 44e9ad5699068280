//! What is allowed in a policy and probably not meant. Each doubt names the field it is about as
//! a path, so that whoever read the policy from a file can point at the line.

use super::step::{Ladder, Step};
use super::{Paydays, Policy, Weekdays};
use crate::domain::time::Span;

/// One thing to look at again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// Such as `ladders.soft[2]`.
    pub field: String,
    pub sentence: String,
}

/// Stripe itself advises no more on one card payment, and Visa counts 15 in 30 days over all
/// debts.
const CARD_ATTEMPTS: u32 = 8;

/// Of a bare refusal.
const LIMITED_ATTEMPTS: u32 = 4;

impl Policy {
    pub fn doubts(&self) -> Vec<Doubt> {
        let mut doubts = Vec::new();
        for (field, ladder) in self.ladders.named() {
            self.doubt_ladder(&field, ladder, &mut doubts);
        }
        self.doubt_caps(&mut doubts);
        self.doubt_backups(&mut doubts);
        self.doubt_calendar(&mut doubts);
        doubts
    }

    fn doubt_ladder(&self, field: &str, ladder: &Ladder, doubts: &mut Vec<Doubt>) {
        let mut doubt = |place: usize, sentence: String| {
            doubts.push(Doubt { field: format!("{field}[{place}]"), sentence });
        };
        let mut latest = Span::ZERO;
        for (place, step) in ladder.0.iter().enumerate() {
            let Some(after) = step.wait() else { continue };
            if after > self.window {
                let days = self.window.whole_days();
                doubt(
                    place,
                    format!(
                        "`{step}` is after the window of {days} days: it is never tried; make the \
                         window longer or take the step out"
                    ),
                );
            }
            if matches!(step, Step::Days(_)) {
                if after <= latest {
                    doubt(
                        place,
                        format!(
                            "`{step}` is not after the step before it, so it is tried a gap later \
                             instead; put the steps in order"
                        ),
                    );
                }
                latest = after;
            }
            if field == "ladders.limited" && matches!(step, Step::Hours(_)) && after < Span::days(1)
            {
                doubt(
                    place,
                    format!(
                        "`{step}` tries a bare refusal again on the same day; banks take that ill: \
                         wait a day"
                    ),
                );
            }
        }
    }

    fn doubt_caps(&self, doubts: &mut Vec<Doubt>) {
        let mut doubt = |field: &str, sentence: String| {
            doubts.push(Doubt { field: field.to_owned(), sentence });
        };
        let caps = self.caps;
        let steps = self.ladders.soft.len();
        if steps >= caps.per_instrument {
            doubt(
                "ladders.soft",
                format!(
                    "has {steps} steps, but attempts_per_instrument allows {} attempts with the \
                     first: the last steps are never tried",
                    caps.per_instrument
                ),
            );
        }
        if caps.per_instrument > CARD_ATTEMPTS {
            doubt(
                "caps.attempts_per_instrument",
                format!(
                    "is more than the {CARD_ATTEMPTS} attempts that providers advise for one \
                     payment; card networks bill attempts beyond their limits"
                ),
            );
        }
        if caps.limited > LIMITED_ATTEMPTS {
            doubt(
                "caps.limited_attempts",
                format!(
                    "is more than {LIMITED_ATTEMPTS}: further tries after a bare refusal hardly \
                     ever succeed, and they count against the networks' limits"
                ),
            );
        }
        if caps.gap < Span::hours(24) {
            doubt(
                "caps.gap_hours",
                "is less than 24: several attempts on one day hardly help, and networks count each"
                    .to_owned(),
            );
        }
    }

    fn doubt_backups(&self, doubts: &mut Vec<Doubt>) {
        let most = self.caps.per_instrument;
        for after in self.backup_after.iter().filter(|after| after.declines >= most) {
            doubts.push(Doubt {
                field: format!("backup_methods.after_declines.{}", after.class.as_str()),
                sentence: format!(
                    "a method is left after {most} attempts anyway, as attempts_per_instrument \
                     says; write less, or take it out"
                ),
            });
        }
    }

    fn doubt_calendar(&self, doubts: &mut Vec<Doubt>) {
        let mut doubt = |field: &str, sentence: &str| {
            doubts.push(Doubt { field: field.to_owned(), sentence: sentence.to_owned() });
        };
        if self.calendar.weekdays == Weekdays::NONE {
            doubt("when.weekdays", "is empty, so it never opens and nothing is tried again");
        }
        if self.calendar.paydays.as_ref().is_some_and(Paydays::is_wide) {
            doubt(
                "paydays.within_days",
                "is so wide that most attempts move to one and the same day",
            );
        }
        if self.jitter > Span::hours(12) {
            doubt("jitter_minutes", "is more than half a day: attempts spread into the next day");
        }
    }
}

impl Paydays {
    fn is_wide(&self) -> bool {
        self.within_days > 7
    }
}

impl Step {
    /// How long it waits at least. None: a cron expression says when, not how long.
    fn wait(&self) -> Option<Span> {
        match self {
            Step::Days(days) => Some(Span::days(*days)),
            Step::Hours(hours) => Some(Span::hours(*hours)),
            Step::Cron(_) => None,
        }
    }
}

impl super::Ladders {
    /// Each with the path of its field.
    fn named(&self) -> Vec<(String, &Ladder)> {
        let mut all = vec![
            ("ladders.soft".to_owned(), &self.soft),
            ("ladders.soft_short".to_owned(), &self.soft_short),
            ("ladders.limited".to_owned(), &self.limited),
        ];
        let of_classes = self.of_classes.iter();
        all.extend(of_classes.map(|(class, it)| (format!("ladders.{}", class.as_str()), it)));
        all
    }
}
