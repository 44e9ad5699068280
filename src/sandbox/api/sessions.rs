//! `/v1/sessions`: hosted pages.

use actix_web::web::{self, Bytes, Data, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::{idempotency_key, list, parse};
use crate::sandbox::book::{Charge, Session};
use crate::sandbox::problem::Problem;
use crate::sandbox::{Sandbox, views};

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/sessions", web::post().to(create))
        .route("/sessions", web::get().to(find))
        .route("/sessions/{id}", web::get().to(show))
        .route("/sessions/{id}/expire", web::post().to(expire));
}

async fn create(
    sandbox: Data<Sandbox>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let session = sandbox.start_session(idempotency_key(&request)?, parse(&body)?)?;
    Ok(answer(&sandbox, &sandbox.find_session(&session.id)?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    reference: String,
}

async fn find(sandbox: Data<Sandbox>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let wanted = Query::<Wanted>::from_query(request.query_string())
        .map_err(|error| Problem::invalid("query", error.to_string()))?;
    let ids: Vec<_> = {
        let book = sandbox.book();
        let sessions = book.sessions_of_reference(&wanted.reference);
        sessions.into_iter().map(|session| session.id.clone()).collect()
    };
    let found: Vec<_> = ids.iter().map(|id| sandbox.find_session(id)).collect::<Result<_, _>>()?;
    let public_url = sandbox.public_url();
    let views =
        found.iter().map(|(session, charge)| views::session(session, charge.as_ref(), &public_url));
    Ok(list(views.collect()))
}

async fn show(sandbox: Data<Sandbox>, id: Path<String>) -> Result<HttpResponse, Problem> {
    Ok(answer(&sandbox, &sandbox.find_session(&id)?))
}

async fn expire(sandbox: Data<Sandbox>, id: Path<String>) -> Result<HttpResponse, Problem> {
    Ok(answer(&sandbox, &sandbox.expire_session(&id)?))
}

fn answer(sandbox: &Sandbox, (session, charge): &(Session, Option<Charge>)) -> HttpResponse {
    HttpResponse::Ok().json(views::session(session, charge.as_ref(), &sandbox.public_url()))
}
