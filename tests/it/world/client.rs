//! A plain HTTP client that never turns a status into an error.

use serde_json::Value;

pub struct Client {
    base: String,
    key: String,
    agent: ureq::Agent,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub text: String,
    /// Null when it is no JSON.
    pub body: Value,
}

impl Client {
    pub fn new(base: &str, key: &str) -> Client {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(std::time::Duration::from_secs(60)))
            .build()
            .into();
        Client { base: base.to_owned(), key: key.to_owned(), agent }
    }

    fn authorization(&self) -> String {
        format!("Bearer {}", self.key)
    }

    pub fn get(&self, path: &str) -> Answer {
        let url = format!("{}{path}", self.base);
        read(self.agent.get(&url).header("authorization", self.authorization()).call())
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_raw(path, "application/json", body.to_string().as_bytes())
    }

    /// None when the server cut the connection.
    pub fn try_post(&self, path: &str, body: &Value) -> Option<Answer> {
        let url = format!("{}{path}", self.base);
        let request = self
            .agent
            .post(&url)
            .header("authorization", self.authorization())
            .header("content-type", "application/json");
        let answer = request.send(body.to_string().as_bytes());
        answer.is_ok().then(|| read(answer))
    }

    pub fn put(&self, path: &str, body: &Value) -> Answer {
        let url = format!("{}{path}", self.base);
        let request = self
            .agent
            .put(&url)
            .header("authorization", self.authorization())
            .header("content-type", "application/json");
        read(request.send(body.to_string().as_bytes()))
    }

    pub fn delete(&self, path: &str) -> Answer {
        let url = format!("{}{path}", self.base);
        read(self.agent.delete(&url).header("authorization", self.authorization()).call())
    }

    pub fn post_raw(&self, path: &str, content_type: &str, body: &[u8]) -> Answer {
        let url = format!("{}{path}", self.base);
        let request = self
            .agent
            .post(&url)
            .header("authorization", self.authorization())
            .header("content-type", content_type);
        read(request.send(body))
    }
}

fn read(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Answer {
    let mut answer = answer.expect("the server answers");
    let status = answer.status().as_u16();
    let text = answer.body_mut().read_to_string().expect("a text");
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    Answer { status, text, body }
}
