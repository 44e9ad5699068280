//! `/recoup/v1`: our own API, for what the dialects have no words for.

mod problem;
mod test_clock;

use actix_web::web::{self, ServiceConfig};

pub use problem::Problem;

pub fn routes(config: &mut ServiceConfig) {
    config.service(
        web::scope("/recoup/v1")
            .service(web::resource("/test_clock").get(test_clock::read))
            .service(web::resource("/test_clock/advance").post(test_clock::advance))
            .default_service(web::to(|| async { Problem::not_found("there is no such route") })),
    );
}
