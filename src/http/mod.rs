//! The routes. Handlers decode, call and encode; they decide nothing about payments. The only
//! async code besides the pretend PSP, and it crosses to a thread for everything that waits.

pub mod lago;

use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::error::BlockingError;
use actix_web::web;

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
