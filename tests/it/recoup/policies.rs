//! Policies through the front door: kept in versions, given to whom they are for, and what a
//! recovery says of them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::outbound::receiver::{self, Receiver};
use crate::world::World;

fn put(world: &World, code: &str, rest: &str) -> Value {
    let body = json!({ "toml": format!("name = \"{code}\"\n{rest}") });
    let answer = world.api().put(&format!("/recoup/v1/policies/{code}"), &body);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["policy"].clone()
}

fn assign(world: &World, scope: &str, target: &str, policy: &str) {
    let body = json!({ "scope": scope, "target": target, "policy": policy });
    let answer = world.api().put("/recoup/v1/policies/assignments", &body);
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// The recovery of the only debt of a customer.
fn recovery(world: &World, customer: &str) -> Value {
    let path = format!("/recoup/v1/recoveries?external_customer_id={customer}");
    let answer = world.api().get(&path);
    assert_eq!(answer.status, 200, "{answer:?}");
    let found = answer.body["recoveries"].as_array().expect("a list").clone();
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

fn explain(world: &World, customer: &str) -> Value {
    let id = recovery(world, customer)["id"].as_str().expect("an id").to_owned();
    let answer = world.api().get(&format!("/recoup/v1/recoveries/{id}/explain"));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["explanation"].clone()
}

fn charges_of(world: &World, customer: &str) -> usize {
    let suffix = format!("__{customer}");
    let is_theirs = |it: &Value| it["customer"].as_str().is_some_and(|id| id.ends_with(&suffix));
    world.charges().iter().filter(|charge| is_theirs(charge)).count()
}

#[test]
fn a_policy_is_checked_and_kept_in_versions() {
    let world = World::new();
    let check = json!({ "toml": "name = \"mine\"\n[ladders]\nsoft = [\"1d\", \"soon\"]\n" });
    let checked = world.api().post("/recoup/v1/policies/check", &check);
    assert_eq!((checked.status, &checked.body["ok"]), (200, &json!(false)));
    let finding = &checked.body["findings"][0];
    assert_eq!((&finding["line"], &finding["column"]), (&json!(3), &json!(15)));
    let refused = world.api().put("/recoup/v1/policies/mine", &check);
    assert_eq!(refused.status, 422);
    assert!(refused.body["fields"]["ladders.soft[1]"].is_string(), "{refused:?}");

    assert_eq!(put(&world, "mine", "[ladders]\nsoft = [\"2d\"]\n")["version"], 1);
    assert_eq!(put(&world, "mine", "[ladders]\nsoft = [\"2d\"]\n")["version"], 1, "the same again");
    let object = json!({ "policy": { "name": "mine", "ladders": { "soft": ["3d"] } } });
    let answer = world.api().put("/recoup/v1/policies/mine", &object);
    assert_eq!(answer.body["policy"]["version"], 2, "{answer:?}");
    let other = world.api().put("/recoup/v1/policies/theirs", &object);
    assert_eq!(other.status, 422, "the path and the name differ");
    let versions = world.api().get("/recoup/v1/policies/mine/versions");
    assert_eq!(versions.body["policies"].as_array().map(Vec::len), Some(2));
    let all = world.api().get("/recoup/v1/policies");
    let codes: Vec<&str> = all.body["policies"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|policy| policy["code"].as_str())
        .collect();
    assert_eq!(codes, ["mine", "standard", "gentle", "direct_debit", "b2b", "off"]);
    assert_eq!(world.api().get("/recoup/v1/policies/none").status, 404);
    let shown = world.api().get("/recoup/v1/policies/gentle");
    assert_eq!(shown.body["policy"]["version"], 0);
}

#[test]
fn a_customers_policy_counts_before_the_providers_and_the_organizations() {
    let world = World::new();
    put(&world, "three", "[ladders]\nsoft = [\"3d\"]\n");
    put(&world, "four", "[ladders]\nsoft = [\"4d\"]\n");
    for customer in ["ada", "ben", "eve"] {
        world.customer(customer, "declined_insufficient_funds");
    }
    world.invoice("ada", 4_900);
    assign(&world, "organization", "", "off");
    world.invoice("ben", 4_900);
    assign(&world, "provider", "sandbox", "three");
    assign(&world, "customer", "eve", "four");
    world.invoice("eve", 4_900);
    world.customer("kim", "declined_insufficient_funds");
    world.invoice("kim", 4_900);
    world.pass(1);
    let policy = |customer| recovery(&world, customer)["policy"]["code"].clone();
    assert_eq!(policy("ada"), "standard", "what has begun keeps its policy");
    assert_eq!(policy("ben"), "off");
    assert_eq!(policy("eve"), "four");
    assert_eq!(policy("kim"), "three");
    let off = recovery(&world, "ben");
    assert_eq!((&off["state"], &off["reason"]), (&json!("idle"), &json!("exhausted")));
    assert!(off["sentence"].as_str().expect("one").contains("has no retries"), "{off:?}");
    let unknown = json!({ "scope": "customer", "target": "nobody", "policy": "off" });
    assert_eq!(world.api().put("/recoup/v1/policies/assignments", &unknown).status, 404);
    let gone = world.api().delete("/recoup/v1/policies/assignments?scope=customer&target=eve");
    assert_eq!(gone.status, 204);
    let left = world.api().get("/recoup/v1/policies/assignments");
    assert_eq!(left.body["assignments"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_running_recovery_keeps_its_version_until_it_is_moved() {
    let world = World::new();
    put(&world, "mine", "[ladders]\nsoft = [\"1d\", \"2d\", \"9d\"]\n");
    assign(&world, "organization", "", "mine");
    for customer in ["ada", "ben"] {
        world.customer(customer, "declined_insufficient_funds");
        world.invoice(customer, 4_900);
    }
    world.pass(1);
    put(&world, "mine", "[ladders]\nsoft = [\"1d\"]\n");
    let affected = world.api().get("/recoup/v1/policies/mine/versions/2/affected");
    assert_eq!(affected.body["count"], 2, "{affected:?}");
    assert_eq!(affected.body["sample"].as_array().map(Vec::len), Some(2));
    world.pass_days(1);
    assert_eq!(recovery(&world, "ada")["policy"], json!({ "code": "mine", "version": 1 }));
    assert!(recovery(&world, "ada")["next_attempt_at"].is_string(), "two steps are left");
    let moved = world.api().post("/recoup/v1/policies/mine/versions/2/move", &json!({}));
    assert_eq!(moved.body["moved"], 2, "{moved:?}");
    assert_eq!(recovery(&world, "ada")["policy"], json!({ "code": "mine", "version": 2 }));
    world.pass_days(30);
    assert_eq!(charges_of(&world, "ada"), 3, "the planned attempt stays, and is the last");
    let none = world.api().get("/recoup/v1/policies/mine/versions/2/affected");
    assert_eq!(none.body["count"], 0);
    assert_eq!(world.api().get("/recoup/v1/policies/mine/versions/3/affected").status, 404);
}

#[test]
fn hours_hold_where_the_customer_is() {
    let world = World::at("2026-03-27T20:00:00Z");
    put(&world, "office", "[ladders]\nsoft = [\"1d\"]\n[when]\nhours = \"09:00-18:00\"\n");
    assign(&world, "organization", "", "office");
    world.customer("ada", "declined_insufficient_funds");
    let zone = json!({ "customer": { "external_id": "ada", "timezone": "Europe/Berlin" } });
    assert_eq!(world.api().post("/api/v1/customers", &zone).status, 200);
    world.invoice("ada", 4_900);
    world.pass(1);
    // Saturday at nine in the evening is too late, and on Sunday the clocks go forward.
    let explained = explain(&world, "ada");
    assert_eq!(explained["next_attempt_at"], "2026-03-29T07:00:00Z", "{explained:?}");
    assert_eq!(explained["decision"]["rule"], "ladder");
    assert_eq!(explained["decision"]["moves"][0]["by"], "hours");
    assert_eq!(explained["decision"]["timezone"], "Europe/Berlin");
    assert!(explained["sentence"].as_str().expect("one").contains("2026-03-29 09:00"));
    world.pass_until("2026-03-29T06:59:00Z");
    assert_eq!(world.charges().len(), 1);
    world.pass_until("2026-03-29T07:01:00Z");
    assert_eq!(world.charges().len(), 2);
}

/// What a decline leads to, one story a class: how it stands, why, and how many charges there
/// are in the end.
#[test]
fn every_decline_class_is_explained_and_ends_as_its_rule_says() {
    let world = World::new();
    let rows = [
        ("insufficient_funds", "waiting", "retry", "ladder", 8),
        ("limit_exceeded", "waiting", "retry", "ladder", 8),
        ("issuer_unavailable", "waiting", "retry", "ladder", 8),
        ("processing_error", "waiting", "retry", "ladder", 8),
        ("do_not_honor", "waiting", "retry", "ladder", 4),
        ("unheard_of", "waiting", "retry", "ladder", 4),
        ("authentication_required", "idle", "needs_payer", "customer_action", 1),
        ("expired_card", "idle", "needs_method", "new_method", 1),
        ("invalid_account", "idle", "needs_method", "new_method", 1),
        ("incorrect_cvc", "idle", "needs_method", "new_method", 1),
        ("lost_card", "idle", "needs_method", "new_method", 1),
        ("fraudulent", "idle", "needs_method", "new_method", 1),
        ("not_permitted", "idle", "needs_method", "new_method", 1),
        ("mandate_cancelled", "idle", "needs_method", "new_method", 1),
        ("revoked_authorization", "idle", "needs_method", "stop", 1),
        ("payment_disputed", "idle", "needs_method", "stop", 1),
        ("amount_too_large", "idle", "held", "hold", 1),
    ];
    let name = |code: &str| code.replace('_', "-");
    for (code, ..) in rows {
        world.customer(&name(code), &format!("declined_{code}"));
        world.invoice(&name(code), 4_900);
    }
    world.pass(1);
    for (code, state, reason, rule, _) in rows {
        let found = recovery(&world, &name(code));
        assert_eq!((&found["state"], &found["reason"]), (&json!(state), &json!(reason)), "{code}");
        let explained = explain(&world, &name(code));
        assert_eq!(explained["decision"]["rule"], rule, "{code}");
        assert_eq!(explained["decision"]["code"], code);
        assert_eq!(explained["sentence"], found["sentence"]);
        assert!(explained["sentence"].as_str().expect("one").ends_with('.'), "{explained:?}");
    }
    let unmapped = world.api().get("/recoup/v1/unmapped_declines");
    let unmapped = unmapped.body["unmapped_declines"].as_array().expect("a list").clone();
    assert_eq!(unmapped.len(), 1, "{unmapped:?}");
    assert_eq!(
        (&unmapped[0]["code"], &unmapped[0]["provider"]),
        (&json!("unheard_of"), &json!("sandbox"))
    );
    assert_eq!(
        (&unmapped[0]["declines"], &unmapped[0]["amount_cents"]),
        (&json!(1), &json!(4_900))
    );
    world.pass_days(60);
    for (code, .., charges) in rows {
        assert_eq!(charges_of(&world, &name(code)), charges, "{code}");
    }
    let exhausted = world.api().get("/recoup/v1/recoveries?state=idle&reason=exhausted&limit=4");
    assert_eq!(exhausted.body["recoveries"].as_array().map(Vec::len), Some(4));
    let next = exhausted.body["next"].as_str().expect("there are more").to_owned();
    let path = format!("/recoup/v1/recoveries?state=idle&reason=exhausted&after={next}");
    let rest = world.api().get(&path);
    assert_eq!(rest.body["recoveries"].as_array().map(Vec::len), Some(2), "{rest:?}");
    assert_eq!(rest.body["next"], Value::Null);
}

#[test]
fn a_code_that_is_mapped_in_the_settings_is_what_it_is_mapped_to() {
    let setting = "{\"sandbox:unheard_of\" = \"expired_card\"}";
    let world = World::with_settings(&[("RECOUP_DECLINES__MAP", setting)]);
    world.customer("ada", "declined_unheard_of");
    world.invoice("ada", 4_900);
    world.pass(1);
    let found = recovery(&world, "ada");
    assert_eq!(found["reason"], "needs_method", "{found:?}");
    let unmapped = world.api().get("/recoup/v1/unmapped_declines");
    assert_eq!(unmapped.body["unmapped_declines"], json!([]));
}

#[test]
fn what_becomes_of_a_debt_in_the_end_is_what_the_policy_says() {
    let world = World::new();
    for then in ["mark_uncollectible", "void", "link_only"] {
        let code = then.replace('_', "-");
        put(
            &world,
            &code,
            &format!("[ladders]\nsoft = [\"1d\"]\n[exhausted]\nthen = \"{then}\"\n"),
        );
        world.customer(&code, "declined_insufficient_funds");
        assign(&world, "customer", &code, &code);
    }
    let [uncollectible, voided, by_link] =
        ["mark-uncollectible", "void", "link-only"].map(|name| world.invoice(name, 4_900));
    world.pass_days(1);
    world.pass(3_600);
    assert_eq!(world.charges().len(), 6);
    let found = recovery(&world, "mark-uncollectible");
    assert_eq!(found["reason"], "uncollectible");
    assert!(found["sentence"].as_str().expect("one").contains("marked uncollectible"), "{found:?}");
    assert_eq!(world.read_invoice(&uncollectible)["status"], "finalized");
    assert_eq!(world.read_invoice(&voided)["status"], "voided");
    assert_eq!(recovery(&world, "void")["state"], "cancelled");
    let found = recovery(&world, "link-only");
    assert_eq!((&found["state"], &found["reason"]), (&json!("idle"), &json!("manual")));
    assert_eq!(world.payment_status(&by_link), "failed");
    let link = world.told("payer_asked");
    assert_eq!(link.len(), 1);
    let page = link[0].1.clone().expect("an address");
    crate::world::payer::leave_card(&page, "ok");
    world.pass(5);
    assert_eq!(world.payment_status(&by_link), "succeeded");
}

#[test]
fn our_own_events_go_to_endpoints_that_ask_for_them_by_name() {
    let world = World::new();
    let everything = crate::world::Ears::of(&world);
    let receiver = Receiver::answering([receiver::Answer::status(200)]);
    let names = ["started", "waiting", "recovered", "exhausted"];
    let names: Vec<String> = names.iter().map(|name| format!("recovery.{name}")).collect();
    let endpoint = json!({ "webhook_endpoint": {
        "webhook_url": receiver.url(), "signature_algo": "hmac", "event_types": names,
    }});
    let made = world.api().post("/api/v1/webhook_endpoints", &endpoint);
    assert_eq!(made.status, 200, "{made:?}");
    world.customer("ada", "fails_1_insufficient_funds");
    world.invoice("ada", 4_900);
    world.pass_days(2);
    world.customer("ben", "declined_authentication_required");
    world.invoice("ben", 1_000);
    world.pass(5);
    let heard: Vec<Value> = receiver
        .received()
        .iter()
        .map(|it| serde_json::from_slice(&it.body).expect("JSON"))
        .collect();
    // Those of one moment are sent side by side, in any order.
    let of = |customer: &str| {
        let theirs = heard.iter().filter(|it| it["recovery"]["external_customer_id"] == customer);
        theirs.map(|it| it["webhook_type"].as_str().expect("one")).collect::<BTreeSet<&str>>()
    };
    let all = BTreeSet::from(["recovery.started", "recovery.waiting", "recovery.recovered"]);
    assert_eq!(of("ada"), all);
    assert_eq!(of("ben"), BTreeSet::from(["recovery.started", "recovery.waiting"]));
    assert_eq!(heard.len(), 5, "each once");
    let waiting_of = |customer: &str| {
        let found = heard.iter().find(|it| {
            it["webhook_type"] == "recovery.waiting"
                && it["recovery"]["external_customer_id"] == customer
        });
        &found.expect("it was told")["recovery"]
    };
    let waiting = waiting_of("ada");
    assert!(waiting["sentence"].as_str().expect("one").contains("tries again"), "{waiting:?}");
    let asked = waiting_of("ben");
    assert!(asked["payment_url"].as_str().expect("an address").contains("/pay/"), "{asked:?}");
    let others = everything.heard();
    let ours =
        |webhook: &&Value| webhook["webhook_type"].as_str().expect("one").starts_with("recovery.");
    assert_eq!(others.iter().filter(ours).count(), 0);
    assert!(!others.is_empty());
}

#[test]
fn a_new_method_brings_the_planned_retry_forward_and_the_ladder_goes_on() {
    let world = World::new();
    world.customer("ada", "declined_insufficient_funds");
    let invoice = world.invoice("ada", 4_900);
    world.pass(1);
    assert_eq!(world.charges().len(), 1);
    let link = world.api().post("/api/v1/customers/ada/checkout_url", &json!({}));
    let page = link.body["customer"]["checkout_url"].as_str().expect("an address");
    crate::world::payer::leave_card(page, "fails_1_insufficient_funds");
    world.pass(5);
    assert_eq!(world.charges().len(), 1, "the payer may ask for it first");
    world.pass(60);
    assert_eq!(world.charges().len(), 2, "one attempt soon");
    let explained = explain(&world, "ada");
    assert_eq!(explained["decision"]["declines"], 1, "on the new card");
    assert_eq!(explained["decision"]["declines_in_all"], 2);
    world.pass_days(2);
    assert_eq!(world.payment_status(&invoice), "succeeded");
}

#[test]
fn the_command_line_checks_shows_and_lists_policies() {
    let world = World::new();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("mine.toml");
    let path = file.to_str().expect("a path");
    std::fs::write(&file, "name = \"mine\"\n[when]\nholiday_files = [\"de.txt\"]\n")
        .expect("written");
    let told = world.try_run(&["policy", "check", path]).expect_err("the file is not there");
    assert!(told.contains("one thing is wrong"), "{told}");
    std::fs::write(folder.path().join("de.txt"), "2026-04-03 Good Friday\n").expect("written");
    let checked = world.run(&["policy", "check", path, "--json"]);
    assert_eq!(checked, json!({ "ok": true, "findings": [] }));
    put(&world, "mine", "");
    let listed = world.run(&["policy", "list", "--json"]);
    assert_eq!(listed[0], json!({ "code": "mine", "version": 1 }));
    assert_eq!(listed.as_array().map(Vec::len), Some(6));
    assert!(world.try_run(&["policy", "show", "gentle"]).is_ok());
    assert!(world.try_run(&["policy", "show", "none"]).is_err());
}
