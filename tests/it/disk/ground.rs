//! recoup on a pretended disk: the real store and use cases, the real plugin host, and the pretend
//! provider in a process of its own, which outlives every power cut and is the judge.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};

use anyhow::{Context, bail, ensure};
use recoup::app::collect::{Attempted, CollectError};
use recoup::app::create_invoice::CreateInvoiceError;
use recoup::app::ports::{Clock, Psps};
use recoup::app::{App, NewConnection, Parts, Rules};
use recoup::clock::{SystemClock, TestClock};
use recoup::domain::add_on::AddOn;
use recoup::domain::attempt::AttemptState;
use recoup::domain::change::Change;
use recoup::domain::currency::Currency;
use recoup::domain::customer_change::CustomerChange;
use recoup::domain::id::{AddOnId, AttemptId, InvoiceId, OrganizationId, RecoveryId};
use recoup::domain::invoice_change::{NewFee, NewInvoice};
use recoup::domain::linking::LinkChange;
use recoup::domain::money::Money;
use recoup::domain::payment::PayableId;
use recoup::domain::payment_method::MethodReference;
use recoup::domain::secret::Secret;
use recoup::domain::settle::Effect;
use recoup::domain::time::{Span, Timestamp};
use recoup::outbound::{WebhookOptions, WebhookOut};
use recoup::psp::{EMBEDDED, HostOptions, PluginHost};
use recoup::store::{Durability, MasterKey, Store, StoreError, StoreOptions};
use rusqlite::{Connection, OpenFlags};
use rust_decimal::Decimal;
use serde_json::Value;

use super::drive::Drive;
use super::vfs;
use crate::world::Client;

/// Of ten minutes each, until every debt is settled.
const ROUNDS_MAX: u32 = 200;

const FOLDER: &str = "/pretended";
/// Longer than a machine with much to do needs for an answer.
const HTTP_TIMEOUT_MS: u32 = 2_000;
const CUSTOMER: &str = "ada";

pub struct Ground {
    pub drive: Arc<Drive>,
    pub clock: Arc<TestClock>,
    provider: Provider,
    base_url: String,
    vfs: String,
    durability: Durability,
    host: Arc<PluginHost>,
    organization: OrganizationId,
    told: Mutex<Told>,
}

/// What recoup has acknowledged.
#[derive(Default)]
struct Told {
    invoices: Vec<(InvoiceId, RecoveryId)>,
    paid: Vec<AttemptId>,
}

struct Provider {
    process: Child,
    address: String,
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Provider {
    fn start() -> anyhow::Result<Provider> {
        let mut process = Command::new(env!("CARGO_BIN_EXE_recoup"))
            .args(["sandbox", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()?;
        let out = BufReader::new(process.stdout.take().context("its output")?);
        let begins = "the pretend provider listens on ";
        let address = out
            .lines()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix(begins).map(str::to_owned));
        Ok(Provider { process, address: address.context("it says where it listens")? })
    }
}

impl Ground {
    pub fn new(vfs: &str, seed: u64, durability: Durability) -> anyhow::Result<Ground> {
        Ground::behind(vfs, (seed, durability), str::to_owned)
    }

    /// The provider is reached through what `detour` makes of its address.
    pub fn behind(
        vfs: &str,
        (seed, durability): (u64, Durability),
        detour: impl FnOnce(&str) -> String,
    ) -> anyhow::Result<Ground> {
        let drive = Drive::new(seed);
        vfs::register(vfs, &drive);
        let clock = Arc::new(TestClock::at(Timestamp::from_unix_ms(1_700_000_000_000)));
        let mut options = HostOptions::new(EMBEDDED, Arc::clone(&clock) as Arc<dyn Clock>);
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugin-cache");
        options.cache_dir = Some(cache);
        options.instances = 8;
        options.limits.http_timeout_ms_max = HTTP_TIMEOUT_MS;
        let provider = Provider::start()?;
        let mut ground = Ground {
            drive,
            clock,
            base_url: detour(&provider.address),
            provider,
            vfs: vfs.to_owned(),
            durability,
            host: Arc::new(PluginHost::new(options)?),
            organization: OrganizationId::at(Timestamp::from_unix_ms(0)),
            told: Mutex::default(),
        };
        let app = ground.open()?;
        ground.organization = app.prepare_installation()?.id;
        ground.furnish(&app)?;
        Ok(ground)
    }

    /// recoup as it starts, on what the disk holds.
    pub fn open(&self) -> Result<App, StoreError> {
        let options = StoreOptions {
            vfs: Some(self.vfs.clone()),
            durability: self.durability,
            // It would lie outside of the pretended disk.
            send_file: None,
            readers_max: 4,
            ..StoreOptions::at(Path::new(FOLDER))
        };
        let store = Store::open(&options, &MasterKey([7; 32]))?;
        let sender = WebhookOptions::new("http://127.0.0.1:9".to_owned());
        Ok(App::new(Parts {
            store,
            psps: Arc::clone(&self.host) as Arc<dyn Psps>,
            sender: Arc::new(WebhookOut::new(sender, Arc::new(SystemClock))),
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            rules: Rules::default(),
        }))
    }

    /// A connection to the provider, a customer with a good card, and something to sell.
    fn furnish(&self, app: &App) -> anyhow::Result<()> {
        app.add_connection(&NewConnection {
            organization_id: self.organization,
            provider: "sandbox".to_owned(),
            code: "disk".to_owned(),
            name: None,
            settings: vec![
                ("base_url".to_owned(), Secret::new(self.base_url.clone())),
                ("secret_key".to_owned(), Secret::new("sk_sandbox_disk")),
                ("webhook_secret".to_owned(), Secret::new("whsec_sandbox_disk")),
            ],
            allows_private_network: true,
            success_redirect_url: None,
        })?;
        let link = LinkChange {
            provider: Change::To(Some("sandbox".to_owned())),
            connection_code: Change::To(Some("disk".to_owned())),
            provider_customer_id: Change::To(Some(format!("cus_ok__{CUSTOMER}"))),
            waits: true,
            ..LinkChange::default()
        };
        let change = CustomerChange { link, ..CustomerChange::default() };
        app.upsert_customer(self.organization, CUSTOMER.to_owned(), change)?;
        let now = app.now();
        let add_on = AddOn {
            id: AddOnId::at(now),
            organization_id: self.organization,
            code: "setup".to_owned(),
            name: "Set-up".to_owned(),
            invoice_display_name: None,
            description: None,
            amount: Money::new(100, Currency::EUR),
            tax_ids: vec![],
            created_at: now,
        };
        Ok(app.store().write(move |tx| tx.insert_add_on(&add_on))?)
    }

    /// The invoices that were acknowledged, with what collects them.
    pub fn invoices(&self) -> Vec<(InvoiceId, RecoveryId)> {
        self.told().invoices.clone()
    }

    pub fn organization(&self) -> OrganizationId {
        self.organization
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().expect("nobody panics while holding it")
    }

    /// Makes an invoice and charges it, as far as the disk lets it; what was acknowledged is
    /// remembered. An error is one of the disk, or the proof has failed.
    pub fn sell(&self, app: &App) -> Result<(), Refused> {
        let new = NewInvoice {
            external_customer_id: CUSTOMER.to_owned(),
            currency: Some(Currency::EUR),
            fees: vec![NewFee {
                add_on_code: "setup".to_owned(),
                unit_amount: Some(4_900),
                units: Decimal::ONE,
                description: None,
                invoice_display_name: None,
                tax_codes: None,
                period: None,
            }],
            skip_automatic_payment: false,
            method: MethodReference::Default,
            purchase_order_number: None,
            billing_entity_code: None,
        };
        let made = app.create_invoice(self.organization, new)?;
        let id = made.invoice.id;
        let recovery = app
            .store()
            .read(|read| read.recovery_of(PayableId::Invoice(id)))?
            .ok_or_else(|| Refused::Other("an acknowledged invoice has no recovery".to_owned()))?;
        self.told().invoices.push((id, recovery.id));
        self.charge(app, recovery.id)
    }

    pub fn charge(&self, app: &App, id: RecoveryId) -> Result<(), Refused> {
        match app.attempt_payment(id)? {
            Attempted::Settled(attempt, Effect::Paid) => self.told().paid.push(attempt),
            Attempted::Settled(..) | Attempted::NotNow => {}
        }
        Ok(())
    }

    pub fn acknowledged(&self) -> usize {
        let told = self.told();
        told.invoices.len() + told.paid.len()
    }

    /// A connection beside those of recoup.
    pub fn beside(&self) -> rusqlite::Result<Connection> {
        let path = PathBuf::from(FOLDER).join("recoup.db");
        Connection::open_with_flags_and_vfs(path, OpenFlags::default(), self.vfs.as_str())
    }

    /// The power goes, comes back, and recoup starts.
    pub fn cut_and_reopen(&self) -> anyhow::Result<App> {
        self.drive.cut_power();
        self.drive.restore_power();
        let app = self.open().context("the database does not open after a power cut")?;
        let found: String = self
            .beside()?
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .context("the database cannot be checked")?;
        ensure!(found == "ok", "the database is damaged: {found}");
        Ok(app)
    }

    pub fn ledger(&self) -> Vec<Value> {
        let ledger = Client::new(&self.provider.address, "").get("/ledger");
        ledger.body["charges"].as_array().expect("a ledger").clone()
    }

    /// Nothing that was acknowledged is lost, and every charge at the provider was written down
    /// before it was made.
    pub fn judge(&self, app: &App) -> anyhow::Result<()> {
        let told = self.told();
        for (invoice, _) in &told.invoices {
            let found = app.store().read(|read| read.invoice(self.organization, *invoice))?;
            ensure!(found.is_some(), "the acknowledged invoice {invoice} is lost");
        }
        for id in &told.paid {
            let found = app.store().read(|read| read.attempt_of_every_organization(*id))?;
            let is_paid = found.is_some_and(|it| matches!(it.state, AttemptState::Paid { .. }));
            ensure!(is_paid, "the acknowledged payment {id} is lost");
        }
        let mut paid = HashMap::new();
        for charge in self.ledger() {
            let reference = charge["reference"].as_str().unwrap_or_default();
            let Ok(id) = reference.parse::<AttemptId>() else {
                bail!("a charge without an attempt: {charge}");
            };
            let attempt = app.store().read(|read| read.attempt_of_every_organization(id))?;
            let Some(attempt) = attempt else {
                bail!("a charge was made and its intent is not on the disk: {charge}");
            };
            ensure!(charge["idempotency_key"] == attempt.idempotency_key, "another key: {charge}");
            let times = paid.entry(attempt.payable).or_insert(0);
            *times += u32::from(charge["status"] == "succeeded");
            ensure!(*times <= 1, "charged twice: {charge}");
        }
        Ok(())
    }

    fn is_settled(&self, app: &App) -> anyhow::Result<bool> {
        let debts = self.told().invoices.clone();
        for (invoice, _) in &debts {
            let found = app.store().read(|read| read.invoice(self.organization, *invoice))?;
            if found.is_none_or(|found| found.due().minor_units != 0) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Lets time pass until every debt is settled, and judges.
    pub fn settle_all(&self, app: &App) -> anyhow::Result<()> {
        // All are on one card, of which only so many may be out at once.
        for _ in 0..ROUNDS_MAX {
            self.clock.advance(Span::minutes(10));
            app.resolve_unknown()?;
            app.retry_due()?;
            if self.is_settled(app)? {
                break;
            }
        }
        let debts = self.told().invoices.clone();
        for (invoice, _) in &debts {
            let found = app.store().read(|read| read.invoice(self.organization, *invoice))?;
            let due = found.context("an acknowledged invoice")?.due();
            ensure!(due.minor_units == 0, "{invoice} was not collected: {due} is due");
        }
        self.judge(app)?;
        let paid = self.ledger().iter().filter(|it| it["status"] == "succeeded").count();
        ensure!(paid >= debts.len(), "{paid} charges for {} debts", debts.len());
        Ok(())
    }

    /// Charges at the provider behind recoup's back.
    pub fn charge_without_intent(&self, app: &App) -> anyhow::Result<()> {
        let connection = app
            .store()
            .read(|read| read.connection_by_code(self.organization, "disk"))?
            .context("the connection")?;
        let request = recoup::app::ports::ChargeRequest {
            reference: AttemptId::at(self.clock.now()).to_string(),
            provider_customer_id: format!("cus_ok__{CUSTOMER}"),
            provider_method_id: format!("pm_ok__{CUSTOMER}"),
            ..crate::psp::stage::charge_request()
        };
        let answer = self.host.charge(&connection, &request);
        ensure!(answer.outcome == recoup::domain::attempt::Outcome::Paid, "{answer:?}");
        Ok(())
    }
}

/// What a caller was told instead.
#[derive(Debug)]
pub enum Refused {
    /// The machine's fault, with a sentence for the caller.
    Outage(&'static str),
    Other(String),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Refused {
        error.outage().map_or_else(|| Refused::Other(format!("{error:?}")), Refused::Outage)
    }
}

impl From<CollectError> for Refused {
    fn from(error: CollectError) -> Refused {
        match error {
            CollectError::Store(error) => error.into(),
            error @ CollectError::Missing { .. } => Refused::Other(error.to_string()),
        }
    }
}

impl From<CreateInvoiceError> for Refused {
    fn from(error: CreateInvoiceError) -> Refused {
        match error {
            CreateInvoiceError::Store(error) => error.into(),
            other => Refused::Other(other.to_string()),
        }
    }
}
