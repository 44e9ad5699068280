//! For a plugin's tests: what it sends, against a published description of the
//! API (OpenAPI 3, in JSON). It knows the words of JSON Schema that such
//! descriptions use for requests, and is no general validator.

use serde_json::Value;

use crate::http::{Method, Request};

/// What in the request the description does not permit.
pub fn violations(document: &Value, base_url: &str, request: &Request) -> Vec<String> {
    let method = match request.method {
        Method::Get => "get",
        Method::Post => "post",
        Method::Put => "put",
        Method::Patch => "patch",
        Method::Delete => "delete",
    };
    let Some(rest) = request.url.strip_prefix(base_url) else {
        return vec![format!("{} is not under {base_url}", request.url)];
    };
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let Some(operation) = operation(document, path).and_then(|paths| paths.get(method)) else {
        return vec![format!("there is no {method} {path}")];
    };
    let mut found = Vec::new();
    parameters(document, operation, request, query, &mut found);
    let body = request.body.as_ref().map(|body| serde_json::from_slice(body));
    let schema = operation.pointer("/requestBody/content/application~1json/schema");
    match (body, schema) {
        (Some(Ok(body)), Some(schema)) => check(document, schema, &body, "body", &mut found),
        (None, None) => {}
        (None, Some(_)) if operation["requestBody"]["required"] != true => {}
        (body, _) => found.push(format!("the body does not belong there: {body:?}")),
    }
    found.iter().map(|what| format!("{method} {path}: {what}")).collect()
}

fn operation<'a>(document: &'a Value, path: &str) -> Option<&'a Value> {
    let paths = document.get("paths")?.as_object()?;
    let fits = |template: &str| {
        let (known, told) = (template.split('/'), path.split('/'));
        known.clone().count() == told.clone().count()
            && known.zip(told).all(|(known, told)| known.starts_with('{') || known == told)
    };
    // A path without a place to fill in comes first.
    paths.get(path).or_else(|| paths.iter().find(|(known, _)| fits(known)).map(|(_, at)| at))
}

fn parameters(
    document: &Value,
    operation: &Value,
    request: &Request,
    query: &str,
    found: &mut Vec<String>,
) {
    let known: Vec<_> = operation["parameters"].as_array().map_or(Vec::new(), |parameters| {
        parameters.iter().map(|parameter| resolved(document, parameter)).collect()
    });
    let pairs: Vec<_> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .filter_map(|p| p.split_once('='))
        .collect();
    for (name, value) in &pairs {
        match known.iter().find(|known| known["in"] == "query" && known["name"] == *name) {
            None => found.push(format!("there is no query parameter {name}")),
            Some(parameter) => {
                let schema = resolved(document, &parameter["schema"]);
                let one = if schema["type"] == "array" { &schema["items"] } else { schema };
                let value = match one["type"].as_str() {
                    Some("integer") => {
                        value.parse::<i64>().map_or(Value::from(*value), Value::from)
                    }
                    _ => Value::from(*value),
                };
                check(document, one, &value, name, found);
            }
        }
    }
    for needed in known.iter().filter(|known| known["required"] == true) {
        let name = needed["name"].as_str().unwrap_or_default();
        let is_there = match needed["in"].as_str() {
            Some("query") => pairs.iter().any(|(known, _)| *known == name),
            Some("header") => {
                request.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
            }
            _ => true,
        };
        if !is_there {
            found.push(format!("{name} is missing"));
        }
    }
}

fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target =
        value.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#'));
    target.and_then(|pointer| document.pointer(pointer)).map_or(value, |at| resolved(document, at))
}

fn check(document: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let schema = resolved(document, schema);
    for every in schema["allOf"].as_array().into_iter().flatten() {
        check(document, every, value, at, found);
    }
    if let Some(any) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
        let fits = any.iter().any(|one| {
            let mut against = Vec::new();
            check(document, one, value, at, &mut against);
            against.is_empty()
        });
        if !fits {
            found.push(format!("{at} fits none of {} descriptions", any.len()));
        }
    }
    let is_of_type = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some(_) | None => true,
    };
    if !is_of_type {
        found.push(format!("{at} is no {}", schema["type"]));
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        found.push(format!("{at} may not be {value}"));
    }
    if let (Some(text), Some(max)) = (value.as_str(), schema["maxLength"].as_u64())
        && text.chars().count() as u64 > max
    {
        found.push(format!("{at} is too long"));
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        if let Some(items) = schema.get("items") {
            check(document, items, item, &format!("{at}[{index}]"), found);
        }
    }
    fields(document, schema, value, at, found);
}

fn fields(document: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let Some(object) = value.as_object() else { return };
    for needed in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !object.contains_key(needed) {
            found.push(format!("{at}.{needed} is missing"));
        }
    }
    for (name, value) in object {
        let at = format!("{at}.{name}");
        match (schema["properties"].get(name), schema.get("additionalProperties")) {
            (Some(known), _) => check(document, known, value, &at, found),
            (None, Some(Value::Bool(false))) => found.push(format!("there is no {at}")),
            (None, Some(open)) => check(document, open, value, &at, found),
            (None, None) => {}
        }
    }
    let max = schema["maxProperties"].as_u64();
    if max.is_some_and(|max| object.len() as u64 > max) {
        found.push(format!("{at} has too many fields"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document() -> Value {
        json!({
            "paths": {
                "/things": {"post": {
                    "parameters": [{"$ref": "#/components/parameters/version"}],
                    "requestBody": {"required": true, "content": {"application/json": {
                        "schema": {"$ref": "#/components/schemas/thing"}}}},
                }},
                "/things/{id}": {"get": {"parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer"}},
                    {"name": "of", "in": "query", "required": true, "schema": {"enum": ["a", "b"]}},
                ]}},
            },
            "components": {
                "parameters": {"version": {"name": "Version", "in": "header", "required": true}},
                "schemas": {"thing": {
                    "type": "object", "required": ["amount"], "additionalProperties": false,
                    "properties": {
                        "amount": {"type": "integer"},
                        "word": {"type": "string", "maxLength": 3},
                        "either": {"oneOf": [{"type": "string"}, {"type": "boolean"}]},
                        "more": {"type": "object", "maxProperties": 1,
                                 "additionalProperties": {"type": "string"}},
                        "list": {"type": "array", "items": {"type": "string"}},
                    },
                }},
            },
        })
    }

    fn of(request: Request) -> Vec<String> {
        violations(&document(), "https://a.example", &request)
    }

    #[test]
    fn what_is_described_is_permitted() {
        let body = json!({"amount": 1, "word": "abc", "either": true, "more": {"a": "b"},
                          "list": ["a"]});
        let posted = Request::post("https://a.example/things").header("version", "1").json(&body);
        assert_eq!(of(posted), Vec::<String>::new());
        let read = Request::get("https://a.example/things/1?of=a&limit=5");
        assert_eq!(of(read), Vec::<String>::new());
    }

    #[test]
    fn what_is_not_described_is_found() {
        let post = |body: Value| {
            of(Request::post("https://a.example/things").header("version", "1").json(&body))
        };
        for wrong in [
            json!({}),
            json!([]),
            json!({"amount": "1"}),
            json!({"amount": 1, "amonut": 1}),
            json!({"amount": 1, "word": "abcd"}),
            json!({"amount": 1, "either": 1}),
            json!({"amount": 1, "more": {"a": "1", "b": "2"}}),
            json!({"amount": 1, "more": {"a": 1}}),
            json!({"amount": 1, "list": [1]}),
        ] {
            assert_eq!(post(wrong.clone()).len(), 1, "{wrong}: {:?}", post(wrong.clone()));
        }
        for (url, is_get) in [
            ("https://a.example/things/1", true),
            ("https://a.example/things/1?of=c", true),
            ("https://a.example/things/1?of=a&limit=x", true),
            ("https://a.example/things/1?of=a&page=1", true),
            ("https://a.example/others", true),
            ("https://b.example/things/1?of=a", true),
            ("https://a.example/things/1", false),
        ] {
            let request = if is_get { Request::get(url) } else { Request::post(url) };
            assert_eq!(of(request).len(), 1, "{url}");
        }
    }
}
