//! Which plugins there are: embedded ones and files, good ones and bad ones.

use std::fs;

use recoup::app::ports::{PspError, Psps};
use recoup::domain::attempt::Outcome;
use recoup::psp::{HostError, PluginError, PluginHost};

use super::guest::Guest;
use super::stage::{Folder, Stage, charge_request, connection, options};

fn guest(name: &'static str) -> Guest {
    Guest::new(name, "(i32.const 0)")
}

/// The only bad file is refused for what is expected; the good one beside it is used.
fn refused(bytes: &[u8], is_expected: fn(&PluginError) -> bool) -> String {
    let folder = Folder::new();
    folder.put("bad.wasm", bytes);
    folder.put("good.wasm", &guest("good").component());
    let stage = Stage::with(folder, |_| ());
    assert!(stage.host.provider("good").is_some());
    assert_eq!(stage.host.providers().len(), 1);
    let [problem] = &stage.host.problems()[..] else {
        panic!("{:?}", stage.host.problems());
    };
    assert!(is_expected(&problem.error), "{problem:?}");
    assert!(problem.to_string().contains("bad.wasm"), "{problem}");
    problem.to_string()
}

#[test]
fn a_plugin_that_imports_wasi_is_refused_with_what_to_do() {
    let wasi = Guest {
        also_imports: Some((
            "package wasi:cli@0.2.0;
             interface environment { get-arguments: func() -> list<string>; }",
            "wasi:cli/environment@0.2.0",
            r#"(import "wasi:cli/environment@0.2.0" "get-arguments" (func (param i32)))"#,
        )),
        ..guest("wasi")
    };
    let sentence = refused(&wasi.component(), |e| matches!(e, PluginError::Wasi(_)));
    assert!(sentence.contains("wasi:cli/environment@0.2.0"), "{sentence}");
    assert!(sentence.contains("wasm32-unknown-unknown"), "{sentence}");
}

#[test]
fn a_plugin_that_imports_what_nobody_offers_is_refused() {
    let foreign = Guest {
        also_imports: Some((
            "package acme:disk@1.0.0; interface files { read: func(); }",
            "acme:disk/files@1.0.0",
            r#"(import "acme:disk/files@1.0.0" "read" (func))"#,
        )),
        ..guest("foreign")
    };
    refused(&foreign.component(), |e| matches!(e, PluginError::UnknownImport(_)));
}

#[test]
fn files_that_are_no_plugins_are_told_apart() {
    refused(b"not wasm at all", |e| matches!(e, PluginError::Invalid(_)));
    let module = wat::parse_str("(module)").unwrap();
    refused(&module, |e| matches!(e, PluginError::CoreModule));
    let empty = wat::parse_str("(component)").unwrap();
    refused(&empty, |e| matches!(e, PluginError::NoGateway));
    let named = guest("Bad Name").component();
    refused(&named, |e| matches!(e, PluginError::Description(_)));
    let wide = Guest { hosts: vec!["*"], ..guest("wide") };
    refused(&wide.component(), |e| matches!(e, PluginError::Description(_)));
}

#[test]
fn abilities_are_what_is_exported() {
    let folder = Folder::new();
    folder.put("good.wasm", &guest("good").component());
    let stage = Stage::with(folder, |_| ());
    let provider = stage.host.provider("good").unwrap();
    assert!(provider.abilities.charging);
    assert!(!provider.abilities.customers && !provider.abilities.webhooks);
    assert!(!provider.built_in);
    assert_eq!(provider.sha256.len(), 64);
    let connection = connection("good", "http://127.0.0.1:1");
    let unable = stage.host.list_methods(&connection, "cus_1");
    assert_eq!(unable, Err(PspError::Unable("methods")));
}

#[test]
fn a_provider_that_is_not_loaded_sent_nothing() {
    let stage = Stage::with(Folder::new(), |_| ());
    let connection = connection("nobody", "http://127.0.0.1:1");
    let answer = stage.host.charge(&connection, &charge_request());
    assert!(matches!(answer.outcome, Outcome::NotSent(_)), "{answer:?}");
    let error = stage.host.check(&connection);
    assert_eq!(error, Err(PspError::NoPlugin("nobody".into())));
}

#[test]
fn two_files_of_one_name_are_both_named_and_not_used() {
    let folder = Folder::new();
    folder.put("one.wasm", &guest("twin").component());
    folder.put("two.wasm", &guest("twin").component());
    let stage = Stage::with(folder, |_| ());
    assert!(stage.host.provider("twin").is_none());
    for problem in stage.host.problems() {
        let sentence = problem.to_string();
        assert!(sentence.contains("one.wasm"), "{sentence}");
        assert!(sentence.contains("two.wasm"), "{sentence}");
    }
    assert_eq!(stage.host.problems().len(), 2);
}

fn embedded(name: &'static str, component: Vec<u8>) -> &'static [(&'static str, &'static [u8])] {
    vec![(name, &*component.leak())].leak()
}

#[test]
fn a_file_cannot_take_the_place_of_a_built_in_plugin() {
    let folder = Folder::new();
    folder.put("other.wasm", &guest("twin").component());
    let stage = Stage::with(folder, |options| {
        options.embedded = embedded("twin", guest("twin").component());
    });
    assert!(stage.host.provider("twin").unwrap().built_in);
    let problem = stage.host.problems()[0].to_string();
    assert!(problem.contains("other.wasm") && problem.contains("built-in"), "{problem}");
}

#[test]
fn a_broken_built_in_plugin_stops_the_start() {
    let mut options = options();
    options.embedded = embedded("other", guest("twin").component());
    let error = PluginHost::new(options).err().unwrap();
    assert!(matches!(error, HostError::BuiltIn(_)), "{error:?}");
}

#[test]
fn compiled_code_is_kept_and_never_trusted_when_damaged() {
    let cache = Folder::new();
    let compiled = cache.path().join("compiled");
    let component = guest("cached").component();
    let start = || {
        let folder = Folder::new();
        folder.put("cached.wasm", &component);
        let stage = Stage::with(folder, |options| options.cache_dir = Some(compiled.clone()));
        let answer = stage.charge("cached", "http://127.0.0.1:1");
        assert_eq!(answer.outcome, Outcome::Paid);
    };
    let files = || -> Vec<_> {
        let entries = fs::read_dir(&compiled).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    start();
    assert_eq!(files().len(), 1);
    let file = files().remove(0);
    let good = fs::read(&file).unwrap();

    // Used again, not written again.
    let written = fs::metadata(&file).unwrap().modified().unwrap();
    start();
    assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), written);

    let mut flipped = good.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for damaged in [&flipped[..], &good[..good.len() / 2], b"", b"rcpcwasm"] {
        fs::write(&file, damaged).unwrap();
        start();
        assert_eq!(fs::read(&file).unwrap(), good);
    }
    assert_eq!(files().len(), 1);
}

#[cfg(unix)]
#[test]
fn compiled_code_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let cache = Folder::new();
    let stage = Stage::with(Folder::new(), |options| {
        options.cache_dir = Some(cache.path().to_owned());
    });
    assert!(stage.host.providers().is_empty());
    let mode = fs::metadata(cache.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}
