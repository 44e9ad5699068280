//! Pages for those who connect programs: keys to the API, endpoints that hear of events, what was
//! delivered to them, and the events themselves.

mod deliveries;
mod endpoint_form;
mod endpoints;
mod events;
mod keys;
mod made;
mod subject;

use actix_web::web::ServiceConfig;

use super::parts::Tabs;
use super::shut;
pub use deliveries::{address as delivery_address, badge as delivery_badge};
pub use subject::subjects;

const KEYS: &str = "/dashboard/developers";
const ENDPOINTS: &str = "/dashboard/developers/endpoints";
const DELIVERIES: &str = "/dashboard/developers/deliveries";
const EVENTS: &str = "/dashboard/developers/events";

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(shut(KEYS).get(keys::list))
        .service(shut("/dashboard/developers/keys").post(keys::make))
        .service(shut("/dashboard/developers/keys/new").get(keys::ask))
        .service(shut("/dashboard/developers/keys/{id}").get(keys::show))
        .service(shut("/dashboard/developers/keys/{id}/rotate").post(keys::rotate))
        .service(shut("/dashboard/developers/keys/{id}/revoke").post(keys::revoke))
        .service(shut(ENDPOINTS).get(endpoints::list).post(endpoints::make))
        .service(shut("/dashboard/developers/endpoints/new").get(endpoints::ask))
        .service(shut("/dashboard/developers/endpoints/{id}").get(endpoints::show))
        .service(shut("/dashboard/developers/endpoints/{id}/change").post(endpoints::change))
        .service(shut("/dashboard/developers/endpoints/{id}/delete").post(endpoints::delete))
        .service(shut("/dashboard/developers/endpoints/{id}/test").post(endpoints::test))
        .service(shut("/dashboard/developers/endpoints/{id}/resend").post(endpoints::resend))
        .service(shut(DELIVERIES).get(deliveries::list))
        .service(shut("/dashboard/developers/deliveries/{id}").get(deliveries::show))
        .service(shut("/dashboard/developers/deliveries/{id}/resend").post(deliveries::resend))
        .service(shut(EVENTS).get(events::list));
}

/// Above each of these pages; `current` is where it leads.
fn places(current: &str) -> Tabs {
    let pages = [
        ("API keys", KEYS),
        ("Webhook endpoints", ENDPOINTS),
        ("Deliveries", DELIVERIES),
        ("Events", EVENTS),
    ];
    Tabs::of_pages("Developers", &pages, current)
}
