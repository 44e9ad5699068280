//! Pages of connections, each a provider with the credentials of one account there, and of the
//! plugins that speak to providers.

mod acts;
mod calls;
mod form;
mod list;
mod plugin;
mod plugin_acts;
mod show;

use actix_web::web::ServiceConfig;

use super::shut;
use crate::domain::connection::Abilities;

const CONNECTIONS: &str = "/dashboard/connections";
const NEW: &str = "/dashboard/connections/new";

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(shut(CONNECTIONS).get(list::show).post(form::make))
        .service(shut(NEW).get(form::ask))
        .service(shut("/dashboard/connections/of/{code}").get(show::show))
        .service(shut("/dashboard/connections/of/{code}/edit").get(form::edit).post(form::change))
        .service(shut("/dashboard/connections/of/{code}/check").post(acts::check))
        .service(shut("/dashboard/connections/of/{code}/pause").post(acts::pause))
        .service(shut("/dashboard/connections/of/{code}/resume").post(acts::resume))
        .service(shut("/dashboard/plugins/{name}").get(plugin::show))
        .service(shut("/dashboard/plugins/{name}/enable").post(plugin_acts::enable))
        .service(shut("/dashboard/plugins/{name}/disable").post(plugin_acts::disable))
        .service(shut("/dashboard/plugins/{name}/rollback").post(plugin_acts::roll_back));
}

/// Where a connection is shown.
pub fn address(code: &str) -> String {
    format!("{CONNECTIONS}/of/{code}")
}

fn plugin_address(name: &str) -> String {
    format!("/dashboard/plugins/{name}")
}

/// What a plugin can do, in words.
fn abilities(can: Abilities) -> String {
    let words: Vec<&str> = [
        (can.charging, "charge"),
        (can.customers, "keep customers"),
        (can.methods, "list payment methods"),
        (can.checkout, "show pages for payers"),
        (can.refunds, "give back"),
        (can.webhooks, "tell of news"),
    ]
    .into_iter()
    .filter_map(|(can, word)| can.then_some(word))
    .collect();
    words.join(", ")
}
