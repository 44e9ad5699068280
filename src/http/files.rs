//! `/files`: printed papers, for whoever has a link to one. A link is its own key; it opens one
//! paper until it expires, and nothing else.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::web::{Data, Path, Query, ServiceConfig};
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde::Deserialize;
use utoipa::OpenApi;

use super::{blocking, resource};
use crate::app::App;
use crate::app::receipts::OpenReceiptError;
use crate::domain::file_link::{FileLink, InvalidLink};
use crate::wire::paper;

pub fn routes(config: &mut ServiceConfig) {
    config.service(resource("/files/receipts/{id}.pdf").get(receipt));
}

#[derive(OpenApi)]
#[openapi(
    paths(receipt),
    tags((name = "files", description = "Printed papers, for whoever has a link to one."))
)]
pub struct Doc;

#[derive(Deserialize)]
struct Proof {
    expires: Option<String>,
    signature: Option<String>,
}

/// Open a receipt on paper
///
/// The link is the `file_url` of a receipt. It needs no key, and expires.
#[utoipa::path(
    get, path = "/files/receipts/{id}.pdf", tag = "files", security(()),
    params(
        ("id" = String, Path),
        ("expires" = String, Query, description = "In seconds since 1970"),
        ("signature" = String, Query)
    ),
    responses(
        (status = 200, content_type = "application/pdf", description = "The receipt"),
        (status = 403, description = "The link is not valid"),
        (status = 410, description = "The link has expired")
    )
)]
async fn receipt(app: Data<App>, id: Path<String>, proof: Query<Proof>) -> HttpResponse {
    let Some(link) = link(&id, proof.into_inner()) else { return forged() };
    let printed = blocking(move || {
        let paper = app.open_receipt(&link)?;
        Ok::<_, OpenReceiptError>((paper.receipt.number.clone(), paper::receipt(&paper)))
    });
    match printed.await {
        Ok(Ok((number, Some(pdf)))) => HttpResponse::Ok()
            .content_type("application/pdf")
            .insert_header((
                CONTENT_DISPOSITION,
                format!("inline; filename=\"{}.pdf\"", name(&number)),
            ))
            .insert_header((CACHE_CONTROL, "private, no-store"))
            .body(pdf),
        Ok(Err(OpenReceiptError::Link(InvalidLink::Expired))) => {
            said(&mut HttpResponse::Gone(), "This link has expired. Ask for a new one.")
        }
        Ok(Err(OpenReceiptError::Link(InvalidLink::Forged) | OpenReceiptError::NotShown)) => {
            forged()
        }
        Ok(Ok((_, None)) | Err(OpenReceiptError::Store(_))) | Err(_) => {
            tracing::error!("a receipt could not be printed");
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            said(&mut HttpResponse::build(status), "Something went wrong here.")
        }
    }
}

fn link(id: &str, proof: Proof) -> Option<FileLink> {
    Some(FileLink {
        receipt_id: id.parse().ok()?,
        expires_s: proof.expires?.parse().ok()?,
        signature: proof.signature?,
    })
}

/// The same whatever is wrong with it, so that nothing can be found out by guessing.
fn forged() -> HttpResponse {
    said(&mut HttpResponse::Forbidden(), "This link is not valid.")
}

fn said(answer: &mut HttpResponseBuilder, sentence: &'static str) -> HttpResponse {
    answer.content_type("text/plain; charset=utf-8").body(sentence)
}

/// Numbers begin with a prefix that the business chose: only what any system takes in a name.
fn name(number: &str) -> String {
    let plain = |sign: char| if sign.is_ascii_alphanumeric() { sign } else { '-' };
    number.chars().map(plain).collect()
}
