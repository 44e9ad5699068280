//! What is done to a connection: asked whether it works, paused, resumed.

use std::error::Error;

use actix_web::web::{Data, Path};

use super::super::access::{Person, Sent};
use super::super::frame::Flash;
use super::super::page::{Answer, Trouble, done};
use super::address;
use crate::app::{App, ConnectionError};
use crate::http::blocking;

/// Of a sentence so much is kept.
const REASON_CHARS_MAX: usize = 500;

/// Does it and says so, or why it was not done.
async fn act(
    app: Data<App>,
    person: Person,
    (code, said): (String, Flash),
    work: impl FnOnce(&App, &str) -> Result<(), ConnectionError> + Send + 'static,
) -> Answer {
    let worker = app.on_behalf_of(person.actor());
    let place = address(&code);
    let acted = blocking(move || Ok::<_, Trouble>(work(&worker, &code)));
    match acted.await?? {
        Ok(()) => done(&app, &place, &said),
        Err(error) => done(&app, &place, &refused(&error)?),
    }
}

/// What was wrong, as it stands on a page.
pub fn refused(error: &ConnectionError) -> Result<Flash, Trouble> {
    match error {
        ConnectionError::NotFound(_) => Err(Trouble::NotFound),
        ConnectionError::Store(error) => Err(error.clone().into()),
        ConnectionError::Collect(error) => {
            tracing::error!(%error, "a connection was not changed");
            Err(Trouble::Internal)
        }
        ConnectionError::MissingSetting { key, help, .. } => {
            Ok(Flash::bad(format!("The setting “{key}” is needed: {help}.")))
        }
        ConnectionError::Check(cause) => {
            Ok(Flash::bad(format!("The provider does not accept the connection: {cause}.")))
        }
        ConnectionError::UnknownProvider { .. }
        | ConnectionError::InvalidCode(_)
        | ConnectionError::CodeTaken(_)
        | ConnectionError::UnknownSetting { .. }
        | ConnectionError::InvalidBaseUrl => {
            let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
            let text = super::super::words::sentence(&format!("{error}{cause}"));
            Ok(Flash::bad(text))
        }
    }
}

/// `POST /dashboard/connections/of/{code}/check`
pub async fn check(app: Data<App>, person: Person, code: Path<String>) -> Answer {
    let organization = person.organization_id;
    let said = (code.into_inner(), Flash::good("The provider accepts the credentials."));
    act(app, person, said, move |app, code| app.check_connection(organization, code).map(|_| ()))
        .await
}

/// `POST /dashboard/connections/of/{code}/pause`
pub async fn pause(app: Data<App>, person: Person, sent: Sent, code: Path<String>) -> Answer {
    let Some(reason) = sent.filled("reason") else {
        let said = Flash::bad("Say why it is paused: the reason is kept.");
        return done(&app, &address(&code), &said);
    };
    let reason: String = reason.chars().take(REASON_CHARS_MAX).collect();
    let organization = person.organization_id;
    let said = (code.into_inner(), Flash::good("Paused. Nothing is charged through it."));
    let work = move |app: &App, code: &str| app.pause_connection(organization, code, &reason);
    act(app, person, said, work).await
}

/// `POST /dashboard/connections/of/{code}/resume`
pub async fn resume(app: Data<App>, person: Person, code: Path<String>) -> Answer {
    let organization = person.organization_id;
    let said = (code.into_inner(), Flash::good("Charges go on."));
    act(app, person, said, move |app, code| app.resume_connection(organization, code)).await
}
