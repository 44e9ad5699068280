//! `/dashboard/resends`: what was resent in bulk, the newest first.

use actix_web::web::Data;
use askama::Template;
use uuid::Uuid;

use super::chosen::facts;
use super::{PATH, words};
use crate::app::App;
use crate::domain::bulk_retry::BulkRetry;
use crate::domain::view::SliceRequest;
use crate::http::dashboard::frame::{Frame, Visit};
use crate::http::dashboard::navigation::Section;
use crate::http::dashboard::page::{Answer, look, pages};
use crate::http::dashboard::parts::{Badge, Empty, Facts, Pager, When};
use crate::http::lago::Query;

/// On one page.
const SHOWN_MAX: u32 = 25;

#[derive(Template)]
#[template(path = "dashboard/resends/list.html")]
struct List {
    frame: Frame,
    rows: Vec<Row>,
    empty: Empty,
    pager: Pager,
}

pages!(List);

struct Row {
    id: String,
    at: When,
    state: Badge,
    invoices: u32,
    filter: Facts,
}

/// `GET /dashboard/resends`
pub async fn show(app: Data<App>, visit: Visit, query: Query) -> Answer {
    let organization = visit.person.organization_id;
    let after: Option<Uuid> = query.text("after").and_then(|text| text.parse().ok());
    look(app, visit, (Section::Resends, "Bulk resends"), move |_, read, frame| {
        let request = SliceRequest { after, limit: SHOWN_MAX };
        let found = read.bulk_retries_after(organization, request)?;
        Ok(List {
            rows: found.items.iter().map(|bulk| Row::of(bulk, &frame)).collect(),
            empty: Empty {
                heading: "Nothing was resent in bulk yet",
                text:
                    "Open the outstanding or overdue invoices, narrow the list to what you mean, \
                       and choose Resend for collection."
                        .to_owned(),
            },
            pager: Pager {
                label: "bulk resends",
                first: after.map(|_| PATH.to_owned()),
                next: found.next.map(|next| format!("{PATH}?after={next}")),
            },
            frame,
        })
    })
    .await
}

impl Row {
    fn of(bulk: &BulkRetry, frame: &Frame) -> Row {
        Row {
            id: bulk.id.to_string(),
            at: frame.when(&bulk.created_at),
            state: words::state(bulk.state),
            invoices: bulk.invoices_count,
            filter: facts(&bulk.filter),
        }
    }
}
