//! The server: HTTP, jobs and, in test mode, the pretend provider, in one process.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::Compress;
use actix_web::{App as HttpApp, HttpServer, web};
use anyhow::Context;

use super::exchanges;
use crate::app::App;
use crate::config::{Dashboard, Mode, Settings};
use crate::domain::time::Timestamp;
use crate::http::dashboard::{Planned, Throttle, Timetable};
use crate::http::limits::Limits;
use crate::http::{self, Advance, FigureCache, Readiness, TestTimeline};
use crate::jobs::{Hands, JOBS, Job, Loops, Runner, Schedule, Timeline};
use crate::sandbox::{self, Sandbox, WebhookTarget};
use crate::startup::{Built, Time, build};
use crate::store::DataDirLock;

/// The code of the connection to the pretend provider that test mode brings along.
const SANDBOX: &str = "sandbox";
const SANDBOX_KEY: &str = "sk_sandbox_embedded";
const SANDBOX_WEBHOOK_SECRET: &str = "whsec_sandbox_embedded";
const SANDBOX_LEDGER: &str = "sandbox-ledger.jsonl";

/// How a server is to run.
pub struct Plan {
    pub settings: Settings,
    pub time: Time,
    /// Requests need no key.
    pub open_to_all: bool,
}

/// A server that has everything but has not begun to answer.
pub struct Server {
    pub built: Built,
    pub address: SocketAddr,
    listener: TcpListener,
    plan: Plan,
    sandbox: Option<Arc<Sandbox>>,
    /// Held until the process ends.
    _lock: DataDirLock,
}

impl Server {
    /// Opens everything and takes the port. Charges that a crash left are asked for.
    pub fn prepare(mut plan: Plan) -> anyhow::Result<Server> {
        let listen = plan.settings.listen;
        let listener = TcpListener::bind(listen)
            .with_context(|| format!("cannot listen on {listen}: is another server there?"))?;
        let address = listener.local_addr()?;
        plan.settings.listen = address;
        std::fs::create_dir_all(&plan.settings.data_dir).with_context(|| {
            format!("cannot make the data directory {}", plan.settings.data_dir.display())
        })?;
        let lock = DataDirLock::take(&plan.settings.data_dir)?;
        let built = build(&plan.settings, plan.time, plan.open_to_all)?;
        for problem in built.host.problems() {
            tracing::error!(%problem, "a plugin could not be loaded");
        }
        built.app.forget_executing_requests()?;
        let left = built.app.release_abandoned()?;
        if left > 0 {
            tracing::warn!(attempts = left, "a crash left charges whose outcome is asked for now");
        }
        let sandbox = match plan.settings.mode {
            Mode::Test => Some(embedded_sandbox(&plan, &built, address)?),
            Mode::Live => None,
        };
        Ok(Server { built, address, listener, plan, sandbox, _lock: lock })
    }

    /// Answers and collects until the process is told to end.
    pub fn run(self, ready: impl FnOnce(&Built)) -> anyhow::Result<()> {
        actix_web::rt::System::new().block_on(self.serve(ready))
    }

    async fn serve(mut self, ready: impl FnOnce(&Built)) -> anyhow::Result<()> {
        let _listening = survive_file_limits();
        let schedule = Schedule::with(&self.plan.settings.jobs)?;
        let runner = Arc::new(Runner::new(self.built.app.clone()));
        let advance = self.timeline(&runner, &schedule).map(|timeline| -> Advance {
            Box::new(move |ms| timeline.advance_to(ms).map_err(|error| error.to_string()))
        });
        let timeline = web::Data::new(TestTimeline(advance));
        let app = web::Data::new(self.built.app.clone());
        let readiness = web::Data::new(Readiness::default());
        let figures = web::Data::new(FigureCache::default());
        let limits = Limits::per_second(self.plan.settings.limits.requests_per_second);
        let limits = web::Data::new(limits);
        let throttle = web::Data::new(throttle(&self.plan.settings.dashboard));
        let timetable = web::Data::new(timetable(schedule.clone()));
        let sandbox = self.sandbox.clone();
        let closing = readiness.clone();
        let factory = move || {
            let sandbox = sandbox.clone();
            let timeline = timeline.clone();
            HttpApp::new()
                .app_data(app.clone())
                .app_data(readiness.clone())
                .app_data(figures.clone())
                .app_data(limits.clone())
                .app_data(throttle.clone())
                .app_data(timetable.clone())
                .wrap(Compress::default())
                .configure(|config| {
                    if let Some(sandbox) = sandbox {
                        let scope = web::scope("/sandbox").configure(sandbox::routes(sandbox));
                        config.service(scope);
                    }
                    http::routes(timeline)(config);
                })
        };
        let mut server = HttpServer::new(factory)
            .shutdown_timeout(self.plan.settings.http.shutdown_timeout_s)
            .keep_alive(std::time::Duration::from_secs(75));
        if self.plan.settings.http.workers > 0 {
            server = server.workers(self.plan.settings.http.workers);
        }
        let server = server.listen(self.listener)?.run();
        close_with(server.handle(), closing);
        let loops = Loops::start(&runner);
        if let Some(heard) = self.built.exchanges.take() {
            exchanges::write_down(self.built.app.clone(), heard);
        }
        let mut scheduler = match self.plan.time {
            Time::Real | Time::Fast(_) => Some(schedule.start(&runner).await?),
            // Nothing happens but by hand.
            Time::ByHand { .. } => None,
        };
        ready(&self.built);
        server.await?;
        if let Some(scheduler) = &mut scheduler {
            scheduler.shutdown().await?;
        }
        // Charges that have begun are settled before the process ends.
        tokio::task::spawn_blocking(move || drop(loops)).await?;
        Ok(())
    }

    fn timeline(&self, runner: &Arc<Runner>, schedule: &Schedule) -> Option<Timeline> {
        let clock = Arc::clone(self.built.test_clock.as_ref()?);
        let (due, run) = (self.sandbox.clone(), self.sandbox.clone());
        let hands = Hands {
            set: Box::new(move |ms| clock.set(Timestamp::from_unix_ms(ms))),
            others_due: Box::new(move || due.as_ref().and_then(|sandbox| sandbox.next_due_ms())),
            run_others: Box::new(move || {
                if let Some(sandbox) = &run {
                    sandbox.run_due();
                }
            }),
        };
        Some(Timeline::new(Arc::clone(runner), schedule.clone(), hands))
    }
}

/// When each job runs next.
fn timetable(schedule: Schedule) -> Timetable {
    Timetable::new(move |now_ms| {
        let planned = |job: &'static Job| Planned {
            name: job.name,
            cron: schedule.cron(job).to_owned(),
            next_ms: schedule.next_after(job, now_ms),
        };
        JOBS.iter().map(planned).collect()
    })
}

/// How often somebody may try a password.
fn throttle(settings: &Dashboard) -> Throttle {
    let window = Duration::from_secs(u64::from(settings.sign_in_window_minutes.max(1)) * 60);
    Throttle::new(settings.sign_in_tries_max, window)
}

/// A limit on the size of files is to be an error of the write that meets it, like a full disk;
/// unless somebody listens for its signal, it is the end of the process.
#[cfg(target_os = "linux")]
fn survive_file_limits() -> std::io::Result<tokio::signal::unix::Signal> {
    const SIGXFSZ: std::ffi::c_int = 25;
    tokio::signal::unix::signal(tokio::signal::unix::SignalKind::from_raw(SIGXFSZ))
}

#[cfg(not(target_os = "linux"))]
const fn survive_file_limits() {}

/// Readiness ends when the server begins to close.
fn close_with(_handle: ServerHandle, closing: web::Data<Readiness>) {
    actix_web::rt::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            closing.close();
        }
    });
}

fn embedded_sandbox(
    plan: &Plan,
    built: &Built,
    address: SocketAddr,
) -> anyhow::Result<Arc<Sandbox>> {
    let local = format!("http://{address}");
    connect_sandbox(&built.app, built, &format!("{local}/sandbox"))?;
    let clock = match plan.time {
        Time::Real | Time::Fast(_) => sandbox::Clock::system(),
        Time::ByHand { .. } => {
            let clock = Arc::clone(&built.clock);
            sandbox::Clock::given(move || clock.now().unix_ms())
        }
    };
    let options = sandbox::Options {
        public_url: Some(format!("{}/sandbox", plan.settings.public_url())),
        ledger: Some(plan.settings.data_dir.join(SANDBOX_LEDGER)),
        clock,
        latency: None,
        webhooks: vec![WebhookTarget {
            url: format!("{local}/webhooks/{SANDBOX}/{SANDBOX}"),
            secret: SANDBOX_WEBHOOK_SECRET.to_owned(),
        }],
    };
    Ok(Sandbox::new(options)?)
}

/// The connection exists from the start; its address follows the port.
fn connect_sandbox(app: &App, built: &Built, base_url: &str) -> anyhow::Result<()> {
    use crate::app::NewConnection;
    use crate::domain::secret::Secret;
    app.ensure_connection(&NewConnection {
        organization_id: built.organization.id,
        provider: SANDBOX.to_owned(),
        code: SANDBOX.to_owned(),
        name: Some("Sandbox".to_owned()),
        settings: vec![
            ("base_url".to_owned(), Secret::new(base_url)),
            ("secret_key".to_owned(), Secret::new(SANDBOX_KEY)),
            ("webhook_secret".to_owned(), Secret::new(SANDBOX_WEBHOOK_SECRET)),
        ],
        allows_private_network: true,
        success_redirect_url: None,
    })?;
    Ok(())
}
