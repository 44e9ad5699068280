//! Which seeds are run: a few by default, as many as are asked for, one to replay it. Two threads
//! share them, and each history is one thread.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::psp::Sabotage;
use crate::world::{Failure, Plan, Report, run};

/// As many as end in about 20 seconds in a debug build.
const SEEDS: u64 = 8;
const PAYABLES: usize = 40;
const DAYS: i64 = 365;
const THREADS: usize = 2;

/// With a fault in the code, the simulator finds it within so many seeds.
const SABOTAGED_SEEDS_MAX: u64 = 20;

fn setting<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}

fn plan(seed: u64) -> Plan {
    Plan {
        seed,
        days: setting("RECOUP_SIM_DAYS").unwrap_or(DAYS),
        payables: setting("RECOUP_SIM_PAYABLES").unwrap_or(PAYABLES),
        restores: seed.is_multiple_of(2),
        sabotage: Sabotage::Nothing,
    }
}

/// The same seed with less of everything, as long as it fails.
fn shrunk(mut plan: Plan, mut failure: Failure) -> (Plan, Failure) {
    while plan.payables > 1 && setting::<String>("RECOUP_SIM_KEEP").is_none() {
        let smaller = Plan { payables: plan.payables / 2, ..plan };
        let Err(found) = run(smaller) else { break };
        (plan, failure) = (smaller, found);
    }
    (plan, failure)
}

fn replay(plan: Plan, failure: Failure) -> String {
    let (plan, failure) = shrunk(plan, failure);
    format!(
        "seed {}: {}\n{}replay it with\n  RECOUP_SIM_SEED={} RECOUP_SIM_PAYABLES={} \
         RECOUP_SIM_DAYS={} RECOUP_SIM_TRACE=1 cargo test --test sim every_seed -- --nocapture",
        plan.seed, failure.what, failure.last_lines, plan.seed, plan.payables, plan.days
    )
}

fn run_all(seeds: std::ops::Range<u64>) -> Result<Vec<Report>, String> {
    let next = AtomicU64::new(seeds.start);
    let work = || -> Result<Vec<Report>, String> {
        let mut reports = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return Ok(reports);
            }
            let plan = plan(seed);
            reports.push(run(plan).map_err(|failure| replay(plan, failure))?);
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        let mut all = Vec::new();
        for thread in threads {
            all.extend(thread.join().expect("it reports, it does not panic")?);
        }
        Ok(all)
    })
}

#[test]
fn every_seed_keeps_every_invariant_and_forgets_no_debt() {
    let seeds = match setting("RECOUP_SIM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 1..1 + setting("RECOUP_SIM_SEEDS").unwrap_or(SEEDS),
    };
    let (many, began) = (seeds.end - seeds.start, Instant::now());
    let reports = run_all(seeds).unwrap_or_else(|failed| panic!("{failed}"));
    let sum = |of: fn(&Report) -> u64| reports.iter().map(of).sum::<u64>();
    println!(
        "{many} seeds in {:?}: {} steps, {} charges, {} crashes, {} restores",
        began.elapsed(),
        sum(|it| it.steps),
        sum(|it| it.charges as u64),
        sum(|it| it.crashes),
        sum(|it| it.restores),
    );
    assert!(sum(|it| it.charges as u64) > 0, "nothing was charged: it proves nothing");
}

#[test]
fn the_same_seed_is_the_same_history() {
    let plan = Plan { payables: 20, ..plan(4_711) };
    let (first, second) = (run(plan).unwrap(), run(plan).unwrap());
    assert_eq!(first, second);
    assert_ne!(first.hash, run(Plan { seed: 4_712, ..plan }).unwrap().hash);
}

/// The first seed that fails, and with what.
fn found(sabotage: Sabotage) -> Option<(u64, String)> {
    found_from(1, SABOTAGED_SEEDS_MAX, sabotage)
}

fn found_from(first: u64, many: u64, sabotage: Sabotage) -> Option<(u64, String)> {
    (first..first + many).find_map(|seed| {
        let restores = sabotage == Sabotage::NobodyReconciles;
        let plan = Plan { seed, days: 365, payables: 40, restores, sabotage };
        run(plan).err().map(|failure| (seed, failure.what))
    })
}

#[test]
fn a_random_key_is_found() {
    let (_, what) = found(Sabotage::RandomKey).expect("charging twice is found");
    assert!(what.starts_with("I1") || what.starts_with("I2"), "{what}");
}

#[test]
fn a_look_up_that_is_skipped_is_found() {
    let (_, what) = found(Sabotage::NoLookUp).expect("charging twice is found");
    assert!(what.starts_with("I1") || what.starts_with("I2"), "{what}");
}

#[test]
fn a_restore_after_which_nobody_is_asked_is_found() {
    let (_, what) = found(Sabotage::NobodyReconciles).expect("charging twice is found");
    assert!(what.starts_with("I1") || what.starts_with("I2"), "{what}");
}

/// The same fault of the code, with and without the index that is there in case of it.
#[test]
fn an_open_attempt_that_is_forgotten_charges_twice_only_without_the_index() {
    let found = found(Sabotage::ForgetOpenAttemptWithoutIndex);
    let (seed, what) = found.expect("two at once are found");
    assert!(what.starts_with("I4") || what.starts_with("I1"), "seed {seed}: {what}");
    if let Some((seed, what)) = found_from(seed, 2, Sabotage::ForgetOpenAttempt) {
        let is_of_money = what.starts_with("I1") || what.starts_with("I4");
        assert!(!is_of_money, "seed {seed}: the index lets it through: {what}");
    }
}
