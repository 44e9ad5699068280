//! What the disk gives by itself: the limit that durable work is held against. Measured on the
//! same folder in the same run, because disks differ by far more than programs do.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use recoup::domain::time::Timestamp;
use recoup::store::{MasterKey, Store, StoreError, StoreOptions};

use super::figures::per_second;

const TIME: Duration = Duration::from_secs(3);

/// Callers a second whose one trivial row is durable, through the same writer: its queue, its
/// savepoints, its groups.
pub fn group_commits_per_second(folder: &Path, callers: u32) -> anyhow::Result<f64> {
    std::fs::create_dir_all(folder)?;
    let store = Store::open(&StoreOptions::at(folder), &MasterKey([7; 32]))?;
    let begun = Instant::now();
    let store = &store;
    let writes: u64 = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..callers)
            .map(|caller| scope.spawn(move || write_for_a_while(store, format!("job-{caller}"))))
            .collect();
        let ended = callers.into_iter().map(|caller| caller.join());
        ended.map(|writes| writes.expect("a caller panics only by a bug")).sum::<Result<_, _>>()
    })?;
    Ok(per_second(writes, begun.elapsed()))
}

fn write_for_a_while(store: &Store, name: String) -> Result<u64, StoreError> {
    let begun = Instant::now();
    let now = Timestamp::from_unix_ms(0);
    let mut writes = 0;
    while begun.elapsed() < TIME {
        let name = name.clone();
        store.write(move |tx| tx.record_job(&name, now, now, "ok"))?;
        writes += 1;
    }
    Ok(writes)
}

/// One caller, 4 KiB at the end of a file, each flushed.
pub fn fsyncs_per_second(folder: &Path) -> anyhow::Result<f64> {
    let mut file = File::create(folder.join("fsync"))?;
    let block = [0x5a; 4096];
    let begun = Instant::now();
    let mut syncs = 0;
    while begun.elapsed() < TIME {
        file.write_all(&block)?;
        file.sync_data()?;
        syncs += 1;
    }
    Ok(per_second(syncs, begun.elapsed()))
}
