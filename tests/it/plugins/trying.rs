//! `recoup plugin test`: a good plugin keeps every promise, and bad ones are found out.

use std::path::Path;
use std::process::Output;

use recoup::psp::EMBEDDED;
use serde_json::Value;

use crate::psp::guest::Guest;
use crate::psp::stage::Folder;
use crate::world::{World, command};

/// The sandbox plugin's provider, as a script, with webhooks.
const PLAN: &str = include_str!("sandbox_plan.toml");

/// A wat plugin has two settings and speaks to nobody.
const LEAST: &str = r#"
[settings]
base_url = "https://api.acme.example"
[charge]
customer = "c"
method = "m"
[[answer]]
to = "POST /charges"
takes = true
"#;

fn tried(folder: &Folder, plan: &str, component: &[u8], more: &[&str]) -> Output {
    let plan = folder.put("plan.toml", plan.as_bytes());
    let component = folder.put("it.wasm", component);
    command(folder.path())
        .args(["plugin", "test"])
        .args([&component, Path::new("--plan"), &plan])
        .args(more)
        .output()
        .unwrap()
}

fn report(output: &Output) -> Value {
    let told = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{told}"))
}

/// The ids with this verdict.
fn with_verdict(report: &Value, verdict: &str) -> Vec<String> {
    let promises = report["promises"].as_array().unwrap().iter();
    promises
        .filter(|promise| promise["verdict"] == verdict)
        .map(|promise| format!("{}: {}", promise["id"].as_str().unwrap(), promise["why"]))
        .collect()
}

fn sandbox() -> &'static [u8] {
    EMBEDDED.iter().find(|(name, _)| *name == "sandbox").unwrap().1
}

#[test]
fn a_good_plugin_keeps_every_promise_against_a_script() {
    let folder = Folder::new();
    let output = tried(&folder, PLAN, sandbox(), &["--json"]);
    let report = report(&output);
    assert_eq!(with_verdict(&report, "broken"), Vec::<String>::new());
    assert_eq!(with_verdict(&report, "not_tried"), Vec::<String>::new());
    assert!(output.status.success());
    assert!(report["kept"].as_u64().unwrap() > 35, "{report}");
}

#[test]
fn a_good_plugin_keeps_every_promise_against_a_server() {
    let (world, folder) = (World::new(), Folder::new());
    let url = format!("{}/sandbox", world.address());
    let output = tried(&folder, PLAN, sandbox(), &["--json", "--base-url", &url]);
    let report = report(&output);
    assert_eq!(with_verdict(&report, "broken"), Vec::<String>::new());
    assert_eq!(report["against"], url);
    assert!(output.status.success());
    // It really asked: every charge of the kit stands in the ledger once.
    let charges = world.charges();
    assert!(charges.len() > 20, "{}", charges.len());
    let mut keys: Vec<&str> =
        charges.iter().map(|it| it["idempotency_key"].as_str().unwrap()).collect();
    keys.sort_unstable();
    let all = keys.len();
    keys.dedup();
    assert_eq!(keys.len(), all);
}

#[test]
fn a_plugin_that_always_says_paid_is_found_out() {
    let folder = Folder::new();
    let component = Guest::new("rosy", "(local.get $answer)").component();
    let output = tried(&folder, LEAST, &component, &["--json"]);
    assert_eq!(output.status.code(), Some(1));
    let broken = with_verdict(&report(&output), "broken").join("\n");
    for id in [
        "charge.paid",
        "charge.reference",
        "charge.lost-answer",
        "charge.error-500",
        "charge.not-reached",
        "charge.throttled",
        "charge.credentials",
        "charge.huge",
        "check.bad",
        "find.no-answer",
    ] {
        assert!(broken.contains(id), "{id} in {broken}");
    }
    // The same for people, with the reason under each.
    let output = tried(&folder, LEAST, &component, &[]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("BROKEN   charge.lost-answer"), "{text}");
    assert!(text.contains("it was paid"), "{text}");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("rosy does not keep"), "{told}");
}

#[test]
fn a_plugin_that_traps_or_never_ends_is_found_out() {
    let folder = Folder::new();
    for charge in ["(unreachable)", "(loop $l (br $l)) (unreachable)"] {
        let component = Guest::new("sick", charge).component();
        let broken =
            with_verdict(&report(&tried(&folder, LEAST, &component, &["--json"])), "broken");
        assert!(broken.iter().any(|it| it.starts_with("charge.paid")), "{broken:?}");
    }
}

#[test]
fn what_cannot_be_tried_is_said_in_a_sentence() {
    let folder = Folder::new();
    let good = Guest::new("good", "(local.get $answer)").component();
    for (plan, component, sentence) in [
        ("[charge]", &good[..], "customer"),
        ("[charge]\ncustomer = \"c\"\nmethod = \"m\"", &good, "--base-url"),
        (LEAST, b"not wasm", "no WebAssembly component"),
        (LEAST, &good[..good.len() / 2], "no WebAssembly component"),
    ] {
        let output = tried(&folder, plan, component, &[]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains(sentence), "{told}");
    }
}
