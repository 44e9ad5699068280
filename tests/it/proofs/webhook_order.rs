//! The proof of webhook order: whatever a provider tells of a charge, in any order, more than once,
//! before its answer to the call or after, ends in one state; and what others forge in between
//! changes nothing. The route, the signatures and the plugin are the real ones. The provider is a
//! script that holds its answers back until the proof wants them.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use hmac::{Hmac, Mac};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::psp::peer::{Peer, Visit};
use crate::world::{Client, World};

const SECRET: &str = "whsec_of_the_proof";

/// So many charges are out at once, each on a card of its own: networks allow one card only so
/// many declines.
const AT_ONCE: usize = 120;

/// The first debt's, in cents; each has one more than the one before it.
const AMOUNT: i64 = 1_000;

const DAY: u64 = 86_400;

/// What there is to hear of each charge. It was declined first, then succeeded, and was disputed
/// weeks later; the answer to the call says that it succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    Answer,
    Pending,
    Declined,
    Succeeded,
    /// The same event once more, with the same id.
    SucceededAgain,
    Disputed,
}

const SIX: [News; 6] = [
    News::Answer,
    News::Pending,
    News::Declined,
    News::Succeeded,
    News::SucceededAgain,
    News::Disputed,
];

/// Calls that wait for their answer: by our reference, once it may be given.
#[derive(Default)]
struct Held {
    released: Mutex<HashMap<String, bool>>,
    changed: Condvar,
}

impl Held {
    fn comes(&self, reference: &str) {
        let mut released = self.released.lock().unwrap();
        released.insert(reference.to_owned(), false);
        self.changed.notify_all();
        while !released[reference] {
            released = self.changed.wait(released).unwrap();
        }
    }

    fn release(&self, reference: &str) {
        self.released.lock().unwrap().insert(reference.to_owned(), true);
        self.changed.notify_all();
    }

    fn wait_for(&self, calls: usize) {
        let released = self.released.lock().unwrap();
        let patience = Duration::from_secs(60);
        let (released, late) = self
            .changed
            .wait_timeout_while(released, patience, |released| released.len() < calls)
            .unwrap();
        assert!(!late.timed_out(), "only {} of {calls} calls came", released.len());
    }
}

/// One debt, and the attempt at it that is out.
struct Case {
    attempt: String,
    amount: i64,
    order: Vec<News>,
}

/// The only one of a customer at the provider.
fn method(customer: &str) -> Value {
    let number = customer.trim_start_matches("cus_");
    json!({
        "object": "payment_method", "id": format!("pm_{number}"), "customer": customer,
        "kind": "card", "brand": "visa", "last4": "4242", "expiry_month": 12, "expiry_year": 2034,
        "fingerprint": format!("fp_{number}"),
    })
}

/// Who owes this amount.
fn debtor(amount: i64) -> String {
    let number = usize::try_from(amount - AMOUNT).expect("of the proof") % AT_ONCE;
    format!("cus_{number}")
}

fn charge(reference: &str, amount: i64, status: &str) -> Value {
    let decline = (status == "declined").then(
        || json!({ "code": "insufficient_funds", "message": "There is not enough money on it." }),
    );
    json!({
        "object": "charge", "id": format!("ch_{reference}"), "status": status, "amount": amount,
        "currency": "EUR", "method": method(&debtor(amount)), "reference": reference,
        "session_reference": null,
        "decline": decline, "action": null, "dispute": null,
    })
}

fn serve(visit: &mut Visit, held: &Held) {
    while let Some(request) = visit.request() {
        let (head, body) = request.split_once("\r\n\r\n").expect("a request");
        let answer = if head.starts_with("POST /v1/charges") {
            let asked: Value = serde_json::from_str(body).expect("JSON");
            let reference = asked["reference"].as_str().expect("a reference");
            held.comes(reference);
            charge(reference, asked["amount"].as_i64().expect("an amount"), "succeeded")
        } else if let Some(path) = head.strip_prefix("GET /v1/customers/") {
            let customer = path.split([' ', '/', '?']).next().expect("an id");
            json!({ "id": customer, "default_method": method(customer) })
        } else {
            json!({ "data": [] })
        };
        let text = answer.to_string();
        let length = text.len();
        visit.write(&format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{text}"));
    }
}

/// The event, as the provider would send it.
fn event(news: News, case: &Case) -> Option<Value> {
    let told = |status| charge(&case.attempt, case.amount, status);
    let (name, kind, data) = match news {
        News::Answer => return None,
        News::Pending => ("pending", "charge.pending", told("pending")),
        News::Declined => ("declined", "charge.declined", told("declined")),
        News::Succeeded | News::SucceededAgain => ("paid", "charge.succeeded", told("succeeded")),
        News::Disputed => {
            let mut disputed = told("succeeded");
            disputed["dispute"] = json!("fraudulent");
            ("disputed", "charge.disputed", disputed)
        }
    };
    let id = format!("evt_{name}_{}", case.attempt);
    Some(json!({ "id": id, "type": kind, "created_at_ms": 1_767_225_600_000_i64, "data": data }))
}

struct Provider<'a> {
    api: Client,
    held: &'a Held,
    now_s: i64,
}

impl Provider<'_> {
    fn tells(&self, news: News, case: &Case) {
        match event(news, case) {
            None => self.held.release(&case.attempt),
            Some(event) => assert_eq!(self.sends(&event, SECRET, self.now_s), 200, "{news:?}"),
        }
    }

    /// Somebody who has not the secret, and somebody who has an old message.
    fn is_impersonated(&self, case: &Case) {
        for (kind, status) in [("charge.declined", "declined"), ("charge.canceled", "canceled")] {
            let data = charge(&case.attempt, case.amount, status);
            let id = format!("evt_forged_{}", case.attempt);
            let event = json!({ "id": id, "type": kind, "created_at_ms": 1, "data": data });
            assert_eq!(self.sends(&event, "whsec_guessed", self.now_s), 400);
            assert_eq!(self.sends(&event, SECRET, self.now_s - 3_600), 400);
        }
    }

    fn sends(&self, event: &Value, secret: &str, at_s: i64) -> u16 {
        let body = event.to_string();
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
        mac.update(format!("{at_s}.{body}").as_bytes());
        let hex: String =
            mac.finalize().into_bytes().iter().map(|it| format!("{it:02x}")).collect();
        let signature = format!("t={at_s},v1={hex}");
        let headers = [("sandbox-signature", signature.as_str())];
        self.api.post_with("/webhooks/sandbox/scripted", &headers, event).status
    }
}

#[test]
fn in_every_order_the_news_of_a_charge_end_in_one_state() {
    let held = Arc::new(Held::default());
    let serving = Arc::clone(&held);
    let peer = Peer::new(move |visit| serve(visit, &serving));
    // Calls that are held on purpose are no outage, however slow the machine is.
    let world = World::with_settings(&[("RECOUP_COLLECT__OUTAGE_AFTER", "0")]);
    connect(&world, peer.url().trim_end_matches("/v1/charges"));
    let orders = permutations(&SIX);
    assert_eq!(orders.len(), 720);
    for (batch, orders) in orders.chunks(AT_ONCE).enumerate() {
        for n in 0..orders.len() {
            let amount = AMOUNT + i64::try_from(batch * AT_ONCE + n).expect("small");
            world.invoice(&debtor(amount), amount);
        }
        held.wait_for(batch * AT_ONCE + orders.len());
        let cases = open_cases(&world, orders);
        assert_eq!(cases.len(), orders.len());
        let provider = Provider { api: world.api(), held: &held, now_s: now_s(&world) };
        for step in 0..SIX.len() {
            for (n, case) in cases.iter().enumerate() {
                if n % SIX.len() == step {
                    provider.is_impersonated(case);
                }
                provider.tells(case.order[step], case);
            }
            settled(&world, step, &cases);
        }
        // What came before anyone could know of what it speaks is looked at again.
        world.pass(3_600);
    }
    world.pass(40 * DAY);
    let ends = rows(
        &world,
        "SELECT a.state || ' ' || r.state || ' ' || i.payment_status || ' '
                || (i.paid_amount = i.total_amount) || ' ' || (i.dispute_lost_at IS NOT NULL) || ' '
                || (SELECT COUNT(*) FROM attempts WHERE payable_id = i.id) || ' '
                || (SELECT COUNT(*) FROM events WHERE invoice_id = i.id
                       AND kind IN ('attempt_paid', 'dispute_lost', 'duplicate_paid'))
           FROM invoices AS i JOIN attempts AS a ON a.payable_id = i.id
           JOIN recoveries AS r ON r.payable_id = i.id",
    );
    assert_eq!(ends.len(), 720);
    let ends: BTreeSet<String> = ends.into_iter().collect();
    assert_eq!(ends, BTreeSet::from(["paid recovered succeeded 1 1 1 2".to_owned()]));
    // Four different events of each charge, however often they came, and none that was forged.
    let stored = rows(&world, "SELECT state FROM inbound_events");
    assert_eq!(stored.len(), 4 * 720);
    assert!(stored.iter().all(|state| state == "digested"));
}

fn connect(world: &World, base_url: &str) {
    let url = format!("base_url={base_url}");
    let secret = format!("webhook_secret={SECRET}");
    let key = "secret_key=sk_sandbox_of_the_proof";
    world.run(&[
        "connection",
        "add",
        "--provider",
        "sandbox",
        "--code",
        "scripted",
        "--set",
        &url,
        "--set",
        &secret,
        "--set",
        key,
    ]);
    for number in 0..AT_ONCE {
        let id = format!("cus_{number}");
        let customer = json!({ "customer": {
            "external_id": id, "currency": "EUR",
            "billing_configuration": {
                "payment_provider": "sandbox", "payment_provider_code": "scripted",
                "provider_customer_id": id, "sync": true,
            },
        }});
        assert_eq!(world.api().post("/api/v1/customers", &customer).status, 200);
    }
    world.pass(1);
}

/// Every order there is.
fn permutations(of: &[News]) -> Vec<Vec<News>> {
    if of.is_empty() {
        return vec![vec![]];
    }
    let mut all = Vec::new();
    for (at, first) in of.iter().enumerate() {
        let others = [&of[..at], &of[at + 1..]].concat();
        for mut order in permutations(&others) {
            order.insert(0, *first);
            all.push(order);
        }
    }
    all
}

fn open_cases(world: &World, orders: &[Vec<News>]) -> Vec<Case> {
    let open = rows(
        world,
        "SELECT id || ' ' || amount FROM attempts WHERE state = 'charging' ORDER BY id",
    );
    let case = |(line, order): (String, &Vec<News>)| {
        let (attempt, amount) = line.split_once(' ').expect("two words");
        let amount = amount.parse().expect("a number");
        Case { attempt: attempt.to_owned(), amount, order: order.clone() }
    };
    open.into_iter().zip(orders).map(case).collect()
}

/// Until everything told so far is worked out, and the answers given so far are settled.
fn settled(world: &World, step: usize, cases: &[Case]) {
    let answered: Vec<&str> = cases
        .iter()
        .filter(|case| case.order[..=step].contains(&News::Answer))
        .map(|case| case.attempt.as_str())
        .collect();
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    loop {
        // A dispute of a charge that is not known yet waits for its next look.
        let new = "SELECT id FROM inbound_events WHERE state = 'new' AND tries_made = 0";
        let not_paid = rows(world, "SELECT id FROM attempts WHERE state <> 'paid'");
        let waits = answered.iter().any(|id| not_paid.iter().any(|open| open == id));
        if rows(world, new).is_empty() && !waits {
            return;
        }
        assert!(std::time::Instant::now() < deadline, "it is worked out");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn now_s(world: &World) -> i64 {
    let clock = world.api().get("/recoup/v1/test_clock");
    let now = clock.body["test_clock"]["now"].as_str().expect("a time").to_owned();
    chrono::DateTime::parse_from_rfc3339(&now).expect("a time").timestamp()
}

fn rows(world: &World, sql: &str) -> Vec<String> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let file = world.data_dir().join("recoup.db");
    let database = Connection::open_with_flags(file, flags).expect("opens");
    let mut statement = database.prepare(sql).expect("a statement");
    let rows = statement.query_map([], |row| row.get(0)).expect("rows");
    rows.map(|row| row.expect("a row")).collect()
}
