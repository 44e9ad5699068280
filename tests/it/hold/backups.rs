//! Backups on the command line, beside a running server.

use serde_json::json;

use crate::world::World;

#[test]
fn a_backup_is_made_beside_the_server_listed_checked_and_not_restored_under_it() {
    let mut world = World::new();
    world.customer("ada", "ok");
    world.invoice("ada", 4_900);
    world.pass(1);
    let made = world.run(&["backup", "create", "--json"]);
    assert_eq!(made["violations"], json!([]), "{made}");
    assert_eq!(made["manifest"]["sends"], 1);
    let file = made["file"].as_str().expect("a file").to_owned();
    let listed = world.run(&["backup", "list", "--json"]);
    assert_eq!(listed["backups"][0]["file"], made["file"], "{listed}");
    let checked = world.run(&["backup", "verify", &file, "--json"]);
    assert_eq!(checked["manifest"], made["manifest"]);
    let refused = world.try_run(&["backup", "restore", &file]).expect_err("a server runs");
    assert!(refused.contains("stop it first"), "{refused}");
    // Nothing was charged since: it goes on where it was.
    world.restore(&file);
    assert_eq!(world.hold()["held"], false);
    world.invoice("ada", 700);
    world.pass(1);
    assert_eq!(world.money_taken(), 2);
}

#[test]
fn an_audit_beside_the_server_finds_nothing_wrong_and_asks_the_provider() {
    let world = World::new();
    world.customer("ada", "fails_1_insufficient_funds");
    world.invoice("ada", 4_900);
    world.pass_days(2);
    let found = world.run(&["audit", "--psp", "--days", "30", "--json"]);
    assert_eq!(found["violations"], json!([]), "{found}");
    assert_eq!(found["providers"], json!({ "attempts": 2, "not_told": 0 }), "{found}");
}

#[test]
fn an_audit_says_what_is_wrong_and_fails() {
    let mut world = World::new();
    world.customer("ada", "ok");
    world.invoice("ada", 4_900);
    world.pass(1);
    world.stop_and_alter("UPDATE attempts SET state = 'cancelled' WHERE state = 'paid'");
    let told = world.try_run(&["audit", "--psp", "--days", "30"]).expect_err("it fails");
    assert!(told.contains("violations were found"), "{told}");
    world.stop_and_alter("UPDATE attempts SET state = 'paid' WHERE state = 'cancelled'");
}
