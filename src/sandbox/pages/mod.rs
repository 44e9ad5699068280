//! The pages for payers: choose a test card, confirm or refuse, and what became of it.
//! Links are relative, so that the pages work under any prefix.

mod handlers;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ContentType};
use askama::Template;
use iso_currency::Currency;

pub use handlers::routes;

use super::book::{Charge, Purpose, Session};
use super::views::{TEST_CARDS, TestCard};

#[derive(Template)]
#[template(path = "checkout.html", config = "src/sandbox/pages/askama.toml")]
struct CheckoutPage<'a> {
    title: &'static str,
    amount: Option<String>,
    description: Option<&'a str>,
    alert: Option<&'static str>,
    cards: &'static [TestCard],
    /// The behaviour of the card that is marked.
    chosen: &'a str,
    button: String,
    /// `paying`, in "Back without paying".
    doing: &'static str,
    return_url: &'a str,
}

#[derive(Template)]
#[template(path = "confirm.html", config = "src/sandbox/pages/askama.toml")]
struct ConfirmPage<'a> {
    title: &'static str,
    amount: String,
    description: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "notice.html", config = "src/sandbox/pages/askama.toml")]
struct NoticePage<'a> {
    title: &'a str,
    text: &'a str,
    back: Option<&'a str>,
}

/// What a payer is told when there is nothing to choose.
struct Notice<'a> {
    status: StatusCode,
    title: &'a str,
    text: &'a str,
    back: Option<&'a str>,
}

fn checkout(session: &Session, chosen: &str, alert: Option<&'static str>) -> HttpResponse {
    let return_url = session.asked.return_url.as_str();
    let page = match &session.asked.purpose {
        Purpose::Setup => CheckoutPage {
            title: "Save a payment method",
            amount: None,
            description: None,
            alert,
            cards: TEST_CARDS,
            chosen,
            button: "Save this card".to_owned(),
            doing: "saving",
            return_url,
        },
        Purpose::Payment { amount, currency, description, .. } => CheckoutPage {
            title: "Pay",
            amount: Some(money(*amount, currency)),
            description: description.as_deref(),
            alert,
            cards: TEST_CARDS,
            chosen,
            button: format!("Pay {}", money(*amount, currency)),
            doing: "paying",
            return_url,
        },
    };
    let status = if alert.is_some() { StatusCode::PAYMENT_REQUIRED } else { StatusCode::OK };
    html(status, &page)
}

fn confirm(charge: &Charge) -> HttpResponse {
    let amount = money(charge.asked.amount, &charge.asked.currency);
    let description = charge.asked.description.as_deref();
    html(StatusCode::OK, &ConfirmPage { title: "Confirm this payment", amount, description })
}

fn notice(notice: &Notice<'_>) -> HttpResponse {
    let Notice { status, title, text, back } = *notice;
    html(status, &NoticePage { title, text, back })
}

fn html(status: StatusCode, page: &impl Template) -> HttpResponse {
    let text = page.render().expect("rendering into a string cannot fail");
    HttpResponse::build(status)
        .insert_header(ContentType::html())
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"))
        .body(text)
}

/// `49.00 EUR`; `4900 JPY`. A currency that is not known has two decimals.
fn money(minor_units: u64, currency: &str) -> String {
    let decimals = Currency::from_code(currency).map_or(2, |known| known.exponent().unwrap_or(0));
    match 10_u64.checked_pow(u32::from(decimals)) {
        None | Some(1) => format!("{minor_units} {currency}"),
        Some(unit) => {
            let (whole, rest) = (minor_units / unit, minor_units % unit);
            format!("{whole}.{rest:0width$} {currency}", width = usize::from(decimals))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_decimals_of_their_currency() {
        assert_eq!(money(4_905, "EUR"), "49.05 EUR");
        assert_eq!(money(4_905, "JPY"), "4905 JPY");
        assert_eq!(money(4_905, "KWD"), "4.905 KWD");
    }
}
