//! `recoup plugin new`: what it writes builds, passes its own test and keeps every promise; and
//! the kit finds out what an author gets wrong in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::workshop::{Workshop, shared_target};

/// What the kit says of the component in the folder of the plugin.
fn verdicts(shop: &Workshop, component: &str) -> Value {
    let output = shop.recoup(&["plugin", "test", component, "--json"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{told}"))
}

fn broken(report: &Value) -> Vec<&str> {
    let promises = report["promises"].as_array().unwrap().iter();
    let broken = promises.filter(|promise| promise["verdict"] == "broken");
    broken.map(|promise| promise["id"].as_str().unwrap()).collect()
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

#[test]
fn a_new_plugin_in_rust_keeps_every_promise_and_its_faults_are_found() {
    let shop = Workshop::new();
    shop.run(shop.command("recoup").args(["plugin", "new", "acme-pay"]));
    let again = shop.recoup(&["plugin", "new", "acme-pay"]);
    assert!(!again.status.success());
    assert!(String::from_utf8_lossy(&again.stderr).contains("--to"));

    build_rust(&shop);
    let report = verdicts(&shop, "acme-pay/acme-pay.wasm");
    assert_eq!(report["plugin"], "acme-pay");
    assert_kept(&report);

    let lib = "acme-pay/src/lib.rs";
    let good = fs::read_to_string(shop.path().join(lib)).unwrap();
    for (from, to, found) in [
        // A 5xx is taken for a decline.
        (
            "(status, _) => ChargeAnswer::only(Outcome::of_status(status)),",
            "(_, _) => ChargeAnswer::only(Outcome::Declined(decline(\"failed\", \"failed\"))),",
            "charge.error-500",
        ),
        // The key is made anew.
        (
            "\"idempotency-key\", request.idempotency_key)",
            "\"idempotency-key\", format!(\"{:?}\", recoup_plugin::random::bytes(4)))",
            "charge.replayed-key",
        ),
        // A list without the charge is believed at once, and whatever it holds.
        (
            "Ok(Some([])) if clock::now_ms() >= query.started_at_ms + SETTLED_AFTER_MS =>",
            "Ok(_) =>",
            "find.no-answer",
        ),
        ("\"reference\": request.reference,", "", "charge.reference"),
        ("Setting::secret(\"secret_key\"", "Setting::plain(\"secret_key\"", "describe.secrets"),
    ] {
        assert!(good.contains(from), "{from}");
        fs::write(shop.path().join(lib), good.replace(from, to)).unwrap();
        build_rust(&shop);
        let report = verdicts(&shop, "acme-pay/acme-pay.wasm");
        assert!(broken(&report).contains(&found), "{found}: {:?}", broken(&report));
    }
}

/// A folder for a tool's packages, made once for each list of them. None: they are not to be had.
fn packages(name: &str, list: &str, install: impl Fn(&Path) -> Vec<Command>) -> Option<PathBuf> {
    let mark: String =
        Sha256::digest(list).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{mark}"));
    if folder.join("complete").is_file() {
        return Some(folder);
    }
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    for mut command in install(&folder) {
        if !command.output().is_ok_and(|output| output.status.success()) {
            println!("NOT RUN: a new plugin in {name}: {command:?} did not work");
            return None;
        }
    }
    fs::write(folder.join("complete"), "").unwrap();
    Some(folder)
}

#[cfg(unix)]
#[test]
fn a_new_plugin_in_javascript_keeps_every_promise() {
    let shop = Workshop::new();
    shop.run(shop.command("recoup").args(["plugin", "new", "acme", "--lang", "js"]));
    let acme = shop.path().join("acme");
    let list = fs::read_to_string(acme.join("package.json")).unwrap();
    let Some(npm) = packages("javascript", &list, |folder| {
        fs::write(folder.join("package.json"), &list).unwrap();
        let mut install = Command::new("npm");
        install.current_dir(folder).args(["install", "--no-audit", "--no-fund"]);
        vec![install]
    }) else {
        return;
    };
    std::os::unix::fs::symlink(npm.join("node_modules"), acme.join("node_modules")).unwrap();
    for script in [&["test"][..], &["run", "build"]] {
        shop.run(shop.command("npm").current_dir(&acme).args(script));
    }
    assert_kept(&verdicts(&shop, "acme/acme.wasm"));
}

#[test]
fn a_new_plugin_in_python_keeps_every_promise() {
    let shop = Workshop::new();
    shop.run(shop.command("recoup").args(["plugin", "new", "acme", "--lang", "python"]));
    let acme = shop.path().join("acme");
    let list = fs::read_to_string(acme.join("requirements.txt")).unwrap();
    let Some(venv) = packages("python", &list, |folder| {
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
    let mut build = shop.command(&tool);
    build.current_dir(&acme).args(world);
    build.args(["componentize", "app", "-o", "acme.wasm", "--stub-wasi"]);
    shop.run(&mut build);
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
