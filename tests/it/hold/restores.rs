//! A database that is older than the charges made with it charges nothing until the provider was
//! asked, or somebody takes it on themselves.

use serde_json::json;

use crate::world::World;

fn alter(data_dir: &std::path::Path, sql: &str) {
    let database = rusqlite::Connection::open(data_dir.join("recoup.db")).expect("opens");
    assert_eq!(database.execute(sql, []).expect("altered"), 1);
}

/// Longer than a provider may be at what was sent before.
const SETTLED: u64 = 180;

#[test]
fn what_was_charged_after_the_backup_is_found_and_not_charged_again() {
    let mut world = World::new();
    world.customer("ada", "fails_1_insufficient_funds");
    let invoice = world.invoice("ada", 4_900);
    world.pass(1);
    assert_eq!(world.payment_status(&invoice), "failed");
    let backup = world.back_up();
    world.pass_days(2);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    assert_eq!(world.charges().len(), 2);

    world.restore(&backup);
    assert_eq!(world.payment_status(&invoice), "failed", "the backup knows no better");
    let hold = world.hold();
    assert_eq!((hold["held"].clone(), hold["reason"].clone()), (json!(true), json!("sends_lost")));
    assert_eq!(hold["unknown_sends"], 1);
    assert!(world.api().get("/readyz").text.contains("on hold"));
    assert!(world.somebody("viewer").open("/dashboard").says("Nothing is charged"));
    world.pass_days(3);
    assert_eq!(world.charges().len(), 2, "nothing is charged during the hold");

    let done = world.api().post("/recoup/v1/hold/reconcile", &json!({}));
    assert_eq!(done.status, 200, "{:?}", done.body);
    let told = &done.body["reconciliation"];
    assert_eq!((told["found"].clone(), told["ended"].clone()), (json!(1), json!(true)), "{told}");
    assert_eq!(world.payment_status(&invoice), "succeeded");
    assert_eq!(world.payments(&invoice).len(), 2);
    world.pass_days(40);
    assert_eq!(world.charges().len(), 2, "it was not charged again");
    // From here on it is a history like any other.
    world.crash_and_restart();
    assert_eq!(world.hold()["held"], false);
    let next = world.invoice("ada", 1_000);
    world.pass_days(40);
    assert_eq!(world.payment_status(&next), "succeeded");
}

/// The proof that the story above can fail.
#[test]
fn without_the_hold_the_restored_database_charges_again() {
    let mut world = World::new();
    world.customer("ada", "fails_1_insufficient_funds");
    world.invoice("ada", 4_900);
    world.pass(1);
    let backup = world.back_up();
    world.pass_days(2);
    assert_eq!(world.money_taken(), 1);
    world.restore(&backup);
    let held = world.hold()["held"].clone();
    assert_eq!(held, true);
    // Nothing counted what was sent, and the keys have lapsed at the provider, as they do after a
    // day: another identity makes other keys.
    world.stop_and(|data_dir| {
        std::fs::remove_file(data_dir.join("recoup.sends")).expect("removed");
        alter(
            data_dir,
            "UPDATE sending SET generation = NULL, sends = 0, held_since = NULL,
                                held_because = NULL, unknown_sends = NULL",
        );
        alter(data_dir, "UPDATE installation SET identity = 'another'");
    });
    assert_eq!(world.hold()["held"], false);
    world.pass_days(3);
    assert_eq!(world.money_taken(), 2, "it is charged a second time");
}

/// Somebody voids the invoice before anybody has asked: what it brought is not lost sight of.
#[test]
fn what_was_charged_for_an_invoice_that_is_voided_during_the_hold_is_found() {
    let mut world = World::new();
    world.customer("ada", "fails_1_insufficient_funds");
    let invoice = world.invoice("ada", 4_900);
    world.pass(1);
    let backup = world.back_up();
    world.pass_days(2);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    world.restore(&backup);
    let voided = world.api().post(&format!("/api/v1/invoices/{invoice}/void"), &json!({}));
    assert_eq!(voided.status, 200, "{voided:?}");
    let done = world.api().post("/recoup/v1/hold/reconcile", &json!({}));
    let told = &done.body["reconciliation"];
    assert_eq!((told["found"].clone(), told["ended"].clone()), (json!(1), json!(true)), "{told}");
    let surplus = world.api().get("/recoup/v1/surplus_payments").body["surplus_payments"].clone();
    let first = &surplus[0];
    assert_eq!((&first["amount_cents"], &first["state"]), (&json!(4_900), &json!("open")));
    world.pass_days(40);
    assert_eq!(world.charges().len(), 2);
}

/// Nothing was sent since the backup, so nothing is held; but what the provider told since is gone,
/// and it does not tell it twice.
#[test]
fn what_was_left_to_a_person_is_asked_about_once_more_after_a_restore() {
    let mut world = World::new();
    let thirty_days = "pending_2592000";
    world.customer("ada", thirty_days);
    let invoice = world.invoice("ada", 4_900);
    world.pass_days(25);
    let mine = || world.api().get("/recoup/v1/unresolved?owner=person").body["unresolved"].clone();
    assert_eq!(mine().as_array().map(Vec::len), Some(1), "recoup has given up asking");
    let backup = world.back_up();
    world.pass_days(6);
    assert_eq!(world.payment_status(&invoice), "succeeded", "the provider told it");

    world.restore(&backup);
    assert_eq!(world.hold()["held"], false);
    world.pass(60);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    assert_eq!(world.charges().len(), 1);
}

#[test]
fn a_charge_that_is_still_on_its_way_keeps_the_hold() {
    let mut world = World::new();
    world.customer("ada", "fails_1_insufficient_funds");
    world.customer("cleo", "declined_expired_card");
    world.invoice("ada", 4_900);
    world.invoice("cleo", 700);
    world.pass(1);
    let backup = world.back_up();
    world.pass_days(2);
    world.restore(&backup);
    // The provider answers for what it has, and cannot tell of what may be on its way.
    let early = world.api().post("/recoup/v1/hold/reconcile", &json!({}));
    let told = &early.body["reconciliation"];
    let (found, too_early) = (told["found"].clone(), told["too_early"].clone());
    assert_eq!((found, too_early, told["ended"].clone()), (json!(1), json!(1), json!(false)));
    world.pass(SETTLED);
    let late = world.api().post("/recoup/v1/hold/reconcile", &json!({}));
    assert_eq!(late.body["reconciliation"]["ended"], true, "{:?}", late.body);
    assert_eq!(world.money_taken(), 1);
}

#[test]
fn a_person_ends_the_hold_with_a_reason() {
    let mut world = World::new();
    world.customer("ada", "ok");
    let backup = world.back_up();
    world.invoice("ada", 4_900);
    world.pass(1);
    world.restore(&backup);
    let unsaid = world.api().post("/recoup/v1/hold/release", &json!({ "reason": "  " }));
    assert_eq!(unsaid.status, 422, "{:?}", unsaid.body);
    let said = json!({ "reason": "compared with the ledger" });
    let ended = world.api().post("/recoup/v1/hold/release", &said);
    assert_eq!((ended.status, ended.body["hold"]["held"].clone()), (200, json!(false)));
    let again = world.api().post("/recoup/v1/hold/release", &said);
    assert_eq!((again.status, again.body["code"].clone()), (409, json!("not_held")));
    world.invoice("ada", 700);
    world.pass(1);
    assert_eq!(world.money_taken(), 2);
}

#[test]
fn no_page_to_pay_on_is_made_during_a_hold() {
    let mut world = World::new();
    world.customer("ada", "declined_expired_card");
    let invoice = world.invoice("ada", 4_900);
    world.pass(1);
    let backup = world.back_up();
    let path = format!("/api/v1/invoices/{invoice}/payment_url");
    assert_eq!(world.api().post(&path, &json!({})).status, 200);
    world.restore(&backup);
    assert_eq!(world.hold()["held"], true, "the page may have been paid on");
    let refused = world.api().post(&path, &json!({}));
    assert_eq!(refused.status, 405, "{:?}", refused.body);
}

#[test]
fn a_debt_whose_provider_cannot_be_asked_stays_held() {
    let mut world = World::new();
    world.customer("ada", "ok");
    let answer = world.api().post(
        "/api/v1/customers",
        &json!({ "customer": { "external_id": "bob", "name": "bob", "currency": "EUR" } }),
    );
    assert_eq!(answer.status, 200);
    let invoice = world.invoice("bob", 4_900);
    world.pass(1);
    let backup = world.back_up();
    world.invoice("ada", 700);
    world.pass(1);
    world.restore(&backup);
    world.pass(SETTLED);
    let told = world.api().post("/recoup/v1/hold/reconcile", &json!({}));
    assert_eq!(told.body["reconciliation"]["held"], 1, "{:?}", told.body);
    let hold = world.hold();
    assert_eq!(hold["held"], false);
    assert_eq!(hold["held_debts"][0]["id"], json!(invoice), "{hold}");
    let path = format!("/recoup/v1/hold/debts/{invoice}/release");
    let freed = world.api().post(&path, &json!({ "reason": "never charged" }));
    assert_eq!((freed.status, freed.body["released"].clone()), (200, json!(1)));
    assert_eq!(world.hold()["held_debts"], json!([]));
    let again = world.api().post(&path, &json!({ "reason": "never charged" }));
    assert_eq!(again.status, 404);
}

#[test]
fn data_that_is_not_where_it_was_is_held() {
    for (change, reason) in [
        (Change::FileLost, "file_missing"),
        (Change::FileDamaged, "file_damaged"),
        (Change::FileCopied, "copied"),
        (Change::DatabaseLost, "database_replaced"),
    ] {
        let mut world = World::new();
        world.customer("ada", "ok");
        world.invoice("ada", 4_900);
        world.pass(1);
        world.crash_and_restart();
        assert_eq!(world.hold()["held"], false, "nothing happened before {reason}");
        world.stop_and(|data_dir| change.make(data_dir));
        let shown = world.run(&["hold", "show", "--json"]);
        assert_eq!(shown["hold"]["reason"], reason, "{shown}");
        let refused = world.try_run(&["reconcile"]);
        assert_eq!(refused.is_err(), reason == "copied", "{reason}: {refused:?}");
        if reason == "copied" {
            world.try_run(&["hold", "release", "--reason", "the old one is off"]).expect("freed");
        }
        let shown = world.run(&["hold", "show", "--json"]);
        assert_eq!(shown["hold"]["held"], false, "{reason}: {shown}");
    }
}

#[derive(Clone, Copy)]
enum Change {
    FileLost,
    FileDamaged,
    FileCopied,
    DatabaseLost,
}

impl Change {
    fn make(self, data_dir: &std::path::Path) {
        let (file, moved) = (data_dir.join("recoup.sends"), data_dir.join("moved"));
        match self {
            Change::FileLost => std::fs::remove_file(file).expect("removed"),
            Change::FileDamaged => std::fs::write(file, "nonsense").expect("damaged"),
            Change::FileCopied => {
                std::fs::rename(&file, &moved).expect("moved");
                std::fs::copy(&moved, &file).expect("copied");
            }
            Change::DatabaseLost => {
                for name in ["recoup.db", "recoup.db-wal", "recoup.db-shm"] {
                    // The log is there only while somebody works with it.
                    let _ = std::fs::remove_file(data_dir.join(name));
                }
            }
        }
    }
}
