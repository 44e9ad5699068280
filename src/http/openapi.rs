//! The description of everything we serve, made from the handlers. Each file of handlers describes
//! its own in a `Doc`; here they are put together, and finished where the handlers' descriptions
//! would only repeat themselves. The page that shows it is in `docs.rs`.

use std::collections::HashSet;
use std::sync::OnceLock;

use actix_web::HttpResponse;
use actix_web::web::ServiceConfig;
use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{docs, files, health, lago, metrics, metronome, psp_webhooks, recoup, resource};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "recoup",
        description = "Collects invoices: `/api/v1` as Lago does, `/v1` as Metronome does, \
                       `/recoup/v1` in our own words."
    ),
    modifiers(&Keys),
    security(("api_key" = []))
)]
struct Whole;

#[derive(OpenApi)]
#[openapi(
    paths(show),
    tags((name = "operation", description = "The server itself. No key is needed."))
)]
struct Doc;

/// An API key, as a bearer.
struct Keys;

impl Modify for Keys {
    fn modify(&self, document: &mut Document) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        document.components.get_or_insert_default().add_security_scheme("api_key", scheme);
    }
}

/// Everything, with the paths as they are on the server.
pub fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let mut whole = Whole::openapi();
        for more in [
            lago::document(),
            metronome::document(),
            recoup::document(),
            psp_webhooks::Doc::openapi(),
            Doc::openapi(),
            docs::Doc::openapi(),
            files::Doc::openapi(),
            health::Doc::openapi(),
            metrics::Doc::openapi(),
        ] {
            merge(&mut whole, more);
        }
        finished(serde_json::to_value(whole).expect("a description is JSON"))
    })
}

/// Adds what another file describes. Of two shapes of one name one would be lost, unnoticed.
pub fn merge(whole: &mut Document, more: Document) {
    if let (Some(ours), Some(theirs)) = (&whole.components, &more.components) {
        for (name, schema) in &theirs.schemas {
            let same = ours.schemas.get(name).is_none_or(|known| known == schema);
            assert!(same, "two different shapes are called {name}");
        }
    }
    whole.merge(more);
}

pub fn routes(config: &mut ServiceConfig) {
    config.service(resource("/openapi.json").get(show));
}

/// This description
#[utoipa::path(
    get, path = "/openapi.json", tag = "operation", security(()),
    responses((status = 200, body = Object, content_type = "application/json"))
)]
async fn show() -> HttpResponse {
    HttpResponse::Ok().json(document())
}

/// What each description leaves out, because it follows from the rest.
fn finished(mut document: Value) -> Value {
    let mut names = HashSet::new();
    for (_, operations) in entries(document.pointer_mut("/paths")) {
        for (verb, operation) in entries(Some(operations)) {
            let mut name = name_by_tag(operation);
            if !names.insert(name.clone()) {
                name = format!("{name}_{verb}");
            }
            operation["operationId"] = json!(name);
            describe_success(operation);
        }
    }
    for (name, schema) in entries(document.pointer_mut("/components/schemas")) {
        // The account of a customer has keys that are null here and absent there.
        let is_answer = !name.ends_with("Input") && !name.ends_with("Request");
        if is_answer && name != "ProviderAccount" {
            require_nullable(schema);
        }
    }
    document
}

/// Handlers of several files have the same name: `customers_list` and `invoices_list`.
fn name_by_tag(operation: &Value) -> String {
    let tag = operation["tags"][0].as_str().unwrap_or_default().replace([' ', '-'], "_");
    let name = operation["operationId"].as_str().unwrap_or_default();
    format!("{tag}_{name}")
}

/// Every answer needs a description, and a success needs no words.
fn describe_success(operation: &mut Value) {
    for (_, response) in entries(operation.get_mut("responses")) {
        if response["description"].is_null() {
            response["description"] = json!("Done");
        }
    }
}

/// In an answer, what may be null is there; what may be absent is never null.
fn require_nullable(schema: &mut Value) {
    for part in schema.get_mut("allOf").and_then(Value::as_array_mut).into_iter().flatten() {
        require_nullable(part);
    }
    let properties = schema["properties"].as_object();
    let nullable = properties.into_iter().flatten().filter(|(_, property)| is_nullable(property));
    let nullable: Vec<Value> = nullable.map(|(name, _)| json!(name)).collect();
    if nullable.is_empty() {
        return;
    }
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    schema["required"] = Value::Array([required, nullable].concat());
}

fn is_nullable(schema: &Value) -> bool {
    let null = json!("null");
    let of_types = schema["type"].as_array().is_some_and(|types| types.contains(&null));
    let mut choices = schema["oneOf"].as_array().into_iter().flatten();
    of_types || choices.any(|choice| choice["type"] == null)
}

fn entries(object: Option<&mut Value>) -> impl Iterator<Item = (&String, &mut Value)> {
    object.and_then(Value::as_object_mut).into_iter().flat_map(Map::iter_mut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_a_name_of_its_own_and_a_tag_that_is_explained() {
        let document = document();
        let tags: HashSet<&str> = document["tags"]
            .as_array()
            .expect("tags")
            .iter()
            .filter(|tag| !tag["description"].as_str().unwrap_or_default().is_empty())
            .filter_map(|tag| tag["name"].as_str())
            .collect();
        let mut names = HashSet::new();
        for (path, operations) in document["paths"].as_object().expect("paths") {
            for (verb, operation) in operations.as_object().expect("operations") {
                let name = operation["operationId"].as_str().expect("a name");
                assert!(names.insert(name), "{verb} {path}: {name} is there twice");
                let tag = operation["tags"][0].as_str().expect("a tag");
                assert!(tags.contains(tag), "{verb} {path}: nothing says what {tag} is");
            }
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = document();
        let text = document.to_string();
        for reference in text.split("\"$ref\":\"#").skip(1) {
            let pointer = reference.split('"').next().expect("its end");
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
    }
}
