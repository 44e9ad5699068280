//! `POST /webhooks/{provider}/{connection code}`: providers call us. Lago's form, with the
//! organization's id and `?code=`, works too.

use actix_web::web::{Bytes, Data, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::blocking;
use crate::app::ports::InboundWebhook;
use crate::app::{Addressee, App, ReceiveError};

/// Larger than any provider's event.
const BODY_BYTES_MAX: usize = 1 << 20;

pub fn routes(config: &mut ServiceConfig) {
    config.service(
        web::resource("/webhooks/{provider}/{addressee}")
            .app_data(web::PayloadConfig::new(BODY_BYTES_MAX))
            .post(receive),
    );
}

#[derive(Deserialize)]
struct Named {
    code: Option<String>,
}

async fn receive(
    app: Data<App>,
    path: Path<(String, String)>,
    named: Query<Named>,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    let (provider, addressee) = path.into_inner();
    let addressee = match addressee.parse() {
        Ok(id) => Addressee::Organization { id, code: named.into_inner().code },
        Err(_) => Addressee::Code(addressee),
    };
    let headers = request
        .headers()
        .iter()
        .filter_map(|(name, value)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        })
        .collect();
    let inbound = InboundWebhook { headers, body: body.to_vec() };
    let heard = blocking(move || app.receive_webhook(&provider, &addressee, &inbound)).await;
    match heard {
        Ok(Ok(reply)) => HttpResponse::Ok().body(reply),
        Ok(Err(error)) => refused(&error),
        Err(_) => HttpResponse::ServiceUnavailable().finish(),
    }
}

/// Providers try again after anything but a success, so what can never be accepted says 400.
fn refused(error: &ReceiveError) -> HttpResponse {
    tracing::warn!(%error, "a provider's webhook was not accepted");
    match error {
        ReceiveError::UnknownConnection | ReceiveError::Refused(_) => {
            HttpResponse::BadRequest().body(error.to_string())
        }
        ReceiveError::Store(_) => HttpResponse::ServiceUnavailable().finish(),
    }
}
