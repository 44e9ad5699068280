//! `/portal/{token}`: what a customer owes and has paid, and the methods that are stored for them.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::{Datelike, NaiveDate};

use super::html::{Notice, PROVIDER_TROUBLE, amount, day, failed, go, moment, page};
use super::{TROUBLE, token, visit};
use crate::app::App;
use crate::app::links::{CheckoutLinkError, PaymentLinkError, Portal, PortalDebt};
use crate::domain::id::InvoiceId;
use crate::domain::money::Money;
use crate::domain::payer_page::PayState;
use crate::domain::payment_method::PaymentMethod;
use crate::http::blocking;

#[derive(Template)]
#[template(path = "payer/portal.html")]
struct Shown {
    token: String,
    organization: String,
    test_mode: bool,
    customer: Option<String>,
    trouble: Option<&'static str>,
    owed: Vec<Debt>,
    paid: Vec<Debt>,
    methods: Vec<Method>,
    takes_methods: bool,
    until: String,
}

struct Debt {
    id: String,
    number: String,
    issued: String,
    due: Option<String>,
    is_late: bool,
    amount: String,
    state: &'static str,
    button: Option<String>,
}

struct Method {
    name: String,
    expiry: Option<String>,
    is_expired: bool,
    is_default: bool,
}

/// `GET /portal/{token}`
pub async fn show(app: Data<App>, path: Path<String>, request: HttpRequest) -> HttpResponse {
    let had_trouble = request.query_string() == TROUBLE;
    let (test_mode, today) = (app.rules().test_mode, app.now().utc().date_naive());
    visit::shown(
        &path,
        move |token| app.portal(token),
        |portal| {
            if portal.is_over {
                return over(portal, test_mode);
            }
            page(StatusCode::OK, &shown(&portal, (test_mode, had_trouble), today))
        },
    )
    .await
}

/// `POST /portal/{token}/invoices/{id}`: on to the page of one invoice.
pub async fn pay(app: Data<App>, path: Path<(String, String)>) -> HttpResponse {
    let (segment, invoice) = path.into_inner();
    let (Some(secret), Ok(invoice)) = (token(&segment), invoice.parse::<InvoiceId>()) else {
        return go(&format!("../../{segment}"));
    };
    let made = blocking(move || -> Result<Option<String>, PaymentLinkError> {
        match app.portal(&secret)? {
            Some(portal) => app.pay_from_portal(&portal, invoice),
            None => Ok(None),
        }
    });
    match made.await {
        Ok(Ok(Some(url))) => go(&url),
        // The page says how the invoice stands.
        Ok(Ok(None) | Err(PaymentLinkError::AttemptOpen | PaymentLinkError::WrongStatus)) => {
            go(&format!("../../{segment}"))
        }
        Ok(Err(error)) => {
            tracing::warn!(%error, "no page to pay on for a customer");
            go(&format!("../../{segment}?{TROUBLE}"))
        }
        Err(_) => failed(),
    }
}

/// `POST /portal/{token}/methods`: on to the page where a method is left.
pub async fn add_method(app: Data<App>, path: Path<String>) -> HttpResponse {
    let segment = path.into_inner();
    let Some(secret) = token(&segment) else { return go(&format!("../{segment}")) };
    let made = blocking(move || -> Result<Option<String>, CheckoutLinkError> {
        match app.portal(&secret)? {
            Some(portal) => app.add_method_from_portal(&portal),
            None => Ok(None),
        }
    });
    match made.await {
        Ok(Ok(Some(url))) => go(&url),
        Ok(Ok(None)) => go(&format!("../{segment}")),
        Ok(Err(error)) => {
            tracing::warn!(%error, "no page to leave a method on for a customer");
            go(&format!("../{segment}?{TROUBLE}"))
        }
        Err(_) => failed(),
    }
}

fn over(portal: Portal, test_mode: bool) -> HttpResponse {
    let who = portal.organization_name;
    let notice = Notice {
        texts: vec![format!("Ask {who} for a new one to see your invoices.")],
        organization: Some(who),
        test_mode,
        heading: "This link is no longer good",
        ..Notice::default()
    };
    page(StatusCode::GONE, &notice)
}

fn shown(portal: &Portal, (test_mode, had_trouble): (bool, bool), today: NaiveDate) -> Shown {
    let is_owed = |debt: &&PortalDebt| !matches!(debt.state, PayState::Paid | PayState::Withdrawn);
    let is_paid = |debt: &&PortalDebt| debt.state == PayState::Paid;
    Shown {
        token: portal.page.token.reveal().to_owned(),
        organization: portal.organization_name.clone(),
        test_mode,
        customer: portal.customer_name.clone(),
        trouble: had_trouble.then_some(PROVIDER_TROUBLE),
        owed: portal.debts.iter().filter(is_owed).map(debt).collect(),
        paid: portal.debts.iter().filter(is_paid).map(debt).collect(),
        methods: portal.methods.iter().map(|it| method(it, today)).collect(),
        takes_methods: portal.takes_methods,
        until: moment(portal.page.expires_at),
    }
}

fn debt(debt: &PortalDebt) -> Debt {
    let invoice = &debt.invoice;
    let due = amount(invoice.due());
    let (state, button) = match debt.state {
        PayState::Payable => ("", Some(format!("Pay {due}"))),
        PayState::Confirm { .. } => ("", Some(format!("Confirm {due}"))),
        PayState::BeingPaid => ("being processed", None),
        PayState::Paid | PayState::Withdrawn => ("", None),
    };
    Debt {
        id: invoice.id.to_string(),
        number: invoice.number.clone(),
        issued: day(invoice.issuing_date),
        due: (invoice.payment_due_date != invoice.issuing_date)
            .then(|| day(invoice.payment_due_date)),
        is_late: invoice.payment_overdue,
        amount: match debt.state {
            PayState::Paid => amount(Money::new(invoice.total_amount, invoice.currency)),
            PayState::Payable
            | PayState::Confirm { .. }
            | PayState::BeingPaid
            | PayState::Withdrawn => due,
        },
        state,
        button,
    }
}

fn method(method: &PaymentMethod, today: NaiveDate) -> Method {
    let details = &method.details;
    let kind = details.brand.as_deref().unwrap_or(&details.kind).replace('_', " ");
    let mut signs = kind.chars();
    let capital: String = signs.next().into_iter().flat_map(char::to_uppercase).collect();
    let name = format!("{capital}{}", signs.as_str());
    let expiry = details.expiry_year.zip(details.expiry_month);
    let is_expired = expiry.is_some_and(|(year, month)| {
        (i32::from(year), u32::from(month)) < (today.year(), today.month())
    });
    Method {
        name: match &details.last4 {
            Some(last4) => format!("{name} ending in {last4}"),
            None => name,
        },
        expiry: expiry.map(|(year, month)| {
            let word = if is_expired { "expired" } else { "expires" };
            format!("{word} {month:02}/{year}")
        }),
        is_expired,
        is_default: method.is_default,
    }
}
