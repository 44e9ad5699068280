//! Plugins come, change and go: what is asked, what is pinned, what goes on meanwhile.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;

use recoup::app::ports::Psps;
use recoup::domain::attempt::Outcome;
use recoup::domain::plugin::{InstalledPlugin, PluginVersion, Rights};
use recoup::domain::time::Timestamp;
use recoup::psp::PluginHost;
use serde_json::{Value, json};

use crate::psp::guest::Guest;
use crate::psp::peer::{OK, Peer};
use crate::psp::stage::{Folder, charge_request, connection, options};
use crate::world::{World, command};

const PAID: &str = "(local.get $answer)";

/// The fourth of the outcomes: pending.
const PENDING: &str = "(i32.store8 (local.get $answer) (i32.const 3)) (local.get $answer)";

fn guest(name: &'static str, charge: &'static str, hosts: &[&'static str]) -> Vec<u8> {
    Guest { hosts: hosts.to_vec(), ..Guest::new(name, charge) }.component()
}

/// What a command says, and whether it did what it was told.
fn recoup(data_dir: &Path, arguments: &[&str]) -> (bool, String) {
    let output = command(data_dir).args(arguments).stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (output.status.success(), text.into_owned())
}

fn install(data_dir: &Path, file: &Path, more: &[&str]) -> (bool, String) {
    let file = file.to_string_lossy();
    recoup(data_dir, &[&["plugin", "install", &*file], more].concat())
}

fn listed(data_dir: &Path) -> Vec<Value> {
    let (good, text) = recoup(data_dir, &["plugin", "list", "--json"]);
    assert!(good, "{text}");
    let json = text.lines().find(|line| line.starts_with('[')).unwrap();
    let all: Vec<Value> = serde_json::from_str(json).unwrap();
    all.into_iter().filter(|plugin| plugin["built_in"] == false).collect()
}

/// The installed components that lie in the data directory.
fn kept(data_dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(data_dir.join("plugins"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

#[test]
fn a_person_sees_what_a_plugin_asks_for_and_has_to_approve_it() {
    let (data, files) = (Folder::new(), Folder::new());
    let file = files.put("acme.wasm", &guest("acme", PAID, &["api.acme.example"]));
    let (good, text) = install(data.path(), &file, &[]);
    assert!(!good);
    for part in
        ["api.acme.example", "secret_key", "sha256", "recoup:psp@0.1.0", "64 MiB", "60 s", "--yes"]
    {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(listed(data.path()).is_empty());

    let (good, text) = install(data.path(), &file, &["--yes"]);
    assert!(good, "{text}");
    let plugins = listed(data.path());
    assert_eq!((plugins.len(), &plugins[0]["name"]), (1, &Value::from("acme")));
    assert_eq!(kept(data.path()).len(), 1);
    let (good, text) = install(data.path(), &file, &[]);
    assert!(good && text.contains("nothing changes"), "{text}");
}

#[test]
fn an_update_needs_approval_only_where_it_asks_for_more() {
    let (data, files) = (Folder::new(), Folder::new());
    let first = files.put("1.wasm", &guest("acme", PAID, &["*.acme.example"]));
    let less = files.put("2.wasm", &guest("acme", PENDING, &["api.acme.example"]));
    let more = files.put("3.wasm", &guest("acme", PAID, &["api.acme.example", "evil.example"]));
    assert!(install(data.path(), &first, &["--yes"]).0);
    let (good, text) = install(data.path(), &less, &[]);
    assert!(good && text.contains("nothing that was not approved"), "{text}");

    let (good, text) = install(data.path(), &more, &[]);
    assert!(!good && text.contains("it wants to reach evil.example"), "{text}");
    assert_eq!(listed(data.path())[0]["hosts"], Value::from(vec!["api.acme.example"]));
    assert!(install(data.path(), &more, &["--yes"]).0);
    assert_eq!(listed(data.path())[0]["hosts"][1], "evil.example");
    // The first one is not gone back to any more.
    assert_eq!(kept(data.path()).len(), 2);

    let (good, text) = install(data.path(), &more, &["--yes", "--memory-mib-max", "16"]);
    assert!(good, "{text}");
    let (good, text) = install(data.path(), &more, &["--memory-mib-max", "32"]);
    assert!(!good && text.contains("more memory"), "{text}");
    let (good, text) = install(data.path(), &more, &["--memory-mib-max", "1000"]);
    assert!(!good && text.contains("plugins.memory_mib_max"), "{text}");
}

#[test]
fn a_roll_back_is_one_command_and_so_is_the_way_back() {
    let (data, files) = (Folder::new(), Folder::new());
    let first = files.put("1.wasm", &guest("acme", PAID, &[]));
    let second = files.put("2.wasm", &guest("acme", PENDING, &[]));
    let hash = || listed(data.path())[0]["sha256"].clone();
    assert!(install(data.path(), &first, &["--yes"]).0);
    let (good, text) = recoup(data.path(), &["plugin", "rollback", "acme"]);
    assert!(!good && text.contains("not updated yet"), "{text}");
    let old = hash();
    assert!(install(data.path(), &second, &["--yes"]).0);
    let new = hash();
    assert_ne!(old, new);
    for wanted in [&old, &new] {
        let (good, text) = recoup(data.path(), &["plugin", "rollback", "acme"]);
        assert!(good, "{text}");
        assert_eq!(&hash(), wanted);
    }
}

#[test]
fn a_plugin_is_disabled_enabled_and_removed() {
    let (data, files) = (Folder::new(), Folder::new());
    let file = files.put("acme.wasm", &guest("acme", PAID, &[]));
    assert!(install(data.path(), &file, &["--yes"]).0);
    let run = |arguments: &[&str]| recoup(data.path(), arguments);
    assert!(run(&["plugin", "disable", "acme"]).0);
    assert_eq!(listed(data.path())[0]["enabled"], false);
    let (good, text) = run(&["plugin", "inspect", "acme"]);
    assert!(!good && text.contains("plugin enable acme"), "{text}");
    assert!(run(&["plugin", "enable", "acme"]).0);
    let (good, text) = run(&["plugin", "inspect", "acme"]);
    assert!(good && text.contains("reaches:"), "{text}");

    let base = "base_url=https://api.acme.example";
    let add = ["connection", "add", "--provider", "acme", "--code", "one", "--set", base];
    let (good, text) = run(&add);
    assert!(good, "{text}");
    let (good, text) = run(&["plugin", "remove", "acme"]);
    assert!(!good && text.contains("one") && text.contains("disable acme"), "{text}");

    let other = files.put("other.wasm", &guest("other", PAID, &[]));
    assert!(install(data.path(), &other, &["--yes"]).0);
    assert!(run(&["plugin", "remove", "other"]).0);
    assert_eq!(kept(data.path()).len(), 1);
    let (good, text) = run(&["plugin", "remove", "other"]);
    assert!(!good && text.contains("no installed plugin named `other`"), "{text}");
}

#[test]
fn bad_files_are_refused_with_a_sentence_and_the_others_are_used() {
    let (data, files) = (Folder::new(), Folder::new());
    let good = guest("acme", PAID, &[]);
    let file = files.put("acme.wasm", &good);
    assert!(install(data.path(), &file, &["--yes"]).0);
    let module = wat::parse_str("(module)").unwrap();
    let other_version = replaced(&good, b"@0.1.0", b"@0.9.0");
    for (bytes, sentence) in [
        (&b"#!/bin/sh"[..], "no WebAssembly component"),
        (&[], "no WebAssembly component"),
        (&good[..good.len() - 100], "no WebAssembly component"),
        (&module, "core WebAssembly module"),
        (&other_version, "made for recoup:psp@0.9.0"),
        (&wat::parse_str("(component)").unwrap(), "does not export `recoup:psp/gateway`"),
        (&guest("sandbox", PAID, &[]), "is built in"),
        (&guest("Bad Name", PAID, &[]), "lower-case letters"),
    ] {
        let file = files.put("bad.wasm", bytes);
        let (good, text) = install(data.path(), &file, &["--yes"]);
        assert!(!good && text.contains(sentence), "{sentence} in {text}");
    }
    let (good, text) = install(data.path(), Path::new("/nowhere/x.wasm"), &["--yes"]);
    assert!(!good && text.contains("/nowhere/x.wasm cannot be read"), "{text}");
    assert_eq!(listed(data.path()).len(), 1);
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    for at in 0..bytes.len() - from.len() {
        if bytes[at..].starts_with(from) {
            changed[at..at + to.len()].copy_from_slice(to);
        }
    }
    changed
}

#[test]
fn a_file_that_somebody_changed_or_put_there_is_not_used() {
    let (data, files) = (Folder::new(), Folder::new());
    for name in ["acme", "other"] {
        let file = files.put("it.wasm", &guest(name, PAID, &[]));
        assert!(install(data.path(), &file, &["--yes"]).0);
    }
    let changed = &kept(data.path())[0];
    fs::write(changed, guest("acme", PENDING, &[])).unwrap();
    fs::write(data.path().join("plugins/stranger.wasm"), guest("stranger", PAID, &[])).unwrap();
    let names: Vec<Value> = listed(data.path()).iter().map(|it| it["name"].clone()).collect();
    assert_eq!(names, ["other"]);
    let (_, text) = recoup(data.path(), &["plugin", "list"]);
    assert!(text.contains("somebody changed the file"), "{text}");
    assert!(text.contains("stranger.wasm") && text.contains("nobody has installed it"), "{text}");
}

/// A customer of the plugin, with a card: no API knows cards that no provider has told of.
fn card_at_acme(world: &World) {
    let base = "base_url=https://api.acme.example";
    let add = ["connection", "add", "--provider", "acme", "--code", "one", "--set", base];
    world.run(&add);
    let billing = json!({
        "payment_provider": "acme", "payment_provider_code": "one", "provider_customer_id": "c_1",
    });
    let customer = json!({ "customer": {
        "external_id": "ada", "name": "Ada", "currency": "EUR", "billing_configuration": billing,
    }});
    assert_eq!(world.api().post("/api/v1/customers", &customer).status, 200);
    let card = "INSERT INTO payment_methods (id, organization_id, customer_id, connection_id,
                       provider_method_id, kind, is_default, state, created_at)
                SELECT customers.id, customers.organization_id, customers.id, connections.id,
                       'card_1', 'card', 1, 'active', 0
                  FROM customers, connections WHERE connections.code = 'one'";
    assert_eq!(world.open_database().execute(card, []), Ok(1));
}

#[test]
fn a_server_at_work_charges_with_the_version_that_is_in_use() {
    let (world, files) = (World::new(), Folder::new());
    let follow = || world.pass(10);
    let install = |file: &str, charge| {
        let file = files.put(file, &guest("acme", charge, &[]));
        world.run(&["plugin", "install", &file.to_string_lossy(), "--yes", "--json"]);
        follow();
    };
    // The versions say different things of a charge.
    let charged = || {
        let invoice = world.invoice("ada", 4_900);
        world.pass(2);
        let payments = world.payments(&invoice);
        assert_eq!(payments.len(), 1, "{payments:?}");
        payments[0]["payment_status"].clone()
    };
    install("1.wasm", PAID);
    card_at_acme(&world);
    assert_eq!(charged(), "succeeded");
    install("2.wasm", PENDING);
    assert_eq!(charged(), "processing");
    world.run(&["plugin", "rollback", "acme"]);
    follow();
    assert_eq!(charged(), "succeeded");

    let log = world.api().get("/recoup/v1/audit_log").text;
    for act in ["plugin.installed", "plugin.updated", "plugin.rolled_back"] {
        assert!(log.contains(act), "{act} in {log}");
    }
}

fn version(component: &[u8], asks: &recoup::domain::plugin::Asks) -> PluginVersion {
    use sha2::{Digest, Sha256};
    let sha256 = Sha256::digest(component).iter().map(|byte| format!("{byte:02x}")).collect();
    PluginVersion {
        sha256,
        version: "1.0.0".to_owned(),
        asks: asks.clone(),
        rights: Rights::default(),
        approved_at: Timestamp::from_unix_ms(0),
    }
}

/// A host with an installed plugin, whose component lies in the folder.
struct Installed {
    host: PluginHost,
    folder: Folder,
    asks: recoup::domain::plugin::Asks,
}

impl Installed {
    fn new(component: &[u8]) -> Installed {
        let folder = Folder::new();
        let mut found = options();
        found.files = vec![folder.put("look.new", component)];
        let asks = PluginHost::new(found).unwrap().providers()[0].asks();
        let mut own = options();
        own.plugin_dir = Some(folder.path().to_owned());
        let it = Installed { host: PluginHost::new(own).unwrap(), folder, asks };
        it.put(component, Rights::default());
        it
    }

    fn put(&self, component: &[u8], rights: Rights) {
        let in_use = PluginVersion { rights, ..version(component, &self.asks) };
        self.folder.put(&in_use.file_name("acme"), component);
        self.host.use_plugins(&[InstalledPlugin {
            name: "acme".to_owned(),
            in_use,
            before: None,
            is_enabled: true,
            changed_at: Timestamp::from_unix_ms(0),
        }]);
    }

    fn charge(&self, base_url: &str) -> Outcome {
        self.host.charge(&connection("acme", base_url), &charge_request()).outcome
    }
}

#[test]
fn a_running_call_ends_on_its_version_and_the_next_begins_on_the_new_one() {
    let (arrived, wait_for_arrival) = mpsc::channel();
    let (go_on, wait_to_go_on) = mpsc::channel::<()>();
    let gate = std::sync::Mutex::new((arrived, wait_to_go_on));
    let peer = Peer::new(move |visit| {
        while visit.request().is_some() {
            let gate = gate.lock().unwrap();
            gate.0.send(()).unwrap();
            let _ = gate.1.recv();
            visit.write(OK);
        }
    });
    let asking = "(drop (call $post (local.get $in))) (local.get $answer)";
    let it = Installed::new(&guest("acme", asking, &[]));
    thread::scope(|scope| {
        let running = scope.spawn(|| it.charge(&peer.url()));
        wait_for_arrival.recv().unwrap();
        it.put(&guest("acme", PENDING, &[]), Rights::default());
        assert_eq!(it.charge(&peer.url()), Outcome::Pending);
        go_on.send(()).unwrap();
        assert_eq!(running.join().unwrap(), Outcome::Paid);
    });
}

#[test]
fn a_plugin_has_no_more_memory_than_it_was_given() {
    // 32 MiB more.
    let hungry = "(drop (memory.grow (i32.const 512))) (local.get $answer)";
    let component = guest("acme", hungry, &[]);
    let it = Installed::new(&component);
    assert_eq!(it.charge("http://127.0.0.1:9"), Outcome::Paid);
    it.put(&component, Rights { memory_mib_max: Some(16), call_timeout_s: None });
    match it.charge("http://127.0.0.1:9") {
        Outcome::NotSent(reason) => assert!(reason.contains("memory_bytes_max"), "{reason}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_plugin_has_no_more_time_than_it_was_given() {
    let peer = Peer::new(|visit| while visit.request().is_some() {});
    let waiting = "(drop (call $post (local.get $in))) (local.get $answer)";
    let component = guest("acme", waiting, &[]);
    let it = Installed::new(&component);
    it.put(&component, Rights { memory_mib_max: None, call_timeout_s: Some(1) });
    let begun = std::time::Instant::now();
    assert!(matches!(it.charge(&peer.url()), Outcome::Unknown(_)));
    assert!(begun.elapsed() < std::time::Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn a_plugin_that_describes_more_than_was_approved_is_not_used() {
    let component = guest("acme", PAID, &["api.acme.example"]);
    let mut it = Installed::new(&component);
    it.asks.hosts.clear();
    it.put(&component, Rights { memory_mib_max: Some(32), call_timeout_s: None });
    assert!(it.host.provider("acme").is_none());
    let problem = it.host.problems().last().unwrap().to_string();
    assert!(problem.contains("it wants to reach api.acme.example"), "{problem}");
}
