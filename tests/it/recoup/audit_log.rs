//! Who changed what: written by each changing action, and never changed by anybody.

use serde_json::{Value, json};

use super::money::{paid_beside, record, text};
use crate::world::World;

fn log(world: &World, query: &str) -> Vec<Value> {
    let answer = world.api().get(&format!("/recoup/v1/audit_log{query}"));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["audit_log"].as_array().expect("a list").clone()
}

#[test]
fn changing_actions_are_signed() {
    let world = World::new();
    let made = world.api().post("/recoup/v1/api_keys", &json!({ "api_key": { "name": "shop" } }));
    let key = text(&made.body["api_key"]["id"]).to_owned();
    assert_eq!(world.api().delete(&format!("/recoup/v1/api_keys/{key}")).status, 200);
    world.customer("ada", "ok");
    let invoice = world.quiet_invoice("ada", (4_900, "EUR"));
    assert_eq!(record(&world, &invoice, 900), 200);
    let status = json!({ "invoice": { "payment_status": "failed" } });
    assert_eq!(world.api().put(&format!("/api/v1/invoices/{invoice}"), &status).status, 200);
    let retry = format!("/api/v1/invoices/{invoice}/retry_payment");
    assert_eq!(world.api().post(&retry, &json!({})).status, 200);
    let bulk = world.api().post("/recoup/v1/bulk_retries", &json!({}));
    assert_eq!(bulk.status, 201, "{bulk:?}");
    world.pass(1);
    let void = format!("/api/v1/invoices/{invoice}/void");
    assert_eq!(world.api().post(&void, &json!({})).status, 200);
    let dunning = json!({ "dunning": { "excluded": true } });
    world.api().put("/recoup/v1/customers/ada/dunning", &dunning);
    let by_key: Vec<String> = log(&world, "")
        .iter()
        .filter(|entry| entry["actor"]["kind"] == "api_key")
        .map(|entry| text(&entry["action"]).to_owned())
        .rev()
        .collect();
    let expected = [
        "api_key.created",
        "api_key.revoked",
        "payment.recorded",
        "invoice.payment_status_changed",
        "invoice.retried",
        "bulk_retry.started",
        "invoice.voided",
    ];
    assert_eq!(by_key[..expected.len()], expected);
    // The first key was made beside the server, by whoever can open its data.
    let beside = json!({ "kind": "command_line", "id": null });
    let made = log(&world, "?action=api_key.created");
    assert_eq!(made.iter().filter(|it| it["actor"] == beside).count(), 1, "{made:?}");
    let of_invoice = log(&world, &format!("?subject_kind=invoice&subject_id={invoice}"));
    let changed = of_invoice.iter().find(|it| it["was"]["payment_status"] == "pending");
    assert_eq!(changed.expect("it was pending")["became"]["payment_status"], "failed");
    for wrong in ["?action=x", "?subject_kind=invoice", "?api_key_id=x", "?limit=1000"] {
        let refused = world.api().get(&format!("/recoup/v1/audit_log{wrong}"));
        assert_eq!(refused.status, 422, "{wrong}");
    }
}

#[test]
fn what_was_written_is_never_changed() {
    let world = World::new();
    paid_beside(&world, "ada", (4_900, 4_900));
    let database = world.open_database();
    for table in ["audit_log", "ledger_entries", "events"] {
        let count: i64 = database
            .query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |row| row.get(0))
            .expect("a count");
        assert!(count > 0, "{table}");
        for sql in [format!("UPDATE {table} SET at = 0"), format!("DELETE FROM {table}")] {
            let refused = database.execute(&sql, []).expect_err("refused").to_string();
            assert!(refused.contains("append-only"), "{sql}: {refused}");
        }
    }
}
