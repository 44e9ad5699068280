//! A disk that is full or fails at the nth write, sync or read, while an invoice is made and
//! charged. Callers are told, nothing is charged without an intent on the disk, and once the disk
//! is well again recoup goes on by itself.

use anyhow::{Context, bail, ensure};
use recoup::app::App;
use recoup::domain::organization::Organization;
use recoup::store::{Durability, StoreError};

use super::drive::{Operation, Plan};
use super::ground::{Ground, Refused};
use super::is_long;

/// The short form tries one place of so many.
const STRIDE_SHORT: u64 = 8;
/// As often as a disk that stays broken is asked in one scenario, and more.
const ALWAYS: u64 = u64::MAX;

type Illness = (&'static str, fn(u64) -> Plan);

const ILLNESSES: &[Illness] = &[
    ("full from the nth write on", |at| Plan::Fills { at }),
    ("the nth write fails", |at| Plan::Fails { what: Operation::Write, at, times: 1 }),
    ("each write from the nth on fails", |at| Plan::Fails {
        what: Operation::Write,
        at,
        times: ALWAYS,
    }),
    ("the nth sync fails", |at| Plan::Fails { what: Operation::Sync, at, times: 1 }),
    ("each sync from the nth on fails", |at| Plan::Fails {
        what: Operation::Sync,
        at,
        times: ALWAYS,
    }),
    ("the nth read fails", |at| Plan::Fails { what: Operation::Read, at, times: 1 }),
];

/// Falls ill while two invoices are sold, gets well, and sells another. Answers whether it came
/// to the place at all.
fn fall_ill_and_recover(ground: &Ground, app: &App, plan: Plan) -> anyhow::Result<bool> {
    ground.drive.plan(plan);
    for _ in 0..2 {
        match ground.sell(app) {
            Ok(()) => {}
            Err(Refused::Outage(sentence)) => ensure!(sentence.contains("disk"), "{sentence}"),
            Err(Refused::Other(what)) => bail!("an error that is not the disk's: {what}"),
        }
    }
    let came_to_it = ground.drive.failed() > 0;
    ground.drive.mend();
    app.store().check_writable().context("there is room again")?;
    match ground.sell(app) {
        Ok(()) => Ok(came_to_it),
        Err(refused) => bail!("it did not recover: {refused:?}"),
    }
}

#[test]
fn a_disk_that_is_full_or_fails_costs_no_money_and_recoup_recovers() {
    let ground = Ground::new("illnesses", 2, Durability::PowerCut).unwrap();
    let stride = if is_long() { 1 } else { STRIDE_SHORT };
    let mut places = 0;
    for (name, plan) in ILLNESSES {
        let mut at = 1;
        loop {
            let place = || format!("{name}, n = {at}");
            // Nothing is in memory yet, so it reads too.
            let app = ground.open().with_context(place).unwrap();
            let came = fall_ill_and_recover(&ground, &app, plan(at)).with_context(place).unwrap();
            drop(app);
            let app = ground.cut_and_reopen().with_context(place).unwrap();
            app.release_abandoned().unwrap();
            if !came {
                break;
            }
            places += 1;
            at += stride;
        }
        let app = ground.open().unwrap();
        ground.judge(&app).with_context(|| (*name).to_owned()).unwrap();
    }
    let app = ground.open().unwrap();
    ground.settle_all(&app).unwrap();
    eprintln!("{places} places of failure, {} acknowledged facts, 0 lost", ground.acknowledged());
    assert!(places > 20, "only {places} places");
}

/// The negative control: the judge sees a charge that nobody wrote down.
#[test]
fn a_charge_without_an_intent_fails_the_proof() {
    let ground = Ground::new("no-intent", 3, Durability::PowerCut).unwrap();
    let app = ground.open().unwrap();
    ground.sell(&app).unwrap();
    ground.judge(&app).unwrap();
    ground.charge_without_intent(&app).unwrap();
    let told = format!("{:#}", ground.judge(&app).unwrap_err());
    assert!(told.contains("its intent is not on the disk"), "{told}");
}

/// Why the last write failed is known until one succeeds.
#[test]
fn the_store_says_that_it_cannot_write_until_it_can() {
    let ground = Ground::new("readiness", 4, Durability::PowerCut).unwrap();
    let app = ground.open().unwrap();
    app.store().check_writable().unwrap();
    ground.drive.plan(Plan::Fills { at: 1 });
    assert!(matches!(ground.sell(&app), Err(Refused::Outage(_))));
    for _ in 0..2 {
        let told = app.store().check_writable();
        assert!(matches!(told, Err(StoreError::DiskFull(_))), "{told:?}");
    }
    ground.drive.mend();
    app.store().check_writable().unwrap();
}

/// SQLite gives up the transaction when the disk fails under it. Work that passes over the error
/// and goes on writing leaves nothing behind all the same.
#[test]
fn work_that_passes_over_a_failing_disk_is_not_kept_in_part() {
    let ground = Ground::new("passed-over", 5, Durability::PowerCut).unwrap();
    let app = ground.open().unwrap();
    let before = organization(&app);
    let renamed = |name: &str| Organization { name: name.to_owned(), ..before.clone() };
    let (first, second) = (renamed("First"), renamed("Second"));
    // Nothing has been read into memory yet.
    drop(app);
    let app = ground.open().unwrap();
    let drive = ground.drive.clone();
    let told = app.store().write(move |tx| -> Result<(), StoreError> {
        tx.save_organization(&first)?;
        drive.plan(Plan::Fails { what: Operation::Read, at: 1, times: 1 });
        let passed_over = tx.job_records();
        assert!(passed_over.is_err(), "the read fails");
        drive.mend();
        let _ = tx.save_organization(&second);
        Ok(())
    });
    assert!(matches!(told, Err(StoreError::GroupLost)), "{told:?}");
    assert_eq!(organization(&app).name, before.name);
    app.store().check_writable().unwrap();
}

fn organization(app: &App) -> Organization {
    let found = app.store().read(|read| -> Result<_, StoreError> { read.first_organization() });
    found.unwrap().expect("there is one")
}
