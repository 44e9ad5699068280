//! The proof of kills is seen to fail: with a guard taken away, the judge finds what is wrong. A
//! proof that cannot fail proves nothing.

use serde_json::json;

use super::business::Debt;
use super::stage::{Stage, Time, Twist};
use super::{Kill, Verdict, play, set, settle};
use recoup::app::crash_point::CrashPoint;

const DROPPED: &str = "DROP INDEX attempts_one_open";

fn sabotaged(guards: &'static str) -> Twist {
    Twist { sabotage: guards, ..Twist::default() }
}

fn ask(stage: &Stage, debt: &Debt) -> u16 {
    let path = format!("/api/v1/invoices/{}/retry_payment", debt.id);
    stage.caller().post(&path, &json!({})).expect("an answer").status
}

/// A debt whose charge is open is asked for again, several times.
fn asked_for_again(twist: Twist, alters: &str) -> Verdict {
    let (mut stage, business) = set(twist);
    if !alters.is_empty() {
        stage.alter(alters);
    }
    assert!(stage.start(Time::Fast, None));
    let mut accepted = 0;
    for _ in 0..4 {
        let debt = business.owed(&stage);
        for _ in 0..6 {
            accepted += usize::from(ask(&stage, &debt) == 200);
            std::thread::sleep(std::time::Duration::from_millis(150));
        }
    }
    assert!(accepted > 0, "under this sabotage a debt that is being charged can be asked for");
    settle(&mut stage, &business, twist)
}

#[test]
fn without_the_index_on_open_attempts_the_judge_finds_debts_charged_twice() {
    let twist = sabotaged("no-open-attempt-index");
    let verdict = asked_for_again(twist, DROPPED);
    assert!(!verdict.twice.is_empty(), "{verdict:#?}");
}

/// The index holds by itself, whatever the code before it believes.
#[test]
fn with_the_index_alone_no_debt_is_charged_twice() {
    let verdict = asked_for_again(sabotaged("no-open-attempt-index"), "");
    assert!(verdict.twice.is_empty(), "{verdict:#?}");
}

fn killed_after_the_call(twist: Twist) -> Verdict {
    let kills = [CrashPoint::AfterCall, CrashPoint::AfterCall, CrashPoint::BeforeSettle];
    let plan = kills.map(|point| Kill::At { point, on_hit: 3 });
    play(twist, &plan, 7).verdict
}

#[test]
fn with_random_keys_the_judge_finds_debts_charged_twice() {
    let verdict = killed_after_the_call(Twist {
        deaf: true,
        // Each look-up finds nothing, and sends again: not for weeks.
        end: &[600],
        ..sabotaged("random-key")
    });
    assert!(!verdict.twice.is_empty() && !verdict.lost.is_empty(), "{verdict:#?}");
}

#[test]
fn without_look_ups_the_judge_finds_charges_that_are_lost() {
    let verdict = killed_after_the_call(Twist { deaf: true, ..sabotaged("no-lookup") });
    assert!(!verdict.lost.is_empty() && !verdict.stuck.is_empty(), "{verdict:#?}");
}

/// Without the webhooks of the provider, and with every guard in place, nothing is lost.
#[test]
fn without_webhooks_look_ups_find_every_charge() {
    let verdict = killed_after_the_call(Twist { deaf: true, ..Twist::default() });
    assert!(verdict.is_clean(), "{verdict:#?}");
}
