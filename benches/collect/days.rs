//! Many debts over four weeks of a clock that is moved by hand, every one declined at each of its
//! times: what the schedule of a month costs.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::ensure;

use recoup::app::ports::Clock;
use recoup::clock::{SystemClock, TestClock};
use recoup::domain::time::Span;

use super::Options;
use super::children::pretend_provider;
use super::debts::Debts;
use super::figures::{CoreTime, Table};
use super::world::World;

const DAYS: u32 = 28;

pub fn measure(options: &Options, folder: &Path, table: &mut Table) -> anyhow::Result<()> {
    let provider = pretend_provider(None)?;
    let clock = Arc::new(TestClock::at(SystemClock.now()));
    let hands = Arc::clone(&clock);
    let world = World::with_clock(folder, &provider.address, options.charges_max, clock)?;
    let app = &world.app;
    let debts = Debts {
        organization: world.organization.id,
        connection: world.connection.id,
        customers: options.days,
        invoices_per_customer: 1,
        attempts_per_invoice: 0,
        attempted_from: app.now(),
        behaviour: "declined_insufficient_funds",
        at: app.now(),
    };
    debts.write(app)?;
    let end = app.now().plus(Span::days(DAYS));
    let core_time =
        || [CoreTime::of_process(std::process::id()), CoreTime::of_process(provider.id())];
    let (before, begun) = (core_time(), Instant::now());
    let mut attempted = 0;
    loop {
        let run = app.retry_due()?;
        ensure!(run.failed == 0, "attempts failed: {run:?}");
        attempted += run.attempted;
        match app.next_due()? {
            Some(next) if next <= end => hands.set(next),
            Some(_) | None => break,
        }
    }
    let (elapsed, after) = (begun.elapsed(), core_time());
    ensure!(attempted > u64::from(options.days), "no retry was made");
    let named = |what: &str| format!("{} debts over {DAYS} days: {what}", options.days);
    table.row(named("attempts"), attempted.to_string());
    table.row(named("elapsed, the provider's time included"), format!("{elapsed:.1?}"));
    table.row(named("core time of recoup"), after[0].since(before[0]));
    table.row(named("core time of the provider"), after[1].since(before[1]));
    Ok(())
}
