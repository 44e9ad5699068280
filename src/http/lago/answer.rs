//! Answers with a body: JSON, and said to be so.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde_json::{Map, Value};

const JSON: &str = "application/json; charset=utf-8";

/// 200 with the body as it is.
pub fn json(body: &Value) -> HttpResponse {
    json_with(StatusCode::OK, body)
}

/// 200 with a body that is JSON already.
pub fn text(body: String) -> HttpResponse {
    HttpResponse::Ok().insert_header(("Content-Type", JSON)).body(body)
}

/// 200 with `{"<root>": …}`.
pub fn object(root: &'static str, value: Value) -> HttpResponse {
    let mut body = Map::new();
    body.insert(root.to_owned(), value);
    json(&Value::Object(body))
}

pub fn json_with(status: StatusCode, body: &Value) -> HttpResponse {
    HttpResponse::build(status).insert_header(("Content-Type", JSON)).body(body.to_string())
}
