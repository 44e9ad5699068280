//! `/dashboard/payments`: everything that was tried at providers, and what people recorded.

use actix_web::web::Data;
use askama::Template;
use url::form_urlencoded::Serializer;

use super::{ALL, tabs};
use crate::app::App;
use crate::domain::attempt::Origin;
use crate::domain::id::{CustomerId, OrganizationId};
use crate::domain::payment_list::{PaidBy, PaymentRow};
use crate::domain::place::Place;
use crate::http::dashboard::frame::{Frame, Visit};
use crate::http::dashboard::navigation::Section;
use crate::http::dashboard::page::{Answer, look, pages};
use crate::http::dashboard::parts::{Amount, Badge, Empty, Pager, Tabs, TextField, Tone, When};
use crate::http::dashboard::words::{Outcome, outcome};
use crate::http::lago::Query;
use crate::store::{Reader, StoreError};

/// On one page.
const SHOWN_MAX: u32 = 50;

#[derive(Template)]
#[template(path = "dashboard/payments/list.html")]
struct List {
    frame: Frame,
    tabs: Tabs,
    customer: TextField,
    is_narrowed: bool,
    lines: Vec<Line>,
    empty: Empty,
    pager: Pager,
}

pages!(List);

/// A payment as a row of a table.
#[derive(Template)]
#[template(path = "dashboard/payments/line.html")]
pub struct Line {
    /// On the page of the customer, who is not named again.
    is_of_one: bool,
    at: When,
    customer_id: String,
    customer: String,
    /// Address and number.
    invoice: Option<(String, String)>,
    amount: Amount,
    outcome: Outcome,
    by: String,
    who: &'static str,
    /// The address of the attempt.
    attempt: Option<String>,
}

impl askama::filters::HtmlSafe for Line {}

impl Line {
    pub fn of_one(row: &PaymentRow, frame: &Frame) -> Line {
        Line { is_of_one: true, ..Line::of(row, frame) }
    }

    pub fn of(row: &PaymentRow, frame: &Frame) -> Line {
        let (outcome, by, who, attempt) = match &row.by {
            PaidBy::Provider { attempt, connection_code } => (
                outcome(attempt),
                connection_code.clone(),
                asked_by(attempt.origin),
                Some(format!("/dashboard/attempts/{}", attempt.id)),
            ),
            PaidBy::Hand { reference } => {
                let badge = Badge::new(Tone::Good, "Recorded");
                (Outcome { badge, code: None }, reference.clone(), "by hand", None)
            }
        };
        let invoice = row.invoice.as_ref();
        Line {
            is_of_one: false,
            at: frame.when(&row.at),
            customer_id: row.customer_id.to_string(),
            customer: row.customer_name.clone().unwrap_or_else(|| row.external_customer_id.clone()),
            invoice: invoice
                .map(|(id, number)| (format!("/dashboard/invoices/{id}"), number.clone())),
            amount: Amount::of(row.amount),
            outcome,
            by,
            who,
            attempt,
        }
    }
}

const fn asked_by(origin: Origin) -> &'static str {
    match origin {
        Origin::Schedule => "by the schedule",
        Origin::Person => "a person asked",
        Origin::Link => "the payer, by link",
    }
}

/// `GET /dashboard/payments`
pub async fn show(app: Data<App>, visit: Visit, query: Query) -> Answer {
    let organization = visit.person.organization_id;
    let wanted = query.text("customer").map(|text| text.trim().to_owned());
    let after: Option<Place> = query.text("after").and_then(|text| text.parse().ok());
    look(app, visit, (Section::Payments, "Payments"), move |_, read, frame| {
        let wanted = wanted.as_deref();
        let found = match whose(read, organization, wanted)? {
            Whose::Nobody => None,
            Whose::Everybody => Some(read.payment_list(organization, None, after, SHOWN_MAX)?),
            Whose::One(id) => Some(read.payment_list(organization, Some(id), after, SHOWN_MAX)?),
        };
        let next = found.as_ref().and_then(|found| found.next);
        let rows = found.map(|found| found.items).unwrap_or_default();
        Ok(List {
            tabs: tabs(read, organization, ALL)?,
            customer: TextField::new("customer", "Customer id")
                .with(wanted.unwrap_or_default())
                .hint("The id that you gave the customer, all of it."),
            is_narrowed: wanted.is_some(),
            lines: rows.iter().map(|row| Line::of(row, &frame)).collect(),
            empty: empty(wanted.is_some()),
            pager: Pager {
                label: "payments",
                first: after.map(|_| address(wanted, None)),
                next: next.map(|next| address(wanted, Some(next))),
            },
            frame,
        })
    })
    .await
}

enum Whose {
    Everybody,
    One(CustomerId),
    /// There is no such customer.
    Nobody,
}

fn whose(
    read: &Reader<'_>,
    organization: OrganizationId,
    wanted: Option<&str>,
) -> Result<Whose, StoreError> {
    let Some(external_id) = wanted else { return Ok(Whose::Everybody) };
    let found = read.customer_by_external_id(organization, external_id)?;
    Ok(found.map_or(Whose::Nobody, |customer| Whose::One(customer.id)))
}

fn address(customer: Option<&str>, after: Option<Place>) -> String {
    let mut query = Serializer::new(String::new());
    if let Some(customer) = customer {
        query.append_pair("customer", customer);
    }
    if let Some(after) = after {
        query.append_pair("after", &after.to_string());
    }
    let query = query.finish();
    if query.is_empty() { ALL.to_owned() } else { format!("{ALL}?{query}") }
}

fn empty(is_narrowed: bool) -> Empty {
    if is_narrowed {
        let text = "No payment of a customer with this id. The customers’ pages say their ids.";
        return Empty { heading: "Nothing found", text: text.to_owned() };
    }
    let text = "As soon as an invoice is charged, or somebody records a payment, it shows here.";
    Empty { heading: "No payment yet", text: text.to_owned() }
}
