//! A pretend PSP: an HTTP server with a ledger of its own, hosted pages and signed webhooks, which
//! misbehaves on demand. It knows nothing of recoup, which talks to it like to any other PSP.
//!
//! `run` serves it alone; `Sandbox::new` and `routes` put it under any prefix of another server.
//! What it does stands in `charging`, `customers`, `checkout` and `refunding`; `book` remembers,
//! `due` does what happens by itself, `api` and `pages` speak HTTP.

mod api;
mod behaviour;
mod book;
mod charging;
mod checkout;
mod clock;
mod customers;
mod declines;
mod due;
mod events;
mod latency;
mod pages;
mod problem;
mod refunding;
mod server;
mod views;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use uuid::Uuid;

pub use api::routes;
pub use book::JournalError;
pub use clock::Clock;
pub use latency::{Latency, NoSuchLatency};
pub use server::{run, serve};

use book::{Book, Endpoint, Entry};
use due::Bell;

/// How the pretend PSP is set up.
pub struct Options {
    /// What its pages and links begin with, without a slash at the end:
    /// `http://127.0.0.1:8080/sandbox`. None: the address that `run` listens on, or what
    /// `Sandbox::set_public_url` says later.
    pub public_url: Option<String>,
    /// Appended to, and read at the start. None: the ledger ends with the process.
    pub ledger: Option<PathBuf>,
    pub clock: Clock,
    /// Added to every charge. None: answers at once.
    pub latency: Option<Latency>,
    /// Told of every event from the start. More can be registered over the API.
    pub webhooks: Vec<WebhookTarget>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            public_url: None,
            ledger: None,
            clock: Clock::system(),
            latency: None,
            webhooks: Vec::new(),
        }
    }
}

/// Somebody who wants to be told.
pub struct WebhookTarget {
    pub url: String,
    /// What the signatures are made with.
    pub secret: String,
}

#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    #[error("could not open the ledger of the pretend PSP")]
    Ledger(#[from] JournalError),
    #[error("could not start the thread that sends webhooks")]
    Thread(#[source] std::io::Error),
    #[error("could not listen on {listen}")]
    Listen { listen: String, source: std::io::Error },
    #[error("the server stopped")]
    Serve(#[source] std::io::Error),
}

/// The pretend PSP. Dropping the last handle ends its thread.
pub struct Sandbox {
    book: Mutex<Book>,
    clock: Clock,
    latency: Option<Latency>,
    public_url: RwLock<String>,
    agent: ureq::Agent,
    /// Held by whoever does what is due, so that it is done in order.
    turn: Mutex<()>,
    bell: Arc<Bell>,
}

impl Sandbox {
    /// Reads the ledger and starts the thread that settles pending charges and sends webhooks.
    pub fn new(options: Options) -> Result<Arc<Self>, SandboxError> {
        let mut book = Book::open(options.ledger.as_deref())?;
        for target in options.webhooks {
            let id = id("we");
            book.record(Entry::Endpoint(Endpoint { id, url: target.url, secret: target.secret }))?;
        }
        let sandbox = Arc::new(Self {
            book: Mutex::new(book),
            clock: options.clock,
            latency: options.latency,
            public_url: RwLock::new(options.public_url.unwrap_or_default()),
            agent: due::agent(),
            turn: Mutex::new(()),
            bell: Arc::default(),
        });
        due::start_thread(&sandbox).map_err(SandboxError::Thread)?;
        Ok(sandbox)
    }

    /// For when the port is known only after binding.
    pub fn set_public_url(&self, public_url: impl Into<String>) {
        *self.public_url.write().unwrap_or_else(PoisonError::into_inner) = public_url.into();
    }

    /// Sends every event from now on there, too. The same URL again replaces the secret.
    pub fn add_webhook(&self, target: WebhookTarget) -> Result<(), SandboxError> {
        let id = id("we");
        let endpoint = Endpoint { id, url: target.url, secret: target.secret };
        Ok(self.book().record(Entry::Endpoint(endpoint))?)
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        // Each change is one insertion, so a panic elsewhere leaves no half of one.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    fn public_url(&self) -> String {
        self.public_url.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.bell.stop();
    }
}

/// A new id: `ch_…`.
fn id(prefix: &str) -> String {
    format!("{prefix}_{}", Uuid::new_v4().simple())
}
