//! Pages of policies: which there are and whom they are for, their versions and what differs
//! between them, and an editor that says what is wrong and what a policy would have come to.

mod differing;
mod editor;
mod giving;
mod list;
mod show;
mod trial;

use actix_web::web::ServiceConfig;

use super::shut;

const POLICIES: &str = "/dashboard/policies";
const EDITOR: &str = "/dashboard/policies/edit";

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(shut(POLICIES).get(list::show))
        .service(shut(EDITOR).get(editor::open).post(editor::sent))
        .service(shut("/dashboard/policies/given").post(giving::give))
        .service(shut("/dashboard/policies/taken").post(giving::take))
        .service(shut("/dashboard/policies/of/{code}").get(show::latest))
        .service(shut("/dashboard/policies/of/{code}/{version}").get(show::version))
        .service(shut("/dashboard/policies/of/{code}/{version}/move").post(show::move_all));
}

/// Where a policy is shown.
fn address(code: &str) -> String {
    format!("{POLICIES}/of/{code}")
}

fn edit_address(code: &str) -> String {
    format!("{EDITOR}?code={code}")
}
