//! Receipts: one for each payment that succeeded, and the link that opens its paper.

use serde_json::{Value, json};

use super::raw::call;
use super::{each, keys, not_found, told};
use crate::outbound::receiver::{Answer as Reply, Receiver};
use crate::world::World;

const PATH: &str = "/api/v1/payment_receipts";

fn receipts(world: &World, query: &str) -> Vec<Value> {
    let answer = world.api().get(&format!("{PATH}{query}"));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["payment_receipts"].as_array().expect("a list").clone()
}

fn of_invoice(world: &World, invoice: &str) -> Vec<Value> {
    receipts(world, &format!("?invoice_id={invoice}"))
}

/// The path and the query of a link.
fn link(receipt: &Value) -> String {
    let url = receipt["file_url"].as_str().expect("a link");
    let at = url.find("/files/").expect("a path of ours");
    url[at..].to_owned()
}

/// Without a key, as the payer opens it.
fn open(world: &World, link: &str) -> (u16, String, Vec<u8>) {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut answer = agent.get(format!("{}{link}", world.address())).call().expect("an answer");
    let kind = answer.headers()["content-type"].to_str().expect("a text").to_owned();
    let body = answer.body_mut().read_to_vec().expect("a body");
    (answer.status().as_u16(), kind, body)
}

#[test]
fn each_payment_that_succeeds_has_one_receipt() {
    let world = World::new();
    let slug = world.customer("ada", "fails_1_insufficient_funds")["slug"].clone();
    let invoice = world.invoice("ada", 4_900);
    world.pass(1);
    assert_eq!(of_invoice(&world, &invoice), Vec::<Value>::new(), "a decline has none");
    world.pass_days(3);
    let other = world.invoice("ada", 1_000);
    world.pass_days(3);
    let found = of_invoice(&world, &invoice);
    assert_eq!(found.len(), 1);
    let shown = &found[0];
    let expected = ["lago_id", "number", "file_url", "xml_url", "payment", "created_at"];
    assert_eq!(keys(shown), expected);
    assert_eq!(shown["number"], format!("{}-RCPT-001", slug.as_str().expect("a slug")));
    assert_eq!(shown["xml_url"], Value::Null);
    assert_eq!(shown["payment"], world.payments(&invoice)[0]);
    assert_eq!(shown["payment"]["invoice_ids"], json!([invoice]));
    let next = &of_invoice(&world, &other)[0];
    assert_eq!(next["number"], format!("{}-RCPT-002", slug.as_str().expect("a slug")));
    let id = shown["lago_id"].as_str().expect("an id");
    let one = world.api().get(&format!("{PATH}/{id}"));
    assert_eq!(&one.body["payment_receipt"]["payment"], &shown["payment"]);
    let all = world.api().get(PATH);
    let numbers = [next["number"].clone(), shown["number"].clone()];
    assert_eq!(each(&all, "payment_receipts", "number"), numbers);
    assert_eq!(all.body["meta"]["total_count"], 2);
    for path in [format!("{PATH}/nonsense"), format!("{PATH}/{invoice}")] {
        assert_eq!(told(&world.api().get(&path)), not_found("invoice"));
    }
    let nonsense = world.api().get(&format!("{PATH}?invoice_id=nonsense"));
    assert_eq!(told(&nonsense), not_found("invoice"));
}

#[test]
fn money_by_hand_in_parts_has_a_receipt_for_each_part() {
    let world = World::new();
    world.api().post(
        "/api/v1/customers",
        &json!({ "customer": {
            "external_id": "cash", "currency": "EUR",
        }}),
    );
    let invoice = world.invoice("cash", 1_000);
    for amount in [400, 600] {
        let paid = world.api().post(
            "/api/v1/payments",
            &json!({ "payment": {
                "invoice_id": invoice, "amount_cents": amount, "reference": "till",
            }}),
        );
        assert_eq!(paid.status, 200, "{paid:?}");
    }
    let found = of_invoice(&world, &invoice);
    let amounts: Vec<&Value> = found.iter().map(|it| &it["payment"]["amount_cents"]).collect();
    assert_eq!(found.len(), 2);
    assert!(amounts.contains(&&json!(400)) && amounts.contains(&&json!(600)), "{amounts:?}");
}

#[test]
fn a_success_that_is_told_again_and_again_has_one_receipt() {
    let world = World::new();
    for (customer, behaviour) in
        [("one", "duplicate"), ("two", "late"), ("three", "lost"), ("four", "pending_60")]
    {
        world.customer(customer, behaviour);
        let invoice = world.invoice(customer, 4_900);
        world.pass_days(3);
        assert_eq!(world.payment_status(&invoice), "succeeded", "{behaviour}");
        assert_eq!(of_invoice(&world, &invoice).len(), 1, "{behaviour}");
    }
    assert_eq!(receipts(&world, "").len(), 4);
}

#[test]
fn a_link_opens_its_paper_without_a_key_and_nothing_else() {
    let world = World::new();
    world.customer("ada", "ok");
    let (one, two) = (world.invoice("ada", 4_900), world.invoice("ada", 5_900));
    world.pass(1);
    let links = [&one, &two].map(|invoice| link(&of_invoice(&world, invoice)[0]));
    let (status, kind, pdf) = open(&world, &links[0]);
    assert_eq!((status, kind.as_str()), (200, "application/pdf"));
    assert!(pdf.starts_with(b"%PDF-") && pdf.len() > 5_000);
    let (path, query) = links[0].split_once('?').expect("a query");
    let (_, query_of_two) = links[1].split_once('?').expect("a query");
    let (expires, signature) = query.split_once('&').expect("two parts");
    let later = format!("expires=9999999999&{signature}");
    let nobody = "/files/receipts/00000000-0000-7000-8000-000000000000.pdf";
    for wrong in [
        path.to_owned(),
        format!("{path}?{expires}"),
        format!("{path}?{signature}"),
        format!("{path}?{expires}&signature="),
        format!("{path}?{expires}&signature={}", "0".repeat(64)),
        format!("{path}?{}", query.replace("signature=", "signature=0")),
        format!("{path}?{later}"),
        format!("{path}?{query_of_two}"),
        format!("{nobody}?{query}"),
        format!("/files/receipts/nonsense.pdf?{query}"),
    ] {
        let (status, _, body) = open(&world, &wrong);
        assert_eq!((status, body.as_slice()), (403, &b"This link is not valid."[..]), "{wrong}");
    }
    // A key of the API opens nothing here either.
    let bearer = format!("Bearer {}", world.key());
    let with_key = call(&world, ("GET", path), Some(&bearer), (None, b""));
    assert_eq!(with_key.status, 403);
    world.pass_days(29);
    assert_eq!(open(&world, &links[0]).0, 200);
    world.pass_days(1);
    assert_eq!(open(&world, &links[0]).0, 410);
    let fresh = link(&of_invoice(&world, &one)[0]);
    assert_eq!(open(&world, &fresh).0, 200, "reading it again gives a fresh link");
}

#[test]
fn receipts_are_told_by_webhook_with_a_link_that_opens() {
    let world = World::new();
    let receiver = Receiver::answering([Reply::status(200)]);
    let endpoint = json!({ "webhook_endpoint": {
        "webhook_url": receiver.url(), "signature_algo": "hmac",
        "event_types": ["payment_receipt.created", "payment_receipt.generated"],
    }});
    assert_eq!(world.api().post("/api/v1/webhook_endpoints", &endpoint).status, 200);
    world.customer("ada", "ok");
    let invoice = world.invoice("ada", 4_900);
    world.pass(60);
    let told: Vec<Value> = receiver
        .received()
        .iter()
        .map(|webhook| serde_json::from_slice(&webhook.body).expect("JSON"))
        .collect();
    let mut names: Vec<&str> =
        told.iter().map(|it| it["webhook_type"].as_str().expect("a name")).collect();
    names.sort_unstable();
    assert_eq!(names, ["payment_receipt.created", "payment_receipt.generated"]);
    for webhook in &told {
        assert_eq!(webhook["object_type"], "payment_receipt");
        let receipt = &webhook["payment_receipt"];
        assert_eq!(receipt["lago_id"], of_invoice(&world, &invoice)[0]["lago_id"]);
        assert_eq!(receipt["payment"]["amount_cents"], 4_900);
        assert_eq!(open(&world, &link(receipt)).0, 200);
    }
}
