//! The real host with the built-in plugins, and what they are asked in the tests.

use std::sync::{Arc, Mutex};

use recoup::app::ports::{ChargeQuery, CustomerData, LinkRequest, Psps, SetupRequest};
use recoup::clock::TestClock;
use recoup::domain::connection::{Connection, Provider};
use recoup::domain::currency::Currency;
use recoup::domain::money::Money;
use recoup::domain::secret::Secret;
use recoup::domain::time::{Span, Timestamp};
use recoup::psp::{CallLimits, EMBEDDED, Exchange, HostOptions, PluginHost};

use crate::psp::stage::connection;

/// The host with the built-in plugins, and what its calls left behind.
pub struct Bench {
    pub host: PluginHost,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
}

pub fn now() -> Timestamp {
    Timestamp::from_unix_ms(1_700_000_000_000)
}

impl Bench {
    pub fn new() -> Bench {
        let exchanges: Arc<Mutex<Vec<Exchange>>> = Arc::default();
        let seen = exchanges.clone();
        let mut options = HostOptions::new(EMBEDDED, Arc::new(TestClock::at(now())));
        options.instances = 8;
        options.limits =
            CallLimits { http_timeout_ms: 300, http_timeout_ms_max: 150, ..CallLimits::default() };
        options.recorder = Some(Arc::new(move |exchange: &Exchange| {
            seen.lock().unwrap().push(exchange.clone());
        }));
        Bench { host: PluginHost::new(options).unwrap(), exchanges }
    }

    pub fn providers(&self) -> Vec<Provider> {
        let providers = self.host.providers();
        assert_eq!(providers.len(), EMBEDDED.len());
        assert!(!providers.is_empty());
        providers
    }

    pub fn take_exchanges(&self) -> Vec<Exchange> {
        std::mem::take(&mut self.exchanges.lock().unwrap())
    }
}

/// The secrets of a connection, one per secret setting.
pub fn secrets(provider: &Provider) -> Vec<(String, String)> {
    let secrets = provider.settings.iter().filter(|setting| setting.secret);
    secrets
        .map(|setting| (setting.key.clone(), format!("sk_test_{}Q9fz4Wd7", setting.key)))
        .collect()
}

/// Settings without which a plugin does less than it can, on this machine: plugin, key, value.
const FULL: &[(&str, &str, &str)] = &[
    // It takes loopback for a test peer that has no hosted pages.
    ("stripe", "reduced_parameters", "false"),
];

/// A connection that has everything, at an address of this machine.
pub fn connected(provider: &Provider, address: &str) -> Connection {
    let base_url = address.strip_suffix("/v1/charges").unwrap();
    let mut connection = connection(&provider.name, base_url);
    connection.settings = vec![("base_url".into(), Secret::new(base_url))];
    for (key, secret) in secrets(provider) {
        connection.settings.push((key, Secret::new(secret)));
    }
    for (_, key, value) in FULL.iter().filter(|(name, ..)| *name == provider.name) {
        connection.settings.push(((*key).into(), Secret::new(*value)));
    }
    for setting in &provider.settings {
        if setting.required && connection.setting(&setting.key).is_none() {
            let value = Secret::new("test");
            connection.settings.push((setting.key.clone(), value));
        }
    }
    connection
}

pub fn query() -> ChargeQuery {
    ChargeQuery {
        idempotency_key: "key-1".into(),
        reference: "attempt-1".into(),
        charge_id: None,
        provider_customer_id: Some("cus_1".into()),
        started_at: now(),
    }
}

pub fn customer() -> CustomerData {
    CustomerData {
        reference: "customer-1".into(),
        name: Some("Jane Doe".into()),
        ..CustomerData::default()
    }
}

pub fn link() -> LinkRequest {
    LinkRequest {
        idempotency_key: "key-2".into(),
        reference: "session-1".into(),
        provider_customer_id: "cus_1".into(),
        amount: Money::new(4900, Currency::EUR),
        method_kinds: vec!["card".into()],
        keep_method: true,
        description: "Invoice 1".into(),
        return_url: "https://shop.example/thanks".into(),
        expires_at: now().plus(Span::hours(24)),
        metadata: Vec::new(),
    }
}

pub fn setup() -> SetupRequest {
    SetupRequest {
        idempotency_key: "key-3".into(),
        reference: "session-2".into(),
        provider_customer_id: "cus_1".into(),
        currency: Some("EUR".into()),
        method_kinds: vec!["card".into()],
        return_url: "https://shop.example/thanks".into(),
        expires_at: now().plus(Span::hours(24)),
        metadata: Vec::new(),
    }
}
