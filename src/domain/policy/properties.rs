//! What holds for every policy, zone and history. A test only.

use chrono_tz::Tz;
use proptest::prelude::*;

use super::dates::{decline, history, salt};
use super::*;

const ZONES: [Tz; 6] = [
    Tz::UTC,
    chrono_tz::Europe::Berlin,
    chrono_tz::America::New_York,
    chrono_tz::Australia::Lord_Howe,
    chrono_tz::Asia::Kathmandu,
    chrono_tz::Pacific::Apia,
];

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1_u32..40).prop_map(Step::Days),
        (1_u32..200).prop_map(Step::Hours),
        prop::sample::select(vec!["0 9 * * MON", "30 2 * * *", "0 12 L * *", "0 0 29 2 *"])
            .prop_map(|line| line.parse().expect("a step")),
    ]
}

fn ladder() -> impl Strategy<Value = Ladder> {
    prop::collection::vec(step(), 0..6).prop_map(Ladder)
}

fn calendar() -> impl Strategy<Value = Calendar> {
    let hours = prop::option::of(prop::sample::select(vec![
        "09:00-18:00",
        "00:00-00:01",
        "02:15-02:45",
        "23:00-24:00",
    ]));
    let holidays = prop::collection::vec((1_u8..13, 1_u8..29), 0..20);
    let paydays = prop::option::of((prop::collection::vec(0_u8..32, 1..4), 0_u32..16));
    (hours, 0_u8..128, holidays, paydays).prop_map(|(hours, weekdays, holidays, paydays)| {
        let names = Weekdays::NAMES.iter().enumerate();
        let on = names.filter(|(place, _)| weekdays >> place & 1 == 1);
        Calendar {
            hours: hours.map(|hours| hours.parse().expect("hours")),
            weekdays: on.fold(Weekdays::NONE, |all, (_, (day, _))| all.with(*day)),
            holidays: holidays
                .into_iter()
                .map(|(month, day)| Holiday::Yearly { month, day })
                .collect(),
            paydays: paydays.map(|(days, within_days)| Paydays {
                days: days
                    .into_iter()
                    .map(|day| if day == 0 { Payday::Last } else { Payday::Day(day) })
                    .collect(),
                within_days,
            }),
        }
    })
}

fn policy() -> impl Strategy<Value = Policy> {
    let ladders = (ladder(), ladder(), ladder());
    let caps = (1_u32..10, 1_u32..20, 1_u32..6, 1_u32..100);
    (ladders, calendar(), caps, 0_u32..1_500, 1_u32..60).prop_map(
        |((soft, soft_short, limited), calendar, caps, jitter, window)| {
            let (per_instrument, per_recovery, limited_attempts, gap) = caps;
            let gap = Span::hours(gap);
            Policy {
                ladders: Ladders { soft, soft_short, limited, of_classes: vec![] },
                calendar,
                caps: Caps { per_instrument, per_recovery, limited: limited_attempts, gap },
                jitter: Span::minutes(jitter),
                window: Span::days(window),
                ..Policy::standard()
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// Never earlier than the slot, the gap or what the provider asked for; never outside of what
    /// is open; never above a cap, after a hard decline, or beyond the window.
    #[test]
    fn a_retry_keeps_every_bound(
        policy in policy(),
        which in 0..RetryClass::ALL.len(),
        zone in prop::sample::select(ZONES.to_vec()),
        declines in 1_u32..12,
        elsewhere in 0_u32..12,
        start_s in 0_u32..4_000_000_000,
        late_ms in 0_u32..3_000_000_000,
        wait_s in prop::option::of(0_u32..3_000_000),
    ) {
        let start = Timestamp::from_unix_ms(0).plus(Span::seconds(start_s));
        let now = start.plus(Span::ms(late_ms));
        let mut declined = decline(RetryClass::ALL[which]);
        declined.retry_after = wait_s.map(Span::seconds);
        let declines_in_all = declines + elsewhere;
        let history = History { declines_in_all, ..history(declines, start) };
        let ask = Ask { decline: &declined, history, zone, salt: salt(declines), now };
        let record = policy.decide(&ask);
        prop_assert_eq!(&record, &policy.decide(&ask), "the same again");
        prop_assert!(record.sentence().ends_with('.'));
        let Decision::TryAt(at) = record.decision else {
            prop_assert!(record.rule != Rule::Ladder);
            return Ok(());
        };
        let slot = record.slot.as_ref().expect("a ladder has a slot");
        let paid = record.moves.iter().any(|one| one.by == Mover::Payday);
        prop_assert!(paid || at >= slot.at, "not before its slot");
        let gap = match slot.step {
            Step::Hours(hours) => Span::hours(hours),
            Step::Days(_) | Step::Cron(_) => policy.caps.gap,
        };
        prop_assert!(at >= now.plus(gap), "the gap is kept");
        prop_assert!(at >= now.plus(declined.retry_after.unwrap_or(Span::ZERO)));
        prop_assert!(at <= start.plus(policy.window), "it ends within the window");
        prop_assert!(declines < policy.caps.per_instrument);
        prop_assert!(declines_in_all < policy.caps.per_recovery);
        prop_assert!(declined.retry != RetryClass::Limited || declines < policy.caps.limited);
        prop_assert!(!declined.retry.is_hard());
        let open = policy.calendar.open_from(at, zone).map(|(open, _)| open);
        prop_assert_eq!(open, Some(at), "it is open then");
    }

    /// A recovery that is declined again and again comes to its end, an attempt a slot.
    #[test]
    fn every_recovery_ends(
        policy in policy(),
        zone in prop::sample::select(ZONES.to_vec()),
        start_s in 0_u32..4_000_000_000,
    ) {
        let start = Timestamp::from_unix_ms(0).plus(Span::seconds(start_s));
        let declined = decline(RetryClass::Soft);
        let mut now = start;
        let mut declines = 1;
        loop {
            let history = history(declines, start);
            let ask = Ask { decline: &declined, history, zone, salt: salt(declines), now };
            let Decision::TryAt(at) = policy.decide(&ask).decision else { break };
            prop_assert!(at > now);
            now = at;
            declines += 1;
        }
        prop_assert!(declines <= policy.caps.per_instrument);
        prop_assert!(now <= start.plus(policy.window));
    }
}
