//! Plugins that mean harm or are broken: each is stopped by its limit, soon, and others go on
//! meanwhile.

use std::thread;
use std::time::{Duration, Instant};

use recoup::domain::attempt::{ChargeAnswer, Outcome};
use recoup::psp::CallLimits;

use super::guest::Guest;
use super::peer::{OK, Peer, deserted};
use super::stage::Stage;

const EXECUTION_MS_MAX: u32 = 200;
const WALL_MS_MAX: u32 = 600;

fn limits() -> CallLimits {
    CallLimits {
        execution_ms_max: EXECUTION_MS_MAX,
        wall_ms_max: WALL_MS_MAX,
        ..CallLimits::default()
    }
}

/// What a charge of the plugin came to, while an honest plugin kept working beside it.
fn charged_beside_an_honest_one(charge: &'static str, base_url: &str) -> (ChargeAnswer, Duration) {
    let guests = [Guest::new("hostile", charge), Guest::new("honest", "(i32.const 0)")];
    let stage = Stage::new(&guests, limits());
    thread::scope(|scope| {
        let hostile = scope.spawn(|| {
            let begun = Instant::now();
            let answer = stage.charge("hostile", base_url);
            (answer, begun.elapsed())
        });
        let mut honest_calls = 0;
        while honest_calls == 0 || !hostile.is_finished() {
            assert_eq!(stage.charge("honest", base_url).outcome, Outcome::Paid);
            honest_calls += 1;
        }
        hostile.join().unwrap()
    })
}

/// It was stopped by the limit, before anything was sent.
fn assert_stopped(charge: &'static str, limit: &str) -> Duration {
    let (answer, took) = charged_beside_an_honest_one(charge, &deserted());
    match &answer.outcome {
        Outcome::NotSent(reason) => assert!(reason.contains(limit), "{reason}"),
        other => panic!("{other:?}"),
    }
    took
}

fn assert_at_once(took: Duration) {
    let limit = Duration::from_millis(u64::from(EXECUTION_MS_MAX) + 100);
    assert!(took < limit, "{took:?}");
}

#[test]
fn an_endless_loop_is_stopped_in_time() {
    let took = assert_stopped("(loop $l (br $l)) (unreachable)", "execution_ms_max");
    assert!(took >= Duration::from_millis(u64::from(EXECUTION_MS_MAX)), "{took:?}");
    assert_at_once(took);
}

#[test]
fn a_gigabyte_is_refused() {
    let grow = "(drop (memory.grow (i32.const 16384))) (i32.const 0)";
    assert_at_once(assert_stopped(grow, "memory_bytes_max"));
}

#[test]
fn a_trap_is_an_answer() {
    assert_at_once(assert_stopped("(unreachable)", "unreachable"));
}

#[test]
fn a_stack_without_end_is_an_answer() {
    assert_at_once(assert_stopped("(call $deep (i32.const 0))", "stack"));
}

#[test]
fn ten_thousand_calls_of_the_host_are_too_many() {
    let calls = "(local.set $i (i32.const 10000))
        (loop $l
          (drop (call $now))
          (local.set $i (i32.sub (local.get $i) (i32.const 1)))
          (br_if $l (local.get $i)))
        (i32.const 0)";
    assert_at_once(assert_stopped(calls, "host_calls_max"));
}

#[test]
fn a_huge_answer_is_not_read() {
    // `status` claims 60 MiB of the plugin's memory, which it has.
    let huge = "(drop (memory.grow (i32.const 1000)))
        (i32.store offset=84 (i32.const 0) (i32.const 0))
        (i32.store offset=88 (i32.const 0) (i32.const 62914560))
        (i32.const 0)";
    assert_at_once(assert_stopped(huge, "fuel"));
}

#[test]
fn an_answer_outside_of_its_memory_is_not_read() {
    let outside = "(i32.store offset=84 (i32.const 0) (i32.const -16))
        (i32.store offset=88 (i32.const 0) (i32.const 4096))
        (i32.const 0)";
    assert_at_once(assert_stopped(outside, "broke off"));
}

#[test]
fn a_huge_log_is_cut_off() {
    let log = "(call $write (i32.const 1) (i32.const 140000) (i32.const 100000)) (i32.const 0)";
    assert_at_once(assert_stopped(log, "log_bytes_max"));
}

#[test]
fn many_lines_of_log_are_cut_off() {
    let log = "(loop $l (call $write (i32.const 0) (i32.const 0) (i32.const 1)) (br $l))
        (unreachable)";
    assert_at_once(assert_stopped(log, "log_lines_max"));
}

#[test]
fn a_trap_after_a_request_leaves_the_outcome_unknown() {
    let peer = Peer::answering(OK);
    let (answer, took) = charged_beside_an_honest_one(
        "(drop (call $post (local.get $in))) (unreachable)",
        &peer.url(),
    );
    assert!(matches!(answer.outcome, Outcome::Unknown(_)), "{answer:?}");
    assert_eq!(peer.requests(), 1);
    assert_at_once(took);
}

#[test]
fn a_trap_after_a_refused_connection_sent_nothing() {
    let (answer, _) = charged_beside_an_honest_one(
        "(drop (call $post (local.get $in))) (unreachable)",
        &deserted(),
    );
    assert!(matches!(answer.outcome, Outcome::NotSent(_)), "{answer:?}");
}

#[test]
fn requests_without_end_are_stopped() {
    let peer = Peer::answering(OK);
    let (answer, _) = charged_beside_an_honest_one(
        "(loop $l (drop (call $post (local.get $in))) (br $l)) (unreachable)",
        &peer.url(),
    );
    match answer.outcome {
        Outcome::Unknown(reason) => assert!(reason.contains("http_requests_max"), "{reason}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(peer.requests(), 32);
}

#[test]
fn waiting_for_a_silent_provider_ends_with_the_wall_time() {
    let peer = Peer::new(|visit| while visit.request().is_some() {});
    let (answer, took) = charged_beside_an_honest_one(
        "(loop $l (drop (call $post (local.get $in))) (br $l)) (unreachable)",
        &peer.url(),
    );
    assert!(matches!(answer.outcome, Outcome::Unknown(_)), "{answer:?}");
    assert!(took < Duration::from_millis(u64::from(WALL_MS_MAX) + 100), "{took:?}");
}

#[test]
fn a_decline_guessed_from_silence_is_not_believed() {
    let peer = Peer::new(|visit| {
        visit.request();
    });
    // Discriminant 1: declined.
    let (answer, _) = charged_beside_an_honest_one(
        "(drop (call $post (local.get $in)))
         (i32.store8 (i32.const 0) (i32.const 1))
         (i32.const 0)",
        &peer.url(),
    );
    assert!(matches!(answer.outcome, Outcome::Unknown(_)), "{answer:?}");
}
