//! A host with the plugins of one test, and what its calls left behind.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use recoup::app::ports::{ChargeRequest, Psps};
use recoup::clock::TestClock;
use recoup::domain::attempt::ChargeAnswer;
use recoup::domain::connection::Connection;
use recoup::domain::currency::Currency;
use recoup::domain::id::{ConnectionId, OrganizationId};
use recoup::domain::money::Money;
use recoup::domain::secret::Secret;
use recoup::domain::time::Timestamp;
use recoup::psp::{CallLimits, Exchange, ExchangeEnd, HostOptions, PluginHost};

use super::guest::Guest;

pub const SECRET: &str = "sk_test_4eC39HqLyjWDarjtT1zdp7dc";

/// A folder that is gone when the test ends.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Folder {
        let path = std::env::temp_dir().join(format!("recoup-test-{}", uuid::Uuid::new_v4()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Ordered by name.
    pub fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.0).unwrap();
        let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    pub fn put(&self, file: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(file);
        fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub struct Stage {
    pub host: PluginHost,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
    _plugins: Folder,
}

impl Stage {
    pub fn new(guests: &[Guest], limits: CallLimits) -> Stage {
        let plugins = Folder::new();
        for guest in guests {
            plugins.put(&format!("{}.wasm", guest.name), &guest.component());
        }
        let stage = Stage::with(plugins, |options| options.limits = limits);
        assert!(stage.host.problems().is_empty(), "{:?}", stage.host.problems());
        stage
    }

    pub fn with(plugins: Folder, change: impl FnOnce(&mut HostOptions)) -> Stage {
        let exchanges: Arc<Mutex<Vec<Exchange>>> = Arc::default();
        let seen = exchanges.clone();
        let mut options = options();
        options.files = plugins.files();
        options.recorder = Some(Arc::new(move |exchange: &Exchange| {
            seen.lock().unwrap().push(exchange.clone());
        }));
        change(&mut options);
        Stage { host: PluginHost::new(options).unwrap(), exchanges, _plugins: plugins }
    }

    pub fn charge(&self, provider: &str, base_url: &str) -> ChargeAnswer {
        self.host.charge(&connection(provider, base_url), &charge_request())
    }

    pub fn exchanges(&self) -> Vec<Exchange> {
        self.exchanges.lock().unwrap().clone()
    }

    /// How the only exchange ended.
    pub fn end(&self) -> ExchangeEnd {
        let exchanges = self.exchanges();
        assert_eq!(exchanges.len(), 1, "{exchanges:?}");
        exchanges[0].end.clone()
    }
}

/// Room for few calls, and a clock that stands still.
pub fn options() -> HostOptions {
    let clock = TestClock::at(Timestamp::from_unix_ms(1_700_000_000_000));
    HostOptions { instances: 16, ..HostOptions::new(&[], Arc::new(clock)) }
}

/// Lets the plugin reach this machine.
pub fn connection(provider: &str, base_url: &str) -> Connection {
    let now = Timestamp::from_unix_ms(1_700_000_000_000);
    Connection {
        id: ConnectionId::at(now),
        organization_id: OrganizationId::at(now),
        provider: provider.into(),
        code: "test".into(),
        name: "Test".into(),
        settings: vec![
            ("base_url".into(), Secret::new(base_url)),
            ("secret_key".into(), Secret::new(SECRET)),
        ],
        allows_private_network: true,
        success_redirect_url: None,
        paused: None,
        created_at: now,
    }
}

pub fn charge_request() -> ChargeRequest {
    ChargeRequest {
        idempotency_key: "key-1".into(),
        reference: "attempt-1".into(),
        amount: Money::new(4900, Currency::EUR),
        provider_customer_id: "cus_1".into(),
        provider_method_id: "pm_1".into(),
        method_kind: "card".into(),
        description: "Invoice 1".into(),
        country: Some("DE".into()),
        metadata: vec![("invoice".into(), "1".into())],
    }
}
