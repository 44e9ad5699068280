//! A bulk retry over many invoices: its preview, the answer to who starts it, and the time until
//! the last one is asked for. Nothing is charged: that is what the other scenarios measure.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::ensure;

use recoup::app::bulk_retry::Started;
use recoup::domain::bulk_retry::{BulkFilter, BulkResult};
use recoup::domain::time::Span;
use recoup::store::StoreError;

use super::Options;
use super::debts::Debts;
use super::figures::Table;
use super::world::{World, timed};

pub fn measure(options: &Options, folder: &Path, table: &mut Table) -> anyhow::Result<()> {
    let world = World::new(folder, "http://127.0.0.1:9", options.charges_max)?;
    let app = &world.app;
    let debts = Debts {
        organization: world.organization.id,
        connection: world.connection.id,
        customers: options.bulk,
        invoices_per_customer: 1,
        attempts_per_invoice: 0,
        attempted_from: app.now(),
        behaviour: "ok",
        // Before the bulk retry, which means what was there when it was asked for.
        at: app.now().minus(Span::seconds(1)),
    };
    debts.write(app)?;
    let organization = world.organization.id;
    let (preview, looking) = timed(|| app.preview_bulk_retry(organization, &BulkFilter::default()));
    let seen: u64 = preview?.counts.iter().map(|count| count.count).sum();
    let begun = Instant::now();
    let (started, answering) =
        timed(|| app.start_bulk_retry(organization, BulkFilter::default(), None));
    let (Started::Now(bulk) | Started::Before(bulk)) = started?;
    let run = app.retry_in_bulk()?;
    let queued_after = begun.elapsed();
    let counts = app.store().read(|read| -> Result<_, StoreError> { read.bulk_counts(bulk.id) })?;
    let queued: u64 = counts
        .iter()
        .filter(|count| count.result == BulkResult::Queued)
        .map(|count| count.count)
        .sum();
    ensure!(seen == u64::from(options.bulk) && queued == seen, "{queued} of {seen} were queued");
    ensure!(run.failed == 0, "a batch failed");
    let ms = |time: Duration| format!("{:.0} ms", time.as_secs_f64() * 1e3);
    table.row(format!("bulk: preview of {seen} invoices"), ms(looking.whole));
    table.row("bulk: the answer to who starts it", ms(answering.whole));
    table.row(format!("bulk: {queued} invoices queued, from asking"), ms(queued_after));
    Ok(())
}
