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
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
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

    /// With further headers.
    pub fn post_with(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        self.try_post_with(path, headers, body).expect("the server answers")
    }

    /// None when the server cut the connection.
    pub fn try_post(&self, path: &str, body: &Value) -> Option<Answer> {
        self.try_post_with(path, &[], body)
    }

    pub fn try_post_with(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Option<Answer> {
        let url = format!("{}{path}", self.base);
        let mut request = self
            .agent
            .post(&url)
            .header("authorization", self.authorization())
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
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
    let headers = answer.headers().iter().map(|(name, value)| {
        (name.as_str().to_owned(), value.to_str().unwrap_or_default().to_owned())
    });
    let headers = headers.collect();
    let text = answer.body_mut().read_to_string().expect("a text");
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    Answer { status, text, body, headers }
}
