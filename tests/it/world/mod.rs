//! A running recoup: the real binary on a data directory of its own, with a clock that is moved
//! by hand and the pretend provider beside it. It is ended by its process id, whatever happens.

mod books;
pub mod browser;
mod client;
mod ears;
pub mod payer;
#[cfg(target_os = "linux")]
mod room;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

pub use browser::Browser;
pub use client::{Answer, Client};
pub use ears::Ears;

pub struct World {
    data_dir: TempDir,
    server: Option<Running>,
    key: String,
    /// Settings that differ from the defaults, as environment variables.
    settings: Vec<(String, String)>,
    /// Where its clock stands at first; None: now.
    begins: Option<&'static str>,
}

struct Running {
    process: Child,
    address: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A story that ended well leaves books that add up.
impl Drop for World {
    fn drop(&mut self) {
        self.server = None;
        if !std::thread::panicking() {
            books::add_up(self.data_dir.path());
        }
    }
}

/// Compiled plugins are shared between the tests: compiling takes most of a start.
pub fn cache_dir() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugin-cache")
}

pub fn command(data_dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_recoup"));
    command
        .arg("--data-dir")
        .arg(data_dir)
        .env("RECOUP_PLUGINS__CACHE_DIR", cache_dir())
        .env("RECOUP_LOG__LEVEL", "warn");
    command
}

impl World {
    pub fn new() -> World {
        World::made(&[], None)
    }

    pub fn with_settings(settings: &[(&str, &str)]) -> World {
        World::made(settings, None)
    }

    /// In which it is that time.
    pub fn at(time: &'static str) -> World {
        World::made(&[], Some(time))
    }

    fn made(settings: &[(&str, &str)], begins: Option<&'static str>) -> World {
        let data_dir = tempfile::tempdir().expect("a folder for the data");
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let settings = settings.iter().map(owned).collect();
        let mut world = World { data_dir, server: None, key: String::new(), settings, begins };
        world.start();
        let made = world.run(&["key", "create", "--name", "test", "--json"]);
        world.key = made["key"].as_str().expect("a key").to_owned();
        world
    }

    /// Runs a command beside the server and reads its JSON.
    pub fn run(&self, arguments: &[&str]) -> Value {
        self.try_run(arguments).unwrap_or_else(|told| panic!("recoup {arguments:?}: {told}"))
    }

    /// The same; what it says when it fails.
    pub fn try_run(&self, arguments: &[&str]) -> Result<Value, String> {
        let output = command(self.data_dir.path()).args(arguments).output().expect("it runs");
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        Ok(serde_json::from_slice(&output.stdout).unwrap_or(Value::Null))
    }

    fn start(&mut self) {
        self.start_with(None);
    }

    fn start_with(&mut self, crash_at: Option<&str>) {
        let clock = match self.begins {
            Some(time) => format!("--test-clock={time}"),
            None => "--test-clock".to_owned(),
        };
        let mut process = command(self.data_dir.path())
            .envs(crash_at.map(|point| ("RECOUPTEST_CRASH_AT", point)))
            .envs(self.settings.clone())
            .args(["serve", "--listen", "127.0.0.1:0", &clock])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let out = BufReader::new(process.stdout.take().expect("its output"));
        let address = out
            .lines()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("recoup listens on ").map(str::to_owned))
            .expect("it says where it listens");
        self.server = Some(Running { process, address });
    }

    /// Its database, beside the server.
    pub fn open_database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.data_dir.path().join("recoup.db")).expect("opens")
    }

    /// Changes the database while no server runs: for what no API leads to.
    pub fn stop_and_alter(&mut self, sql: &str) {
        self.server = None;
        let database = rusqlite::Connection::open(self.data_dir.path().join("recoup.db"));
        let database = database.expect("opens");
        assert_eq!(database.execute(sql, []).expect("it is altered"), 1, "{sql}");
        let counted = "DELETE FROM invoice_counts;
             INSERT INTO invoice_counts (organization_id, status, payment_status,
                    payment_overdue, invoices)
             SELECT organization_id, status, payment_status, payment_overdue, COUNT(*)
               FROM invoices GROUP BY 1, 2, 3, 4;";
        database.execute_batch(counted).expect("counted anew");
        self.start();
    }

    /// Starts anew with this plugin beside the built-in ones.
    pub fn add_plugin(&mut self, name: &str, component: &[u8]) {
        self.server = None;
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join(format!("{name}.wasm"));
        std::fs::write(&file, component).expect("it is written");
        self.run(&["plugin", "install", &file.to_string_lossy(), "--yes", "--json"]);
        self.start();
    }

    /// Changes the data while no server runs.
    pub fn stop_and(&mut self, change: impl FnOnce(&Path)) {
        self.server = None;
        change(self.data_dir.path());
        self.start();
    }

    /// A backup as it is now.
    pub fn back_up(&self) -> String {
        let made = self.run(&["backup", "create", "--json"]);
        made["file"].as_str().expect("a file").to_owned()
    }

    /// The backup in the place of the database, and the server on it.
    pub fn restore(&mut self, backup: &str) {
        self.server = None;
        self.try_run(&["backup", "restore", backup]).expect("it is restored");
        self.start();
    }

    /// As `GET /recoup/v1/hold` tells it.
    pub fn hold(&self) -> Value {
        let answer = self.api().get("/recoup/v1/hold");
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        answer.body["hold"].clone()
    }

    /// Ends the server as a power cut would, and starts it again on the same data.
    pub fn crash_and_restart(&mut self) {
        self.server = None;
        self.start();
    }

    /// Ends the server and starts it again when it is that time.
    pub fn restart_at(&mut self, time: &'static str) {
        self.server = None;
        self.begins = Some(time);
        self.start();
    }

    /// From now on the server dies when it comes to this point of charging.
    pub fn restart_to_crash_at(&mut self, point: &str) {
        self.server = None;
        self.start_with(Some(point));
    }

    /// Lets time pass until the server has died of it.
    pub fn pass_until_it_dies(&mut self, seconds: u64) {
        let path = "/recoup/v1/test_clock/advance";
        let cut = self.api().try_post(path, &json!({ "seconds": seconds }));
        assert!(cut.is_none(), "the server was to die: {cut:?}");
        self.wait_until_it_dies();
    }

    /// The server comes to the point at which it is to die by itself.
    pub fn wait_until_it_dies(&mut self) {
        let running = self.server.as_mut().expect("it ran");
        let ended = running.process.wait().expect("it ended");
        assert_eq!(ended.code(), None, "it ended by a signal: {ended}");
    }

    pub fn data_dir(&self) -> &Path {
        self.data_dir.path()
    }

    pub fn address(&self) -> &str {
        &self.server.as_ref().expect("it runs").address
    }

    pub fn api(&self) -> Client {
        Client::new(self.address(), &self.key)
    }

    /// Somebody of this role, at the dashboard.
    pub fn somebody(&self, role: &str) -> Browser {
        let email = format!("{role}@example.com");
        let made = self.run(&["user", "add", &email, "--role", role, "--json"]);
        let link = made["link"].as_str().expect("a link");
        // The command line reads the real time; this server's clock may be anywhere.
        let good = "UPDATE user_links SET expires_at = 9000000000000";
        self.open_database().execute(good, []).expect("the link stays good");
        let mut browser = Browser::at(self.address());
        browser.choose_password(link);
        let answer = browser.sign_in(&email, browser::PASSWORD);
        assert_eq!(answer.status, 303, "{answer:?}");
        browser
    }

    pub fn key(&self) -> &str {
        &self.key
    }

    /// Everything that is due within the time happens, in order.
    pub fn pass(&self, seconds: u64) {
        let answer =
            self.api().post("/recoup/v1/test_clock/advance", &json!({ "seconds": seconds }));
        assert_eq!(answer.status, 200, "{:?}", answer.body);
    }

    /// Until the clock shows this hour next, in UTC.
    pub fn pass_to_hour(&self, hour: i64) {
        let clock = self.api().get("/recoup/v1/test_clock");
        let now = clock.body["test_clock"]["now"].as_str().expect("a time").to_owned();
        let now = chrono::DateTime::parse_from_rfc3339(&now).expect("a time").timestamp();
        let wait = (hour * 3_600 - now).rem_euclid(86_400);
        self.pass(u64::try_from(wait).expect("not negative"));
    }

    pub fn pass_days(&self, days: u64) {
        self.pass(days * 86_400);
    }

    /// Everything that is due until then happens, in order.
    pub fn pass_until(&self, time: &str) {
        let answer = self.api().post("/recoup/v1/test_clock/advance", &json!({ "to": time }));
        assert_eq!(answer.status, 200, "{:?}", answer.body);
    }

    /// The provider's ledger, charges only.
    pub fn charges(&self) -> Vec<Value> {
        let ledger = self.api().get("/sandbox/ledger");
        ledger.body["charges"].as_array().expect("a ledger").clone()
    }

    /// How many charges took money.
    pub fn money_taken(&self) -> usize {
        self.charges().iter().filter(|charge| charge["status"] == "succeeded").count()
    }

    /// A customer whose card behaves as the name says.
    pub fn customer(&self, external_id: &str, behaviour: &str) -> Value {
        let answer = self.api().post(
            "/api/v1/customers",
            &json!({ "customer": {
                "external_id": external_id,
                "name": external_id,
                "currency": "EUR",
                "billing_configuration": {
                    "payment_provider": "sandbox",
                    "payment_provider_code": "sandbox",
                    "provider_customer_id": format!("cus_{behaviour}__{external_id}"),
                    "sync": true,
                },
            }}),
        );
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        answer.body["customer"].clone()
    }

    /// An invoice of so many cents, and its id.
    pub fn invoice(&self, external_customer_id: &str, amount_cents: i64) -> String {
        self.api().post(
            "/api/v1/add_ons",
            &json!({ "add_on": {
                "name": "Set-up", "code": "setup", "amount_cents": 100, "amount_currency": "EUR",
            }}),
        );
        let answer = self.api().post(
            "/api/v1/invoices",
            &json!({ "invoice": {
                "external_customer_id": external_customer_id,
                "currency": "EUR",
                "fees": [{ "add_on_code": "setup", "units": 1, "unit_amount_cents": amount_cents }],
            }}),
        );
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        answer.body["invoice"]["lago_id"].as_str().expect("an id").to_owned()
    }

    pub fn read_invoice(&self, id: &str) -> Value {
        let answer = self.api().get(&format!("/api/v1/invoices/{id}"));
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        answer.body["invoice"].clone()
    }

    pub fn payment_status(&self, id: &str) -> String {
        self.read_invoice(id)["payment_status"].as_str().expect("a status").to_owned()
    }

    /// The payments of an invoice, newest first.
    pub fn payments(&self, invoice_id: &str) -> Vec<Value> {
        let answer = self.api().get(&format!("/api/v1/payments?invoice_id={invoice_id}"));
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        answer.body["payments"].as_array().expect("payments").clone()
    }
}
