//! How pages for payers are sent: what every answer says to browsers and robots, and how amounts
//! and dates read.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, ContentType, LOCATION, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use askama::Template;
use chrono::NaiveDate;

use crate::domain::money::Money;
use crate::domain::time::Timestamp;

const STYLE: &str = include_str!("../../../templates/payer/style.css");

/// `GET /pay/style.css`
pub async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((CACHE_CONTROL, "public, max-age=3600"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(STYLE)
}

/// No script, no frame, nothing from elsewhere. A form may lead on to the provider's page: browsers
/// hold redirects of a form to `form-action` too. The address of a page is never told to anyone.
const POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; \
    frame-ancestors 'none'; form-action 'self' https: http:";

pub fn page(status: StatusCode, template: &impl Template) -> HttpResponse {
    let Ok(text) = template.render() else {
        tracing::error!("a page for a payer was not rendered");
        return HttpResponse::InternalServerError().finish();
    };
    HttpResponse::build(status)
        .insert_header(ContentType::html())
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((X_FRAME_OPTIONS, "DENY"))
        .insert_header(("x-robots-tag", "noindex, nofollow"))
        .body(text)
}

/// 303: whatever was sent, the next page is fetched.
pub fn go(location: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, location))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .finish()
}

/// A page that says one thing, and may have one button.
#[derive(Template, Default)]
#[template(path = "payer/notice.html")]
pub struct Notice {
    pub organization: Option<String>,
    pub test_mode: bool,
    pub heading: &'static str,
    pub texts: Vec<String>,
    pub trouble: Option<&'static str>,
    pub button: Option<&'static str>,
}

pub fn not_found() -> HttpResponse {
    let notice = Notice {
        heading: "There is no such page",
        texts: vec![
            "The address is not complete, or was never given out. Open the link again from where \
             you have it, or ask whoever sent it to you for another one."
                .to_owned(),
        ],
        ..Notice::default()
    };
    page(StatusCode::NOT_FOUND, &notice)
}

/// Something is wrong here; it was logged where it was noticed.
pub fn failed() -> HttpResponse {
    let notice = Notice {
        heading: "This page cannot be shown now",
        texts: vec!["Something went wrong here. Please try again in a few minutes.".to_owned()],
        ..Notice::default()
    };
    page(StatusCode::INTERNAL_SERVER_ERROR, &notice)
}

pub const PROVIDER_TROUBLE: &str = "The payment provider did not answer as expected. \
     Nothing was charged. Please try again in a few minutes.";

/// `1 234 567.00 EUR`, with spaces that do not break.
pub fn amount(money: Money) -> String {
    let plain = money.to_string();
    let (number, code) = plain.split_once(' ').unwrap_or((&plain, ""));
    let (whole, rest) = number.split_at(number.find('.').unwrap_or(number.len()));
    let mut grouped = String::new();
    let digits = whole.trim_start_matches('-').len();
    for (position, sign) in whole.chars().rev().enumerate() {
        if position > 0 && position % 3 == 0 && position < digits {
            grouped.insert(0, '\u{202f}');
        }
        grouped.insert(0, sign);
    }
    format!("{grouped}{rest}\u{a0}{code}")
}

/// `20 November 2026`
pub fn day(date: NaiveDate) -> String {
    date.format("%-d\u{a0}%B\u{a0}%Y").to_string()
}

/// `20 November 2026, 23:15 UTC`
pub fn moment(at: Timestamp) -> String {
    at.utc().format("%-d\u{a0}%B\u{a0}%Y, %H:%M\u{a0}UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::currency::Currency;

    #[test]
    fn amounts_are_grouped_for_reading() {
        let shown = |units| amount(Money::new(units, Currency::EUR));
        assert_eq!(shown(4_900), "49.00\u{a0}EUR");
        assert_eq!(shown(99_999), "999.99\u{a0}EUR");
        assert_eq!(shown(123_456_789), "1\u{202f}234\u{202f}567.89\u{a0}EUR");
        assert_eq!(shown(-12_345_600), "-123\u{202f}456.00\u{a0}EUR");
    }
}
