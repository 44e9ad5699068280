//! Power cuts: while invoices are made and charged, the power goes at drawn moments, in the midst
//! of a write or a sync, and with it what was not synced: all of it, none, a torn beginning, or
//! any sectors. After each cut recoup starts on what is left.

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, bail, ensure};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use recoup::app::App;
use recoup::domain::time::Span;
use recoup::store::Durability;

use super::drive::Plan;
use super::ground::{Ground, Refused};
use super::is_long;

const CUTS_SHORT: u32 = 50;
const CUTS_LONG: u32 = 500;
const SELLERS: usize = 3;
/// The power goes at one of so many writes and syncs.
const OPERATIONS_MAX: u64 = 1_500;
/// So many sales between two checkpoints, which move the log into the database.
const SALES_PER_CHECKPOINT: u64 = 5;
/// The provider's ledger is compared after so many cuts, and in the end.
const CUTS_PER_JUDGEMENT: u32 = 10;

struct Figures {
    acknowledged: usize,
}

fn cut_again_and_again(ground: &Ground, cuts: u32, seed: u64) -> anyhow::Result<Figures> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut app = ground.open()?;
    for cut in 1..=cuts {
        ground.drive.plan(Plan::PowerCut { at: random.random_range(1..=OPERATIONS_MAX) });
        sell_until_dark(ground, &app).with_context(|| format!("cut {cut} of seed {seed}"))?;
        drop(app);
        app = ground.cut_and_reopen().with_context(|| format!("cut {cut} of seed {seed}"))?;
        if cut % CUTS_PER_JUDGEMENT == 0 {
            ground.judge(&app).with_context(|| format!("cut {cut} of seed {seed}"))?;
        }
        // As a server does when it starts.
        app.release_abandoned()?;
        ground.clock.advance(Span::minutes(1));
        app.resolve_unknown()?;
    }
    ground.settle_all(&app)?;
    Ok(Figures { acknowledged: ground.acknowledged() })
}

fn sell_until_dark(ground: &Ground, app: &App) -> anyhow::Result<()> {
    let sales = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let sellers: Vec<_> =
            (0..SELLERS).map(|_| scope.spawn(|| sell(ground, app, &sales))).collect();
        sellers.into_iter().try_for_each(|seller| match seller.join() {
            Ok(sold) => sold,
            Err(_) => bail!("a seller panicked"),
        })
    })
}

fn sell(ground: &Ground, app: &App, sales: &AtomicU64) -> anyhow::Result<()> {
    let beside = ground.beside();
    while ground.drive.is_on() {
        match ground.sell(app) {
            Ok(()) => {}
            Err(refused) if ground.drive.is_on() => bail!("refused with the power on: {refused:?}"),
            Err(Refused::Outage(_) | Refused::Other(_)) => return Ok(()),
        }
        if sales.fetch_add(1, Ordering::Relaxed).is_multiple_of(SALES_PER_CHECKPOINT)
            && let Ok(beside) = &beside
        {
            // Readers may keep it from coming far; the power may end it.
            let _ = beside.execute_batch("PRAGMA wal_checkpoint(PASSIVE)");
        }
    }
    Ok(())
}

#[test]
fn nothing_acknowledged_is_lost_when_the_power_goes() {
    let cuts = if is_long() { CUTS_LONG } else { CUTS_SHORT };
    let ground = Ground::new("cuts", 1, Durability::PowerCut).unwrap();
    let figures = cut_again_and_again(&ground, cuts, 1).unwrap();
    eprintln!("{cuts} power cuts, {} acknowledged facts, 0 lost", figures.acknowledged);
    assert!(figures.acknowledged > cuts as usize, "hardly anything happened");
}

/// The negative control: a store that does not sync each group loses what it acknowledged, and
/// the same proof says so.
#[test]
fn a_store_that_syncs_less_fails_the_proof() {
    let ground = Ground::new("cuts-unsynced", 1, Durability::ProcessDeath).unwrap();
    let outcome = cut_again_and_again(&ground, CUTS_SHORT, 1);
    let told = format!("{:#}", outcome.err().expect("the proof must not hold"));
    assert!(told.contains("lost") || told.contains("not on the disk"), "{told}");
}

/// The pretended disk forgets what was not synced, and nothing else.
#[test]
fn the_disk_keeps_what_was_synced_and_may_lose_the_rest() -> anyhow::Result<()> {
    let mut lost = 0;
    for seed in 0..20 {
        let drive = super::drive::Drive::new(seed);
        let file = drive.open(Some("file"), true).expect("a new disk works");
        file.write(0, &[1; 4096]).expect("a new disk works");
        file.sync().expect("a new disk works");
        file.write(4096, &[2; 4096]).expect("a new disk works");
        drive.cut_power();
        ensure!(file.write(0, &[3]).is_err(), "the power is gone");
        drive.restore_power();
        ensure!(file.sync().is_err(), "what was open stays dead");
        let file = drive.open(Some("file"), false).expect("it was synced");
        let mut found = [0; 8192];
        file.read(0, &mut found).expect("the power is back");
        ensure!(found[..4096] == [1; 4096], "what was synced is there");
        lost += u32::from(found[4096..] != [2; 4096]);
    }
    ensure!((1..20).contains(&lost), "the rest is lost at times: {lost} of 20");
    Ok(())
}
