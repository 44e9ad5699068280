//! `/recoup/v1/audit_log` and `/recoup/v1/ledger_entries`: who changed what, and what money moved.
//! Both are read only: nothing that was written there is ever changed.

use actix_web::HttpResponse;
use actix_web::web::{Data, ServiceConfig};
use utoipa::{IntoParams, OpenApi};

use super::responses::Refusals;
use super::slices::{Slicing, slice, word};
use super::{Problem, blocking, resource};
use crate::app::App;
use crate::domain::audit_trail::{Action, AuditFilter, AuditSubject};
use crate::domain::filter::LedgerFilter;
use crate::domain::ledger::EntryKind;
use crate::http::lago::{Caller, Query};
use crate::wire::recoup::audit::{AuditList, entry};
use crate::wire::recoup::ledger::{LedgerList, ledger_entry};
use crate::wire::recoup::slice::slice_meta;

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/audit_log").get(audit_log))
        .service(resource("/ledger_entries").get(ledger_entries));
}

#[derive(OpenApi)]
#[openapi(
    paths(audit_log, ledger_entries),
    tags((name = "audit", description = "Who changed what, and what money moved."))
)]
pub struct Doc;

/// Which actions.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "a description: the handler reads them from the query")]
struct Acts {
    #[param(example = "surplus_payment.kept")]
    action: Option<String>,
    /// With `subject_id`: what it was done to.
    #[param(example = "surplus_payment")]
    subject_kind: Option<String>,
    subject_id: Option<String>,
    /// By which key.
    api_key_id: Option<String>,
    /// By which user of the dashboard.
    user_id: Option<String>,
}

/// List who changed what, newest first
#[utoipa::path(
    get, path = "/audit_log", tag = "audit", params(Acts, Slicing),
    responses((status = 200, body = AuditList), Refusals)
)]
async fn audit_log(app: Data<App>, caller: Caller, query: Query) -> Result<HttpResponse, Problem> {
    let subject = match (query.text("subject_kind"), query.text("subject_id")) {
        (Some(kind), Some(id)) => {
            Some(AuditSubject { kind: kind.trim().to_owned(), id: id.trim().to_owned() })
        }
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => {
            return Err(Problem::invalid("say both `subject_kind` and `subject_id`"));
        }
    };
    let filter = AuditFilter {
        action: word(&query, "action", Action::parse)?,
        subject,
        api_key_id: word(&query, "api_key_id", |text| text.parse().ok())?,
        user_id: word(&query, "user_id", |text| text.parse().ok())?,
    };
    let request = slice(&query)?;
    let found = blocking(move || {
        app.store().read(|read| read.audit_log(caller.organization_id, &filter, request))
    })
    .await?;
    let audit_log = found.items.iter().map(entry).collect();
    Ok(HttpResponse::Ok().json(AuditList { audit_log, meta: slice_meta(&found) }))
}

/// Which movements.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "a description: the handler reads them from the query")]
struct Movements {
    #[param(example = "charge")]
    kind: Option<String>,
    invoice_id: Option<String>,
    payment_id: Option<String>,
}

/// List what money moved, newest first
///
/// What an invoice was paid is the sum of its entries of the kinds `charge`, `manual_payment`,
/// `surplus` and `correction`.
#[utoipa::path(
    get, path = "/ledger_entries", tag = "audit", params(Movements, Slicing),
    responses((status = 200, body = LedgerList), Refusals)
)]
async fn ledger_entries(
    app: Data<App>,
    caller: Caller,
    query: Query,
) -> Result<HttpResponse, Problem> {
    let filter = LedgerFilter {
        kind: word(&query, "kind", EntryKind::parse)?,
        invoice_id: word(&query, "invoice_id", |text| text.parse().ok())?,
        payment_id: word(&query, "payment_id", |text| text.parse().ok())?,
    };
    let request = slice(&query)?;
    let found = blocking(move || {
        app.store().read(|read| read.ledger_entries(caller.organization_id, &filter, request))
    })
    .await?;
    let ledger_entries = found.items.iter().map(ledger_entry).collect();
    Ok(HttpResponse::Ok().json(LedgerList { ledger_entries, meta: slice_meta(&found) }))
}
