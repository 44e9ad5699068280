//! The JSON API: decodes, calls, encodes.

mod charges;
mod customers;
mod cut;
mod error;
mod hooks;
mod ledger;
mod sessions;

use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, ContentType};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Bytes, Data, ServiceConfig};
use actix_web::{Error, HttpRequest, HttpResponse};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

pub use cut::cut;

use super::problem::Problem;
use super::{Sandbox, pages};

/// The routes, relative to whatever they are put under:
/// `App::new().service(web::scope("/sandbox").configure(routes(sandbox)))`.
pub fn routes(sandbox: Arc<Sandbox>) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        let v1 = web::scope("/v1")
            .wrap(from_fn(authenticate))
            .route("/account", web::get().to(account))
            .configure(charges::routes)
            .configure(customers::routes)
            .configure(sessions::routes)
            .configure(hooks::routes)
            .default_service(web::to(no_such_route));
        config
            .app_data(Data::from(sandbox))
            .route("/health", web::get().to(health))
            .route("/ledger", web::get().to(ledger::show))
            .service(v1)
            .configure(pages::routes);
    }
}

async fn authenticate(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    match header.and_then(|value| value.strip_prefix("Bearer ")) {
        Some(key) if key.starts_with("sk_sandbox_") => next.call(request).await,
        Some(_) | None => Err(Problem::Unauthenticated.into()),
    }
}

async fn health() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

/// Whether the key works.
async fn account() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "object": "account", "id": "acct_sandbox", "mode": "test" }))
}

async fn no_such_route(request: HttpRequest) -> Result<HttpResponse, Problem> {
    Err(Problem::not_found("route", request.path()))
}

fn parse<T: DeserializeOwned>(body: &Bytes) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem::invalid("body", error.to_string()))
}

/// The `Idempotency-Key` header, if there is one.
fn idempotency_key(request: &HttpRequest) -> Result<Option<String>, Problem> {
    let Some(value) = request.headers().get("idempotency-key") else {
        return Ok(None);
    };
    let key = value.to_str().ok().filter(|key| (1..=255).contains(&key.len()));
    key.map(|key| Some(key.to_owned())).ok_or(Problem::KeyMissing)
}

fn list(data: Vec<impl Serialize>) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "object": "list", "data": data }))
}

/// Whether an answer is new or an earlier one of the same key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    First,
    Again,
}

fn json_answer(
    mut answer: actix_web::HttpResponseBuilder,
    told: Told,
    body: &impl Serialize,
) -> HttpResponse {
    if told == Told::Again {
        answer.insert_header(("idempotent-replayed", "true"));
    }
    let body = serde_json::to_vec(body).expect("views have string keys and finite numbers");
    answer.insert_header(ContentType::json()).body(body)
}
