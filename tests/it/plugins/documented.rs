//! docs/plugins.md, from nothing to a charged invoice: every command of it, in order, in a shell.

use std::fmt::Write;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::workshop::{LOCK, Workshop, not_run, shared_target};

const PAGE: &str = include_str!("../../../docs/plugins.md");

/// The commands of the page, as they stand there.
fn commands() -> Vec<&'static str> {
    let blocks = PAGE.split("\n```sh\n").skip(1);
    blocks.map(|block| block.split("\n```").next().unwrap()).collect()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// What follows a command that runs on: until somebody listens at its address.
fn wait_for(line: &str) -> String {
    let address = line.split("--listen 127.0.0.1:").nth(1).unwrap();
    let port = address.split_whitespace().next().unwrap();
    let ask = format!("curl -s -o /dev/null http://127.0.0.1:{port}/health");
    format!("for second in $(seq 60); do {ask} && break; sleep 1; done\n")
}

fn script() -> String {
    let mut script = String::from("set -euo pipefail\ntrap 'kill $(jobs -p)' EXIT\n");
    for block in commands() {
        writeln!(script, "{block}").unwrap();
        if let Some(line) = block.lines().find(|line| line.ends_with(" &")) {
            // The rest of the block wants the server.
            let (before, after) = script.rsplit_once(line).unwrap();
            script = format!("{before}{line}\n{}{after}", wait_for(line));
        }
    }
    script
}

#[test]
fn every_command_of_the_page_on_plugins_does_what_it_says() {
    if Command::new("curl").arg("--version").output().is_err() {
        not_run("the page on plugins", "it looks with curl, which is not here");
        return;
    }
    let shop = Workshop::at("documented");
    let (psp, server) = (free_port().to_string(), free_port().to_string());
    let script = script().replace("127.0.0.1:8081", &format!("127.0.0.1:{psp}"));
    let script = script.replace("127.0.0.1:8080", &format!("127.0.0.1:{server}"));
    let kept = format!("cd acme\nln -s '{}' target\ncp '{LOCK}' .\n", shared_target().display());
    let script = script.replace("cd acme\n", &kept);
    // `trap` must not end the script with an error.
    let output = shop.command("bash").args(["-c", &script]).output().unwrap();
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{out}\n{told}");
    // The PSP's ledger is the page's last word on the invoices.
    let ledger = out.lines().rfind(|line| line.contains("\"refunds\"")).expect(&out);
    let ledger: Value = serde_json::from_str(ledger).unwrap();
    let charges = ledger["charges"].as_array().unwrap();
    let ada: Vec<&Value> = charges.iter().filter(|it| it["customer"] == "cus_ok__ada").collect();
    assert_eq!(ada.len(), 3, "{ledger}");
    for charge in &ada {
        assert_eq!((&charge["amount"], &charge["status"]), (&4900.into(), &"succeeded".into()));
    }
    // Which version made it: before the update, after it, after the way back.
    let is_second = |it: &&Value| it["reference"].as_str().unwrap().starts_with("shop-");
    let seconds: Vec<bool> = ada.iter().map(is_second).collect();
    assert_eq!(seconds, [false, true, false], "{ledger}");
    for part in [" 0 broken", "asks for nothing that was not approved", "is in use again"] {
        assert!(out.contains(part), "{part} in {out}");
    }
}

#[test]
fn the_page_is_read_as_it_is_meant() {
    let blocks = commands();
    assert!(blocks.len() >= 7, "{blocks:?}");
    assert!(blocks.iter().all(|block| !block.contains("```")));
    assert!(script().contains("--listen 127.0.0.1:8081 &\nfor second"), "{}", script());
}

#[test]
fn the_plugin_of_the_page_is_short() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/plugin/rust/src/lib.rs");
    let text = fs::read_to_string(path).unwrap();
    let is_code = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with("//");
    let lines = text.lines().filter(is_code).count();
    assert!(lines <= 150, "{lines}");
}
