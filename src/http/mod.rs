//! The routes. Handlers decode, call and encode; they decide nothing about payments. The only
//! async code besides the pretend PSP, and it crosses to a thread for everything that waits.

mod access;
pub mod dashboard;
mod docs;
mod figure_cache;
mod files;
mod health;
pub mod lago;
pub mod limits;
mod metrics;
pub mod metronome;
pub mod openapi;
mod pay;
mod psp_webhooks;
mod recoup;
mod rights;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

pub use figure_cache::FigureCache;

use actix_web::Resource;
use actix_web::error::BlockingError;
use actix_web::web::{self, Data, ServiceConfig};

/// Runs `work` on a thread that may wait.
pub async fn blocking<T, E>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<Result<T, E>, BlockingError>
where
    T: Send + 'static,
    E: Send + 'static,
{
    web::block(work).await
}

/// Whether the server takes new work. Starts as yes.
#[derive(Debug, Default)]
pub struct Readiness {
    closing: AtomicBool,
}

impl Readiness {
    pub fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }

    pub fn is_ready(&self) -> bool {
        !self.closing.load(Ordering::Relaxed)
    }
}

/// Moves the clock to a time in milliseconds since 1970, and does everything due until then.
pub type Advance = Box<dyn Fn(i64) -> Result<(), String> + Send + Sync>;

/// The clock that is moved by hand, on servers that have one.
pub struct TestTimeline(pub Option<Advance>);

/// All routes. The application's data must hold `Data<App>`, `Data<Readiness>` and
/// `Data<FigureCache>`; without `Data<Limits>` there is no limit.
pub fn routes(timeline: Data<TestTimeline>) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        config
            .app_data(timeline)
            .configure(lago::routes)
            .configure(metronome::routes)
            .configure(health::routes)
            .configure(metrics::routes)
            .configure(openapi::routes)
            .configure(docs::routes)
            .configure(recoup::routes)
            .configure(psp_webhooks::routes)
            .configure(files::routes)
            .configure(pay::routes)
            .configure(dashboard::routes);
    }
}

static PATHS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// A path that is answered. Every one is made here, so that what is answered can be compared with
/// what is described.
fn resource(path: &str) -> Resource {
    remember(path.to_owned());
    web::resource(path)
}

fn remember(path: String) {
    PATHS.lock().unwrap_or_else(PoisonError::into_inner).insert(path);
}

/// All paths that were configured in this process.
pub fn paths() -> Vec<String> {
    PATHS.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
}
