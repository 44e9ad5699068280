//! `recoup plugin new`: what it writes builds, passes its own test and keeps every promise; and
//! the kit finds out what an author gets wrong in it.

use std::fs;
use std::process::Command;

use serde_json::Value;

use super::workshop::{LOCK, Workshop, built_of, keep, packages, shared_target};

/// What the kit says of the component in the folder of the plugin.
fn verdicts(shop: &Workshop, component: &str) -> Value {
    let output = shop.recoup(&["plugin", "test", component, "--json"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{told}"))
}

/// What the kit says of a promise that is to be broken.
fn why_broken<'a>(report: &'a Value, id: &str) -> &'a str {
    let promises = report["promises"].as_array().unwrap();
    let promise = promises.iter().find(|promise| promise["id"] == id).unwrap();
    assert_eq!(promise["verdict"], "broken", "{promise}");
    promise["why"].as_str().unwrap()
}

/// Webhooks are not in the templates; everything else is tried and kept.
fn assert_kept(report: &Value) {
    let promises = report["promises"].as_array().unwrap();
    for promise in promises {
        let is_webhook = promise["id"].as_str().unwrap().starts_with("webhook.");
        let wanted = if is_webhook { "not_tried" } else { "kept" };
        assert_eq!(promise["verdict"], wanted, "{promise}");
    }
    assert!(promises.len() > 30, "{report}");
}

fn build_rust(shop: &Workshop) {
    let mut cargo = shop.command("cargo");
    cargo
        .current_dir(shop.path().join("acme-pay"))
        .args(["build", "--quiet", "--release", "--target", "wasm32-unknown-unknown"])
        .env("CARGO_TARGET_DIR", shared_target());
    shop.run(&mut cargo);
    let module = shared_target().join("wasm32-unknown-unknown/release/acme_pay.wasm");
    let module = module.to_string_lossy().into_owned();
    let mut encode = shop.command("recoup");
    shop.run(encode.args(["plugin", "encode", &module, "acme-pay/acme-pay.wasm"]));
}

/// What an author can get wrong in the plugin: one text, what stands in its place, the promise
/// that is broken by it, and the word of the kit that shows that it is for that.
type Mistake = (&'static str, &'static str, &'static str, &'static str);

/// A build takes its time, so several are made at once: those that do not hide one another.
const MISTAKES: [&[Mistake]; 2] = [
    &[
        // A 5xx is taken for a decline.
        (
            "(status, _) => ChargeAnswer::only(Outcome::of_status(status)),",
            "(_, _) => ChargeAnswer::only(Outcome::Declined(decline(\"failed\", \"failed\"))),",
            "charge.error-500",
            "declined",
        ),
        // The key is made anew.
        (
            "\"idempotency-key\", request.idempotency_key)",
            "\"idempotency-key\", format!(\"{:?}\", recoup_plugin::random::bytes(4)))",
            "charge.replayed-key",
            "the second request is another one",
        ),
    ],
    &[
        // A list without the charge is believed at once, and whatever it holds.
        (
            "Ok(Some([])) if clock::now_ms() >= query.started_at_ms + SETTLED_AFTER_MS =>",
            "Ok(_) if clock::now_ms() > 0 =>",
            "find.no-answer",
            "it said absent",
        ),
        (
            "\"reference\": request.reference,",
            "",
            "charge.reference",
            "the reference is in no request",
        ),
        (
            "Setting::secret(\"secret_key\"",
            "Setting::plain(\"secret_key\"",
            "describe.secrets",
            "secret_key",
        ),
    ],
];

#[test]
fn a_new_plugin_in_rust_keeps_every_promise_and_its_faults_are_found() {
    let shop = Workshop::at("written-in-rust");
    shop.run(shop.command("recoup").args(["plugin", "new", "acme-pay"]));
    let again = shop.recoup(&["plugin", "new", "acme-pay"]);
    assert!(!again.status.success());
    assert!(String::from_utf8_lossy(&again.stderr).contains("--to"));
    fs::copy(LOCK, shop.path().join("acme-pay/Cargo.lock")).unwrap();

    build_rust(&shop);
    let report = verdicts(&shop, "acme-pay/acme-pay.wasm");
    assert_eq!(report["plugin"], "acme-pay");
    assert_kept(&report);

    let lib = shop.path().join("acme-pay/src/lib.rs");
    let good = fs::read_to_string(&lib).unwrap();
    for mistakes in MISTAKES {
        let mut text = good.clone();
        for (from, to, ..) in mistakes {
            assert!(text.contains(from), "{from}");
            text = text.replace(from, to);
        }
        fs::write(&lib, text).unwrap();
        build_rust(&shop);
        let report = verdicts(&shop, "acme-pay/acme-pay.wasm");
        for (_, _, promise, word) in mistakes {
            let why = why_broken(&report, promise);
            assert!(why.contains(word), "{promise}: {why}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_new_plugin_in_javascript_keeps_every_promise() {
    let shop = Workshop::new();
    shop.run(shop.command("recoup").args(["plugin", "new", "acme", "--lang", "js"]));
    let acme = shop.path().join("acme");
    let kept = built_of(&acme, "javascript");
    let list = fs::read_to_string(acme.join("package.json")).unwrap();
    let Some(npm) = packages("plugin-javascript", &list, |folder| {
        fs::write(folder.join("package.json"), &list).unwrap();
        let mut install = Command::new("npm");
        install.current_dir(folder).args(["install", "--no-audit", "--no-fund"]);
        vec![install]
    }) else {
        return;
    };
    std::os::unix::fs::symlink(npm.join("node_modules"), acme.join("node_modules")).unwrap();
    shop.run(shop.command("npm").current_dir(&acme).arg("test"));
    if !kept.is_file() {
        shop.run(shop.command("npm").current_dir(&acme).args(["run", "build"]));
        keep(&acme.join("acme.wasm"), &kept);
    }
    fs::copy(&kept, acme.join("acme.wasm")).unwrap();
    assert_kept(&verdicts(&shop, "acme/acme.wasm"));
}

#[test]
fn a_new_plugin_in_python_keeps_every_promise() {
    let shop = Workshop::new();
    shop.run(shop.command("recoup").args(["plugin", "new", "acme", "--lang", "python"]));
    let acme = shop.path().join("acme");
    let kept = built_of(&acme, "python");
    let list = fs::read_to_string(acme.join("requirements.txt")).unwrap();
    let Some(venv) = packages("plugin-python", &list, |folder| {
        let mut make = Command::new("python3");
        make.args(["-m", "venv"]).arg(folder);
        let mut install = Command::new(folder.join("bin/python"));
        install.args(["-m", "pip", "install", "--quiet", "-r"]).arg(acme.join("requirements.txt"));
        vec![make, install]
    }) else {
        return;
    };
    let tool = venv.join("bin/componentize-py").to_string_lossy().into_owned();
    let python = venv.join("bin/python").to_string_lossy().into_owned();
    let world = ["-d", "wit", "-w", "plugin"];
    let mut bind = shop.command(&tool);
    shop.run(bind.current_dir(&acme).args(world).args(["bindings", "bind"]));
    shop.run(shop.command(&python).current_dir(&acme).args(["-m", "unittest"]));
    if !kept.is_file() {
        let mut build = shop.command(&tool);
        build.current_dir(&acme).args(world);
        build.args(["componentize", "app", "-o", "acme.wasm", "--stub-wasi"]);
        shop.run(&mut build);
        keep(&acme.join("acme.wasm"), &kept);
    }
    fs::copy(&kept, acme.join("acme.wasm")).unwrap();
    assert_kept(&verdicts(&shop, "acme/acme.wasm"));
}

#[test]
fn a_name_that_cannot_be_one_is_refused() {
    let shop = Workshop::new();
    let output = shop.recoup(&["plugin", "new", "Acme Pay"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("lower-case letters"));
    let output = shop.recoup(&["plugin", "new", "acme", "--lang", "cobol"]);
    assert_eq!(output.status.code(), Some(2));
}
