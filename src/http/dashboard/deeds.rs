//! What a person does on a page, and what is said after it. The doing is a use case.

use std::error::Error;

use actix_web::web::Data;

use super::access::Person;
use super::frame::Flash;
use super::page::{Answer, Trouble, done};
use crate::app::App;
use crate::domain::id::OrganizationId;
use crate::http::blocking;
use crate::store::StoreError;

/// Of what somebody writes as a reason.
pub const REASON_CHARS_MAX: usize = 500;

/// Why something was not done.
pub enum Refusal {
    NotFound,
    /// For the person who asked for it.
    Sentence(String),
    /// Logged where it happened.
    Internal,
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Refusal {
        internal(&error)
    }
}

pub fn refused(sentence: impl Into<String>) -> Refusal {
    Refusal::Sentence(sentence.into())
}

pub fn internal(error: &(dyn Error + 'static)) -> Refusal {
    tracing::error!(error, "something was not done");
    Refusal::Internal
}

/// A sentence about what was done.
pub type Said = Result<String, Refusal>;

/// Does it on somebody's behalf, and goes to `back`, which says what came of it.
pub async fn act(
    (app, person): (Data<App>, Person),
    back: &str,
    work: impl FnOnce(&App, OrganizationId) -> Said + Send + 'static,
) -> Answer {
    let worker = app.on_behalf_of(person.actor());
    let organization = person.organization_id;
    let said = blocking(move || Ok::<_, Trouble>(work(&worker, organization))).await??;
    match said {
        Ok(sentence) => done(&app, back, &Flash::good(sentence)),
        Err(Refusal::Sentence(sentence)) => done(&app, back, &Flash::bad(sentence)),
        Err(Refusal::NotFound) => Err(Trouble::NotFound),
        Err(Refusal::Internal) => Err(Trouble::Internal),
    }
}
