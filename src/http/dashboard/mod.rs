//! `/`: what an operator sees first. Rendered on the server; it needs no script.

mod overview;

use actix_web::middleware;
use actix_web::web::ServiceConfig;

use crate::http::lago::signed_in;
use crate::http::resource;

pub fn routes(config: &mut ServiceConfig) {
    config.service(resource("/").wrap(middleware::from_fn(signed_in)).get(overview::overview));
}
