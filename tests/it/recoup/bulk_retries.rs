//! Bulk retries: previewed, started, repeated, cut off, taken back. The provider's ledger has one
//! charge for each invoice, whatever happens.

use serde_json::{Value, json};

use crate::world::{Answer, World};

const PATH: &str = "/recoup/v1/bulk_retries";

fn start(world: &World, request: &Value) -> Value {
    let answer = world.api().post(PATH, request);
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.body["bulk_retry"].clone()
}

fn preview(world: &World, filter: &Value) -> Value {
    let answer = world.api().post(PATH, &json!({ "filter": filter, "dry_run": true }));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["preview"].clone()
}

fn read(world: &World, bulk: &Value) -> Value {
    let id = bulk["id"].as_str().expect("an id");
    world.api().get(&format!("{PATH}/{id}")).body["bulk_retry"].clone()
}

fn cancel(world: &World, bulk: &Value) -> Value {
    let id = bulk["id"].as_str().expect("an id");
    let answer = world.api().post(&format!("{PATH}/{id}/cancel"), &json!({}));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["bulk_retry"].clone()
}

fn invoices(world: &World, bulk: &Value, query: &str) -> Answer {
    let id = bulk["id"].as_str().expect("an id");
    world.api().get(&format!("{PATH}/{id}/invoices{query}"))
}

/// `failed`, or `refused manual`, with how many.
fn told(bulk_or_preview: &Value) -> Vec<(String, u64)> {
    let results = bulk_or_preview["results"].as_array().expect("results");
    let line = |result: &Value| {
        let words = [&result["result"], &result["code"]].map(Value::as_str);
        let words: Vec<&str> = words.into_iter().flatten().collect();
        (words.join(" "), result["count"].as_u64().expect("a count"))
    };
    results.iter().map(line).collect()
}

fn lines<const N: usize>(expected: [(&str, u64); N]) -> Vec<(String, u64)> {
    expected.into_iter().map(|(words, count)| (words.to_owned(), count)).collect()
}

/// Invoices of a card that has no money the first time; each was declined once.
fn declined_once(world: &World, customer: &str, count: i64) -> Vec<String> {
    let made: Vec<String> = (0..count)
        .map(|n| {
            // Each on a card of its own: a card counts its refusals.
            let payer = format!("{customer}-{n}");
            world.customer(&payer, "fails_1_insufficient_funds");
            world.invoice(&payer, 1_000 + n)
        })
        .collect();
    world.pass(1);
    for invoice in &made {
        assert_eq!(world.payment_status(invoice), "failed");
    }
    made
}

/// Invoices that are not charged, each for a reason of its own; and one that is to be paid by hand.
fn one_for_each_refusal(world: &World) -> [String; 4] {
    world.customer("gone", "declined_lost_card");
    let spent = world.invoice("gone", 500);
    world.customer("bare", "no_method");
    let bare = world.invoice("bare", 600);
    world.api().post(
        "/api/v1/customers",
        &json!({ "customer": {
            "external_id": "cash", "currency": "EUR",
        }}),
    );
    let unlinked = world.invoice("cash", 700);
    world.customer("slow", "pending_864000");
    let open = world.invoice("slow", 800);
    world.customer("hand", "ok");
    world.invoice("hand", 50);
    world.pass(1);
    let manual = world.api().post(
        "/api/v1/invoices",
        &json!({ "invoice": {
            "external_customer_id": "hand", "currency": "EUR",
            "payment_method": { "payment_method_type": "manual" },
            "fees": [{ "add_on_code": "setup", "units": 1, "unit_amount_cents": 900 }],
        }}),
    );
    assert_eq!(manual.status, 200, "{manual:?}");
    world.pass(1);
    [spent, bare, unlinked, open]
}

#[test]
fn what_the_preview_says_is_what_is_done_and_one_refusal_stops_nothing() {
    let world = World::new();
    let fine = declined_once(&world, "ada", 3);
    let [spent, bare, unlinked, open] = one_for_each_refusal(&world);
    let before = world.charges().len();
    let seen = preview(&world, &json!({}));
    assert_eq!(seen["invoices_count"], 8);
    let refused = [
        ("refused customer_has_no_payment_method", 1),
        ("refused customer_must_have_payment_provider", 1),
        ("refused manual", 1),
        ("refused payment_method_declined_for_good", 1),
        ("refused payment_processor_is_currently_handling_payment", 1),
    ];
    let mut expected = lines(refused);
    expected.insert(0, ("queued".to_owned(), 3));
    assert_eq!(told(&seen), expected);
    assert_eq!(seen["results"][0]["amounts"], json!([{"currency": "EUR", "amount_cents": 3_003}]));
    assert_eq!(seen["refused"].as_array().map(Vec::len), Some(5));
    world.pass(1);
    assert_eq!(world.charges().len(), before, "a preview charges nothing");
    let bulk = start(&world, &json!({}));
    assert_eq!(bulk["invoices_count"], 8);
    world.pass(1);
    let done = read(&world, &bulk);
    let mut expected = lines(refused);
    expected.push(("succeeded".to_owned(), 3));
    assert_eq!(told(&done), expected);
    assert_eq!((&done["state"], &done["finished"]), (&json!("queued"), &json!(true)));
    for invoice in &fine {
        assert_eq!(world.payment_status(invoice), "succeeded");
    }
    assert_eq!(world.charges().len(), before + 3);
    let list = invoices(&world, &bulk, "?result=refused&per_page=2&page=2");
    assert_eq!(list.body["meta"]["total_count"], 5);
    assert_eq!(list.body["invoices"].as_array().map(Vec::len), Some(2));
    let all = invoices(&world, &bulk, "");
    let of = |invoice: &str| {
        let all = all.body["invoices"].as_array().expect("a list");
        all.iter().find(|line| line["invoice_id"] == invoice).expect("it is there").clone()
    };
    assert_eq!(of(&spent)["code"], "payment_method_declined_for_good");
    assert_eq!(of(&bare)["code"], "customer_has_no_payment_method");
    assert_eq!(of(&unlinked)["code"], "customer_must_have_payment_provider");
    assert_eq!(of(&open)["code"], "payment_processor_is_currently_handling_payment");
    let paid = of(&fine[0]);
    let payment = world.payments(&fine[0])[0].clone();
    assert_eq!((&paid["payment_id"], &paid["amount_cents"]), (&payment["lago_id"], &json!(1_000)));
}

#[test]
fn a_filter_means_only_what_fits_it() {
    let world = World::new();
    declined_once(&world, "ada", 3);
    world.customer("stern", "declined_do_not_honor");
    world.invoice("stern", 9_000);
    world.pass(1);
    for (filter, count) in [
        (json!({}), 4),
        (json!({ "decline_classes": ["insufficient_funds"] }), 3),
        (json!({ "decline_classes": ["do_not_honor", "fraud"] }), 1),
        (json!({ "amount_cents_from": 1_001, "amount_cents_to": 1_002 }), 2),
        (json!({ "external_customer_id": "ada-1" }), 1),
        (json!({ "external_customer_id": "nobody" }), 0),
        (json!({ "currency": "EUR", "payment_status": "failed" }), 4),
        (json!({ "currency": "USD" }), 0),
        (json!({ "payment_status": "pending" }), 0),
        (json!({ "payment_overdue": true }), 0),
        (json!({ "issuing_date_from": "2020-01-01", "issuing_date_to": "2020-12-31" }), 0),
    ] {
        assert_eq!(preview(&world, &filter)["invoices_count"], count, "{filter}");
    }
    for wrong in [
        json!({ "filter": { "currency": "XXX" } }),
        json!({ "filter": { "decline_classes": ["bad_mood"] } }),
        json!({ "filter": { "payment_status": "succeeded" } }),
        json!({ "filter": { "issuing_date_from": "soon" } }),
        json!({ "filter": { "colour": "red" } }),
        json!({ "filter": [] }),
        json!({ "dry_run": "maybe" }),
        json!({ "key": "" }),
        json!([]),
    ] {
        let answer = world.api().post(PATH, &wrong);
        assert_eq!((answer.status, &answer.body["code"]), (422, &json!("invalid")), "{wrong}");
    }
    let none = format!("{PATH}/00000000-0000-7000-8000-000000000000");
    for path in [none.clone(), format!("{none}/invoices"), format!("{PATH}/nonsense")] {
        assert_eq!(world.api().get(&path).status, 404, "{path}");
    }
    assert_eq!(world.api().post(&format!("{none}/cancel"), &json!({})).status, 404);
    world.pass(1);
    assert_eq!(world.charges().len(), 4, "nothing was started");
}

#[test]
fn asking_again_with_the_same_key_asks_once() {
    let world = World::new();
    declined_once(&world, "ada", 2);
    let bulk = start(&world, &json!({ "key": "monday" }));
    let again = world.api().post(PATH, &json!({ "key": "monday" }));
    assert_eq!((again.status, &again.body["bulk_retry"]["id"]), (200, &bulk["id"]));
    let other =
        world.api().post(PATH, &json!({ "key": "monday", "filter": { "currency": "EUR" } }));
    assert_eq!((other.status, &other.body["code"]), (409, &json!("key_reused")));
    world.pass(1);
    assert_eq!(world.money_taken(), 2);
    let list = world.api().get(PATH);
    assert_eq!(list.body["meta"]["total_count"], 1);
    assert_eq!(list.body["bulk_retries"][0]["key"], "monday");
    assert_eq!(list.body["bulk_retries"][0]["results"], Value::Null);
}

#[test]
fn two_bulk_retries_and_single_retries_at_once_make_one_charge_each() {
    let world = World::new();
    let made = declined_once(&world, "ada", 12);
    let before = world.charges().len();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| start(&world, &json!({})));
        }
        scope.spawn(|| {
            for invoice in &made {
                let path = format!("/api/v1/invoices/{invoice}/retry_payment");
                let answer = world.api().post(&path, &json!({}));
                assert!(matches!(answer.status, 200 | 405), "{answer:?}");
            }
        });
    });
    world.pass(60);
    assert_eq!(world.charges().len(), before + made.len());
    for invoice in &made {
        assert_eq!(world.payment_status(invoice), "succeeded");
    }
}

#[test]
fn a_server_killed_in_the_middle_finishes_each_once() {
    let points =
        ["in-bulk-batch", "after-bulk-batch", "in-bulk-queue", "after-intent", "in-settle"];
    for point in points {
        let mut world = World::new();
        let made = declined_once(&world, "ada", 5);
        let before = world.charges().len();
        world.restart_to_crash_at(point);
        // It may die before it answers.
        let started = world.api().try_post(PATH, &json!({ "key": "once" }));
        if started.is_some() {
            world.api().try_post("/recoup/v1/test_clock/advance", &json!({ "seconds": 1 }));
        }
        world.crash_and_restart();
        let again = world.api().post(PATH, &json!({ "key": "once" }));
        assert!(matches!(again.status, 200 | 201), "{point}: {again:?}");
        world.pass(3_600);
        let bulk = read(&world, &again.body["bulk_retry"]);
        assert_eq!(told(&bulk), lines([("succeeded", 5)]), "{point}");
        assert_eq!(world.charges().len(), before + made.len(), "{point}");
    }
}

#[test]
fn what_is_taken_back_is_planned_as_before_and_what_is_charged_goes_on() {
    // One charge at a time, and it takes long: the others stay queued.
    let world = World::with_settings(&[("RECOUP_COLLECT__CHARGES_MAX", "1")]);
    world.customer("other", "ok");
    world.invoice("other", 10);
    // Paid by hand so far; asking is what makes it a charge.
    let made: Vec<String> = (0..4)
        .map(|n| {
            let payer = format!("ada-{n}");
            world.customer(&payer, "slow_1500");
            let answer = world.api().post(
                "/api/v1/invoices",
                &json!({ "invoice": {
                    "external_customer_id": payer, "currency": "EUR", "skip_psp": true,
                    "fees": [{ "add_on_code": "setup", "units": 1, "unit_amount_cents": 100 }],
                }}),
            );
            assert_eq!(answer.status, 200, "{answer:?}");
            answer.body["invoice"]["lago_id"].as_str().expect("an id").to_owned()
        })
        .collect();
    world.pass(1);
    let before = world.charges().len();
    let bulk = start(&world, &json!({}));
    assert_eq!(bulk["invoices_count"], 4);
    while !told(&read(&world, &bulk)).contains(&("charging".to_owned(), 1)) {
        std::thread::yield_now();
    }
    // A person wants one of the others, whatever becomes of the bulk retry.
    let queued = invoices(&world, &bulk, "?result=queued");
    let kept = queued.body["invoices"][0]["invoice_id"].as_str().expect("an id").to_owned();
    let path = format!("/api/v1/invoices/{kept}/retry_payment");
    assert_eq!(world.api().post(&path, &json!({})).status, 200);
    let cancelled = cancel(&world, &bulk);
    assert_eq!(cancelled["state"], "cancelled");
    let withdrawn = told(&cancelled);
    assert!(withdrawn.contains(&("withdrawn".to_owned(), 2)), "{withdrawn:?}");
    world.pass(60);
    let over = read(&world, &bulk);
    assert_eq!(told(&over), lines([("succeeded", 2), ("withdrawn", 2)]));
    assert_eq!(cancel(&world, &bulk)["state"], "cancelled");
    world.pass_days(30);
    assert_eq!(world.charges().len(), before + 2, "what was to be paid by hand is so again");
    let paid = made.iter().filter(|invoice| world.payment_status(invoice) == "succeeded").count();
    assert_eq!(paid, 2);
    assert_eq!(world.payment_status(&kept), "succeeded");
}

#[test]
fn what_waits_for_a_paused_connection_is_not_asked_for() {
    let world = World::new();
    declined_once(&world, "ada", 1);
    world.customer("off", "declined_merchant_suspended");
    world.invoice("off", 100);
    world.pass(1);
    let before = world.charges().len();
    let bulk = start(&world, &json!({ "filter": { "external_customer_id": "ada-0" } }));
    world.pass(60);
    assert_eq!(told(&read(&world, &bulk)), lines([("refused connection_paused", 1)]));
    assert_eq!(world.charges().len(), before);
}

#[test]
fn strangers_start_nothing() {
    let world = World::new();
    let stranger = crate::world::Client::new(world.address(), "wrong");
    assert_eq!(stranger.post(PATH, &json!({})).status, 401);
    assert_eq!(stranger.get(PATH).status, 401);
}
