//! How pages are sent, what is said when one cannot be, and where somebody goes after a form.

use actix_web::error::BlockingError;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, ContentType, LOCATION, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::web::Data;
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use askama::Template;

use super::access::is_served_by_https;
use super::assets;
use super::frame::{FLASH_COOKIE, Flash, Frame, Surroundings, Visit};
use super::navigation::Section;
use crate::app::App;
use crate::domain::user::Role;
use crate::http::blocking;
use crate::store::{Reader, StoreError};

pub type Answer = Result<HttpResponse, Trouble>;

/// A template of a page, with the frame around it.
pub trait Page: Template {
    fn frame(&self) -> &Frame;
}

/// Names the field `frame` of templates.
macro_rules! pages {
    ($($page:ty),+ $(,)?) => {
        $(impl $crate::http::dashboard::page::Page for $page {
            fn frame(&self) -> &$crate::http::dashboard::frame::Frame {
                &self.frame
            }
        })+
    };
}
pub(super) use pages;

/// Nothing runs, nothing frames us, nothing comes from elsewhere or goes there.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
     base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

fn guarded(answer: &mut HttpResponseBuilder) -> &mut HttpResponseBuilder {
    answer
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((REFERRER_POLICY, "same-origin"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((X_FRAME_OPTIONS, "DENY"))
        .insert_header(("x-robots-tag", "noindex, nofollow"))
}

/// A page. What it says of the last act, it says once.
pub fn html(status: StatusCode, page: &impl Page) -> Answer {
    let text = page.render().map_err(|error| {
        tracing::error!(%error, "a page was not rendered");
        Trouble::Internal
    })?;
    let mut answer = HttpResponse::build(status);
    guarded(&mut answer).insert_header(ContentType::html());
    if page.frame().around.flash.is_some() {
        let mut gone = super::access::kept(FLASH_COOKIE, "", false);
        gone.make_removal();
        answer.cookie(gone);
    }
    Ok(answer.body(text))
}

/// Reads what a page shows, on a thread that may wait, and sends it.
pub async fn look<P: Page + Send + 'static>(
    app: Data<App>,
    visit: Visit,
    place: (Section, &'static str),
    make: impl FnOnce(&App, &Reader<'_>, Frame) -> Result<P, Trouble> + Send + 'static,
) -> Answer {
    let looked = blocking(move || {
        app.store().read(|read| {
            let frame = Frame::of(&app, read, visit, place)?;
            make(&app, read, frame)
        })
    });
    html(StatusCode::OK, &looked.await??)
}

/// The same for pages before somebody is signed in.
pub async fn before<P: Page + Send + 'static>(
    app: Data<App>,
    around: Surroundings,
    title: &'static str,
    (status, make): (StatusCode, impl FnOnce(Frame) -> P + Send + 'static),
) -> Answer {
    let looked = blocking(move || {
        app.store().read(|read| Ok::<_, Trouble>(make(Frame::before(&app, read, around, title)?)))
    });
    html(status, &looked.await??)
}

/// After a form: to a page, which says what came of it.
pub fn done(app: &App, location: &str, flash: &Flash) -> Answer {
    let cookie = flash.cookie(is_served_by_https(app));
    Ok(HttpResponse::SeeOther().insert_header((LOCATION, location)).cookie(cookie).finish())
}

pub fn go(location: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, location))
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish()
}

/// `GET /`
pub async fn go_home() -> HttpResponse {
    go(super::HOME)
}

/// A place of ours that somebody may be sent to; anything else is Home.
pub fn own_place(wanted: &str) -> &str {
    let rest = wanted.strip_prefix(super::HOME);
    let is_ours = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    let is_plain = wanted.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_ours && is_plain { wanted } else { super::HOME }
}

/// Why a page cannot be shown, or a form not be taken.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error("there is no such page")]
    NotFound,
    /// Its CSRF token is missing or wrong.
    #[error("the form did not come from a page of this visit")]
    ForeignForm,
    #[error("this needs the role {}", .0.as_str())]
    NotPermitted(Role),
    #[error("what was sent is too large")]
    TooLarge,
    /// Logged where it happened.
    #[error("something went wrong here")]
    Internal,
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Trouble {
        tracing::error!(error = &error as &dyn std::error::Error, "the store failed");
        Trouble::Internal
    }
}

impl From<BlockingError> for Trouble {
    fn from(_: BlockingError) -> Trouble {
        tracing::error!("making a page panicked or was cancelled");
        Trouble::Internal
    }
}

#[derive(Template)]
#[template(path = "dashboard/trouble.html")]
struct TroublePage {
    style: String,
    heading: &'static str,
    text: String,
}

impl Trouble {
    fn told(&self) -> (&'static str, String) {
        match self {
            Trouble::NotFound => (
                "There is no such page",
                "What you looked for may have been deleted, or the address is not complete."
                    .to_owned(),
            ),
            Trouble::ForeignForm => (
                "This form is too old",
                "You were signed out, or signed in again, since its page was opened. Nothing was \
                 changed. Go back, load the page again, and repeat what you did."
                    .to_owned(),
            ),
            Trouble::NotPermitted(role) => (
                "You may not do this",
                format!(
                    "It needs the role {}. Nothing was changed. An administrator can give you \
                     another role.",
                    role.as_str()
                ),
            ),
            Trouble::TooLarge => (
                "That is too much",
                "What was sent is larger than this page takes. Nothing was changed.".to_owned(),
            ),
            Trouble::Internal => (
                "This page cannot be shown now",
                "Something went wrong here. The log of the server says what.".to_owned(),
            ),
        }
    }
}

impl ResponseError for Trouble {
    fn status_code(&self) -> StatusCode {
        match self {
            Trouble::NotFound => StatusCode::NOT_FOUND,
            Trouble::ForeignForm | Trouble::NotPermitted(_) => StatusCode::FORBIDDEN,
            Trouble::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Trouble::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let (heading, text) = self.told();
        let page = TroublePage { style: assets::address("style.css"), heading, text };
        let mut answer = HttpResponse::build(self.status_code());
        guarded(&mut answer).insert_header(ContentType::html());
        answer.body(page.render().unwrap_or_else(|_| heading.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for ours in ["/dashboard", "/dashboard/invoices?status=a", "/dashboard?x=1"] {
            assert_eq!(own_place(ours), ours);
        }
        for other in
            ["", "https://evil.example/dashboard", "//evil", "/dashboardx", "/dashboard/\\x", "/"]
        {
            assert_eq!(own_place(other), "/dashboard", "{other}");
        }
    }
}
