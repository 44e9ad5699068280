//! What collecting costs: attempts through the whole path against a provider in another process,
//! a plugin's call, a start with many invoices, a bulk retry. `docs/performance.md` says how to
//! read it. It asserts nothing: figures of a busy machine are no fault of the code.

mod bulk;
mod children;
mod days;
mod debts;
mod disk;
mod figures;
mod lists;
mod plugin_calls;
mod scenario;
mod start;
mod upkeep;
mod world;

use std::path::PathBuf;

use anyhow::Context;
use clap::{Parser, ValueEnum};

use figures::Table;

#[derive(Parser)]
#[command(about = "Measures the collecting of debts, plugins' calls, a start and a bulk retry")]
struct Options {
    /// Debts that are due at once, in each scenario
    #[arg(long, default_value_t = 20_000)]
    recoveries: u32,
    /// Attempts at an even pace, in each scenario: what the added time is measured on
    #[arg(long, default_value_t = 8_000)]
    paced: u32,
    /// Attempts a second at that pace
    #[arg(long, default_value_t = 1_000)]
    pace: u32,
    /// Charges at once, in all and on the one connection
    #[arg(long, default_value_t = 512)]
    charges_max: u32,
    /// Invoices in the database that the server is started on
    #[arg(long, default_value_t = 100_000)]
    invoices: u32,
    /// Calls of a plugin without I/O
    #[arg(long, default_value_t = 20_000)]
    calls: u32,
    /// Components whose calls are measured beside the sandbox plugin's
    #[arg(long, value_name = "FILE")]
    plugin: Vec<PathBuf>,
    /// Invoices of the bulk retry
    #[arg(long, default_value_t = 10_000)]
    bulk: u32,
    /// Debts that are declined for four weeks
    #[arg(long, default_value_t = 10_000)]
    days: u32,
    /// What is measured; all when none is named
    #[arg(long, value_enum)]
    only: Vec<Part>,
    /// Where databases are made; the disk is part of the figures
    #[arg(long, default_value = env!("CARGO_TARGET_TMPDIR"))]
    dir: PathBuf,
    /// What of the log is written (to a file), as `log.level` of the configuration
    #[arg(long, default_value = "info")]
    log_level: String,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The provider answers at once
    Instant,
    /// The provider takes 120 ms in the median, 380 ms at p99
    Slow,
    /// Calls of a plugin without I/O
    Calls,
    /// `recoup serve` on many invoices
    Start,
    /// A bulk retry, from asking to the last invoice queued
    Bulk,
    /// Debts that are declined again and again, over four weeks of a clock moved by hand
    Days,
    /// Reads of a server with many invoices and ten times as many attempts
    Lists,
    /// The audit and a backup of as many, with a writer beside it
    Upkeep,
}

impl Options {
    fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let folder = tempfile::Builder::new()
        .prefix("bench-")
        .tempdir_in(&options.dir)
        .with_context(|| format!("cannot make a folder in {}", options.dir.display()))?;
    write_log(&options, folder.path())?;
    let mut table = Table::default();
    table.row("cores", std::thread::available_parallelism()?.to_string());
    for (part, latency) in [(Part::Instant, None), (Part::Slow, Some([120, 380]))] {
        if options.wants(part) {
            let folder = folder.path().join(if latency.is_some() { "slow" } else { "instant" });
            scenario::measure(&options, &folder, latency, &mut table)?;
        }
    }
    if options.wants(Part::Calls) {
        plugin_calls::measure(&options, &folder.path().join("calls"), &mut table)?;
    }
    if options.wants(Part::Start) {
        start::measure(&options, &folder.path().join("start"), &mut table)?;
    }
    if options.wants(Part::Lists) {
        lists::measure(&options, &folder.path().join("lists"), &mut table)?;
    }
    if options.wants(Part::Upkeep) {
        upkeep::measure(&options, &folder.path().join("upkeep"), &mut table)?;
    }
    if options.wants(Part::Bulk) {
        bulk::measure(&options, &folder.path().join("bulk"), &mut table)?;
    }
    if options.wants(Part::Days) {
        days::measure(&options, &folder.path().join("days"), &mut table)?;
    }
    table.print();
    Ok(())
}

/// As a server writes it, so that its price is in the figures.
fn write_log(options: &Options, folder: &std::path::Path) -> anyhow::Result<()> {
    use tracing_subscriber::EnvFilter;
    let file = std::fs::File::create(folder.join("log"))?;
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(&options.log_level)?)
        .with_writer(std::sync::Arc::new(file))
        .with_ansi(false)
        .init();
    Ok(())
}
