//! `/checkout/{token}`: where a payer leaves a payment method without paying.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::html::{Notice, PROVIDER_TROUBLE, page};
use super::{TROUBLE, visit};
use crate::app::App;
use crate::app::links::{CheckoutPage, SetupState};

/// `GET /checkout/{token}`
pub async fn show(app: Data<App>, path: Path<String>, request: HttpRequest) -> HttpResponse {
    let had_trouble = request.query_string() == TROUBLE;
    let test_mode = app.rules().test_mode;
    visit::shown(
        &path,
        move |token| app.checkout_page(token),
        |shown| {
            let (status, notice) = notice(shown, test_mode, had_trouble);
            page(status, &notice)
        },
    )
    .await
}

/// `POST /checkout/{token}`: on to the provider's page.
pub async fn press(app: Data<App>, path: Path<String>) -> HttpResponse {
    visit::pressed(&path, move |token| app.press_checkout(token)).await
}

/// `GET /checkout/{token}/returned`: back from the provider.
pub async fn returned(app: Data<App>, path: Path<String>) -> HttpResponse {
    visit::returned(&path, move |token| app.returned_to_checkout(token)).await
}

fn notice(shown: CheckoutPage, test_mode: bool, had_trouble: bool) -> (StatusCode, Notice) {
    let who = shown.organization_name;
    let (status, heading, text) = match shown.state {
        SetupState::Asked => (
            StatusCode::OK,
            "Add a payment method",
            format!(
                "{who} asks you for a payment method for its invoices. You leave it on the payment \
                 provider’s page, and what you type there stays there. Leaving it costs nothing; \
                 invoices of yours that are still open may then be charged on it."
            ),
        ),
        SetupState::Stored => (
            StatusCode::OK,
            "Your payment method is stored",
            "Thank you. You can close this page.".to_owned(),
        ),
        SetupState::Over => (
            StatusCode::GONE,
            "This link is no longer good",
            format!("Ask {who} for a new one if you still want to leave a payment method."),
        ),
    };
    let is_asked = shown.state == SetupState::Asked;
    let notice = Notice {
        organization: Some(who),
        test_mode,
        heading,
        texts: vec![text],
        trouble: (is_asked && had_trouble).then_some(PROVIDER_TROUBLE),
        button: is_asked.then_some("Continue"),
    };
    (status, notice)
}
