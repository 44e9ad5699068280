//! `/dashboard/invoices`: all of them under tabs, each with how its collecting stands and what can
//! be done about it. And the same as a file.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::web::Data;
use askama::Template;

use super::search::Asked;
use crate::app::App;
use crate::domain::id::OrganizationId;
use crate::domain::invoice::{Invoice, InvoiceStatus};
use crate::domain::invoice_list::{InvoicePlace, InvoiceRow, InvoiceSearch, InvoiceTab};
use crate::domain::money::Money;
use crate::domain::recovery::{Recovery, State};
use crate::http::blocking;
use crate::http::dashboard::frame::{Frame, Visit};
use crate::http::dashboard::navigation::Section;
use crate::http::dashboard::page::{Answer, Trouble, look, pages};
use crate::http::dashboard::parts::{
    Amount, Badge, COUNTED_MAX, Day, Empty, Pager, SelectField, Short, Tab, Tabs, TextField, count,
    distance,
};
use crate::http::dashboard::words::{self, Outcome};
use crate::http::lago::Query;
use crate::store::{Reader, StoreError};
use crate::wire::recoup::csv::{inert, line};

pub const PATH: &str = "/dashboard/invoices";

/// On one page.
const SHOWN_MAX: u32 = 40;

/// In one file; and so many are read at once.
const FILE_ROWS_MAX: usize = 10_000;
const FILE_ROWS_AT_ONCE: u32 = 500;

#[derive(Template)]
#[template(path = "dashboard/invoices/list.html")]
struct List {
    frame: Frame,
    explanation: &'static str,
    tabs: Tabs,
    /// The word of the tab; empty for all.
    tab: &'static str,
    term: TextField,
    further: Vec<TextField>,
    decline: SelectField,
    is_narrowed: bool,
    is_narrowed_further: bool,
    /// The same tab, not narrowed.
    all: String,
    csv: String,
    /// Where all that is shown can be resent, where it is owed.
    resend: Option<String>,
    rows: Vec<Row>,
    empty: Empty,
    pager: Pager,
    may_operate: bool,
}

pages!(List);

struct Row {
    id: String,
    number: String,
    issued: Day,
    customer: String,
    amount: Amount,
    /// Only where it is not the whole amount.
    due: Option<Amount>,
    payment: Badge,
    is_overdue: bool,
    due_date: Day,
    result: Option<Outcome>,
    next: Option<Short>,
    next_in: String,
    why_none: &'static str,
    attempts: u32,
    is_collectible: bool,
    is_voidable: bool,
}

/// `GET /dashboard/invoices`
pub async fn show(app: Data<App>, visit: Visit, query: Query) -> Answer {
    let organization = visit.person.organization_id;
    let asked = Asked::read(&query);
    look(app, visit, (Section::Invoices, "Invoices"), move |_, read, frame| {
        let wanted = (asked.tab, &asked.search);
        let page = read.invoice_page(organization, wanted, asked.after, SHOWN_MAX)?;
        let rows = page.rows.iter().map(|row| Row::of(row, &frame)).collect();
        let tabs = tabs(read, organization, &asked)?;
        Ok(List { rows, tabs, ..List::of(&asked, page.next, frame) })
    })
    .await
}

impl List {
    fn of(asked: &Asked, next: Option<InvoicePlace>, frame: Frame) -> List {
        let (tab, is_narrowed) = (asked.tab, !asked.search.is_empty());
        let bare = Asked::read(&Query::parse(&format!("tab={}", tab.as_str())));
        List {
            explanation: explanation(tab),
            tabs: Tabs { label: "Kinds of invoices", tabs: vec![] },
            tab: if tab == InvoiceTab::All { "" } else { tab.as_str() },
            term: asked.term(),
            further: asked.further_fields(),
            decline: asked.decline_field(),
            is_narrowed,
            is_narrowed_further: asked.is_narrowed_further(),
            all: bare.address(PATH, tab, None),
            csv: asked.address("/dashboard/invoices.csv", tab, None),
            resend: (frame.may_operate() && is_owed(tab))
                .then(|| asked.address("/dashboard/resends/new", tab, None)),
            rows: vec![],
            empty: empty(is_narrowed),
            pager: Pager {
                label: "invoices",
                first: asked.after.map(|_| asked.address(PATH, tab, None)),
                next: next.map(|next| asked.address(PATH, tab, Some(next))),
            },
            may_operate: frame.may_operate(),
            frame,
        }
    }
}

const fn is_owed(tab: InvoiceTab) -> bool {
    matches!(tab, InvoiceTab::Outstanding | InvoiceTab::Overdue)
}

fn empty(is_narrowed: bool) -> Empty {
    if is_narrowed {
        let text = "No invoice under this tab fits what you are looking for. Clear the filters, or \
                    look under another tab.";
        return Empty { heading: "Nothing found", text: text.to_owned() };
    }
    let text = "Invoices are made through the API. They are charged at once, and show here.";
    Empty { heading: "No such invoice", text: text.to_owned() }
}

const fn explanation(tab: InvoiceTab) -> &'static str {
    match tab {
        InvoiceTab::All => "Everything that was issued, and drafts. The newest come first.",
        InvoiceTab::Outstanding => "Issued, and not paid in full.",
        InvoiceTab::Overdue => "Not paid in full when it was due.",
        InvoiceTab::Succeeded => "Paid in full, or nothing was due.",
        InvoiceTab::Draft => "Made by subscriptions, can still change, and are no debts yet.",
        InvoiceTab::Voided => "Withdrawn: nobody is asked for them any more.",
        InvoiceTab::Disputed => "The payer disputed a payment, and won. Nothing is collected.",
    }
}

const fn label(tab: InvoiceTab) -> &'static str {
    match tab {
        InvoiceTab::All => "All",
        InvoiceTab::Outstanding => "Outstanding",
        InvoiceTab::Overdue => "Overdue",
        InvoiceTab::Succeeded => "Succeeded",
        InvoiceTab::Draft => "Draft",
        InvoiceTab::Voided => "Voided",
        InvoiceTab::Disputed => "Disputed",
    }
}

/// Without a search all are counted; with one, what is shown.
fn tabs(
    read: &Reader<'_>,
    organization: OrganizationId,
    asked: &Asked,
) -> Result<Tabs, StoreError> {
    let tab = |tab: &InvoiceTab| {
        let is_current = *tab == asked.tab;
        let is_counted = asked.search.is_empty() || is_current;
        let counted = || read.invoices_counted(organization, (*tab, &asked.search), COUNTED_MAX);
        Ok(Tab {
            label: label(*tab),
            href: asked.address(PATH, *tab, None),
            count: if is_counted { Some(count(counted()?)) } else { None },
            is_current,
        })
    };
    let tabs = InvoiceTab::ALL.iter().map(tab).collect::<Result<_, StoreError>>()?;
    Ok(Tabs { label: "Kinds of invoices", tabs })
}

impl Row {
    fn of(row: &InvoiceRow, frame: &Frame) -> Row {
        let invoice = &row.invoice;
        let total = Money::new(invoice.total_amount, invoice.currency);
        let due = invoice.due();
        let next_at = row.recovery.as_ref().and_then(Recovery::next_attempt_at);
        let name = row.customer_name.clone();
        Row {
            id: invoice.id.to_string(),
            number: invoice.number.clone(),
            issued: Day { day: invoice.issuing_date },
            customer: name.unwrap_or_else(|| row.external_customer_id.clone()),
            amount: Amount::of(total),
            due: (due != total && due.is_positive()).then(|| Amount::of(due)),
            payment: words::payment(invoice),
            is_overdue: invoice.payment_overdue,
            due_date: Day { day: invoice.payment_due_date },
            result: row.last_attempt.as_ref().map(words::outcome),
            next: next_at.map(|at| Short { when: frame.when(&at) }),
            next_in: next_at.map(|at| distance(frame.now, at)).unwrap_or_default(),
            why_none: row.recovery.as_ref().map_or("", why_none),
            attempts: row.recovery.as_ref().map_or(0, |it| it.attempts_made),
            is_collectible: invoice.is_collectible(),
            is_voidable: is_voidable(invoice),
        }
    }
}

pub fn is_voidable(invoice: &Invoice) -> bool {
    invoice.status == InvoiceStatus::Finalized
}

/// Why no attempt is planned.
fn why_none(recovery: &Recovery) -> &'static str {
    if recovery.paused && !recovery.is_ended() {
        return "Paused";
    }
    match recovery.state {
        State::Charging { .. } => "Being charged",
        State::Idle { reason } => words::idle(reason),
        State::Waiting { .. } | State::Recovered { .. } | State::Cancelled { .. } => "",
    }
}

/// `GET /dashboard/invoices.csv`
pub async fn file(app: Data<App>, visit: Visit, query: Query) -> Answer {
    let organization = visit.person.organization_id;
    let asked = Asked::read(&query);
    let written = blocking(move || {
        app.store().read(|read| csv(read, organization, (asked.tab, &asked.search)))
    });
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"invoices.csv\""))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(written.await??))
}

const COLUMNS: [&str; 16] = [
    "number",
    "id",
    "customer",
    "external_customer_id",
    "currency",
    "total",
    "due",
    "status",
    "payment_status",
    "overdue",
    "issued",
    "due_date",
    "last_result",
    "last_code",
    "next_attempt_at",
    "attempts",
];

fn csv(
    read: &Reader<'_>,
    organization: OrganizationId,
    wanted: (InvoiceTab, &InvoiceSearch),
) -> Result<String, Trouble> {
    let mut text = line(&COLUMNS.map(str::to_owned));
    let (mut after, mut written) = (None, 0);
    while written < FILE_ROWS_MAX {
        let page = read.invoice_page(organization, wanted, after, FILE_ROWS_AT_ONCE)?;
        for row in &page.rows {
            text.push_str(&line(&fields(row)));
        }
        written += page.rows.len();
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    Ok(text)
}

fn fields(row: &InvoiceRow) -> [String; COLUMNS.len()] {
    let invoice = &row.invoice;
    let plain = |minor_units: i64| {
        let money = Money::new(minor_units, invoice.currency).to_string();
        money.split(' ').next().unwrap_or_default().to_owned()
    };
    let result = row.last_attempt.as_ref().map(words::outcome);
    let next = row.recovery.as_ref().and_then(Recovery::next_attempt_at);
    [
        invoice.number.clone(),
        invoice.id.to_string(),
        inert(row.customer_name.as_deref().unwrap_or_default()),
        inert(&row.external_customer_id),
        invoice.currency.to_string(),
        plain(invoice.total_amount),
        plain(invoice.due().minor_units),
        invoice.status.as_str().to_owned(),
        invoice.payment_status.as_str().to_owned(),
        invoice.payment_overdue.to_string(),
        invoice.issuing_date.to_string(),
        invoice.payment_due_date.to_string(),
        result.as_ref().map(|it| it.badge.text.clone()).unwrap_or_default(),
        inert(&result.and_then(|it| it.code).unwrap_or_default()),
        next.map(|at| at.utc().to_rfc3339()).unwrap_or_default(),
        row.recovery.as_ref().map_or(0, |it| it.attempts_made).to_string(),
    ]
}
