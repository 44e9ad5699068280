//! The proof of kills: recoup is killed at every point on the way of the money, and at any time
//! between, while a business works, payers pay, and the provider misbehaves in every way it can.
//! It is started again each time. In the end the provider's ledger is the judge.
//!
//! `RECOUPTEST_KILLS` says how often (`make prove`: 2,000), `RECOUPTEST_SEED` repeats a plan. What
//! threads and processes do between two kills is theirs: the plan repeats, the interleaving does
//! not.

mod business;
mod caller;
mod controls;
mod judge;
mod stage;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use recoup::app::crash_point::CrashPoint;

use business::Business;
use judge::Verdict;
use stage::{LEASE, Stage, Time, Twist};

/// In `make test`.
const KILLS: u32 = 100;

/// On one stage; then the next one opens, with a fresh ledger.
const KILLS_ON_A_STAGE: u32 = 25;

/// So many stages play at once.
const STAGES_AT_ONCE: u32 = 4;

/// So long it may take until a point is come to; then recoup is killed where it is.
const PATIENCE: Duration = Duration::from_secs(5);

/// A point that was not come to in its turn gets so many more.
const ENCORES: u32 = 4;

/// One death.
#[derive(Debug, Clone, Copy)]
enum Kill {
    At { point: CrashPoint, on_hit: u32 },
    After { ms: u64 },
}

/// What one stage showed.
struct Played {
    verdict: Verdict,
    /// Deaths at a point, by its name.
    died_at: BTreeMap<&'static str, u32>,
    at_random: u32,
}

#[test]
fn whenever_it_is_killed_no_debt_is_charged_twice_and_none_is_lost() {
    let seed = super::seed();
    let kills = super::length("RECOUPTEST_KILLS", KILLS);
    println!("the seed is {seed}: RECOUPTEST_SEED={seed} repeats the plan");
    let plans = plan(seed, kills);
    let began = Instant::now();
    let mut played = play_all(plans, seed);
    // A point whose time had passed on its stage has one where nothing has happened yet.
    let once = |point| vec![Kill::At { point, on_hit: 1 }];
    let once_more: Vec<_> = missed(&deaths(&played)).into_iter().map(once).collect();
    played.extend(play_all(once_more, seed.rotate_left(1)));
    let (mut at_random, mut charges, mut debts) = (0, 0, 0);
    for one in &played {
        assert!(one.verdict.is_clean(), "seed {seed}: {:#?}", one.verdict);
        at_random += one.at_random;
        charges += one.verdict.charges;
        debts += one.verdict.debts;
    }
    let died_at = deaths(&played);
    let missed = missed(&died_at);
    let at_points: u32 = died_at.values().sum();
    println!(
        "{} kills, {at_points} at {} points and {at_random} at random times, in {:.0?}: {debts} \
         debts that were told and {charges} charges that took money, none twice, none lost",
        at_points + at_random,
        died_at.len(),
        began.elapsed(),
    );
    assert!(missed.is_empty(), "seed {seed}: these points were never come to: {missed:?}");
    assert!(at_points + at_random >= kills);
}

/// On all stages, by point.
fn deaths(played: &[Played]) -> BTreeMap<&'static str, u32> {
    let mut died_at = BTreeMap::new();
    for (point, times) in played.iter().flat_map(|one| &one.died_at) {
        *died_at.entry(*point).or_default() += times;
    }
    died_at
}

fn missed(died_at: &BTreeMap<&str, u32>) -> Vec<CrashPoint> {
    let is_missed = |point: &CrashPoint| !died_at.contains_key(point.as_str());
    CrashPoint::ALL.iter().copied().filter(is_missed).collect()
}

/// Every point at least once, half of all kills at least at random times, a list for each stage.
fn plan(seed: u64, kills: u32) -> Vec<Vec<Kill>> {
    let mut chance = StdRng::seed_from_u64(seed);
    let mut points: Vec<CrashPoint> = CrashPoint::ALL.to_vec();
    points.shuffle(&mut chance);
    let stages = kills.div_ceil(KILLS_ON_A_STAGE).max(1);
    let mut all: Vec<Vec<Kill>> = Vec::new();
    let mut next = points.iter().cycle();
    for stage in 0..stages {
        let here = KILLS_ON_A_STAGE.min(kills - stage * KILLS_ON_A_STAGE);
        let at_points = here.div_ceil(2).min(here);
        let mut list: Vec<Kill> = (0..here - at_points)
            .map(|_| Kill::After { ms: chance.random_range(20..500) })
            .collect();
        let mut first = Vec::new();
        for point in next.by_ref().take(at_points as usize) {
            let kill = Kill::At { point: *point, on_hit: hit(*point, &mut chance) };
            if is_early(*point) { first.push(kill) } else { list.push(kill) }
        }
        list.shuffle(&mut chance);
        first.sort_by_key(|kill| !matches!(kill, Kill::At { point: CrashPoint::AfterBilling, .. }));
        first.extend(list);
        all.push(first);
    }
    all
}

/// Subscriptions begin at a midnight, which comes once, and only so many invoices are overdue.
fn is_early(point: CrashPoint) -> bool {
    matches!(
        point,
        CrashPoint::AfterBilling
            | CrashPoint::InRequest
            | CrashPoint::AfterRequest
            | CrashPoint::InRequestPaid
    )
}

/// What is seldom come to kills the first time.
fn hit(point: CrashPoint, chance: &mut StdRng) -> u32 {
    match point {
        CrashPoint::InIntent
        | CrashPoint::AfterIntent
        | CrashPoint::AfterCall
        | CrashPoint::BeforeSettle
        | CrashPoint::InSettle
        | CrashPoint::AfterSettle
        | CrashPoint::WebhookBeforeStore
        | CrashPoint::WebhookStored
        | CrashPoint::BeforeDigest
        | CrashPoint::AfterDigest
        | CrashPoint::DeliveryFrozen
        | CrashPoint::DeliverySent => chance.random_range(1..=6),
        _ => 1,
    }
}

fn play_all(plans: Vec<Vec<Kill>>, seed: u64) -> Vec<Played> {
    let next = AtomicU32::new(0);
    let played = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..STAGES_AT_ONCE {
            scope.spawn(|| {
                loop {
                    let turn = next.fetch_add(1, Ordering::SeqCst);
                    let Some(plan) = plans.get(turn as usize) else { return };
                    let one = play(Twist::default(), plan, seed.wrapping_add(turn.into()));
                    played.lock().unwrap().push(one);
                }
            });
        }
    });
    played.into_inner().unwrap()
}

/// One stage from the first debt to the last word of the judge.
fn play(twist: Twist, plan: &[Kill], seed: u64) -> Played {
    let (mut stage, business) = set(twist);
    let mut died = Deaths::default();
    let api = stage.caller();
    std::thread::scope(|scope| {
        let working = [seed, seed ^ 1].map(|seed| {
            let (business, api) = (&business, api.clone());
            scope.spawn(move || business.works(&api, seed))
        });
        let payers = [seed, seed ^ 2].map(|seed| {
            let (business, api) = (&business, api.clone());
            scope.spawn(move || business.is_paid_on_pages(&api, seed))
        });
        let ends = Ends(&business);
        for kill in plan {
            die(&mut stage, &business, *kill, &mut died);
        }
        for _ in 0..ENCORES {
            for point in std::mem::take(&mut died.missed) {
                die(&mut stage, &business, Kill::At { point, on_hit: 1 }, &mut died);
            }
        }
        assert!(stage.start(Time::Fast, None), "it starts after every kill");
        drop(ends);
        for thread in working {
            thread.join().expect("the business does not panic");
        }
        for thread in payers {
            thread.join().expect("payers do not panic");
        }
    });
    let verdict = settle(&mut stage, &business, twist);
    if twist.sabotage.is_empty() && !verdict.is_clean() {
        println!("the database that was judged is kept as {}", stage.keep().display());
    }
    Played { verdict, died_at: died.at, at_random: died.at_random }
}

/// The business closes whatever happens, or its threads would never end.
struct Ends<'a>(&'a Business);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.closes();
    }
}

fn set(twist: Twist) -> (Stage, Business) {
    // A day ahead of the machine: recoup's clock never goes back.
    let tomorrow = chrono::DateTime::from_timestamp_millis(now_ms() + 86_400_000).expect("a time");
    let begins = format!("{}T22:58:00Z", tomorrow.format("%Y-%m-%d"));
    let (stage, connection) = Stage::set(twist, begins);
    let business = Business::opens(&stage, &connection);
    (stage, business)
}

/// Milliseconds since 1970.
fn now_ms() -> i64 {
    uuid::Uuid::now_v7()
        .get_timestamp()
        .map(|at| i64::try_from(at.to_unix().0 * 1_000).expect("a time"))
        .expect("a version 7 has a time")
}

#[derive(Default)]
struct Deaths {
    at: BTreeMap<&'static str, u32>,
    at_random: u32,
    missed: Vec<CrashPoint>,
}

fn die(stage: &mut Stage, business: &Business, kill: Kill, died: &mut Deaths) {
    match kill {
        Kill::After { ms } => {
            assert!(stage.start(Time::Fast, None), "it starts after every kill");
            std::thread::sleep(Duration::from_millis(ms));
            stage.kill();
            died.at_random += 1;
        }
        Kill::At { point, on_hit } => {
            let name = point.as_str();
            if needs_a_charge_that_was_left(point) {
                die(stage, business, Kill::At { point: CrashPoint::AfterIntent, on_hit: 1 }, died);
            }
            business.makes_for(point);
            stage.start(Time::Fast, Some(&format!("{name}:{on_hit}")));
            if stage.dies_within(PATIENCE) {
                *died.at.entry(name).or_default() += 1;
            } else {
                stage.kill();
                died.at_random += 1;
                if !died.at.contains_key(name) {
                    died.missed.push(point);
                }
            }
        }
    }
}

fn needs_a_charge_that_was_left(point: CrashPoint) -> bool {
    matches!(
        point,
        CrashPoint::InRelease | CrashPoint::BeforeSentAgain | CrashPoint::AfterSentAgain
    )
}

/// Nobody kills any more: what is due happens, for weeks.
fn settle(stage: &mut Stage, business: &Business, twist: Twist) -> Verdict {
    let mut verdict = Verdict::default();
    std::thread::sleep(2 * LEASE);
    judge::stuck(stage, &mut verdict);
    assert!(stage.start(Time::ByHand, None), "it starts");
    stage.pass(0);
    for step_s in twist.end {
        stage.pass(*step_s);
    }
    judge::judge(stage, business, &mut verdict);
    stage.kill();
    verdict
}
