//! Debts through the whole path, against a provider in another process: first at an even pace,
//! for the time that recoup adds; then all that is left at once, for attempts a second.

use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::ensure;

use recoup::app::App;
use recoup::app::collect::Attempted;
use recoup::app::ports::ChargeRequest;
use recoup::domain::attempt::Outcome;
use recoup::domain::currency::Currency;
use recoup::domain::money::Money;
use recoup::store::{DueRecovery, StoreError};

use super::Options;
use super::children::{Listening, pretend_provider};
use super::debts::Debts;
use super::disk;
use super::figures::{
    CoreTime, Samples, Table, forget_peak_memory, megabytes, peak_mb, per_second, resident_mb,
};
use super::world::{Timed, World, timed};

/// `latency`: of the provider, `[median, p99]` in milliseconds.
pub fn measure(
    options: &Options,
    folder: &Path,
    latency: Option<[u32; 2]>,
    table: &mut Table,
) -> anyhow::Result<()> {
    let name = match latency {
        None => "instant".to_owned(),
        Some([median_ms, p99_ms]) => format!("{median_ms}/{p99_ms} ms"),
    };
    let provider = pretend_provider(latency)?;
    let world = World::new(folder, &provider.address, options.charges_max)?;
    let debts = Debts {
        organization: world.organization.id,
        connection: world.connection.id,
        customers: options.recoveries + options.paced,
        invoices_per_customer: 1,
        attempts_per_invoice: 0,
        attempted_from: world.app.now(),
        behaviour: "ok",
        at: world.app.now(),
    };
    debts.write(&world.app)?;
    forget_peak_memory();
    paced(options, &world.app, &name, table)?;
    at_once(&world.app, &provider, &name, table)?;
    table.row(format!("{name}: peak memory"), megabytes(peak_mb()));
    if latency.is_none() {
        plugin_and_provider(options, &world, &provider, table)?;
        let callers = options.charges_max;
        let commits = disk::group_commits_per_second(&folder.join("disk"), callers)?;
        table.row("disk: trivial group commits", format!("{commits:.0}/s"));
        let syncs = disk::fsyncs_per_second(folder)?;
        table.row("disk: single fsyncs", format!("{syncs:.0}/s"));
    }
    Ok(())
}

/// All that is due, as the job does it.
fn at_once(app: &App, provider: &Listening, name: &str, table: &mut Table) -> anyhow::Result<()> {
    let core_time = || {
        let ours = CoreTime::of_process(std::process::id());
        [ours, CoreTime::of_thread("store-writer"), CoreTime::of_process(provider.id())]
    };
    let (before, begun) = (core_time(), Instant::now());
    let run = app.retry_due()?;
    let (time, after) = (begun.elapsed(), core_time());
    ensure!(run.attempted > 0 && run.not_now + run.failed == 0, "not all was attempted: {run:?}");
    let rate = per_second(run.attempted, time);
    table.row(format!("{name}: attempts, all due at once"), format!("{rate:.0}/s"));
    // An intent and a settling each.
    table.row(format!("{name}: durable transactions"), format!("{:.0}/s", 2.0 * rate));
    for (place, whose) in ["recoup", "its writing thread", "the provider"].into_iter().enumerate() {
        let each = after[place].each_since(before[place], run.attempted);
        table.row(format!("{name}: core time of an attempt, {whose}"), each);
    }
    Ok(())
}

/// Attempts that begin one after the other at a fixed pace, whether the last has ended or not.
fn paced(options: &Options, app: &App, name: &str, table: &mut Table) -> anyhow::Result<()> {
    let now = app.now();
    let due: Vec<DueRecovery> = app
        .store()
        .read(|read| -> Result<_, StoreError> { read.due_recoveries(now, &[], options.paced) })?;
    let (next, begun) = (AtomicUsize::new(0), Instant::now());
    let attempt_next = || {
        let mut times: Vec<Timed> = vec![];
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(recovery) = due.get(place) else { return Ok(times) };
            let slot = u64::try_from(place)? * 1_000_000 / u64::from(options.pace);
            let wait = Duration::from_micros(slot).saturating_sub(begun.elapsed());
            std::thread::sleep(wait);
            let (outcome, time) = timed(|| app.attempt_payment(recovery.id));
            ensure!(matches!(outcome?, Attempted::Settled(..)), "a debt was not attempted");
            times.push(time);
        }
    };
    let times = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..options.charges_max).map(|_| scope.spawn(attempt_next)).collect();
        let mut all = vec![];
        for worker in workers {
            all.extend(worker.join().expect("a worker panics only by a bug")?);
        }
        anyhow::Ok(all)
    })?;
    let rate = per_second(u64::try_from(times.len())?, begun.elapsed());
    let added = Samples::of(times.iter().map(|time| time.added()).collect());
    let provider = Samples::of(times.iter().map(|time| time.provider).collect());
    table.row(format!("{name}: paced attempts"), format!("{rate:.0}/s"));
    table.row(format!("{name}: added time, median / p99"), added.ms());
    table.row(format!("{name}: provider's time, median / p99"), provider.ms());
    Ok(())
}

/// Charges a second without the store: what plugin, HTTP and the provider alone allow.
fn plugin_and_provider(
    options: &Options,
    world: &World,
    provider: &Listening,
    table: &mut Table,
) -> anyhow::Result<()> {
    let (next, paid) = (AtomicU64::new(0), AtomicU64::new(0));
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..options.charges_max {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= u64::from(options.recoveries) {
                        return;
                    }
                    let answer = world.app.psps().charge(&world.connection, &request(number));
                    if answer.outcome == Outcome::Paid {
                        paid.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let rate = per_second(paid.into_inner(), begun.elapsed());
    table.row("instant: charges without the store", format!("{rate:.0}/s"));
    let memory = resident_mb(provider.id());
    table.row("instant: memory of the provider", megabytes(memory));
    Ok(())
}

fn request(number: u64) -> ChargeRequest {
    ChargeRequest {
        idempotency_key: format!("bench-{number}"),
        reference: format!("bench-{number}"),
        amount: Money::new(4_900, Currency::EUR),
        provider_customer_id: format!("cus_ok__{number}"),
        provider_method_id: format!("pm_ok__{number}"),
        method_kind: "card".to_owned(),
        description: "Invoice".to_owned(),
        country: None,
        metadata: vec![],
    }
}
