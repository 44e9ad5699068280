//! What the pages for payers have in common: a token opens one or none, a button leads on to the
//! provider's page, and from there payers come back.

use actix_web::HttpResponse;

use super::html::{failed, go, not_found};
use super::{TROUBLE, token};
use crate::app::collect::CollectError;
use crate::app::links::Pressed;
use crate::domain::secret::Secret;
use crate::http::blocking;

/// Shows what the token in the path opens. None: nobody was given such an address.
pub async fn shown<T: Send + 'static>(
    path: &str,
    look: impl FnOnce(&Secret) -> Result<Option<T>, CollectError> + Send + 'static,
    show: impl FnOnce(T) -> HttpResponse,
) -> HttpResponse {
    let Some(secret) = token(path) else { return not_found() };
    match blocking(move || look(&secret)).await {
        Ok(Ok(Some(found))) => show(found),
        Ok(Ok(None)) => not_found(),
        Ok(Err(error)) => {
            tracing::error!(%error, "a page for a payer could not be shown");
            failed()
        }
        Err(_) => failed(),
    }
}

/// On to the provider's page, or back to ours.
pub async fn pressed(
    path: &str,
    press: impl FnOnce(&Secret) -> Result<Option<Pressed>, CollectError> + Send + 'static,
) -> HttpResponse {
    shown(path, press, |pressed| match pressed {
        Pressed::GoTo(url) => go(&url),
        Pressed::Stay => go(path),
        Pressed::Unavailable => go(&format!("{path}?{TROUBLE}")),
    })
    .await
}

/// Back from the provider.
pub async fn returned(
    path: &str,
    look: impl FnOnce(&Secret) -> Result<(), CollectError> + Send + 'static,
) -> HttpResponse {
    let Some(secret) = token(path) else { return not_found() };
    if let Ok(Err(error)) = blocking(move || look(&secret)).await {
        // The provider's webhook tells the same; the page can be shown as it is.
        tracing::warn!(%error, "what a payer did is not known yet");
    }
    go(&format!("../{path}"))
}
