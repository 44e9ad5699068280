//! Pages for payers: `/pay/{token}` to pay one invoice, `/checkout/{token}` to leave a payment
//! method, `/portal/{token}` to see what is owed. Rendered on the server; they need no script, and
//! whoever has the address needs no key. Links are relative, so that they work under any prefix.

mod checkout;
mod html;
mod payment;
mod portal;
mod visit;

use actix_web::web::ServiceConfig;

use crate::domain::secret::Secret;
use crate::http::resource;
pub use html::amount as grouped;

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/pay/style.css").get(html::style))
        .service(resource("/pay/{token}").get(payment::show).post(payment::press))
        .service(resource("/pay/{token}/returned").get(payment::returned))
        .service(resource("/checkout/{token}").get(checkout::show).post(checkout::press))
        .service(resource("/checkout/{token}/returned").get(checkout::returned))
        .service(resource("/portal/{token}").get(portal::show))
        .service(resource("/portal/{token}/invoices/{id}").post(portal::pay))
        .service(resource("/portal/{token}/methods").post(portal::add_method));
}

/// The query of a page that was sent back to because the provider made no page of its own.
const TROUBLE: &str = "trouble";

/// What stands in a path may be anything; only what looks like a token is looked for.
fn token(segment: &str) -> Option<Secret> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (segment.len() == 32 && segment.bytes().all(is_digit)).then(|| Secret::new(segment))
}
