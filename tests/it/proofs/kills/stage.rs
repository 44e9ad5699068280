//! A recoup and a pretend provider, each a process of its own with a file of its own. recoup is
//! killed and started again at the same address, on the same data; the provider goes on, as
//! providers do.

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::caller::Caller;
use crate::outbound::receiver::{self, Receiver};
use crate::world;

/// How many times as fast as real time recoup's clock goes: two minutes are 0.4 s.
pub const SPEED: u32 = 300;
/// One call of a plugin, by recoup's clock; a lease is a minute longer.
const CALL_TIMEOUT_S: u32 = 540;
/// A lease, in real time.
pub const LEASE: Duration =
    Duration::from_millis((CALL_TIMEOUT_S as u64 + 60) * 1_000 / SPEED as u64);

/// One card is behind many debts here.
const NETWORK_DECLINES_MAX: &str = "1000000";

const SECRET: &str = "whsec_of_the_proof";
const CODE: &str = "psp";

/// Which time it is for recoup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Time {
    Fast,
    ByHand,
}

/// How a stage differs from the usual one.
#[derive(Debug, Clone, Copy)]
pub struct Twist {
    /// Guards that are taken away.
    pub sabotage: &'static str,
    /// The provider's webhooks go astray.
    pub deaf: bool,
    /// The steps in which time passes when nobody kills any more, in seconds.
    pub end: &'static [i64],
}

/// Longer than any plan of any debt.
const WEEKS: [i64; 90] = [12 * 3_600; 90];

impl Default for Twist {
    fn default() -> Twist {
        Twist { sabotage: "", deaf: false, end: &WEEKS }
    }
}

pub struct Stage {
    data_dir: TempDir,
    pub address: String,
    pub psp: String,
    twist: Twist,
    begins: String,
    key: String,
    psp_process: Child,
    server: Option<Child>,
    business: Receiver,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.kill();
        let _ = self.psp_process.kill();
        let _ = self.psp_process.wait();
    }
}

impl Stage {
    /// With the id of the connection to the provider.
    pub fn set(twist: Twist, begins: String) -> (Stage, String) {
        let data_dir = tempfile::tempdir().expect("a folder");
        let address = format!("http://127.0.0.1:{}", free_port());
        let hooks = if twist.deaf {
            "http://127.0.0.1:9/nobody".to_owned()
        } else {
            format!("{address}/webhooks/sandbox/{CODE}")
        };
        let mut psp_process = world::command(data_dir.path())
            .args(["sandbox", "--listen", "127.0.0.1:0", "--ledger"])
            .arg(data_dir.path().join("psp.jsonl"))
            .args(["--webhook-url", &hooks, "--webhook-secret", SECRET])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the provider starts");
        let out = psp_process.stdout.take().expect("its output");
        let psp = told(out, "the pretend provider listens on ").expect("where it listens");
        let business = Receiver::answering([receiver::Answer::status(200)]);
        let (key, server) = (String::new(), None);
        let mut stage =
            Stage { data_dir, address, psp, twist, begins, key, psp_process, server, business };
        let connection = stage.prepare();
        (stage, connection)
    }

    fn prepare(&mut self) -> String {
        assert!(self.start(Time::ByHand, None), "recoup starts");
        let made = self.run(&["key", "create", "--name", "proof", "--json"]);
        self.key = made["key"].as_str().expect("a key").to_owned();
        let set = [
            format!("base_url={}", self.psp),
            "secret_key=sk_sandbox_of_the_proof".to_owned(),
            format!("webhook_secret={SECRET}"),
        ];
        let mut arguments =
            vec!["connection", "add", "--provider", "sandbox", "--code", CODE, "--json"];
        for pair in &set {
            arguments.extend(["--set", pair]);
        }
        let connection = self.run(&arguments);
        let endpoint = json!({ "webhook_endpoint": {
            "webhook_url": self.business.url(), "signature_algo": "hmac",
        }});
        self.caller().must("/api/v1/webhook_endpoints", &endpoint);
        connection["id"].as_str().expect("an id").to_owned()
    }

    fn run(&self, arguments: &[&str]) -> Value {
        let output =
            world::command(self.data_dir.path()).args(arguments).output().expect("it runs");
        assert!(output.status.success(), "recoup {arguments:?}: {output:?}");
        serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
    }

    /// Whether it came so far that it answers; it may be armed to die before.
    pub fn start(&mut self, time: Time, crash_at: Option<&str>) -> bool {
        self.kill();
        let mut command = world::command(self.data_dir.path());
        command
            .envs(crash_at.map(|point| ("RECOUPTEST_CRASH_AT", point)))
            .env("RECOUPTEST_SABOTAGE", self.twist.sabotage)
            .env("RECOUP_PLUGINS__CALL_TIMEOUT_S", CALL_TIMEOUT_S.to_string())
            .env("RECOUP_COLLECT__NETWORK_DECLINES_MAX", NETWORK_DECLINES_MAX)
            .env("RECOUP_LINKS__GRACE_MINUTES", "10")
            .env("RECOUP_LOG__LEVEL", "error")
            .args(["serve", "--listen", self.address.trim_start_matches("http://")]);
        // Often enough to be killed at.
        for job in ["retry-due", "resolve-unknown", "expire-links", "bill-subscriptions"] {
            command.env(format!("RECOUP_JOBS__{job}"), "* * * * * *");
        }
        match time {
            Time::Fast => command.env("RECOUPTEST_CLOCK_SPEED", SPEED.to_string()),
            Time::ByHand => command.arg(format!("--test-clock={}", self.begins)),
        };
        let mut server = command
            .stdout(Stdio::piped())
            .stderr(if std::env::var_os("RECOUPTEST_LOUD").is_some() {
                Stdio::inherit()
            } else {
                Stdio::null()
            })
            .spawn()
            .expect("the server starts");
        let out = server.stdout.take().expect("its output");
        let up = told(out, "recoup listens on ").is_some();
        self.server = Some(server);
        up
    }

    /// SIGKILL; nothing of it is left when this returns.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            // It may have died by itself.
            let _ = server.kill();
            let _ = server.wait();
        }
    }

    /// Whether it died by itself within the time.
    pub fn dies_within(&mut self, patience: Duration) -> bool {
        let server = self.server.as_mut().expect("it was started");
        let deadline = Instant::now() + patience;
        loop {
            if let Some(ended) = server.try_wait().expect("it can be asked") {
                assert_eq!(ended.code(), None, "it dies of a signal: {ended}");
                return true;
            }
            if Instant::now() > deadline {
                return false;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn caller(&self) -> Caller {
        Caller::new(&self.address, &self.key)
    }

    pub fn data_dir(&self) -> &Path {
        self.data_dir.path()
    }

    /// Copies the database to where it stays, for whoever looks into what was found.
    pub fn keep(&self) -> PathBuf {
        let kept = std::env::temp_dir().join(format!("recoup-kills-{}.db", uuid::Uuid::now_v7()));
        let database = rusqlite::Connection::open(self.data_dir.path().join("recoup.db"));
        let copied = database.expect("opens").execute("VACUUM INTO ?", [kept.to_string_lossy()]);
        copied.expect("it is copied");
        kept
    }

    /// Changes the database while no server runs.
    pub fn alter(&mut self, sql: &str) {
        self.kill();
        let database = rusqlite::Connection::open(self.data_dir.path().join("recoup.db"));
        database.expect("opens").execute_batch(sql).expect("it is altered");
    }

    /// The ledger of the provider, charges only.
    pub fn ledger(&self) -> Vec<Value> {
        self.of_the_ledger("charges")
    }

    pub fn refunds(&self) -> Vec<Value> {
        self.of_the_ledger("refunds")
    }

    fn of_the_ledger(&self, kind: &str) -> Vec<Value> {
        let told = Caller::new(&self.psp, "sk_sandbox_of_the_proof").get("/ledger");
        told.expect("the provider answers").body[kind].as_array().expect("a list").clone()
    }

    /// The deliveries that the business has seen at least once.
    pub fn heard(&self) -> HashSet<String> {
        let received = self.business.received();
        received.iter().map(|it| it.header("x-lago-unique-key").to_owned()).collect()
    }

    /// What `recoup audit` finds wrong.
    pub fn audit(&self) -> Vec<String> {
        let output = world::command(self.data_dir.path())
            .env("RECOUP_COLLECT__NETWORK_DECLINES_MAX", NETWORK_DECLINES_MAX)
            .args(["audit", "--json"])
            .output()
            .expect("the audit runs");
        let told: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("the audit tells JSON ({error}): {output:?}"));
        told["violations"].as_array().expect("a list").iter().map(Value::to_string).collect()
    }

    /// recoup's clock, which stands still, goes on by so much, and everything due happens.
    pub fn pass_here(&self, seconds: i64) {
        let path = "/recoup/v1/test_clock/advance";
        self.caller().must(path, &json!({ "seconds": seconds }));
    }

    /// The same, and the provider's clock follows.
    pub fn pass(&self, seconds: i64) {
        self.pass_here(seconds);
        let psp = Caller::new(&self.psp, "sk_sandbox_of_the_proof");
        let clock = self.caller().get("/recoup/v1/test_clock").expect("a clock");
        let now = clock.body["test_clock"]["now"].as_str().expect("a time").to_owned();
        let now = chrono::DateTime::parse_from_rfc3339(&now).expect("a time").timestamp();
        let there = psp.get("/v1/clock").expect("a clock").body["now_ms"].as_i64().expect("ms");
        let behind = now - there / 1_000;
        if behind > 0 {
            psp.must("/v1/clock/advance", &json!({ "seconds": behind }));
        }
    }
}

fn told(out: ChildStdout, beginning: &str) -> Option<String> {
    let mut lines = BufReader::new(out).lines().map_while(Result::ok);
    lines.find_map(|line| line.strip_prefix(beginning).map(str::to_owned))
}

/// Below the ports that a system gives away by itself, so that nobody takes it while recoup is
/// dead.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % 500).expect("small") * 20;
    (0..10_000)
        .map(|_| 20_000 + (first + NEXT.fetch_add(1, Ordering::SeqCst)) % 12_000)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a free port")
}
