//! What a plugin's call costs by itself: a fresh instance each time, nothing sent.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

use recoup::app::ports::{InboundWebhook, Psps, WebhookRefusal};
use recoup::clock::SystemClock;
use recoup::domain::connection::Connection;
use recoup::psp::{HostOptions, PluginHost};

use super::Options;
use super::figures::{Samples, Table, per_second};
use super::world::World;

/// Nothing listens there, and nothing is sent.
const NOWHERE: &str = "http://127.0.0.1:9";

/// Languages with an interpreter take milliseconds.
const FILE_CALLS_MAX: u32 = 2_000;

pub fn measure(options: &Options, folder: &Path, table: &mut Table) -> anyhow::Result<()> {
    let world = World::new(folder, NOWHERE, options.charges_max)?;
    let mode_of = || {
        ensure!(world.app.psps().mode_of(&world.connection).is_ok(), "it knows its mode");
        Ok(())
    };
    let inbound = InboundWebhook {
        headers: vec![("sandbox-signature".to_owned(), "t=1,v1=00".to_owned())],
        body: br#"{"id":"evt_1","type":"charge.succeeded"}"#.to_vec(),
    };
    let translate = || {
        let refused = world.app.psps().translate_webhook(&world.connection, &inbound);
        let as_expected = matches!(refused, Err(WebhookRefusal::BadSignature(_)));
        ensure!(as_expected, "a forged webhook was not refused as such: {refused:?}");
        Ok(())
    };
    for file in &options.plugin {
        measure_file(options, file, &world.connection, table)?;
    }
    for threads in [1, 2] {
        measure_one(options.calls, threads, "mode-of", table, mode_of)?;
        measure_one(options.calls, threads, "translate a forged webhook", table, translate)?;
    }
    Ok(())
}

/// A component by itself: what a fresh instance of it and its smallest function take.
fn measure_file(
    options: &Options,
    file: &Path,
    like: &Connection,
    table: &mut Table,
) -> anyhow::Result<()> {
    let mut host = HostOptions::new(&[], Arc::new(SystemClock));
    host.files = vec![file.to_owned()];
    host.instances = 4;
    let begun = Instant::now();
    let host = PluginHost::new(host)?;
    let compiled = begun.elapsed();
    if let Some(problem) = host.problems().first() {
        bail!("{problem}");
    }
    let provider = host.providers().into_iter().next().context("it is loaded")?;
    let connection = Connection { provider: provider.name, ..like.clone() };
    let mode_of = || {
        ensure!(host.mode_of(&connection).is_ok(), "it knows its mode");
        Ok(())
    };
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    table.row(format!("{name}: compiled and loaded"), format!("{} ms", compiled.as_millis()));
    measure_one(options.calls.min(FILE_CALLS_MAX), 1, &format!("mode-of of {name}"), table, mode_of)
}

fn measure_one(
    calls: u32,
    threads: u32,
    name: &str,
    table: &mut Table,
    call: impl Fn() -> anyhow::Result<()> + Sync,
) -> anyhow::Result<()> {
    let begun = Instant::now();
    let times: Vec<Duration> = std::thread::scope(|scope| {
        let workers: Vec<_> =
            (0..threads).map(|_| scope.spawn(|| times_of(calls / threads, &call))).collect();
        let mut all = vec![];
        for worker in workers {
            all.extend(worker.join().expect("a worker panics only by a bug")?);
        }
        anyhow::Ok(all)
    })?;
    let rate = per_second(u64::from(calls), begun.elapsed());
    let samples = Samples::of(times);
    let threads = if threads == 1 { "one thread".to_owned() } else { format!("{threads} threads") };
    table.row(
        format!("call: {name}, {threads}, median / p99"),
        format!("{} ({rate:.0}/s)", samples.us()),
    );
    Ok(())
}

fn times_of(calls: u32, call: &impl Fn() -> anyhow::Result<()>) -> anyhow::Result<Vec<Duration>> {
    // The first ones fill caches and the pool.
    for _ in 0..calls / 20 {
        call()?;
    }
    let mut times = vec![];
    for _ in 0..calls {
        let begun = Instant::now();
        call()?;
        times.push(begun.elapsed());
    }
    Ok(times)
}
