//! A page that shows a secret which has just been made: it is in this one answer, and nowhere else.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use super::super::frame::{Frame, Visit};
use super::super::navigation::Section;
use super::super::page::{Answer, Trouble, html, pages};
use super::super::parts::Facts;
use crate::app::App;
use crate::domain::secret::Secret;
use crate::http::blocking;

#[derive(Template)]
#[template(path = "dashboard/developers/made.html")]
struct Made {
    frame: Frame,
    told: Told,
}

pages!(Made);

/// What it is, and where to go on.
pub struct Told {
    pub title: &'static str,
    /// What to do with it.
    pub text: String,
    pub label: &'static str,
    pub secret: Secret,
    pub facts: Facts,
    pub back: (String, &'static str),
}

pub async fn show(app: Data<App>, visit: Visit, told: Told) -> Answer {
    let place = (Section::Developers, told.title);
    let framed = blocking(move || {
        app.store().read(|read| Ok::<_, Trouble>(Frame::of(&app, read, visit, place)?))
    });
    html(StatusCode::OK, &Made { frame: framed.await??, told })
}
