//! Many invoices resent for collection at once: those that a list of invoices shows. Looked at
//! before, confirmed, and followed with what becomes of each.

mod ask;
mod chosen;
mod list;
mod progress;
mod words;

use actix_web::web::ServiceConfig;

use super::shut;

/// Where the list is; each is below it.
const PATH: &str = "/dashboard/resends";

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(shut("/dashboard/resends").get(list::show).post(ask::start))
        .service(shut("/dashboard/resends/new").get(ask::show))
        .service(shut("/dashboard/resends/{id}").get(progress::show))
        .service(shut("/dashboard/resends/{id}/cancel").post(progress::cancel));
}
