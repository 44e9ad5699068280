//! What is a backup and what is none, and that a restore never leaves half of one.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use super::{BackupError, create, keep_newest, list, manifest, restore, verify};
use crate::domain::policy::NetworkLimit;
use crate::domain::time::{Span, Timestamp};
use crate::store::{DATABASE_FILE, DataDirLock, MasterKey, Store, StoreError, StoreOptions};

const NOW: Timestamp = Timestamp::from_unix_ms(1_800_000_000_000);

fn limit() -> NetworkLimit {
    NetworkLimit::CARDS
}

/// Data of an installation of that name.
fn installed(data_dir: &Path, identity: &'static str) {
    let store = Store::open(&StoreOptions::at(data_dir), &MasterKey([7; 32])).expect("a store");
    store.write(move |tx| tx.insert_installation(identity, NOW)).expect("written");
}

fn identity(data_dir: &Path) -> Option<String> {
    let store = Store::open(&StoreOptions::at(data_dir), &MasterKey([7; 32])).expect("a store");
    store.read(|read| -> Result<_, StoreError> { read.installation_identity() }).expect("read")
}

#[test]
fn a_backup_is_restored_whole_and_what_it_replaces_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, other) = (folder.path().join("data"), folder.path().join("other"));
    fs::create_dir_all(&data).and_then(|()| fs::create_dir_all(&other)).expect("folders");
    installed(&data, "ours");
    installed(&other, "replaced");
    let backup = folder.path().join("backups").join("one.db");
    let (manifest, verified) =
        create(&data.join(DATABASE_FILE), &backup, limit(), NOW).expect("a backup");
    assert!(verified.violations.is_empty());
    assert_eq!(verify(&backup, limit()).expect("verified").manifest, Some(manifest));
    let restored = restore(&backup, &other, limit(), NOW).expect("restored");
    assert_eq!(identity(&other).as_deref(), Some("ours"));
    let aside = Connection::open(restored.replaced.expect("kept")).expect("opens");
    let kept: String = aside
        .query_row("SELECT identity FROM installation", [], |row| row.get(0))
        .expect("an identity");
    assert_eq!(kept, "replaced");
    let left: Vec<_> = fs::read_dir(folder.path().join("backups")).expect("a folder").collect();
    assert_eq!(left.len(), 2, "one file and its manifest: {left:?}");
}

#[test]
fn a_file_that_is_no_backup_is_refused_with_a_sentence_and_nothing_is_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    fs::create_dir_all(&data).expect("a folder");
    installed(&data, "ours");
    let backup = folder.path().join("good.db");
    create(&data.join(DATABASE_FILE), &backup, limit(), NOW).expect("a backup");
    let bytes = fs::read(&backup).expect("bytes");
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("a file");
        path
    };
    let cut = file("cut.db", &bytes[..bytes.len() / 2]);
    let listed = file("listed.db", &bytes[..bytes.len() - 1]);
    fs::copy(manifest::path_of(&backup), manifest::path_of(&listed)).expect("a manifest");
    let foreign = folder.path().join("foreign.db");
    Connection::open(&foreign)
        .and_then(|theirs| theirs.execute_batch("CREATE TABLE theirs (id INTEGER)"))
        .expect("their database");
    let newer = file("newer.db", &bytes);
    Connection::open(&newer)
        .and_then(|database| database.execute_batch("PRAGMA user_version = 999"))
        .expect("changed");
    let wordy = file("wordy.db", b"This is a letter and not a database, however long it may get.");
    for (path, said) in [
        (folder.path().join("absent.db"), "there is no file"),
        (cut, "cut off"),
        (listed, "not what its manifest says"),
        (foreign, "not a database of recoup"),
        (newer, "schema 999"),
        (wordy, "not a database of recoup"),
        (file("empty.db", b""), "not a database of recoup"),
    ] {
        let refused = restore(&path, &data, limit(), NOW).expect_err("refused").to_string();
        assert!(refused.contains(said), "{}: {refused}", path.display());
        assert_eq!(identity(&data).as_deref(), Some("ours"));
    }
}

#[test]
fn nothing_is_restored_under_a_running_server() {
    let folder = tempfile::tempdir().expect("a folder");
    installed(folder.path(), "ours");
    let backup = folder.path().join("one.db");
    create(&folder.path().join(DATABASE_FILE), &backup, limit(), NOW).expect("a backup");
    let _server = DataDirLock::take(folder.path()).expect("the lock");
    let refused = restore(&backup, folder.path(), limit(), NOW);
    assert!(matches!(refused, Err(BackupError::ServerRuns)));
}

#[test]
fn the_newest_are_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    installed(folder.path(), "ours");
    let kept = folder.path().join("backups");
    for day in 1..=4 {
        let (name, at) = (format!("day-{day}.db"), NOW.plus(Span::days(day)));
        create(&folder.path().join(DATABASE_FILE), &kept.join(name), limit(), at).expect("made");
    }
    assert_eq!(keep_newest(&kept, 0).expect("all"), 0);
    assert_eq!(keep_newest(&kept, 3).expect("kept"), 1);
    let names: Vec<_> = list(&kept).expect("a list").into_iter().map(|(path, _)| path).collect();
    assert_eq!(names, ["day-4.db", "day-3.db", "day-2.db"].map(|name| kept.join(name)));
}

/// On a machine with nothing else to do the longest wait is a few milliseconds; a machine that is
/// busy with other tests gets a second.
#[test]
fn who_writes_does_not_wait_for_a_backup() {
    let folder = tempfile::tempdir().expect("a folder");
    installed(folder.path(), "ours");
    let database = folder.path().join(DATABASE_FILE);
    Connection::open(&database)
        .and_then(|open| {
            open.execute_batch(
                "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 20000)
                 INSERT INTO events (id, organization_id, kind, message, at)
                 SELECT 'e' || n, 'o', 'endpoint_tested', hex(zeroblob(1000)), n FROM n;",
            )
        })
        .expect("forty megabytes");
    let store =
        Store::open(&StoreOptions::at(folder.path()), &MasterKey([7; 32])).expect("a store");
    let done = std::sync::atomic::AtomicBool::new(false);
    let (longest, writes) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let (mut longest, mut writes) = (std::time::Duration::ZERO, 0_u32);
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                let began = std::time::Instant::now();
                store.write(|tx| tx.record_job("writer", NOW, NOW, "ok")).expect("written");
                longest = longest.max(began.elapsed());
                writes += 1;
            }
            (longest, writes)
        });
        let began = std::time::Instant::now();
        let made = create(&database, &folder.path().join("one.db"), limit(), NOW);
        let took = began.elapsed();
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        let (longest, writes) = writer.join().expect("the writer");
        let bytes = made.expect("a backup").0.bytes;
        eprintln!("{bytes} bytes in {took:?}, {writes} writes beside it, longest {longest:?}");
        (longest, writes)
    });
    assert!(writes > 0, "somebody wrote while it was made");
    assert!(longest < std::time::Duration::from_secs(1), "{longest:?}");
}
