//! A policy as JSON text in its row. Files that people write are read elsewhere; this is only how
//! the store remembers what was read.

use serde::{Deserialize, Serialize};

use crate::domain::decline::DeclineClass;
use crate::domain::policy::{
    BackupAfter, Calendar, Caps, Ladder, Ladders, OnExhausted, Payday, Paydays, Policy, PolicyName,
    Weekdays,
};
use crate::domain::time::Span;
use crate::store::StoreError;

#[derive(Serialize, Deserialize)]
struct Document {
    soft: Vec<String>,
    soft_short: Vec<String>,
    limited: Vec<String>,
    of_classes: Vec<(String, Vec<String>)>,
    hours: Option<String>,
    weekdays: Vec<String>,
    holidays: Vec<String>,
    /// Days of the month; 0 is the last.
    paydays: Vec<u8>,
    paydays_within_days: u32,
    per_instrument: u32,
    per_recovery: u32,
    limited_attempts: u32,
    gap_hours: u32,
    jitter_minutes: u32,
    window_days: u32,
    /// A decline class, and the declines after which the next method is charged.
    #[serde(default)]
    backup_after: Vec<(String, u32)>,
    on_exhausted: String,
}

pub fn write(policy: &Policy) -> String {
    let steps = |ladder: &Ladder| ladder.0.iter().map(ToString::to_string).collect();
    let calendar = &policy.calendar;
    let paydays = calendar.paydays.as_ref();
    let of_classes = &policy.ladders.of_classes;
    let document = Document {
        soft: steps(&policy.ladders.soft),
        soft_short: steps(&policy.ladders.soft_short),
        limited: steps(&policy.ladders.limited),
        of_classes: of_classes
            .iter()
            .map(|(class, ladder)| (class.as_str().to_owned(), steps(ladder)))
            .collect(),
        hours: calendar.hours.map(|hours| hours.to_string()),
        weekdays: calendar.weekdays.names().iter().map(ToString::to_string).collect(),
        holidays: calendar.holidays.iter().map(ToString::to_string).collect(),
        paydays: paydays.map_or(vec![], |paydays| {
            let number = |payday: &Payday| match payday {
                Payday::Day(day) => *day,
                Payday::Last => 0,
            };
            paydays.days.iter().map(number).collect()
        }),
        paydays_within_days: paydays.map_or(0, |paydays| paydays.within_days),
        per_instrument: policy.caps.per_instrument,
        per_recovery: policy.caps.per_recovery,
        limited_attempts: policy.caps.limited,
        gap_hours: whole(policy.caps.gap, Span::hours(1)),
        jitter_minutes: whole(policy.jitter, Span::minutes(1)),
        window_days: whole(policy.window, Span::days(1)),
        backup_after: policy
            .backup_after
            .iter()
            .map(|after| (after.class.as_str().to_owned(), after.declines))
            .collect(),
        on_exhausted: policy.on_exhausted.as_str().to_owned(),
    };
    serde_json::to_string(&document).expect("text and whole numbers")
}

fn whole(span: Span, unit: Span) -> u32 {
    u32::try_from(span.as_ms() / unit.as_ms()).unwrap_or(u32::MAX)
}

pub fn read(text: &str, name: PolicyName) -> Result<Policy, StoreError> {
    let corrupt =
        || StoreError::corrupt("policy_versions", "a document that is no policy".to_owned());
    let read: Document = serde_json::from_str(text).map_err(|_| corrupt())?;
    policy(&read, name).ok_or_else(corrupt)
}

fn policy(read: &Document, name: PolicyName) -> Option<Policy> {
    let of_classes = read.of_classes.iter();
    let class = |(class, steps): &(String, Vec<String>)| {
        Some((DeclineClass::parse(class)?, ladder(steps)?))
    };
    let weekdays = read.weekdays.iter();
    let payday = |day: &u8| if *day == 0 { Payday::Last } else { Payday::Day(*day) };
    let paydays = (!read.paydays.is_empty()).then(|| Paydays {
        days: read.paydays.iter().map(payday).collect(),
        within_days: read.paydays_within_days,
    });
    Some(Policy {
        name,
        ladders: Ladders {
            soft: ladder(&read.soft)?,
            soft_short: ladder(&read.soft_short)?,
            limited: ladder(&read.limited)?,
            of_classes: of_classes.map(class).collect::<Option<_>>()?,
        },
        calendar: Calendar {
            hours: read
                .hours
                .as_ref()
                .map(|hours| hours.parse().ok())
                .map_or(Some(None), |it| it.map(Some))?,
            weekdays: weekdays
                .map(|name| Weekdays::named(name))
                .try_fold(Weekdays::NONE, |all, day| Some(all.with(day?)))?,
            holidays: read.holidays.iter().map(|day| day.parse().ok()).collect::<Option<_>>()?,
            paydays,
        },
        caps: Caps {
            per_instrument: read.per_instrument,
            per_recovery: read.per_recovery,
            limited: read.limited_attempts,
            gap: Span::hours(read.gap_hours),
        },
        jitter: Span::minutes(read.jitter_minutes),
        window: Span::days(read.window_days),
        backup_after: read.backup_after.iter().map(backup_after).collect::<Option<_>>()?,
        on_exhausted: OnExhausted::parse(&read.on_exhausted)?,
    })
}

fn backup_after((class, declines): &(String, u32)) -> Option<BackupAfter> {
    Some(BackupAfter { class: DeclineClass::parse(class)?, declines: *declines })
}

fn ladder(steps: &[String]) -> Option<Ladder> {
    let steps: Option<Vec<_>> = steps.iter().map(|step| step.parse().ok()).collect();
    steps.map(Ladder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let mut policy = Policy::standard();
        policy.calendar = Calendar {
            hours: Some("09:00-18:00".parse().expect("hours")),
            weekdays: Weekdays::ALL,
            holidays: vec!["2026-04-03".parse().expect("a day"), "12-25".parse().expect("a day")],
            paydays: Some(Paydays { days: vec![Payday::Day(15), Payday::Last], within_days: 2 }),
        };
        policy.ladders.of_classes = vec![(DeclineClass::InsufficientFunds, Ladder::days(&[2, 5]))];
        policy.backup_after =
            vec![BackupAfter { class: DeclineClass::InsufficientFunds, declines: 3 }];
        policy.on_exhausted = OnExhausted::LinkOnly;
        let text = write(&policy);
        assert_eq!(read(&text, policy.name.clone()).expect("a policy"), policy);
        assert!(read("{}", policy.name).is_err());
    }
}
