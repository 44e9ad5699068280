//! `/v1/customers` and `/v1/methods`.

use actix_web::web::{self, Bytes, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::{idempotency_key, list, parse};
use crate::sandbox::book::Customer;
use crate::sandbox::customers::{default_of, methods_of};
use crate::sandbox::problem::Problem;
use crate::sandbox::{Sandbox, views};

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/customers", web::post().to(create))
        .route("/customers/{id}", web::get().to(show))
        .route("/customers/{id}", web::patch().to(update))
        .route("/customers/{id}/methods", web::get().to(list_methods))
        .route("/customers/{id}/methods", web::post().to(attach))
        .route("/customers/{id}/default_method", web::put().to(set_default))
        .route("/methods/{id}", web::get().to(show_method))
        .route("/methods/{id}", web::delete().to(detach));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MethodNamed {
    method: String,
}

async fn create(
    sandbox: Data<Sandbox>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let profile = parse(&body)?;
    let customer = sandbox.create_customer(idempotency_key(&request)?, profile)?;
    Ok(answer(&sandbox, &customer))
}

async fn show(sandbox: Data<Sandbox>, id: Path<String>) -> Result<HttpResponse, Problem> {
    let customer = sandbox.book().customer(&id)?;
    Ok(answer(&sandbox, &customer))
}

async fn update(
    sandbox: Data<Sandbox>,
    id: Path<String>,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let customer = sandbox.update_customer(&id, parse(&body)?)?;
    Ok(answer(&sandbox, &customer))
}

async fn list_methods(sandbox: Data<Sandbox>, id: Path<String>) -> Result<HttpResponse, Problem> {
    let book = sandbox.book();
    let customer = book.customer(&id)?;
    let methods = methods_of(&book, &customer);
    let of_customer = |id| views::method(id, customer.id.as_str());
    Ok(list(methods.iter().map(String::as_str).map(of_customer).collect()))
}

async fn attach(
    sandbox: Data<Sandbox>,
    id: Path<String>,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let named: MethodNamed = parse(&body)?;
    sandbox.attach_method(&id, &named.method)?;
    Ok(HttpResponse::Ok().json(views::method(named.method, id.into_inner())))
}

async fn set_default(
    sandbox: Data<Sandbox>,
    id: Path<String>,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let named: MethodNamed = parse(&body)?;
    sandbox.set_default_method(&id, &named.method)?;
    show(sandbox, id).await
}

async fn show_method(sandbox: Data<Sandbox>, id: Path<String>) -> Result<HttpResponse, Problem> {
    let method = sandbox.book().method(&id)?;
    Ok(HttpResponse::Ok().json(views::method(method.id, method.customer)))
}

async fn detach(sandbox: Data<Sandbox>, id: Path<String>) -> Result<HttpResponse, Problem> {
    sandbox.detach_method(&id)?;
    Ok(HttpResponse::NoContent().finish())
}

fn answer(sandbox: &Sandbox, customer: &Customer) -> HttpResponse {
    let default_method = default_of(&sandbox.book(), customer);
    HttpResponse::Ok().json(views::customer(customer, default_method))
}
