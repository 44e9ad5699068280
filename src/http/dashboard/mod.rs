//! `/`: what an operator sees first. Rendered on the server; it needs no script.

mod overview;

use actix_web::middleware;
use actix_web::web::{self, ServiceConfig};

use crate::http::lago::signed_in;

pub fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/").wrap(middleware::from_fn(signed_in)).get(overview::overview));
}
