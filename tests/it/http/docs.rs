//! The description as a file, as a page and on the command line.

use crate::lago::raw::call;
use crate::world::World;

#[test]
fn the_description_is_there_for_everyone_and_the_command_prints_the_same() {
    let world = World::new();
    let answer = call(&world, ("GET", "/openapi.json"), None, (None, b""));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.content_type, "application/json");
    assert_eq!(answer.body["openapi"], "3.1.0");
    assert_eq!(answer.body["info"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(answer.body["components"]["securitySchemes"]["api_key"]["scheme"], "bearer");
    assert_eq!(world.run(&["openapi"]), answer.body);
}

#[test]
fn a_key_is_needed_where_the_description_says_so() {
    let world = World::new();
    let document = world.api().get("/openapi.json").body;
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for (verb, operation) in operations.as_object().expect("operations") {
            let open = operation["security"] == serde_json::json!([{}]);
            let path = path.replace(['{', '}'], "");
            let answer = call(&world, (&verb.to_uppercase(), &path), None, (None, b""));
            assert_eq!(answer.status != 401, open, "{verb} {path}: {}", answer.told());
        }
    }
}

/// The addresses that a page loads something from.
fn loaded(page: &str) -> Vec<&str> {
    let attributes = [" src=\"", " href=\""];
    let of = |attribute| page.split(attribute).skip(1).filter_map(|rest| rest.split('"').next());
    attributes.into_iter().flat_map(of).collect()
}

#[test]
fn the_page_loads_nothing_but_its_own_files() {
    let world = World::new();
    let file = |name: &str| {
        let url = format!("{}/docs/{name}", world.address());
        let mut answer = ureq::get(&url).call().expect("a file");
        let policy = answer.headers().get("content-security-policy").cloned();
        (answer.body_mut().read_to_string().expect("a text"), policy)
    };
    let (page, policy) = file("");
    let policy = policy.expect("a policy");
    assert!(policy.to_str().expect("a text").starts_with("default-src 'self'; "), "{policy:?}");
    let files = loaded(&page);
    assert!(files.len() > 3, "{page}");
    for name in files {
        let name = name.strip_prefix("./").unwrap_or(name);
        assert!(!name.contains(':') && !name.starts_with('/'), "{name} is somewhere else");
        let url = format!("{}/docs/{name}", world.address());
        let found = ureq::get(&url).call().expect("a file").body_mut().read_to_vec();
        assert!(!found.expect("bytes").is_empty(), "{name}");
    }
    let (begin, _) = file("swagger-initializer.js");
    assert!(begin.contains("../openapi.json") && !begin.contains("://"), "{begin}");
    // What the page would otherwise ask a stranger to check.
    assert!(begin.contains("\"validatorUrl\": \"none\""), "{begin}");
    // The entrance leads to it.
    let mut entrance = ureq::get(format!("{}/docs", world.address())).call().expect("a page");
    assert_eq!(entrance.body_mut().read_to_string().expect("a text"), page);
}
