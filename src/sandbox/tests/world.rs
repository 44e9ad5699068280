//! A running pretend PSP, a caller with a key, and somebody who listens to webhooks.

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;

use actix_web::dev::ServerHandle;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use serde_json::{Value, json};

use crate::sandbox::{Clock, Options, Sandbox, WebhookTarget, routes};

pub const START_MS: i64 = 1_700_000_000_000;
pub const SECRET: &str = "whsec_test";

pub struct World {
    pub url: String,
    pub sandbox: Arc<Sandbox>,
    pub agent: ureq::Agent,
    clock: Arc<AtomicI64>,
    _server: Running,
}

/// An answer, decoded.
pub struct Answer {
    pub status: u16,
    pub replayed: bool,
    pub location: Option<String>,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

impl World {
    pub fn new() -> Self {
        Self::with_ledger(None)
    }

    /// Under a prefix, as it is when another server embeds it.
    pub fn with_ledger(ledger: Option<PathBuf>) -> Self {
        let clock = Arc::new(AtomicI64::new(START_MS));
        let asked = clock.clone();
        let options = Options {
            ledger,
            clock: Clock::given(move || asked.load(Ordering::SeqCst)),
            ..Options::default()
        };
        let sandbox = Sandbox::new(options).unwrap();
        let served = sandbox.clone();
        let (server, port) = Running::start(move || {
            let served = served.clone();
            move |config: &mut web::ServiceConfig| {
                config.service(web::scope("/psp").configure(routes(served.clone())));
            }
        });
        let url = format!("http://127.0.0.1:{port}/psp");
        sandbox.set_public_url(url.as_str());
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .build()
            .into();
        Self { url, sandbox, agent, clock, _server: server }
    }

    /// Sets the clock forward and does what became due.
    pub fn pass_seconds(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1_000, Ordering::SeqCst);
        self.sandbox.run_due();
    }

    pub fn listen(&self) -> Inbox {
        let inbox = Inbox::start();
        self.tell(&inbox);
        inbox
    }

    pub fn tell(&self, inbox: &Inbox) {
        let target = WebhookTarget { url: inbox.url.clone(), secret: SECRET.to_owned() };
        self.sandbox.add_webhook(target).unwrap();
    }

    pub fn get(&self, path: &str) -> Answer {
        let request = self.agent.get(format!("{}{path}", self.url));
        decoded(request.header("authorization", "Bearer sk_sandbox_test").call().unwrap())
    }

    pub fn delete(&self, path: &str) -> Answer {
        let request = self.agent.delete(format!("{}{path}", self.url));
        decoded(request.header("authorization", "Bearer sk_sandbox_test").call().unwrap())
    }

    pub fn put(&self, path: &str, body: Value) -> Answer {
        let request = self.agent.put(format!("{}{path}", self.url));
        let request = request.header("authorization", "Bearer sk_sandbox_test");
        decoded(request.send(body.to_string()).unwrap())
    }

    pub fn post(&self, path: &str, key: &str, body: Value) -> Answer {
        decoded(self.try_post(path, key, body).unwrap())
    }

    pub fn try_post(
        &self,
        path: &str,
        key: &str,
        body: Value,
    ) -> Result<ureq::http::Response<ureq::Body>, ureq::Error> {
        self.agent
            .post(format!("{}{path}", self.url))
            .header("authorization", "Bearer sk_sandbox_test")
            .header("idempotency-key", key)
            .send(body.to_string())
    }

    pub fn post_form(&self, url: &str, form: &[(&str, &str)]) -> Answer {
        decoded(self.agent.post(url).send_form(form.iter().copied()).unwrap())
    }

    pub fn page(&self, url: &str) -> Answer {
        decoded(self.agent.get(url).call().unwrap())
    }

    /// 10.00 EUR of the customer with this behaviour, under this key.
    pub fn charge(&self, behaviour: &str, key: &str) -> Answer {
        self.post("/v1/charges", key, charge_of(behaviour))
    }

    pub fn ledger(&self) -> Vec<Value> {
        self.get("/ledger").json()["charges"].as_array().unwrap().clone()
    }
}

pub fn charge_of(behaviour: &str) -> Value {
    json!({
        "amount": 1000,
        "currency": "EUR",
        "customer": format!("cus_{behaviour}"),
        "method": format!("pm_{behaviour}"),
        "reference": "att_1",
    })
}

fn decoded(mut answer: ureq::http::Response<ureq::Body>) -> Answer {
    let header =
        |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    Answer {
        status: answer.status().as_u16(),
        replayed: header("idempotent-replayed").is_some(),
        location: header("location"),
        text: answer.body_mut().read_to_string().unwrap(),
    }
}

/// Takes webhooks, and refuses as many as told first.
pub struct Inbox {
    pub url: String,
    state: Arc<Letters>,
    _server: Running,
}

#[derive(Default)]
struct Letters {
    taken: Mutex<Vec<(String, Value, String)>>,
    to_refuse: AtomicI64,
}

impl Inbox {
    pub fn start() -> Self {
        let state = Arc::new(Letters::default());
        let shared = state.clone();
        let (server, port) = Running::start(move || {
            let shared = shared.clone();
            move |config: &mut web::ServiceConfig| {
                config.app_data(Data::from(shared.clone())).route("/hook", web::post().to(take));
            }
        });
        Self { url: format!("http://127.0.0.1:{port}/hook"), state, _server: server }
    }

    pub fn refuse(&self, deliveries: i64) {
        self.state.to_refuse.store(deliveries, Ordering::SeqCst);
    }

    /// What came since the last look: the types, in order.
    pub fn types(&self) -> Vec<String> {
        let events = self.events();
        events.iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    }

    /// What came since the last look.
    pub fn events(&self) -> Vec<Value> {
        self.signed().into_iter().map(|(_, event, _)| event).collect()
    }

    /// Signature, event and bytes of what came since the last look.
    pub fn signed(&self) -> Vec<(String, Value, String)> {
        std::mem::take(&mut self.state.taken.lock().unwrap())
    }
}

async fn take(letters: Data<Letters>, request: HttpRequest, body: Bytes) -> HttpResponse {
    if letters.to_refuse.fetch_sub(1, Ordering::SeqCst) > 0 {
        return HttpResponse::InternalServerError().finish();
    }
    let signature =
        request.headers().get("sandbox-signature").unwrap().to_str().unwrap().to_owned();
    let text = String::from_utf8(body.to_vec()).unwrap();
    let event = serde_json::from_str(&text).unwrap();
    letters.taken.lock().unwrap().push((signature, event, text));
    HttpResponse::Ok().finish()
}

/// A server on a port of its own, stopped at the end.
struct Running {
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    fn start<F, C>(configure: F) -> (Self, u16)
    where
        F: Fn() -> C + Clone + Send + 'static,
        C: FnOnce(&mut web::ServiceConfig) + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, receiver) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || App::new().configure(configure()))
                    .workers(2)
                    .disable_signals()
                    .shutdown_timeout(0)
                    .listen(listener)
                    .unwrap()
                    .run();
                sender.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        let handle = receiver.recv().unwrap();
        (Self { handle, thread: Some(thread) }, port)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Asked for by the call; the future only waits for it.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
