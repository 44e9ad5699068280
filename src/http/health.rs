//! Whether the process lives, and whether it takes work: for whatever watches over it.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};

use super::{Readiness, blocking};
use crate::app::App;
use crate::store::StoreError;

pub fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/livez").get(live)).service(web::resource("/readyz").get(ready));
}

/// `GET /livez`: the process answers.
async fn live() -> HttpResponse {
    HttpResponse::Ok().body("ok")
}

/// `GET /readyz`: it takes requests, and its database can be read.
async fn ready(app: Data<App>, readiness: Data<Readiness>) -> HttpResponse {
    if !readiness.is_ready() {
        return HttpResponse::ServiceUnavailable().body("shutting down");
    }
    let read = blocking(move || -> Result<_, StoreError> {
        app.store().read(|read| read.first_organization())
    });
    match read.await {
        Ok(Ok(Some(_))) => HttpResponse::Ok().body("ok"),
        Ok(Ok(None) | Err(_)) | Err(_) => {
            HttpResponse::ServiceUnavailable().body("the database cannot be read")
        }
    }
}
