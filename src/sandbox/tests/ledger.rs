//! The ledger: its shape, and its file over restarts.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use serde_json::json;

use super::world::World;
use crate::sandbox::{Options, Sandbox};

/// A file that is removed at the end.
struct File(PathBuf);

impl File {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("sandbox-{}.jsonl", uuid::Uuid::new_v4())))
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn each_line_has_the_documented_fields() {
    let world = World::new();
    let id = world.charge("ok", "key_1").json()["id"].clone();
    assert_eq!(
        world.get("/ledger").json(),
        json!({
            "charges": [{
                "id": id,
                "idempotency_key": "key_1",
                "reference": "att_1",
                "customer": "cus_ok",
                "method": "pm_ok",
                "amount": 1000,
                "currency": "EUR",
                "status": "succeeded",
                "created_at": "2023-11-14T22:13:20.000Z",
            }],
            "refunds": [],
        })
    );
}

#[test]
fn a_restarted_server_knows_what_it_charged() {
    let file = File::new();
    let before = {
        let world = World::with_ledger(Some(file.0.clone()));
        let _inbox = world.listen();
        world.charge("ok", "key_1");
        world.charge("pending_5", "key_2");
        world.charge("fails_2_insufficient_funds", "key_3");
        world.delete("/v1/methods/pm_lost");
        world.get("/ledger").text
    };
    // The server died while it wrote this line.
    let mut torn = OpenOptions::new().append(true).open(&file.0).unwrap();
    torn.write_all(b"{\"charge\":{\"id\":").unwrap();

    let world = World::with_ledger(Some(file.0.clone()));
    assert_eq!(world.get("/ledger").text, before);
    assert!(world.charge("ok", "key_1").replayed);
    assert_eq!(world.charge("lost", "key_4").status, 404);
    let statuses: Vec<_> =
        ["a", "b"].map(|key| world.charge("fails_2_insufficient_funds", key).status).to_vec();
    assert_eq!(statuses, [402, 200]);
    world.pass_seconds(5);
    assert_eq!(world.ledger()[1]["status"], "succeeded");
    assert_eq!(world.get("/v1/webhook_endpoints").json()["data"].as_array().unwrap().len(), 1);
    drop(world);
    assert_eq!(World::with_ledger(Some(file.0.clone())).ledger().len(), 5);
}

#[test]
fn a_damaged_ledger_file_is_reported_and_left_alone() {
    let file = File::new();
    fs::write(&file.0, "{\"endpoint_removed\":\"we_1\"}\nnonsense\n").unwrap();
    let options = Options { ledger: Some(file.0.clone()), ..Options::default() };
    let error = anyhow::Error::from(Sandbox::new(options).err().unwrap());
    assert!(format!("{error:#}").contains("line 2 of the ledger file"), "{error:#}");
    assert!(fs::read_to_string(&file.0).unwrap().contains("nonsense"));
}
