//! The description and the routes say the same: every path and verb that is answered is described,
//! and what is described is answered.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use actix_web::web::Data;
use recoup::http::{self, TestTimeline};
use serde_json::Value;

use crate::lago::raw::{RawAnswer, bearer, call};
use crate::world::World;

/// Pages are for people; the description is for programs. `/` leads to the dashboard.
const PAGES: [&str; 4] = ["/pay/", "/checkout/", "/portal/", "/dashboard"];

fn is_page(path: &str) -> bool {
    path == "/" || PAGES.iter().any(|begin| path.starts_with(begin))
}

type Operations = BTreeSet<(String, String)>;

/// `/add_ons/{code:.+}` is described as `/add_ons/{code}`.
fn without_patterns(path: &str) -> String {
    let mut plain = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').expect("a closed brace");
        let name = name.split(':').next().expect("a name");
        plain.push_str(&format!("{before}{{{name}}}"));
        rest = after;
    }
    plain + rest
}

/// The path with something in the place of each name.
fn filled(path: &str) -> String {
    let mut parts = path.split(['{', '}']);
    let mut filled = parts.next().expect("a beginning").to_owned();
    while let (Some(_), Some(text)) = (parts.next(), parts.next()) {
        filled.push('x');
        filled.push_str(text);
    }
    filled
}

/// Neither an unknown route nor an unknown verb of a known one.
fn is_answered(answer: &RawAnswer) -> bool {
    let unknown = answer.status == 404 && answer.body["code"] == "resource_not_found";
    let wrong_verb = answer.status == 405 && answer.text.is_empty();
    !unknown && !wrong_verb
}

fn answered(world: &World) -> Operations {
    let timeline = Data::new(TestTimeline(None));
    let _configured = actix_web::App::new().configure(http::routes(timeline));
    let key = bearer(world);
    let mut found = Operations::new();
    for path in http::paths().iter().map(|path| without_patterns(path)) {
        if is_page(&path) {
            continue;
        }
        for verb in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let answer = call(world, (verb, &filled(&path)), Some(&key), (None, b""));
            assert!(answer.status < 500, "{verb} {path}: {}", answer.told());
            if is_answered(&answer) {
                found.insert((path.clone(), verb.to_lowercase()));
            }
        }
    }
    found
}

fn described(document: &Value) -> Operations {
    let mut found = Operations::new();
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for verb in operations.as_object().expect("operations").keys() {
            found.insert((path.clone(), verb.clone()));
        }
    }
    found
}

fn differences(answered: &Operations, described: &Operations) -> Vec<String> {
    let silent = answered.difference(described).map(|it| format!("{it:?} is not described"));
    let absent = described.difference(answered).map(|it| format!("{it:?} is not answered"));
    silent.chain(absent).collect()
}

#[test]
fn what_is_answered_is_described_and_the_other_way_round() {
    let world = World::new();
    let document = world.api().get("/openapi.json").body;
    let (answered, described) = (answered(&world), described(&document));
    assert!(answered.len() > 40, "the routes were found: {answered:?}");
    assert_eq!(differences(&answered, &described), Vec::<String>::new());
}

/// The files under a folder of the sources, by their path in it, with their text.
fn sources(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let (mut folders, mut found) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let inner = path.strip_prefix(&root).expect("inside").to_str().expect("a text");
            found.push((inner.to_owned(), fs::read_to_string(&path).expect("a text")));
        }
    }
    found
}

/// What makes a route in another way is not among `paths()`, and would be missed.
#[test]
fn every_route_is_remembered() {
    let makers =
        sources("src/http").into_iter().filter(|(_, text)| text.contains("web::resource("));
    let makers: BTreeSet<String> = makers.map(|(name, _)| name).collect();
    let expected =
        ["lago/mod.rs", "metronome/mod.rs", "mod.rs", "recoup/mod.rs"].map(str::to_owned);
    assert_eq!(makers, BTreeSet::from(expected), "make it with `super::resource`");
}

/// In an answer, what may be null is described as always there. So a field that is left out when
/// there is none must not be described as nullable. (`ProviderAccount` is the one that is both.)
#[test]
fn a_field_that_may_be_absent_is_not_described_as_nullable() {
    let mut faults = Vec::new();
    let files = sources("src/wire").into_iter().chain(sources("src/http"));
    for (name, text) in files.filter(|(_, text)| text.contains("ToSchema")) {
        for after in text.split("skip_serializing_if = \"Option::is_none\")]").skip(1) {
            let field = after.split(",\n").next().expect("a field");
            if !field.contains("nullable = false") && !field.contains("Option<Option<") {
                faults.push(format!("{name}: {}", field.trim()));
            }
        }
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn a_route_that_one_of_them_lacks_is_found() {
    let operation = |path: &str| (path.to_owned(), "get".to_owned());
    let (one, two) = (operation("/api/v1/taxes"), operation("/api/v1/add_ons"));
    let found = differences(&Operations::from([one.clone()]), &Operations::from([two.clone()]));
    assert_eq!(found, [format!("{one:?} is not described"), format!("{two:?} is not answered")]);
    assert_eq!(without_patterns("/a/{code:.+}/b/{id}"), "/a/{code}/b/{id}");
    assert_eq!(filled("/a/{code}/b/{id}"), "/a/x/b/x");
}
