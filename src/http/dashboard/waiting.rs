//! `/dashboard/waiting`: the debts that wait for something only a person can do, by what that is.

use actix_web::web::Data;
use askama::Template;
use uuid::Uuid;

use super::debts::Debts;
use super::frame::{Frame, Visit};
use super::home::waiting_for;
use super::navigation::Section;
use super::page::{Answer, Trouble, look, pages};
use super::parts::{Empty, Pager};
use crate::app::App;
use crate::domain::recovery::IdleReason;
use crate::domain::view::SliceRequest;
use crate::http::lago::Query;

const PATH: &str = "/dashboard/waiting";
/// On one page.
const SHOWN_MAX: u32 = 40;

#[derive(Template)]
#[template(path = "dashboard/waiting.html")]
struct Waiting {
    frame: Frame,
    heading: String,
    advice: &'static str,
    debts: Debts,
    empty: Empty,
    pager: Pager,
}

pages!(Waiting);

/// Its page, from the debt after this one on.
pub fn address(reason: IdleReason, after: Option<Uuid>) -> String {
    let after = after.map(|id| format!("&after={id}")).unwrap_or_default();
    format!("{PATH}?for={}{after}", reason.as_str())
}

/// `GET /dashboard/waiting?for={reason}`
pub async fn show(app: Data<App>, visit: Visit, query: Query) -> Answer {
    let organization = visit.person.organization_id;
    let reason = query.text("for").and_then(IdleReason::parse);
    let after: Option<Uuid> = query.text("after").and_then(|text| text.parse().ok());
    look(app, visit, (Section::Home, "Waiting debts"), move |_, read, frame| {
        let reason = reason.ok_or(Trouble::NotFound)?;
        let request = SliceRequest { after, limit: SHOWN_MAX };
        let found = read.idle_recoveries(organization, reason, request)?;
        let mut views = Vec::with_capacity(found.items.len());
        for id in found.items {
            views.extend(read.recovery_view(organization, id)?);
        }
        let heading = format!("Debts {}", waiting_for(reason));
        Ok(Waiting {
            debts: Debts::of("Newest first", &views, &frame),
            empty: Empty { heading: "None", text: "No debt waits for this any more.".to_owned() },
            pager: Pager {
                label: "waiting debts",
                first: after.map(|_| address(reason, None)),
                next: found.next.map(|next| address(reason, Some(next))),
            },
            advice: advice(reason),
            frame: frame.titled(heading.clone()),
            heading,
        })
    })
    .await
}

/// What a person can do about it.
const fn advice(reason: IdleReason) -> &'static str {
    match reason {
        IdleReason::NeedsMethod => {
            "Generate a link on the customer’s page and send it: what they leave there becomes \
             their default, and the debt is tried on it."
        }
        IdleReason::NoProvider => {
            "Give the customer a payment provider through the API, or record a payment that came \
             another way."
        }
        IdleReason::Held => {
            "Look at the provider’s own pages first: the invoice can then be resent for \
             collection, or its payment recorded."
        }
        IdleReason::Exhausted => {
            "The policy has nothing further. Resend the invoice for collection, send a payment \
             link, or void it."
        }
        IdleReason::NeedsPayer => "The payer has a page to go on; a payment link leads there too.",
        IdleReason::Manual | IdleReason::Uncollectible | IdleReason::Stopped => {
            "Nothing is charged by itself here. An invoice’s page has what can be done."
        }
    }
}
