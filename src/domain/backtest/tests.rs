//! Replays whose sums were worked out by hand. A test only.

use chrono_tz::Tz;

use super::*;
use crate::domain::attempt::Origin;
use crate::domain::decline::{Decline, DeclineClass};
use crate::domain::failure::{FirstDecline, MadeOn};
use crate::domain::id::RecoveryId;
use crate::domain::money::Money;

fn day(day: u32) -> Timestamp {
    Timestamp::from_unix_ms(1_760_000_000_000).plus(Span::days(day))
}

fn decline() -> Decline {
    let class = DeclineClass::InsufficientFunds;
    Decline {
        class,
        retry: class.usual_retry(),
        code: class.as_str().to_owned(),
        network_code: None,
        advice_code: None,
        retry_after: None,
        message: String::new(),
    }
}

fn card(instrument: &str) -> MadeOn {
    let text = str::to_owned;
    MadeOn { provider: text("sandbox"), method: text("card"), instrument: text(instrument) }
}

/// Declined on day 0, tried again on these days, the last time with success if it was paid.
fn failure(number: u128, retried: &[u32], is_paid: bool) -> Failure {
    let amount = Money::new(1_000, Currency::EUR);
    let last = retried.len();
    let one = |(place, at): (usize, &u32)| Try {
        number: u32::try_from(place + 2).expect("few"),
        at: day(*at),
        origin: Origin::Schedule,
        amount,
        made_on: card(&number.to_string()),
        decline: (place + 1 < last || !is_paid).then(decline),
    };
    Failure {
        recovery: RecoveryId::from_uuid(uuid::Uuid::from_u128(number)),
        amount,
        zone: Tz::UTC,
        first: FirstDecline { at: day(0), decline: decline(), made_on: card(&number.to_string()) },
        tries: retried.iter().enumerate().map(one).collect(),
        settled_otherwise: None,
    }
}

#[test]
fn what_was_really_tried_is_taken_as_it_was() {
    // The standard ladder: days 1, 3, 6, 10, 15, 21, 27.
    let failures = [failure(1, &[1, 3], true), failure(2, &[1, 3, 6, 10, 15, 21, 27], false)];
    let rates = Rates::of(&failures);
    let found = replay(&Policy::standard(), &failures, &rates, NetworkLimit::CARDS);
    assert_eq!((found.attempts_observed, found.attempts_estimated), (9, 0));
    assert_eq!(found.attempts, Estimate { expected: Some(9), low: 9, high: 9 });
    let money = &found.money[0];
    assert_eq!(money.recovered, Estimate { expected: Some(1_000), low: 1_000, high: 1_000 });
    assert_eq!((money.recorded, money.failed), (1_000, 2_000));
    let by_day: Vec<_> = money.by_day.iter().map(|one| one.low).collect();
    assert_eq!(by_day, [0, 0, 0, 1_000], "on day 3");
    assert_eq!((found.headroom.declines_most, found.headroom.beyond), (8, 0));
}

#[test]
fn a_rate_stands_in_for_what_was_never_tried_and_its_doubt_is_told() {
    // 25 of 100 retries on day 1 were paid; day 3 was never tried.
    let mut failures: Vec<_> = (0..100).map(|one| failure(one, &[1], one < 25)).collect();
    let rates = Rates::of(&failures);
    failures.truncate(26);
    let mut policy = Policy::standard();
    policy.ladders.soft = crate::domain::policy::Ladder::days(&[1, 3]);
    let found = replay(&policy, &failures, &rates, NetworkLimit::CARDS);
    assert_eq!((found.attempts_observed, found.attempts_estimated), (26, 1));
    let money = found.money[0].recovered;
    // 25 were paid; of the last one a quarter is expected, and Wilson says 17.5 % to 34.3 %.
    assert_eq!(money, Estimate { expected: Some(25_250), low: 25_175, high: 25_343 });
}

#[test]
fn without_any_retry_no_money_is_foretold() {
    let failures = [failure(1, &[], false)];
    let found = replay(&Policy::standard(), &failures, &Rates::default(), NetworkLimit::CARDS);
    assert_eq!(found.money[0].recovered, Estimate { expected: None, low: 0, high: 1_000 });
    assert_eq!((found.attempts.low, found.attempts.high), (1, 7));
}

#[test]
fn declines_of_one_card_are_counted_over_its_debts() {
    let mut failures = [failure(1, &[], false), failure(2, &[], false)];
    failures[1].first.made_on = failures[0].first.made_on.clone();
    let found = replay(&Policy::standard(), &failures, &Rates::default(), NetworkLimit::CARDS);
    assert_eq!((found.headroom.instruments, found.headroom.declines_most), (1, 16));
    assert_eq!(found.headroom.beyond, 1);
}

#[test]
fn a_debt_that_its_payer_settled_is_tried_no_more() {
    let mut paid = failure(1, &[1, 3], true);
    paid.tries[1].origin = Origin::Link;
    let rates = Rates::of(&[]);
    let found = replay(&Policy::standard(), &[paid], &rates, NetworkLimit::CARDS);
    assert_eq!((found.taken_away, found.attempts_observed), (1, 1));
    assert_eq!(found.money[0].recovered.high, 0, "no retry brought it");
}
