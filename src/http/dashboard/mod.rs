//! The dashboard: `/dashboard` and everything below it, for people. Rendered on the server; it
//! needs no script.
//!
//! How a page is added:
//! 1. A file here with its handler, `async fn show(app: Data<App>, visit: Visit, …) -> Answer`.
//!    Reads go through `page::look`, which has the frame ready; a changing handler takes
//!    `Sent` (the form) and answers with `page::done`, which sends back to a page with a message.
//! 2. A route in `routes` below, made with `super::resource`. Behind `guarded` nobody comes past
//!    without being signed in, no form without its CSRF token, and no POST without the role that
//!    `access::needed` asks for: operator, unless the path is named there.
//! 3. A template in `templates/dashboard/` that `extends "dashboard/layout.html"`, and a struct
//!    with a field `frame: Frame`, named in `pages!`. If the page has a place in the navigation, a
//!    row in `navigation`.
//! 4. A story in `tests/it/dashboard/` through the front door, and the page's address in
//!    `tests/browser/pages.py`, which looks at it with axe, in both themes, wide and narrow, with
//!    and without scripts.
//!
//! What pages are made of (`parts`, each rendered by `{{ … }}` in a template): `Badge`, `Amount`,
//! `When` (a `<time>` in the organization's zone), `Short`, `Day`, `Tabs`, `Pager`, `TextField`,
//! `SelectField`, `ActionForm` (a button that asks before it acts), `Facts` (a definition list),
//! `Empty`, `Note` (a sentence that explains), `Csrf`. The style sheet names the rest:
//! `templates/dashboard/style.css` begins with a list.

mod access;
mod analytics;
mod assets;
mod attempts;
mod billing;
mod calendar;
mod connections;
mod customers;
mod debts;
mod deeds;
mod developers;
mod fields;
mod frame;
mod home;
mod invoices;
mod kept;
mod navigation;
mod page;
pub mod parts;
mod payments;
mod people;
mod policies;
mod resends;
mod settings;
mod system;
mod throttle;
mod users;
mod waiting;
mod words;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::web::ServiceConfig;
use actix_web::{Error, Resource};

use access::{guarded, welcomed};
pub use system::{Planned, Timetable};
pub use throttle::Throttle;

use crate::http::resource;

/// Where it begins.
pub const HOME: &str = "/dashboard";

/// A path that only those see who are signed in.
fn shut(
    path: &str,
) -> Resource<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    > + use<>,
> {
    resource(path).wrap(from_fn(guarded))
}

pub fn routes(config: &mut ServiceConfig) {
    let open = |path: &str| resource(path).wrap(from_fn(welcomed));
    config
        .service(resource("/").get(page::go_home))
        .service(resource("/dashboard/assets/{hash}/{file}").get(assets::asset))
        .service(open("/dashboard/sign-in").get(people::ask).post(people::sign_in))
        .service(open("/dashboard/setup/{token}").get(people::ask_set_up).post(people::set_up))
        .service(open("/dashboard/password/{token}").get(people::ask_password).post(people::choose))
        .service(shut("/dashboard/sign-out").post(people::sign_out))
        .service(shut("/dashboard/theme").post(people::choose_theme))
        .service(shut("/dashboard").get(home::show))
        .service(shut("/dashboard/waiting").get(waiting::show))
        .service(shut("/dashboard/attempts/{id}").get(attempts::show))
        .configure(invoices::routes)
        .configure(billing::routes)
        .configure(policies::routes)
        .configure(connections::routes)
        .configure(developers::routes)
        .configure(users::routes)
        .configure(settings::routes)
        .configure(system::routes)
        .configure(customers::routes)
        .configure(payments::routes)
        .configure(resends::routes)
        .configure(analytics::routes)
        .configure(calendar::routes);
}
