//! The real binary on a real disk without room: a limit on the size of its files, which the
//! kernel holds, and lifts while the server runs. Callers are told, nobody is charged twice, and
//! the server goes on by itself.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::world::{Answer, World};

/// So much more may the log of the database grow.
const ROOM_BYTES: u64 = 40_000;

fn is_outage(answer: &Answer) -> bool {
    let sentence = answer.body["error"].as_str().unwrap_or_default();
    answer.status == 503 && sentence.contains("disk of the server")
}

fn ask_for_invoice(world: &World) -> Answer {
    world.api().post(
        "/api/v1/invoices",
        &json!({ "invoice": {
            "external_customer_id": "ada",
            "currency": "EUR",
            "fees": [{ "add_on_code": "setup", "units": 1, "unit_amount_cents": 700 }],
        }}),
    )
}

#[test]
fn a_server_whose_disk_is_full_says_so_and_goes_on_when_there_is_room() {
    let world = World::new();
    world.customer("ada", "ok");
    let paid_before = world.invoice("ada", 4_900);
    world.pass(1);
    assert_eq!(world.api().get("/readyz").status, 200);

    world.limit_files(Some(ROOM_BYTES));
    let mut kept = vec![];
    // An invoice needs more room than the try that readiness makes, so that one may succeed yet.
    let ready = loop {
        let answer = ask_for_invoice(&world);
        match answer.status {
            200 => kept.push(answer.body["invoice"]["lago_id"].as_str().unwrap().to_owned()),
            _ => assert!(is_outage(&answer), "{answer:?}"),
        }
        let ready = world.api().get("/readyz");
        if ready.status != 200 {
            break ready;
        }
        assert!(kept.len() < 1_000, "the disk never fills");
    };
    assert_eq!(ready.status, 503, "{}", ready.text);
    let refused = ask_for_invoice(&world);
    assert!(is_outage(&refused), "{refused:?}");
    assert!(ready.text.contains("cannot be written"), "{}", ready.text);
    assert_eq!(world.payment_status(&paid_before), "succeeded", "it still reads");

    world.limit_files(None);
    let deadline = Instant::now() + Duration::from_secs(15);
    while world.api().get("/readyz").status != 200 {
        assert!(Instant::now() < deadline, "it is ready again by itself");
    }
    kept.push(world.invoice("ada", 900));
    world.pass(3_600);
    for invoice in &kept {
        assert_eq!(world.payment_status(invoice), "succeeded");
    }
    assert_eq!(world.money_taken(), kept.len() + 1);
    assert_eq!(world.charges().len(), kept.len() + 1);
}
