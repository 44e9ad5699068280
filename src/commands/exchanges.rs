//! Writes down what plugins ask providers, on a thread of its own: no charge waits for it, and what
//! comes faster than it can be written is left out.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use crate::app::App;
use crate::domain::exchange::{Ending, Exchange};
use crate::psp::{self, ExchangeEnd, Recorder};

/// So many wait to be written.
const WAITING_MAX: usize = 2_048;
/// So many are written together, or what has come after so long.
const BATCH_MAX: usize = 256;
const BATCH_EVERY: Duration = Duration::from_millis(250);

/// What hears the plugins, and where it is heard.
pub fn channel() -> (Recorder, Receiver<psp::Exchange>) {
    let (sender, receiver) = sync_channel(WAITING_MAX);
    let sender: SyncSender<psp::Exchange> = sender;
    // Full, or nobody writes: it is left out.
    let recorder = move |exchange: &psp::Exchange| drop(sender.try_send(exchange.clone()));
    (Arc::new(recorder), receiver)
}

/// Until the plugins are gone.
pub fn write_down(app: App, heard: Receiver<psp::Exchange>) {
    let write = move || {
        while let Some(batch) = next(&heard) {
            if batch.is_empty() {
                continue;
            }
            let batch = batch.into_iter().map(|it| exchange(&app, it)).collect();
            if let Err(error) = app.keep_exchanges(batch) {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "what plugins asked could not be written down");
            }
        }
    };
    let started = std::thread::Builder::new().name("keep-exchanges".to_owned()).spawn(write);
    if let Err(error) = started {
        tracing::error!(%error, "there is no thread to write down what plugins ask");
    }
}

/// None: nothing will come any more.
fn next(heard: &Receiver<psp::Exchange>) -> Option<Vec<psp::Exchange>> {
    let mut batch = Vec::new();
    let until = Instant::now() + BATCH_EVERY;
    loop {
        match heard.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(exchange) => batch.push(exchange),
            Err(RecvTimeoutError::Timeout) => return Some(batch),
            Err(RecvTimeoutError::Disconnected) if batch.is_empty() => return None,
            Err(RecvTimeoutError::Disconnected) => return Some(batch),
        }
        if batch.len() >= BATCH_MAX {
            return Some(batch);
        }
    }
}

fn exchange(app: &App, heard: psp::Exchange) -> Exchange {
    let version = app.psps().provider(&heard.provider).map(|provider| provider.version);
    let size = |bytes: usize| u64::try_from(bytes).unwrap_or(u64::MAX);
    Exchange {
        connection_id: heard.connection_id,
        reference: heard.reference,
        function: heard.function.to_owned(),
        plugin: format!("{} {}", heard.provider, version.unwrap_or_default()).trim_end().to_owned(),
        method: heard.method.to_owned(),
        url: heard.url,
        headers: heard.request_headers,
        request_bytes: size(heard.request_bytes),
        ending: match heard.end {
            ExchangeEnd::Answered { status, bytes } => {
                Ending::Answered { status, bytes: size(bytes) }
            }
            ExchangeEnd::Denied(reason) => Ending::Denied(reason),
            ExchangeEnd::NotSent(reason) => Ending::NotSent(reason),
            ExchangeEnd::MaybeSent(reason) => Ending::MaybeSent(reason),
        },
        duration_ms: u64::try_from(heard.duration.as_millis()).unwrap_or(u64::MAX),
        at: app.now(),
    }
}
