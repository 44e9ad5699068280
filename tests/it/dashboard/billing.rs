//! Pages of subscriptions, plans, wallets and campaigns.

use serde_json::{Value, json};

use crate::world::World;

fn made(world: &World, path: &str, body: &Value) -> Value {
    let answer = world.api().post(path, body);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

fn plan(world: &World) -> String {
    let plan = json!({ "plan": {
        "name": "Gold plan", "code": "gold", "interval": "monthly",
        "amount_cents": 4_900, "amount_currency": "EUR", "pay_in_advance": true,
    } });
    let plan = made(world, "/api/v1/plans", &plan);
    plan["plan"]["lago_id"].as_str().expect("an id").to_owned()
}

#[test]
fn a_subscription_leads_to_its_customer_and_plan() {
    let world = World::new();
    world.customer("acme", "ok");
    let plan = plan(&world);
    made(
        &world,
        "/api/v1/subscriptions",
        &json!({ "subscription": {
        "external_customer_id": "acme", "plan_code": "gold", "external_id": "sub-1",
        "name": "Gold for Acme",
    } }),
    );
    let mut viewer = world.somebody("viewer");
    let list = viewer.open("/dashboard/subscriptions?state=active");
    assert!(list.says("Gold for Acme") && list.says("49.00"), "{}", list.html);
    assert!(viewer.open("/dashboard/subscriptions?state=terminated").says("No such subscription"));
    let page = list.link("Gold for Acme").expect("its page");
    let shown = viewer.open(&page);
    for text in ["/dashboard/customers/", &format!("/dashboard/plans/{plan}"), "Monthly", "sub-1"] {
        assert!(shown.says(text), "{text}: {}", shown.html);
    }
    let plans = viewer.open("/dashboard/plans");
    assert!(plans.says("Gold plan") && plans.says("on the first day"), "{}", plans.html);
    let shown = viewer.open(&plans.link("Gold plan").expect("its page"));
    assert!(shown.says("Active subscriptions") && shown.says("On sale"), "{}", shown.html);
    for none in ["subscriptions", "plans", "wallets"] {
        let id = "00000000-0000-7000-8000-000000000000";
        assert_eq!(viewer.open(&format!("/dashboard/{none}/{id}")).status, 404, "{none}");
    }
}

#[test]
fn a_wallet_shows_what_moved() {
    let world = World::new();
    world.customer("acme", "ok");
    made(
        &world,
        "/api/v1/wallets",
        &json!({ "wallet": {
        "external_customer_id": "acme", "name": "Prepaid", "rate_amount": "1", "currency": "EUR",
        "granted_credits": "25", "paid_credits": "0",
    } }),
    );
    world.pass(60);
    let mut viewer = world.somebody("viewer");
    let list = viewer.open("/dashboard/wallets");
    assert!(list.says("Prepaid") && list.says("25.00"), "{}", list.html);
    let shown = viewer.open(&list.link("Prepaid").expect("its page"));
    assert!(shown.says("granted") && shown.says("Done") && shown.says(">25<"), "{}", shown.html);
    assert!(viewer.open("/dashboard/wallets?state=terminated").says("No such wallet"));
}

#[test]
fn campaigns_say_whom_they_ask_and_how_often() {
    let world = World::new();
    let mut viewer = world.somebody("viewer");
    assert!(viewer.open("/dashboard/dunning").says("No campaign yet"));
    let campaign = json!({ "dunning_campaign": {
        "code": "reminder", "name": "Reminder", "max_attempts": 3, "days_between_attempts": 7,
        "applied_to_organization": true,
        "thresholds": [{ "currency": "EUR", "amount_cents": 2_500 }],
    } });
    let answer = world.api().post("/recoup/v1/dunning_campaigns", &campaign);
    assert!(answer.status < 300, "{answer:?}");
    let shown = viewer.open("/dashboard/dunning");
    for text in ["Reminder", "25.00", "3 times, every 7 days"] {
        assert!(shown.says(text), "{text}: {}", shown.html);
    }
}
