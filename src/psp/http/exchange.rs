//! What one exchange knows of itself while it runs on its thread: how much time it has, and
//! whether the provider can have seen anything of it. The HTTP library tells neither, so the
//! connections it uses are wrapped and write it down here.

use std::cell::Cell;
use std::time::{Duration, Instant};

use ureq::Timeout;
use ureq::unversioned::transport::time::Duration as After;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, NextTimeout, RustlsConnector, TcpConnector, Transport,
};

#[derive(Debug, Clone, Copy)]
struct Exchange {
    ends: Instant,
    connect_ends: Instant,
    progress: Progress,
}

/// How far an exchange has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// A byte of the request may have left. Set before the first one is written.
    pub sent: bool,
    /// The connection broke while the answer was read.
    pub broken: bool,
}

thread_local! {
    static CURRENT: Cell<Option<Exchange>> = const { Cell::new(None) };
}

/// Runs one exchange on this thread and tells how far it came.
pub fn run<T>(total: Duration, connect: Duration, exchange: impl FnOnce() -> T) -> (T, Progress) {
    let now = Instant::now();
    CURRENT.set(Some(Exchange {
        ends: now + total,
        connect_ends: now + connect.min(total),
        progress: Progress::default(),
    }));
    let value = exchange();
    let progress = CURRENT.take().map(|exchange| exchange.progress);
    (value, progress.unwrap_or_default())
}

fn note(change: impl FnOnce(&mut Progress)) {
    if let Some(mut exchange) = CURRENT.get() {
        change(&mut exchange.progress);
        CURRENT.set(Some(exchange));
    }
}

/// What is left of the time for the whole exchange.
fn within(mut timeout: NextTimeout) -> NextTimeout {
    if let Some(exchange) = CURRENT.get() {
        timeout.after = left_until(exchange.ends);
        timeout.reason = Timeout::Global;
    }
    timeout
}

/// What is left of the time for name look-up, TCP and TLS.
pub fn connecting_within(mut timeout: NextTimeout) -> NextTimeout {
    if let Some(exchange) = CURRENT.get() {
        timeout.after = left_until(exchange.connect_ends);
        timeout.reason = Timeout::Connect;
    }
    timeout
}

fn left_until(end: Instant) -> After {
    After::Exact(end.saturating_duration_since(Instant::now()))
}

/// Opens TCP and, for https, TLS to the end of its handshake: until then nothing of the request
/// has left.
#[derive(Debug, Default)]
pub struct WatchedConnector {
    tcp: TcpConnector,
    tls: RustlsConnector,
}

impl Connector for WatchedConnector {
    type Out = Watched;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<()>,
    ) -> Result<Option<Watched>, ureq::Error> {
        let details = &ConnectionDetails {
            uri: details.uri,
            addrs: details.addrs.clone(),
            config: details.config,
            request_level: details.request_level,
            resolver: details.resolver,
            now: ureq::unversioned::transport::time::Instant::now(),
            timeout: connecting_within(details.timeout),
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
        };
        let tcp = self.tcp.connect(details, chained)?;
        let opened = self.tls.connect(details, tcp)?;
        Ok(opened.map(|transport| Watched(Box::new(transport))))
    }
}

/// A connection that keeps to the exchange's time and tells its progress.
#[derive(Debug)]
pub struct Watched(Box<dyn Transport>);

impl Transport for Watched {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        let timeout = in_time(timeout)?;
        if amount > 0 {
            // Also on a connection that was kept from an earlier exchange: when the other side
            // has closed it meanwhile, nobody can prove that it had not read this before.
            note(|progress| progress.sent = true);
        }
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let read = self.0.await_input(in_time(timeout)?);
        if read.is_err() {
            note(|progress| progress.broken = true);
        }
        read
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}

/// A transport would give an exchange that is over one more second.
fn in_time(timeout: NextTimeout) -> Result<NextTimeout, ureq::Error> {
    let timeout = within(timeout);
    if timeout.after.is_zero() {
        return Err(ureq::Error::Timeout(timeout.reason));
    }
    Ok(timeout)
}
