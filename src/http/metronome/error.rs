//! Every error of Metronome's dialect: the one place where its status and body are chosen.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use super::said;
use crate::app::archive_customer::ArchiveError;
use crate::app::collect::{AskError, CollectError};
use crate::app::configure_billing::ConfigureError;
use crate::app::introduce_customer::NamingError;
use crate::domain::rights::{Deed, Resource};
use crate::store::StoreError;
use crate::wire::metronome::json;
use crate::wire::metronome::members::InvalidRequest;

/// What went wrong.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = metronome::Refusal)]
pub struct Refusal {
    pub message: String,
    /// For programs.
    #[schema(example = "invoice_not_found")]
    pub code: &'static str,
}

#[derive(Debug, Clone)]
pub struct MetronomeError {
    status: StatusCode,
    refusal: Refusal,
    /// Clients are not to send it again by themselves.
    is_final: bool,
    /// Something had been done when it went wrong: the same request gets it again.
    is_kept: bool,
}

impl MetronomeError {
    pub fn invalid(message: impl Into<String>) -> MetronomeError {
        MetronomeError::refused("invalid_request", message)
    }

    /// The state of things does not allow it.
    pub fn refused(code: &'static str, message: impl Into<String>) -> MetronomeError {
        MetronomeError::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub fn not_found(code: &'static str, message: impl Into<String>) -> MetronomeError {
        MetronomeError::new(StatusCode::NOT_FOUND, code, message)
    }

    pub fn unauthorized() -> MetronomeError {
        let message = "send an API key: `Authorization: Bearer <key>`";
        MetronomeError::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
    }

    pub fn not_permitted(deed: Deed, resource: Resource) -> MetronomeError {
        let message = format!("this key may not {} `{}`", deed.as_str(), resource.as_str());
        MetronomeError::new(StatusCode::FORBIDDEN, "not_permitted", message)
    }

    pub fn too_many() -> MetronomeError {
        let message = "too many requests in this second";
        MetronomeError::new(StatusCode::TOO_MANY_REQUESTS, "rate_limit_exceeded", message)
    }

    pub fn internal() -> MetronomeError {
        let message = "something went wrong here";
        MetronomeError::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message)
    }

    /// The machine does not keep what it is given.
    pub fn unavailable(why: &'static str) -> MetronomeError {
        MetronomeError::new(StatusCode::SERVICE_UNAVAILABLE, "storage_unavailable", why)
    }

    /// The key of the request was used for another one.
    pub fn other_parameters() -> MetronomeError {
        let message = "the Idempotency-Key was used for a request with other parameters";
        let code = "idempotency_key_reused";
        MetronomeError::new(StatusCode::CONFLICT, code, message).never_again()
    }

    /// The first request of this key has no answer yet: asking again helps.
    pub fn still_executing() -> MetronomeError {
        let message = "a request with this Idempotency-Key is being executed";
        MetronomeError::new(StatusCode::CONFLICT, "request_in_progress", message)
    }

    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> MetronomeError {
        let refusal = Refusal { message: message.into(), code };
        MetronomeError { status, refusal, is_final: false, is_kept: false }
    }

    fn never_again(self) -> MetronomeError {
        MetronomeError { is_final: true, ..self }
    }

    pub fn is_kept(&self) -> bool {
        self.is_kept
    }

    pub fn body(&self) -> String {
        json::text(&self.refusal)
    }
}

impl fmt::Display for MetronomeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.refusal.message)
    }
}

impl ResponseError for MetronomeError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = said(self.status.as_u16(), self.body());
        if self.is_final {
            let headers = response.headers_mut();
            headers.insert(
                actix_web::http::header::HeaderName::from_static("x-should-retry"),
                actix_web::http::header::HeaderValue::from_static("false"),
            );
        }
        response
    }
}

impl From<InvalidRequest> for MetronomeError {
    fn from(error: InvalidRequest) -> MetronomeError {
        MetronomeError::invalid(error.0)
    }
}

impl From<StoreError> for MetronomeError {
    fn from(error: StoreError) -> MetronomeError {
        tracing::error!(error = &error as &dyn std::error::Error, "the store failed");
        error.outage().map_or_else(MetronomeError::internal, MetronomeError::unavailable)
    }
}

impl From<CollectError> for MetronomeError {
    fn from(error: CollectError) -> MetronomeError {
        match error {
            CollectError::Store(error) => error.into(),
            error @ CollectError::Missing { .. } => {
                tracing::error!(%error, "what a request needs is gone");
                MetronomeError::internal()
            }
        }
    }
}

impl From<AskError> for MetronomeError {
    fn from(error: AskError) -> MetronomeError {
        let message = error.to_string();
        match error {
            AskError::CustomerNotFound => MetronomeError::not_found("customer_not_found", message),
            AskError::InvoiceNotFound => MetronomeError::not_found("invoice_not_found", message),
            AskError::CustomerArchived => MetronomeError::refused("customer_archived", message),
            AskError::NotFinalized => MetronomeError::refused("invoice_not_finalized", message),
            AskError::Voided => MetronomeError::refused("invoice_voided", message),
            AskError::AlreadyPaid => MetronomeError::refused("invoice_already_paid", message),
            AskError::PaidMeanwhile => {
                let error = MetronomeError::refused("invoice_already_paid", message);
                MetronomeError { is_kept: true, ..error }
            }
            AskError::NothingToCollect => MetronomeError::refused("nothing_to_collect", message),
            AskError::NotConfigured | AskError::LiveInTestMode => {
                MetronomeError::refused("billing_not_configured", message)
            }
            AskError::OnHold => MetronomeError::refused("collection_on_hold", message),
            AskError::Paused => MetronomeError::refused("collection_paused", message),
            AskError::InProgress => MetronomeError::refused("payment_in_progress", message),
            AskError::NoLivePayment => MetronomeError::refused("no_live_payment", message),
            AskError::Collect(error) => error.into(),
        }
    }
}

impl From<ArchiveError> for MetronomeError {
    fn from(error: ArchiveError) -> MetronomeError {
        match error {
            ArchiveError::Ask(error) => error.into(),
            ArchiveError::Delete(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "a customer was not archived");
                MetronomeError::internal()
            }
        }
    }
}

impl From<ConfigureError> for MetronomeError {
    fn from(error: ConfigureError) -> MetronomeError {
        let message = error.to_string();
        match error {
            ConfigureError::CustomerNotFound => {
                MetronomeError::not_found("customer_not_found", message)
            }
            ConfigureError::CustomerArchived => {
                MetronomeError::refused("customer_archived", message)
            }
            ConfigureError::ConnectionNotFound => {
                MetronomeError::not_found("delivery_method_not_found", message)
            }
            ConfigureError::NoConnection | ConfigureError::WhichConnection => {
                MetronomeError::invalid(message)
            }
            ConfigureError::ConfigurationNotFound => {
                MetronomeError::not_found("billing_configuration_not_found", message)
            }
            ConfigureError::Store(error) => error.into(),
        }
    }
}

impl From<NamingError> for MetronomeError {
    fn from(error: NamingError) -> MetronomeError {
        let message = error.to_string();
        match error {
            NamingError::AliasTaken(_) => {
                MetronomeError::new(StatusCode::CONFLICT, "alias_taken", message).never_again()
            }
            NamingError::Configure(ConfigureError::Store(StoreError::Conflict(_))) => {
                let message = "another customer has one of the aliases";
                MetronomeError::new(StatusCode::CONFLICT, "alias_taken", message).never_again()
            }
            NamingError::Configure(error) => error.into(),
        }
    }
}
