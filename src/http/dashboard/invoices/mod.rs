//! Pages of invoices: the list, one with its story, and what people do to them.

mod acts;
mod forms;
mod list;
mod note;
mod search;
mod show;
mod timeline;
mod told;

use actix_web::web::ServiceConfig;

use super::shut;
pub use search::minor_units;
pub use timeline::declined;

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(shut("/dashboard/invoices").get(list::show))
        .service(shut("/dashboard/invoices.csv").get(list::file))
        .service(shut("/dashboard/invoices/{id}").get(show::show))
        .service(shut("/dashboard/invoices/{id}/raw").get(show::raw))
        .service(shut("/dashboard/invoices/{id}/resend").post(acts::resend))
        .service(shut("/dashboard/invoices/{id}/link").post(acts::link))
        .service(shut("/dashboard/invoices/{id}/pause").post(acts::pause))
        .service(shut("/dashboard/invoices/{id}/resume").post(acts::resume))
        .service(shut("/dashboard/invoices/{id}/stop").post(acts::stop))
        .service(shut("/dashboard/invoices/{id}/move").post(acts::shift))
        .service(shut("/dashboard/invoices/{id}/record").post(acts::record))
        .service(shut("/dashboard/invoices/{id}/void").post(acts::void))
        .service(shut("/dashboard/invoices/{id}/dispute").post(acts::dispute))
        .service(shut("/dashboard/invoices/{id}/note").post(note::note));
}
