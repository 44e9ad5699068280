//! `/dashboard`: what happened last, and what happens next.

use actix_web::web::Data;
use askama::Template;

use super::frame::{Frame, Visit};
use super::navigation::Section;
use super::page::{Answer, look, pages};
use super::parts::{Amount, Badge, Empty, When};
use super::words::collecting;
use crate::app::App;
use crate::domain::payment::Payable;
use crate::domain::view::RecoveryView;

/// So many debts are shown, those that changed last first.
const SHOWN_MAX: u32 = 25;

#[derive(Template)]
#[template(path = "dashboard/home.html")]
struct Home {
    frame: Frame,
    debts: Vec<Debt>,
    empty: Empty,
}

pages!(Home);

struct Debt {
    number: String,
    customer: String,
    amount: Amount,
    state: Badge,
    sentence: String,
    next: Option<When>,
    attempts: usize,
}

pub async fn show(app: Data<App>, visit: Visit) -> Answer {
    let organization = visit.person.organization_id;
    look(app, visit, (Section::Home, "Home"), move |_, read, frame| {
        let views = read.recovery_views(organization, SHOWN_MAX)?;
        let debts = views.iter().map(|view| Debt::of(view, &frame)).collect();
        Ok(Home { debts, empty: empty(), frame })
    })
    .await
}

fn empty() -> Empty {
    Empty {
        heading: "No invoice yet",
        text: "Make one through the API. It is charged at once, and shows here.".to_owned(),
    }
}

impl Debt {
    fn of(view: &RecoveryView, frame: &Frame) -> Debt {
        let explained = view.explain();
        Debt {
            number: match &view.payable {
                Payable::Invoice(invoice) => invoice.number.clone(),
                Payable::Request(_) => view.payable.title(),
            },
            customer: view
                .customer_name
                .clone()
                .unwrap_or_else(|| view.external_customer_id.clone()),
            amount: Amount::of(view.payable.total()),
            state: collecting(&view.recovery),
            sentence: explained.sentence,
            next: explained.next_attempt_at.map(|at| frame.when(&at)),
            attempts: view.attempts.len(),
        }
    }
}
