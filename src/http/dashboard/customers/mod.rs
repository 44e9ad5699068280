//! Pages of customers: the list, one with what they owe and pay with, and what is done to that.

mod acts;
mod list;
mod methods;
mod show;

use actix_web::web::ServiceConfig;

use super::shut;

/// Where the list is; a customer is below it.
pub const PATH: &str = "/dashboard/customers";

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(shut("/dashboard/customers").get(list::show))
        .service(shut("/dashboard/customers/{id}").get(show::show))
        .service(shut("/dashboard/customers/{id}/link").post(acts::link))
        .service(shut("/dashboard/customers/{id}/pause").post(acts::pause))
        .service(shut("/dashboard/customers/{id}/resume").post(acts::resume))
        .service(
            shut("/dashboard/customers/{id}/methods/{method}/default").post(acts::make_default),
        )
        .service(
            shut("/dashboard/customers/{id}/methods/{method}/deactivate").post(acts::deactivate),
        )
        .service(shut("/dashboard/customers/{id}/methods/{method}/activate").post(acts::activate));
}
