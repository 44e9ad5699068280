//! `/pay/{token}`: what is asked for, by whom, and a button. When there is nothing to pay it says
//! why.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::html::{PROVIDER_TROUBLE, amount, day, moment, page};
use super::{TROUBLE, visit};
use crate::app::App;
use crate::app::links::PaymentPage;
use crate::domain::money::Money;
use crate::domain::payer_page::PayState;

/// So many lines of an invoice are shown one by one.
const LINES_MAX: usize = 20;

#[derive(Template)]
#[template(path = "payer/payment.html")]
struct Shown {
    organization: String,
    test_mode: bool,
    title: String,
    amount: Option<String>,
    issued: String,
    due: Option<String>,
    is_late: bool,
    told: Option<Told>,
    trouble: Option<&'static str>,
    button: Option<String>,
    lines: Vec<Line>,
    until: Option<String>,
    looks_again: bool,
}

struct Told {
    /// For the style sheet: `good`, `wait`, `bad`.
    tone: &'static str,
    heading: &'static str,
    text: String,
}

struct Line {
    what: String,
    amount: String,
    is_sum: bool,
}

/// `GET /pay/{token}`
pub async fn show(app: Data<App>, path: Path<String>, request: HttpRequest) -> HttpResponse {
    let had_trouble = request.query_string() == TROUBLE;
    visit::shown(
        &path,
        move |token| {
            let found = app.payment_page(token)?;
            Ok(found.map(|shown| Shown::of(&shown, &app, had_trouble)))
        },
        |(status, shown)| page(status, &shown),
    )
    .await
}

/// `POST /pay/{token}`: on to the provider's page.
pub async fn press(app: Data<App>, path: Path<String>) -> HttpResponse {
    visit::pressed(&path, move |token| app.press_pay(token)).await
}

/// `GET /pay/{token}/returned`: back from the provider.
pub async fn returned(app: Data<App>, path: Path<String>) -> HttpResponse {
    visit::returned(&path, move |token| app.returned_to_pay(token)).await
}

impl Shown {
    fn of(shown: &PaymentPage, app: &App, had_trouble: bool) -> (StatusCode, Shown) {
        let invoice = &shown.invoice;
        let due = invoice.due();
        let is_over = shown.is_over && shown.state == PayState::Payable;
        let asks = matches!(shown.state, PayState::Payable | PayState::Confirm { .. }) && !is_over;
        let total = Money::new(invoice.total_amount, invoice.currency);
        let status = if is_over { StatusCode::GONE } else { StatusCode::OK };
        let shown = Shown {
            organization: shown.organization_name.clone(),
            test_mode: app.rules().test_mode,
            title: title(shown),
            amount: match shown.state {
                PayState::Withdrawn => None,
                PayState::Paid => Some(amount(total)),
                PayState::Payable | PayState::Confirm { .. } | PayState::BeingPaid => {
                    (!is_over).then(|| amount(due))
                }
            },
            issued: day(invoice.issuing_date),
            due: (asks && invoice.payment_due_date != invoice.issuing_date)
                .then(|| day(invoice.payment_due_date)),
            is_late: asks && invoice.payment_overdue,
            told: told(shown, is_over),
            trouble: (asks && had_trouble).then_some(PROVIDER_TROUBLE),
            button: match shown.state {
                PayState::Payable if asks => Some(format!("Pay {}", amount(due))),
                PayState::Confirm { .. } => Some("Confirm the payment".to_owned()),
                PayState::Payable | PayState::BeingPaid | PayState::Paid | PayState::Withdrawn => {
                    None
                }
            },
            lines: if is_over { vec![] } else { lines(shown) },
            until: asks.then(|| moment(shown.page.expires_at)),
            looks_again: shown.state == PayState::BeingPaid,
        };
        (status, shown)
    }
}

/// What is not finalized yet has no number to be known by.
fn title(shown: &PaymentPage) -> String {
    match shown.invoice.sequential_id {
        Some(_) => format!("Invoice {}", shown.invoice.number),
        None => "Payment".to_owned(),
    }
}

fn told(shown: &PaymentPage, is_over: bool) -> Option<Told> {
    let who = &shown.organization_name;
    let told = |tone, heading, text: String| Some(Told { tone, heading, text });
    match &shown.state {
        PayState::Payable if is_over => told(
            "wait",
            "This link is no longer good",
            format!("Nothing was charged. If you still want to pay, ask {who} for a new link."),
        ),
        PayState::Payable => None,
        PayState::Confirm { .. } => told(
            "wait",
            "A payment waits for you",
            "It was begun on your stored payment method, and your bank wants you to confirm it. \
             Nothing is taken before you do."
                .to_owned(),
        ),
        PayState::BeingPaid => told(
            "wait",
            "A payment is being processed",
            "You do not need to do anything. This page looks again every few seconds.".to_owned(),
        ),
        PayState::Paid => {
            told("good", "This is paid", "Thank you. You can close this page.".to_owned())
        }
        PayState::Withdrawn => told(
            "wait",
            "There is nothing to pay",
            format!("{who} has withdrawn this invoice. Nothing was charged through this page."),
        ),
    }
}

/// What it is for, and how the sum comes about.
fn lines(shown: &PaymentPage) -> Vec<Line> {
    let invoice = &shown.invoice;
    let money = |units| amount(Money::new(units, invoice.currency));
    let line = |what: &str, units: i64, is_sum| Line {
        what: what.to_owned(),
        amount: money(units),
        is_sum,
    };
    let mut lines: Vec<Line> = Vec::new();
    for fee in shown.fees.iter().take(LINES_MAX) {
        let name = fee.invoice_display_name.as_ref().unwrap_or(&fee.item_name);
        lines.push(line(name, fee.amount, false));
    }
    let rest: i64 = shown.fees.iter().skip(LINES_MAX).map(|fee| fee.amount).sum();
    if shown.fees.len() > LINES_MAX {
        lines.push(line("Further items", rest, false));
    }
    if invoice.taxes_amount > 0 {
        lines.push(line("Taxes", invoice.taxes_amount, false));
    }
    if invoice.prepaid_amount() > 0 {
        lines.push(line("Credits", -invoice.prepaid_amount(), false));
    }
    let is_plain = lines.len() == 1 && invoice.paid_amount == 0;
    if !is_plain {
        lines.push(line("Total", invoice.total_amount, true));
    }
    let is_partly_paid = invoice.paid_amount > 0 && invoice.due().is_positive();
    if is_partly_paid && shown.state != PayState::Paid {
        lines.push(line("Already paid", -invoice.paid_amount, false));
        lines.push(line("Still to be paid", invoice.due().minor_units, true));
    }
    lines
}
