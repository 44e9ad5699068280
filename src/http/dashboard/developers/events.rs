//! Everything that happened, newest first.

use actix_web::web::Data;
use askama::Template;
use uuid::Uuid;

use super::super::frame::{Frame, Visit};
use super::super::navigation::Section;
use super::super::page::{Answer, look, pages};
use super::super::parts::{Empty, Html, Pager, Tabs, When};
use super::super::words::sentence_case;
use super::{EVENTS, places, subjects};
use crate::app::App;
use crate::domain::event::Event;
use crate::domain::view::SliceRequest;
use crate::http::lago::Query;

#[derive(Template)]
#[template(path = "dashboard/developers/events.html")]
struct List {
    frame: Frame,
    tabs: Tabs,
    rows: Vec<Row>,
    pager: Pager,
    empty: Empty,
}

pages!(List);

struct Row {
    at: When,
    what: String,
    /// The name of the webhook that tells of it.
    webhook: Option<&'static str>,
    /// Links to what there is a page for.
    about: Vec<Html>,
    says_more: bool,
    code: Option<String>,
    message: Option<String>,
    due: Option<When>,
}

/// `GET /dashboard/developers/events`
pub async fn list(app: Data<App>, visit: Visit, query: Query) -> Answer {
    let organization = visit.person.organization_id;
    let after = query.text("after").and_then(|text| Uuid::try_parse(text).ok());
    look(app, visit, (Section::Developers, "Events"), move |_, read, frame| {
        let request = SliceRequest { after, ..SliceRequest::default() };
        let found = read.events(organization, request)?;
        let pager = Pager {
            label: "events",
            first: after.map(|_| EVENTS.to_owned()),
            next: found.next.map(|id| format!("{EVENTS}?after={id}")),
        };
        let empty = Empty {
            heading: "Nothing has happened yet",
            text: "Each change of state leaves an event here: an invoice that is made, a charge \
                   that is declined, a retry that is planned."
                .to_owned(),
        };
        let rows = found.items.iter().map(|event| Row::of(event, &frame)).collect();
        Ok(List { tabs: places(EVENTS), rows, pager, empty, frame })
    })
    .await
}

impl Row {
    fn of(event: &Event, frame: &Frame) -> Row {
        Row {
            at: frame.when(&event.at),
            what: sentence_case(event.kind.as_str()),
            webhook: event.kind.webhook().map(|name| name.as_str()),
            about: links(event),
            says_more: event.code.is_some() || event.message.is_some() || event.due_at.is_some(),
            code: event.code.clone(),
            // The address of a page is for its payer only.
            message: event.message.clone().filter(|text| !text.contains("://")),
            due: event.due_at.map(|at| frame.when(&at)),
        }
    }
}

fn links(event: &Event) -> Vec<Html> {
    let about = subjects(event).into_iter();
    about.filter_map(|it| it.href.map(|href| Html::link(&href, it.name))).collect()
}
