//! `/dashboard/customers`: all of them, with what they owe and what they are charged on.

use actix_web::web::Data;
use askama::Template;
use url::form_urlencoded::Serializer;

use super::PATH;
use crate::app::App;
use crate::domain::customer::Customer;
use crate::domain::customer_list::CustomerRow;
use crate::domain::money::Money;
use crate::domain::payment_method::{Expiry, PaymentMethod};
use crate::domain::place::Place;
use crate::http::dashboard::frame::{Frame, Visit};
use crate::http::dashboard::navigation::Section;
use crate::http::dashboard::page::{Answer, look, pages};
use crate::http::dashboard::parts::{Amount, Badge, Day, Empty, Pager, TextField, Tone};
use crate::http::lago::Query;

/// On one page.
const SHOWN_MAX: u32 = 40;

#[derive(Template)]
#[template(path = "dashboard/customers/list.html")]
struct List {
    frame: Frame,
    term: TextField,
    is_narrowed: bool,
    rows: Vec<Row>,
    empty: Empty,
    pager: Pager,
}

pages!(List);

struct Row {
    id: String,
    name: String,
    /// Where it says more than the name.
    external_id: Option<String>,
    owed: Vec<Amount>,
    invoices: u64,
    overdue: Vec<Amount>,
    /// What they are charged on, and whether it is still good.
    method: Option<(String, Option<Badge>)>,
    provider: String,
    since: Day,
}

/// `GET /dashboard/customers`
pub async fn show(app: Data<App>, visit: Visit, query: Query) -> Answer {
    let organization = visit.person.organization_id;
    let term = query.text("q").map(|text| text.trim().to_owned());
    let after: Option<Place> = query.text("after").and_then(|text| text.parse().ok());
    look(app, visit, (Section::Customers, "Customers"), move |_, read, frame| {
        let found = read.customer_page(organization, term.as_deref(), after, SHOWN_MAX)?;
        let rows = found.items.iter().map(|row| Row::of(row, &frame)).collect();
        let sought = term.clone().unwrap_or_default();
        Ok(List {
            rows,
            term: TextField::new("q", "Search")
                .of_kind("search")
                .with(sought)
                .hint("Part of a name, an e-mail or the id that you gave."),
            is_narrowed: term.is_some(),
            empty: empty(term.is_some()),
            pager: Pager {
                label: "customers",
                first: after.map(|_| address(term.as_deref(), None)),
                next: found.next.map(|next| address(term.as_deref(), Some(next))),
            },
            frame,
        })
    })
    .await
}

fn address(term: Option<&str>, after: Option<Place>) -> String {
    let mut query = Serializer::new(String::new());
    if let Some(term) = term {
        query.append_pair("q", term);
    }
    if let Some(after) = after {
        query.append_pair("after", &after.to_string());
    }
    let query = query.finish();
    if query.is_empty() { PATH.to_owned() } else { format!("{PATH}?{query}") }
}

fn empty(is_narrowed: bool) -> Empty {
    if is_narrowed {
        let text = "No customer has this in a name, an e-mail or an id. Deleted ones are not \
                    looked through.";
        return Empty { heading: "Nobody found", text: text.to_owned() };
    }
    let text = "Customers are made through the API, and show here.";
    Empty { heading: "No customer yet", text: text.to_owned() }
}

impl Row {
    fn of(row: &CustomerRow, frame: &Frame) -> Row {
        let customer = &row.customer;
        let name = name_of(customer);
        let positive = |money: Money| money.is_positive().then(|| Amount::of(money));
        let method = row.default_method.as_ref();
        Row {
            id: customer.id.to_string(),
            external_id: (name != customer.external_id).then(|| customer.external_id.clone()),
            name,
            owed: row.balances.iter().filter_map(|it| positive(it.owed)).collect(),
            invoices: row.balances.iter().map(|it| it.invoices).sum(),
            overdue: row.balances.iter().filter_map(|it| positive(it.overdue)).collect(),
            method: method.map(|it| (method_label(it), expiry(it, frame))),
            provider: customer.link.as_ref().map_or_else(String::new, |it| it.provider.clone()),
            since: Day { day: customer.created_at.date_in(frame.zone) },
        }
    }
}

/// What people call them.
pub fn name_of(customer: &Customer) -> String {
    customer.display_name().unwrap_or_else(|| customer.external_id.clone())
}

/// `Visa ending in 4242`, `Sepa debit ending in 3000`, `Card`.
pub fn method_label(method: &PaymentMethod) -> String {
    let kind = method.details.brand.as_deref().unwrap_or(&method.details.kind).replace('_', " ");
    let mut signs = kind.chars();
    let first = signs.next().map(|sign| sign.to_uppercase().to_string()).unwrap_or_default();
    let kind = format!("{first}{}", signs.as_str());
    match &method.details.last4 {
        Some(last4) => format!("{kind} ending in\u{a0}{last4}"),
        None => kind,
    }
}

/// Only where somebody should do something about it.
pub fn expiry(method: &PaymentMethod, frame: &Frame) -> Option<Badge> {
    match method.expiry(frame.now.date_in(frame.zone)) {
        Expiry::Expired => Some(Badge::new(Tone::Bad, "Expired")),
        Expiry::Soon => Some(Badge::new(Tone::Wait, "Expires soon")),
        Expiry::Later | Expiry::Never => None,
    }
}
