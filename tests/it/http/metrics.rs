//! `/metrics` as a scraper sees it.

use crate::lago::raw::{bearer, call};
use crate::world::World;

#[test]
fn a_scraper_with_a_key_reads_what_stands_open() {
    let world = World::new();
    world.customer("ada", "pending_86400");
    world.invoice("ada", 4_900);
    world.pass(10);
    let scrape = |key: Option<&str>| call(&world, ("GET", "/metrics"), key, (None, b""));
    let key = bearer(&world);
    let refused = scrape(None);
    assert_eq!(refused.status, 401);
    let told = scrape(Some(&key));
    assert_eq!(told.status, 200);
    for line in [
        "recoup_attempts_open{state=\"pending\"} 1",
        "recoup_attempts_open_oldest_seconds{state=\"pending\"} 10",
        "recoup_unresolved 0",
        "recoup_hold 0",
        "# TYPE recoup_recoveries_due gauge",
    ] {
        assert!(told.text.lines().any(|found| found == line), "{line}\n{}", told.text);
    }
    assert!(!told.text.contains("recoup_recovery_failed{"), "nothing has failed");
    world.customer("ben", "fails_1_insufficient_funds");
    world.invoice("ben", 1_000);
    world.pass_days(2);
    world.try_run(&["job", "run", "mark-overdue"]).expect("it is run");
    let told = scrape(Some(&key));
    let of = "{decline_class=\"insufficient_funds\",currency=\"EUR\"";
    for line in [
        format!("recoup_recovery_failed{of}}} 1"),
        format!("recoup_recovery_failed_minor_units{of}}} 1000"),
        format!("recoup_recovery_recovered{of},way=\"retry\"}} 1"),
        format!("recoup_recovery_recovered{of},way=\"link\"}} 0"),
    ] {
        assert!(told.text.lines().any(|found| found == line), "{line}\n{}", told.text);
    }
    assert!(!told.text.contains("recoup_attempts_open{"), "it has ended: {}", told.text);
    assert!(told.text.contains("recoup_job_last_end_timestamp_seconds{job=\"mark-overdue\"}"));
}
