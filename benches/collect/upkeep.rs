//! What an operator runs beside a server that collects: a backup, and the audit. How long they
//! take on many attempts, and how long the one who writes waits meanwhile.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use recoup::domain::policy::NetworkLimit;
use recoup::domain::time::Timestamp;
use recoup::store::{
    DATABASE_FILE, MasterKey, Store, StoreError, StoreOptions, audit_file, backups,
};

use super::Options;
use super::figures::{Samples, Table};
use super::lists::ATTEMPTS_PER_INVOICE;
use super::start::fill;

/// Between two writes of whoever works beside the backup.
const PACE: Duration = Duration::from_millis(2);
/// What the writes are held against.
const QUIET: Duration = Duration::from_secs(5);

pub fn measure(options: &Options, folder: &Path, table: &mut Table) -> anyhow::Result<()> {
    let filled = fill(options, folder, ATTEMPTS_PER_INVOICE)?;
    let attempts = u64::from(filled.invoices) * u64::from(ATTEMPTS_PER_INVOICE);
    let database = folder.join(DATABASE_FILE);
    let megabytes = std::fs::metadata(&database)?.len() / 1_000_000;

    // It finds much: attempts that are written for a benchmark have no events.
    let begun = Instant::now();
    audit_file(&database, NetworkLimit::CARDS)?;
    let seconds = begun.elapsed().as_secs_f64();
    table.row(format!("audit of {attempts} attempts, {megabytes} MB"), format!("{seconds:.1} s"));

    let store = Store::open(&StoreOptions::at(folder), &MasterKey([7; 32]))?;
    let quiet = waits(&store, || std::thread::sleep(QUIET))?;
    table.row("a durable write, median / p99", quiet.ms());
    table.row("… the longest", longest(&quiet));
    let copy = folder.join("copy.db");
    let begun = Instant::now();
    let mut made = Ok(());
    let busy = waits(&store, || {
        let now = Timestamp::from_unix_ms(0);
        made = backups::create(store.path(), &copy, NetworkLimit::CARDS, now).map(|_| ());
    })?;
    made?;
    let seconds = begun.elapsed().as_secs_f64();
    table.row("backup, verified by the audit", format!("{seconds:.1} s"));
    table.row("a durable write during the backup, median / p99", busy.ms());
    table.row("… the longest", longest(&busy));
    Ok(())
}

fn longest(samples: &Samples) -> String {
    format!("{:.1} ms", samples.percentile(100).as_secs_f64() * 1e3)
}

/// How long each write took until it was durable, from when `work` begins until it ends.
fn waits(store: &Store, work: impl FnOnce()) -> Result<Samples, StoreError> {
    let ended = AtomicBool::new(false);
    let times = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let (mut times, at) = (Vec::new(), Timestamp::from_unix_ms(0));
            while !ended.load(Ordering::Relaxed) {
                let begun = Instant::now();
                store.write(move |tx| tx.record_job("bench", at, at, "ok"))?;
                times.push(begun.elapsed());
                std::thread::sleep(PACE);
            }
            Ok(times)
        });
        work();
        ended.store(true, Ordering::Relaxed);
        writer.join().expect("a writer panics only by a bug")
    });
    times.map(Samples::of)
}
