//! The parts of a server in this process: a real store on disk, the real plugin host with the
//! built-in plugins. Only HTTP towards clients and the jobs' clock are left out.

use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use recoup::app::ports::{Clock, Psps};
use recoup::app::{App, NewConnection, Parts, Rules};
use recoup::clock::SystemClock;
use recoup::domain::connection::Connection;
use recoup::domain::organization::Organization;
use recoup::domain::secret::Secret;
use recoup::outbound::{WebhookOptions, WebhookOut};
use recoup::psp::{EMBEDDED, HostOptions, PluginHost};
use recoup::store::{MasterKey, Store, StoreOptions};

pub struct World {
    pub app: App,
    pub organization: Organization,
    pub connection: Connection,
}

thread_local! {
    static PROVIDER_TIME: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

impl World {
    pub fn new(folder: &Path, provider: &str, charges_max: u32) -> anyhow::Result<World> {
        World::with_clock(folder, provider, charges_max, Arc::new(SystemClock))
    }

    pub fn with_clock(
        folder: &Path,
        provider: &str,
        charges_max: u32,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<World> {
        std::fs::create_dir_all(folder)?;
        let store = Store::open(&StoreOptions::at(folder), &MasterKey([7; 32]))?;
        let mut host = HostOptions::new(EMBEDDED, Arc::new(SystemClock) as Arc<dyn Clock>);
        host.cache_dir = Some(folder.join("plugin-cache"));
        host.instances = charges_max;
        host.recorder = Some(Arc::new(|exchange| {
            PROVIDER_TIME.with(|time| time.set(time.get() + exchange.duration));
        }));
        let rules = Rules {
            charges_max: charges_max as usize,
            charges_per_connection_max: charges_max as usize,
            test_mode: false,
            ..Rules::default()
        };
        let app = App::new(Parts {
            store,
            psps: Arc::new(PluginHost::new(host)?) as Arc<dyn Psps>,
            sender: Arc::new(WebhookOut::new(
                WebhookOptions::new(rules.public_url.clone()),
                Arc::new(SystemClock),
            )),
            clock,
            rules,
        });
        let organization = app.prepare_installation()?;
        app.compare_sends()?;
        let connection = app.add_connection(&NewConnection {
            organization_id: organization.id,
            provider: "sandbox".to_owned(),
            code: "bench".to_owned(),
            name: None,
            settings: vec![
                ("base_url".to_owned(), Secret::new(provider)),
                ("secret_key".to_owned(), Secret::new("sk_sandbox_bench")),
                ("webhook_secret".to_owned(), Secret::new("whsec_sandbox_bench")),
            ],
            allows_private_network: true,
            success_redirect_url: None,
        })?;
        Ok(World { app, organization, connection })
    }
}

/// How long `work` took on this thread, and how much of it was waiting for the provider's answer.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Timed) {
    PROVIDER_TIME.set(Duration::ZERO);
    let begun = Instant::now();
    let value = work();
    (value, Timed { whole: begun.elapsed(), provider: PROVIDER_TIME.get() })
}

#[derive(Clone, Copy)]
pub struct Timed {
    pub whole: Duration,
    /// From the first byte that is sent to the last that is read.
    pub provider: Duration,
}

impl Timed {
    /// What recoup added: store, plugin, waiting for threads and cores.
    pub fn added(self) -> Duration {
        self.whole.saturating_sub(self.provider)
    }
}
