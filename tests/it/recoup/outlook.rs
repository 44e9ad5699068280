//! Policies tried on what was recorded or on a CSV, the days ahead, and recovery figures: through
//! the front door.

use std::fs;

use serde_json::{Value, json};

use crate::world::World;
use crate::world::payer::leave_card;

/// Ada's card works on day 1, Ben's never.
fn two_failures(world: &World) {
    world.customer("ada", "fails_1_insufficient_funds");
    world.customer("ben", "declined_insufficient_funds");
    world.invoice("ada", 4_900);
    world.invoice("ben", 700);
    world.pass_days(30);
}

fn trial(world: &World, request: &Value) -> Value {
    let answer = world.api().post("/recoup/v1/policies/try", request);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["trial"].clone()
}

fn exactly(count: i64) -> Value {
    json!({ "expected": count, "low": count, "high": count })
}

#[test]
fn the_policy_that_ran_comes_to_what_really_happened() {
    let world = World::new();
    two_failures(&world);
    let found = trial(&world, &json!({ "toml": "name = \"same\"\n" }));
    assert_eq!((&found["failures"], &found["attempts"]), (&json!(2), &exactly(8)), "{found}");
    assert_eq!((&found["attempts_observed"], &found["attempts_estimated"]), (&json!(8), &json!(0)));
    let money = &found["money"][0];
    assert_eq!(money["recovered_amount_cents"], exactly(4_900), "{found}");
    assert_eq!(money["recorded_amount_cents"], 4_900);
    assert_eq!(money["by_day"][0]["recovered_amount_cents"], exactly(0));
    assert_eq!(money["by_day"][1]["recovered_amount_cents"], exactly(4_900));
    assert_eq!(found["network"]["declines_most"], 8);
    assert_eq!(found["network"]["declines_left"], 7);
}

#[test]
fn another_policy_is_estimated_and_says_so_in_api_and_command_alike() {
    let world = World::new();
    two_failures(&world);
    let text = "name = \"other\"\n[ladders]\nsoft = [\"2d\"]\n";
    let found = trial(&world, &json!({ "toml": text }));
    // One of eight retries brought money; Wilson's interval of that is 2.2 % to 47.1 %.
    assert_eq!(found["attempts"], exactly(2), "{found}");
    assert_eq!((&found["attempts_observed"], &found["attempts_estimated"]), (&json!(0), &json!(2)));
    assert_eq!(found["rates_from_attempts"], 8);
    let recovered = &found["money"][0]["recovered_amount_cents"];
    assert_eq!(recovered["expected"], 700, "an eighth of 56.00: {found}");
    let end = |name: &str| recovered[name].as_i64().expect("a number");
    assert!((120..=130).contains(&end("low")) && (2_630..=2_640).contains(&end("high")), "{found}");
    assert!(found["notes"][0].as_str().expect("a note").contains("Estimated: 2 attempts"));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("other.toml");
    fs::write(&file, text).expect("it is written");
    let told = world.run(&["policy", "try", file.to_str().expect("a path"), "--json"]);
    assert_eq!(told, found, "the same from the command");
    let wrong = world.api().post("/recoup/v1/policies/try", &json!({ "toml": "name = 1" }));
    assert_eq!(wrong.status, 422, "{wrong:?}");
}

#[test]
fn a_csv_of_another_system_is_replayed_or_refused_line_by_line() {
    let world = World::new();
    two_failures(&world);
    let header = "debt,at,outcome,amount,currency,class\n";
    let failed =
        |debt: &str| format!("{debt},2026-01-01T10:00:00Z,declined,1000,USD,insufficient_funds\n");
    let paid = "a,2026-01-02T10:00:00Z,paid,1000,USD,\n";
    let policy = "name = \"once\"\n[ladders]\nsoft = [\"1d\"]\n";
    let csv = format!("{header}{}{}{paid}", failed("a"), failed("b"));
    let found = trial(&world, &json!({ "toml": policy, "csv": csv }));
    assert_eq!((&found["failures"], &found["rates_from"]), (&json!(2), &json!("tried_on")));
    assert_eq!(found["money"][0]["currency"], "USD");
    assert_eq!(found["money"][0]["recorded_amount_cents"], 1_000, "{found}");
    // Without a retry of its own it goes by the rates of this installation: one of eight.
    let bare = format!("{header}{}", failed("a"));
    let found = trial(&world, &json!({ "toml": policy, "csv": bare }));
    assert_eq!(
        (&found["rates_from"], &found["rates_from_attempts"]),
        (&json!("recorded"), &json!(8))
    );
    assert_eq!(found["money"][0]["recovered_amount_cents"]["expected"], 125, "{found}");
    let wrong = format!("{header}{}b,soon,declined,1000,USD,fraud\n", failed("a"));
    let request = json!({ "toml": policy, "csv": wrong });
    let refused = world.api().post("/recoup/v1/policies/try", &request);
    assert_eq!(refused.status, 422, "{refused:?}");
    let sentence = refused.body["fields"]["csv line 3"].as_str().expect("the line is named");
    assert!(sentence.starts_with("at: write a time as"), "{sentence}");
    let folder = tempfile::tempdir().expect("a folder");
    let (file, list) = (folder.path().join("once.toml"), folder.path().join("list.csv"));
    fs::write(&file, policy).expect("it is written");
    fs::write(&list, wrong).expect("it is written");
    let path = |path: &std::path::Path| path.to_str().expect("a path").to_owned();
    let told = world
        .try_run(&["policy", "try", &path(&file), "--csv", &path(&list)])
        .expect_err("a line is wrong");
    assert!(told.contains("list.csv: line 3: at: write a time"), "{told}");
}

#[test]
fn the_next_30_days_hold_what_is_planned_and_what_may_follow() {
    let world = World::new();
    world.customer("ben", "declined_insufficient_funds");
    world.invoice("ben", 700);
    world.pass(1);
    let forecast = || {
        let answer = world.api().get("/recoup/v1/forecast");
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body["forecast"].clone()
    };
    let found = forecast();
    let days = found["days"].as_array().expect("days");
    let sum =
        |of: fn(&Value) -> &Value| -> i64 { days.iter().filter_map(|day| of(day).as_i64()).sum() };
    assert_eq!((days.len(), &found["debts"]), (30, &json!(1)));
    assert_eq!(sum(|day| &day["attempts_planned"]), 1, "{found}");
    assert_eq!(sum(|day| &day["attempts"]["high"]), 7, "if nothing is ever paid: {found}");
    assert_eq!(sum(|day| &day["attempts"]["low"]), 1, "{found}");
    let first = days.iter().find(|day| day["attempts_planned"] == 1).expect("the planned one");
    let nothing_known = json!({ "expected": null, "low": 0, "high": 700 });
    assert_eq!(first["money"], json!([{ "currency": "EUR", "amount_cents": nothing_known }]));
    // Once a retry was made there is a rate.
    world.customer("ada", "fails_1_insufficient_funds");
    world.invoice("ada", 4_900);
    world.pass_days(2);
    let found = forecast();
    assert_eq!(found["rates_from_attempts"], 2, "{found}");
    let days = found["days"].as_array().expect("days");
    let next = days.iter().find(|day| day["attempts_planned"] == 1).expect("the planned one");
    assert_eq!(next["money"][0]["amount_cents"]["expected"], 350, "{found}");
}

#[test]
fn recovery_figures_keep_apart_what_brought_the_money() {
    let world = World::new();
    two_failures(&world);
    for customer in ["eve", "kim"] {
        world.customer(customer, "declined_expired_card");
    }
    let by_link = world.invoice("eve", 1_000);
    let by_hand = world.invoice("kim", 300);
    world.pass(1);
    let link = world.api().post(&format!("/api/v1/invoices/{by_link}/payment_url"), &json!({}));
    let url = link.body["invoice_payment_details"]["payment_url"].as_str().expect("a link");
    leave_card(url, "ok");
    let paid = json!({"payment": {"invoice_id": by_hand, "amount_cents": 300, "reference": "r"}});
    assert_eq!(world.api().post("/api/v1/payments", &paid).status, 200);
    world.pass(60);

    let answer = world.api().get("/recoup/v1/recovery_figures");
    assert_eq!(answer.status, 200, "{answer:?}");
    let figures = &answer.body["recovery_figures"];
    let rows = figures["rows"].as_array().expect("rows");
    let row = |by: &str, key: &str| {
        let found = rows.iter().find(|row| row["by"] == by && row["key"] == key);
        found.unwrap_or_else(|| panic!("{by} {key}: {rows:#?}")).clone()
    };
    let amount = |count: u64, cents: i64| json!({ "count": count, "amount_cents": cents });
    let total = row("total", "all");
    assert_eq!(total["failed"], amount(4, 6_900), "{total}");
    assert_eq!(total["recovered"], amount(3, 6_200));
    assert_eq!(total["retry"], amount(1, 4_900));
    assert_eq!(total["link"], amount(1, 1_000));
    assert_eq!(total["own_action"], amount(1, 300));
    assert_eq!(total["recovered_count_basis_points"], 7_500);
    assert!(total["definition"].as_str().expect("one").contains("first charge was declined"));
    assert_eq!(row("decline_class", "insufficient_funds")["recovered"], amount(1, 4_900));
    assert_eq!(row("provider", "sandbox")["failed"], amount(4, 6_900));
    let second = row("attempt_number", "2");
    assert_eq!((&second["failed"]["count"], &second["retry"]["count"]), (&json!(3), &json!(1)));
    assert!(figures["ways"]["link"].as_str().expect("a sentence").contains("page"));

    let csv = world.api().get("/recoup/v1/recovery_figures?format=csv");
    assert!(csv.header("content-type").expect("one").starts_with("text/csv"), "{csv:?}");
    assert_eq!(csv.text.lines().count(), rows.len() + 1);
    assert!(csv.text.contains("\ntotal,all,EUR,4,6900,3,6200,1,4900,1,1000,1,300,0,0,"), "{csv:?}");
    for wrong in ["from=soon", "format=xml", "from=2020-01-01T00:00:00Z"] {
        let refused = world.api().get(&format!("/recoup/v1/recovery_figures?{wrong}"));
        assert_eq!(refused.status, 422, "{wrong}: {refused:?}");
    }
}
