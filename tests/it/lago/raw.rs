//! Requests as no client would make them: any headers, any bytes.

use serde_json::Value;

use crate::world::World;

pub struct RawAnswer {
    pub status: u16,
    pub content_type: String,
    pub text: String,
    pub body: Value,
    pub headers: ureq::http::HeaderMap,
}

impl RawAnswer {
    pub fn told(&self) -> String {
        format!("{} {}", self.status, self.text)
    }
}

/// `authorization` is the whole header.
pub fn call(
    world: &World,
    (method, path): (&str, &str),
    authorization: Option<&str>,
    (content_type, body): (Option<&str>, &[u8]),
) -> RawAnswer {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .allow_non_standard_methods(true)
        .build()
        .into();
    let mut request =
        ureq::http::Request::builder().method(method).uri(format!("{}{path}", world.address()));
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    let answer = if body.is_empty() {
        agent.run(request.body(()).expect("a request"))
    } else {
        agent.run(request.body(body.to_vec()).expect("a request"))
    };
    read(answer.expect("the server answers"))
}

fn read(mut answer: ureq::http::Response<ureq::Body>) -> RawAnswer {
    let content_type = answer.headers().get("content-type");
    let content_type = content_type.map_or("", |value| value.to_str().expect("text")).to_owned();
    let headers = answer.headers().clone();
    let text = answer.body_mut().read_to_string().expect("a text");
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    RawAnswer { status: answer.status().as_u16(), content_type, text, body, headers }
}

pub fn bearer(world: &World) -> String {
    format!("Bearer {}", world.key())
}
