//! What providers tell by themselves: kept before it is answered, once for each event, whatever
//! the order; and nothing that is not signed.

use hmac::{Hmac, Mac};
use rusqlite::named_params;
use serde_json::{Value, json};
use sha2::Sha256;

use super::money::text;
use crate::world::World;

/// Of the connection that test mode brings along.
const SECRET: &str = "whsec_sandbox_embedded";

fn now_s(world: &World) -> i64 {
    let clock = world.api().get("/recoup/v1/test_clock").body;
    let now = chrono::DateTime::parse_from_rfc3339(text(&clock["test_clock"]["now"]));
    now.expect("a time").timestamp()
}

fn signature(secret: &str, at_s: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
    mac.update(format!("{at_s}.{body}").as_bytes());
    let bytes = mac.finalize().into_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={at_s},v1={hex}")
}

fn tell_signed(world: &World, notice: &Value, sign: impl Fn(i64, &str) -> String) -> u16 {
    let header = sign(now_s(world), &notice.to_string());
    let headers = [("sandbox-signature", header.as_str())];
    world.api().post_with("/webhooks/sandbox/sandbox", &headers, notice).status
}

fn tell(world: &World, notice: &Value) -> u16 {
    tell_signed(world, notice, |at, body| signature(SECRET, at, body))
}

/// A charge as the provider shows it, told with another end.
fn notice(world: &World, id: &str, charge: &Value, status: &str) -> Value {
    let mut data = charge.clone();
    data["status"] = status.into();
    if status == "declined" {
        data["decline"] = json!({ "code": "insufficient_funds", "message": "no money" });
    }
    json!({
        "id": id, "type": format!("charge.{status}"),
        "created_at_ms": now_s(world) * 1000, "data": data,
    })
}

/// An invoice whose charge is pending for a month, and that charge.
fn pending(world: &World, customer: &str) -> (String, Value) {
    world.customer(customer, "pending_2592000");
    let invoice = world.invoice(customer, 4_900);
    world.pass(1);
    let charges = world.charges();
    let whose = format!("cus_pending_2592000__{customer}");
    let made = charges.iter().find(|it| it["customer"] == whose.as_str()).expect("a charge");
    let url = format!("{}/sandbox/v1/charges/{}", world.address(), text(&made["id"]));
    let mut answer = ureq::get(&url)
        .header("authorization", "Bearer sk_sandbox_embedded")
        .call()
        .expect("the provider shows it");
    let shown = answer.body_mut().read_to_string().expect("a text");
    (invoice, serde_json::from_str(&shown).expect("JSON"))
}

/// How often an event was kept.
fn kept(world: &World, id: &str) -> i64 {
    world
        .open_database()
        .query_row(
            "SELECT COUNT(*) FROM inbound_events WHERE provider_event_id = :id",
            named_params! { ":id": id },
            |row| row.get(0),
        )
        .expect("a count")
}

/// Makes a signature of a time and a body.
type Forge<'a> = &'a dyn Fn(i64, &str) -> String;

#[test]
fn what_is_forged_has_no_effect() {
    let world = World::new();
    let (invoice, charge) = pending(&world, "ada");
    let told = notice(&world, "evt_forged", &charge, "succeeded");
    let other = told.to_string().replace("4900", "1");
    let forgeries: [Forge<'_>; 5] = [
        &|at, body| signature("whsec_guessed", at, body),
        &|at, _| signature(SECRET, at, &other),
        &|at, body| signature(SECRET, at - 3_600, body),
        &|_, _| String::new(),
        &|at, _| format!("t={at},v1="),
    ];
    for (number, forge) in forgeries.iter().enumerate() {
        assert_eq!(tell_signed(&world, &told, forge), 400, "{number}");
    }
    let unsigned = world.api().post("/webhooks/sandbox/sandbox", &told);
    assert_eq!(unsigned.status, 400);
    assert_eq!(world.api().post("/webhooks/sandbox/nobody", &told).status, 400);
    world.pass(60);
    assert_eq!(kept(&world, "evt_forged"), 0);
    assert_eq!(world.payment_status(&invoice), "pending");
    assert_eq!(tell(&world, &told), 200, "the same, signed well");
    world.pass(10);
    assert_eq!(world.payment_status(&invoice), "succeeded");
}

/// Answered means kept: a power cut right after it loses nothing.
#[test]
fn an_event_that_was_answered_survives_a_power_cut() {
    let mut world = World::new();
    let (invoice, charge) = pending(&world, "ada");
    let told = notice(&world, "evt_kept", &charge, "succeeded");
    assert_eq!(tell(&world, &told), 200);
    assert_eq!(kept(&world, "evt_kept"), 1);
    world.crash_and_restart();
    world.pass(10);
    assert_eq!(world.payment_status(&invoice), "succeeded");
    for _ in 0..3 {
        assert_eq!(tell(&world, &told), 200, "told again");
    }
    world.pass(10);
    assert_eq!(kept(&world, "evt_kept"), 1);
    assert_eq!(world.payments(&invoice).len(), 1);
    assert_eq!(world.read_invoice(&invoice)["total_paid_amount_cents"], 4_900);
}

fn permutations(items: &[usize]) -> Vec<Vec<usize>> {
    if items.is_empty() {
        return vec![vec![]];
    }
    let mut all = Vec::new();
    for (place, first) in items.iter().enumerate() {
        let mut rest = items.to_vec();
        rest.remove(place);
        all.extend(permutations(&rest).into_iter().map(|mut tail| {
            tail.insert(0, *first);
            tail
        }));
    }
    all
}

#[test]
fn in_whatever_order_events_come_money_that_was_taken_is_seen_once() {
    let world = World::new();
    for (number, order) in permutations(&[0, 1, 2, 3]).into_iter().enumerate() {
        let (invoice, charge) = pending(&world, &format!("ada{number}"));
        // A decline that was taken back, and the success told under two ids.
        let told = ["pending", "declined", "succeeded", "succeeded"];
        for event in &order {
            let id = format!("evt_{number}_{event}");
            let notice = notice(&world, &id, &charge, told[*event]);
            assert_eq!(tell(&world, &notice), 200);
            assert_eq!(tell(&world, &notice), 200, "twice");
            world.pass(1);
        }
        let read = world.read_invoice(&invoice);
        assert_eq!(read["payment_status"], "succeeded", "{order:?}");
        assert_eq!(read["total_paid_amount_cents"], 4_900, "{order:?}");
        assert_eq!(world.payments(&invoice).len(), 1, "{order:?}");
    }
    let surplus = world.api().get("/recoup/v1/surplus_payments").body;
    assert_eq!(surplus["surplus_payments"], json!([]));
}
