//! Ladders against dates that were worked out by hand with a calendar: zones with both turns of
//! their clocks, ends of months, leap days, holidays, paydays. A test only.

use chrono::DateTime;
use chrono_tz::Tz;

use super::*;
use crate::domain::decline::Decline;
use crate::domain::id::RecoveryId;

pub fn at(text: &str) -> Timestamp {
    Timestamp::from_utc(DateTime::parse_from_rfc3339(text).expect(text).to_utc())
}

pub fn decline(retry: RetryClass) -> Decline {
    Decline {
        class: DeclineClass::InsufficientFunds,
        retry,
        code: "insufficient_funds".to_owned(),
        network_code: None,
        advice_code: None,
        retry_after: None,
        message: String::new(),
    }
}

pub fn history(declines: u32, first: Timestamp) -> History {
    History {
        declines,
        limited_declines: declines,
        short_declines: declines,
        declines_in_all: declines,
        steps_skipped: 0,
        first_declined_at: first,
    }
}

pub fn salt(attempt_number: u32) -> Salt {
    Salt { recovery: RecoveryId::from_uuid(uuid::Uuid::from_u128(7)), attempt_number }
}

/// What follows the first decline.
fn first(policy: &Policy, zone: Tz, declined: &str) -> DecisionRecord {
    let now = at(declined);
    let declined = decline(RetryClass::Soft);
    policy.decide(&Ask { decline: &declined, history: history(1, now), zone, salt: salt(1), now })
}

fn with_step(step: &str) -> Policy {
    let mut policy = Policy::standard();
    policy.ladders.soft = Ladder(vec![step.parse().expect("a step")]);
    policy.caps.gap = Span::hours(1);
    policy
}

fn tries_at(record: &DecisionRecord) -> Timestamp {
    match record.decision {
        Decision::TryAt(at) => at,
        other => panic!("{other:?}: {}", record.sentence()),
    }
}

#[test]
fn a_day_is_a_day_of_the_calendar_where_the_payer_is() {
    // Step, zone, first decline, next attempt.
    let rows = [
        // The clocks of Berlin go forward on 29 March 2026: the day has 23 hours.
        ("1d", "Europe/Berlin", "2026-03-28T10:00:00+01:00", "2026-03-29T10:00:00+02:00"),
        // And back on 25 October: it has 25.
        ("1d", "Europe/Berlin", "2026-10-24T10:00:00+02:00", "2026-10-25T10:00:00+01:00"),
        // What the clocks skip is when they go on; what they show twice is the first time.
        ("1d", "Europe/Berlin", "2026-03-28T02:30:00+01:00", "2026-03-29T03:00:00+02:00"),
        ("1d", "Europe/Berlin", "2026-10-24T02:30:00+02:00", "2026-10-25T02:30:00+02:00"),
        // New York: forward on 8 March, back on 1 November.
        ("1d", "America/New_York", "2026-03-07T18:15:00-05:00", "2026-03-08T18:15:00-04:00"),
        ("3d", "America/New_York", "2026-10-30T18:15:00-04:00", "2026-11-02T18:15:00-05:00"),
        // Sydney: back on 5 April.
        ("1d", "Australia/Sydney", "2026-04-04T09:00:00+11:00", "2026-04-05T09:00:00+10:00"),
        // Lord Howe's clocks go by half an hour.
        ("1d", "Australia/Lord_Howe", "2026-04-04T12:00:00+11:00", "2026-04-05T12:00:00+10:30"),
        // Ends of months and leap days.
        ("1d", "UTC", "2026-01-31T12:00:00Z", "2026-02-01T12:00:00Z"),
        ("3d", "UTC", "2026-02-27T12:00:00Z", "2026-03-02T12:00:00Z"),
        ("3d", "UTC", "2028-02-27T12:00:00Z", "2028-03-01T12:00:00Z"),
        ("1d", "UTC", "2028-02-28T12:00:00Z", "2028-02-29T12:00:00Z"),
        ("1d", "UTC", "2026-12-31T23:59:59Z", "2027-01-01T23:59:59Z"),
        // Hours are hours, whatever the clocks do.
        ("6h", "Europe/Berlin", "2026-03-28T23:00:00+01:00", "2026-03-29T06:00:00+02:00"),
        // A cron expression: nine o'clock on Mondays, before and after the clocks go forward.
        ("0 9 * * MON", "Europe/Berlin", "2026-03-20T10:00:00+01:00", "2026-03-23T09:00:00+01:00"),
        ("0 9 * * MON", "Europe/Berlin", "2026-03-24T10:00:00+01:00", "2026-03-30T09:00:00+02:00"),
        ("0 12 L * *", "UTC", "2028-02-10T08:00:00Z", "2028-02-29T12:00:00Z"),
    ];
    for (step, zone, declined, expected) in rows {
        let zone: Tz = zone.parse().expect("a zone");
        let record = first(&with_step(step), zone, declined);
        assert_eq!(tries_at(&record), at(expected), "{step} after {declined} in {zone}");
    }
}

#[test]
fn hours_weekdays_and_holidays_move_an_attempt_on() {
    let mut policy = with_step("1d");
    policy.calendar.hours = Some("09:00-18:00".parse().expect("hours"));
    let week = ["mon", "tue", "wed", "thu", "fri"];
    let days = week.iter().filter_map(|name| Weekdays::named(name));
    policy.calendar.weekdays = days.fold(Weekdays::NONE, Weekdays::with);
    // Good Friday and Easter Monday of 2026, and Christmas.
    let holidays = ["2026-04-03", "2026-04-06", "12-25", "12-26"];
    policy.calendar.holidays = holidays.iter().map(|day| day.parse().expect("a day")).collect();
    let rows = [
        // Too early on Wednesday: at nine.
        ("2026-03-10T05:00:00+01:00", "2026-03-11T09:00:00+01:00", vec![Mover::Hours]),
        // In the hours: as it is.
        ("2026-03-10T12:00:00+01:00", "2026-03-11T12:00:00+01:00", vec![]),
        // The end does not belong to the hours: Thursday at nine.
        ("2026-03-10T18:00:00+01:00", "2026-03-12T09:00:00+01:00", vec![Mover::Hours]),
        // From Friday evening over the weekend, in which the clocks go forward.
        (
            "2026-03-26T19:00:00+01:00",
            "2026-03-30T09:00:00+02:00",
            vec![Mover::Hours, Mover::Weekday],
        ),
        // Good Friday, the weekend, Easter Monday: to Tuesday.
        (
            "2026-04-02T12:00:00+02:00",
            "2026-04-07T09:00:00+02:00",
            vec![Mover::Holiday, Mover::Weekday, Mover::Holiday],
        ),
        // Christmas 2026 is on a Friday.
        (
            "2026-12-24T12:00:00+01:00",
            "2026-12-28T09:00:00+01:00",
            vec![Mover::Holiday, Mover::Weekday],
        ),
    ];
    for (declined, expected, movers) in rows {
        let record = first(&policy, chrono_tz::Europe::Berlin, declined);
        assert_eq!(tries_at(&record), at(expected), "after {declined}: {}", record.sentence());
        let found: Vec<Mover> = record.moves.iter().map(|one| one.by).collect();
        assert_eq!(found, movers, "after {declined}");
    }
}

#[test]
fn hours_hold_on_the_days_on_which_the_clocks_turn() {
    let mut policy = with_step("1d");
    policy.calendar.hours = Some("02:15-02:45".parse().expect("hours"));
    let zone = chrono_tz::Europe::Berlin;
    // There is no such time on 29 March: the day after.
    let record = first(&policy, zone, "2026-03-28T01:00:00+01:00");
    assert_eq!(tries_at(&record), at("2026-03-30T02:15:00+02:00"));
    // There are two on 25 October: the first.
    let record = first(&policy, zone, "2026-10-24T01:00:00+02:00");
    assert_eq!(tries_at(&record), at("2026-10-25T02:15:00+02:00"));
}

#[test]
fn an_attempt_moves_to_the_nearest_payday() {
    let mut policy = with_step("6d");
    let days = vec![Payday::Day(1), Payday::Day(15), Payday::Last];
    policy.calendar.paydays = Some(Paydays { days, within_days: 2 });
    let rows = [
        // The 13th: two days on.
        ("2026-03-07T12:00:00Z", "2026-03-15T12:00:00Z"),
        // The 17th: two days back.
        ("2026-03-11T12:00:00Z", "2026-03-15T12:00:00Z"),
        // The 18th is too far from all of them.
        ("2026-03-12T12:00:00Z", "2026-03-18T12:00:00Z"),
        // The 30th: the last of March is nearer than the first of April.
        ("2026-03-24T12:00:00Z", "2026-03-31T12:00:00Z"),
        // The last of February, in a leap year and in another.
        ("2028-02-21T12:00:00Z", "2028-02-29T12:00:00Z"),
        ("2026-02-21T12:00:00Z", "2026-02-28T12:00:00Z"),
    ];
    for (declined, expected) in rows {
        let record = first(&policy, Tz::UTC, declined);
        assert_eq!(tries_at(&record), at(expected), "after {declined}: {}", record.sentence());
    }
    // Never before the gap: the day before the step would be too early.
    policy.caps.gap = Span::days(6);
    let record = first(&policy, Tz::UTC, "2026-03-10T12:00:00Z");
    assert_eq!(tries_at(&record), at("2026-03-16T12:00:00Z"));
}

#[test]
fn the_standard_ladder_is_climbed_to_its_end() {
    let policy = Policy::standard();
    let start = at("2026-01-10T09:30:00Z");
    let days = [11, 13, 16, 20, 25, 31];
    let mut expected: Vec<_> =
        days.iter().map(|day| at(&format!("2026-01-{day}T09:30:00Z"))).collect();
    expected.push(at("2026-02-06T09:30:00Z"));
    let declined = decline(RetryClass::Soft);
    let mut now = start;
    for (declines, expected) in (1..).zip(expected) {
        let history = history(declines, start);
        let salt = salt(declines);
        let ask = Ask { decline: &declined, history, zone: Tz::UTC, salt, now };
        now = tries_at(&policy.decide(&ask));
        assert_eq!(now, expected, "after decline {declines}");
    }
    let last =
        Ask { decline: &declined, history: history(8, start), zone: Tz::UTC, salt: salt(8), now };
    let record = policy.decide(&last);
    assert_eq!((record.rule, record.decision), (Rule::InstrumentCap, Decision::GiveUp));
}

#[test]
fn a_technical_failure_gets_one_quick_retry_and_a_bare_refusal_few() {
    let policy = Policy::standard();
    let start = at("2026-01-10T09:30:00Z");
    let decide = |retry, declines, now| {
        let declined = decline(retry);
        let history = history(declines, start);
        let salt = salt(declines);
        policy.decide(&Ask { decline: &declined, history, zone: Tz::UTC, salt, now })
    };
    let quick = decide(RetryClass::SoftShort, 1, start);
    assert_eq!(tries_at(&quick), at("2026-01-10T12:30:00Z"));
    let then = decide(RetryClass::SoftShort, 2, at("2026-01-10T12:30:00Z"));
    assert_eq!(tries_at(&then), at("2026-01-13T09:30:00Z"));
    assert_eq!(tries_at(&decide(RetryClass::Limited, 3, start)), at("2026-01-26T09:30:00Z"));
    let refused = decide(RetryClass::Limited, 4, start);
    assert_eq!((refused.rule, refused.decision), (Rule::LimitedCap, Decision::GiveUp));
}

#[test]
fn what_the_provider_asks_to_wait_for_is_waited_for() {
    let mut declined = decline(RetryClass::Soft);
    declined.retry_after = Some(Span::days(4));
    let now = at("2026-01-10T09:30:00Z");
    let history = history(1, now);
    let ask = Ask { decline: &declined, history, zone: Tz::UTC, salt: salt(1), now };
    let record = Policy::standard().decide(&ask);
    assert_eq!(tries_at(&record), at("2026-01-14T09:30:00Z"));
    assert_eq!(record.moves.last().map(|one| one.by), Some(Mover::RetryAfter));
    assert!(record.sentence().contains("the provider asked to wait"), "{}", record.sentence());
}

#[test]
fn the_sentence_says_what_is_next_and_why() {
    let mut policy = Policy::standard();
    policy.calendar.hours = Some("09:00-18:00".parse().expect("hours"));
    let record = first(&policy, chrono_tz::Europe::Berlin, "2026-03-10T05:00:00+01:00");
    assert_eq!(
        record.sentence(),
        "The charge was declined: there is not enough money now. Policy standard tries again on \
         2026-03-11 09:00 (Europe/Berlin): step 1 of 7 for soft declines is 1 day after the first \
         decline, moved into the hours of charging."
    );
}
