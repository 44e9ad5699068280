//! A client of a server that may die at any moment: no answer is an answer too.

use std::time::Duration;

use serde_json::Value;

/// Weeks may pass within one call.
const PATIENCE: Duration = Duration::from_secs(300);

#[derive(Clone)]
pub struct Caller {
    base: String,
    key: String,
    agent: ureq::Agent,
}

#[derive(Debug)]
pub struct Told {
    pub status: u16,
    /// Where it sends the caller.
    pub location: Option<String>,
    /// Null when it is no JSON.
    pub body: Value,
}

impl Caller {
    pub fn new(base: &str, key: &str) -> Caller {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(PATIENCE))
            .build()
            .into();
        Caller { base: base.to_owned(), key: key.to_owned(), agent }
    }

    /// `path` may be a whole address.
    fn url(&self, path: &str) -> String {
        if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) }
    }

    fn authorization(&self) -> String {
        format!("Bearer {}", self.key)
    }

    pub fn get(&self, path: &str) -> Option<Told> {
        let request = self.agent.get(self.url(path)).header("authorization", self.authorization());
        read(request.call())
    }

    pub fn post(&self, path: &str, body: &Value) -> Option<Told> {
        let request = self
            .agent
            .post(self.url(path))
            .header("authorization", self.authorization())
            .header("content-type", "application/json");
        read(request.send(body.to_string().as_bytes()))
    }

    /// As a browser sends it.
    pub fn submit(&self, url: &str, fields: &[(&str, &str)]) -> Option<Told> {
        read(self.agent.post(url).send_form(fields.iter().copied()))
    }

    /// What cannot fail, because nobody dies meanwhile.
    pub fn must(&self, path: &str, body: &Value) -> Value {
        let told = self.post(path, body).unwrap_or_else(|| panic!("{path} is not answered"));
        assert!(matches!(told.status, 200..=299), "{path}: {told:?}");
        told.body
    }
}

fn read(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Option<Told> {
    let mut answer = answer.ok()?;
    let location = answer.headers().get("location");
    let location = location.and_then(|it| it.to_str().ok()).map(str::to_owned);
    let text = answer.body_mut().read_to_string().ok()?;
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    Some(Told { status: answer.status().as_u16(), location, body })
}
