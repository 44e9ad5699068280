//! `/checkout/{session}` and `/confirm/{charge}`.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::rt::time::sleep;
use actix_web::web::{self, Data, Form, Path, ServiceConfig};
use serde::Deserialize;

use super::{Notice, checkout, confirm, notice};
use crate::sandbox::Sandbox;
use crate::sandbox::api::cut;
use crate::sandbox::behaviour::Behaviour;
use crate::sandbox::book::{Charge, Origin, SessionState, State};
use crate::sandbox::charging::{Verdict, delay_of};
use crate::sandbox::checkout::Chosen;
use crate::sandbox::declines;
use crate::sandbox::problem::Problem;

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/checkout/{session}", web::get().to(show_checkout))
        .route("/checkout/{session}", web::post().to(choose_card))
        .route("/confirm/{charge}", web::get().to(show_confirm))
        .route("/confirm/{charge}", web::post().to(give_verdict));
}

async fn show_checkout(sandbox: Data<Sandbox>, id: Path<String>) -> HttpResponse {
    let Ok((session, result)) = sandbox.find_session(&id) else {
        return not_found();
    };
    let back = Some(session.asked.return_url.as_str());
    let (status, title, text) = match &session.state {
        SessionState::Open => return checkout(&session, "ok", None),
        SessionState::InProgress { charge } => {
            if result.is_some_and(|charge| charge.state == State::RequiresAction) {
                return go(&format!("../confirm/{charge}"));
            }
            (StatusCode::OK, "Being processed", "The payment has been started. It takes a moment.")
        }
        SessionState::SetUp { .. } => (StatusCode::OK, "Saved", "The payment method is saved."),
        SessionState::Paid { .. } => match result.map(|charge| charge.state) {
            Some(State::Succeeded) => (StatusCode::OK, "Paid", "This has been paid. Thank you."),
            _ => (StatusCode::OK, "Not paid", "The payment did not go through."),
        },
        SessionState::Expired => {
            (StatusCode::GONE, "Expired", "This page has expired. No money was taken.")
        }
    };
    notice(&Notice { status, title, text, back })
}

#[derive(Deserialize)]
struct CardForm {
    card: String,
}

async fn choose_card(
    sandbox: Data<Sandbox>,
    id: Path<String>,
    form: Form<CardForm>,
) -> HttpResponse {
    let sandbox = sandbox.into_inner();
    let Ok((session, _)) = sandbox.find_session(&id) else {
        return not_found();
    };
    let return_url = session.asked.return_url.as_str();
    let charge = match sandbox.choose_card(&id, &form.card) {
        Ok(Chosen::SetUp) => return go(return_url),
        Ok(Chosen::NotOpen) => return go(&id),
        Ok(Chosen::Charged(charge)) => *charge,
        Err(Problem::Unavailable) => return unavailable(&id),
        Err(Problem::NoBehaviour { .. }) => {
            return checkout(&session, "ok", Some("Please choose one of the cards below."));
        }
        Err(problem) => {
            tracing::error!(%problem, "a card chosen on a hosted page was not charged");
            return unavailable(&id);
        }
    };
    let behaviour = charge.behaviour();
    if behaviour == Behaviour::Late {
        let (worker, charge) = (sandbox.clone(), charge.clone());
        // Its failure is a webhook that did not come early, which the charge survives.
        let _ = web::block(move || worker.deliver_at_once(&charge)).await;
    }
    sleep(delay_of(&behaviour)).await;
    if behaviour == Behaviour::Lost {
        return cut();
    }
    if behaviour == Behaviour::Error500 {
        return notice(&Notice {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            title: "Something went wrong",
            text: "We do not know whether the payment went through.",
            back: Some(return_url),
        });
    }
    match &charge.state {
        State::Succeeded | State::Pending { .. } => go(return_url),
        State::RequiresAction => go(&format!("../confirm/{}", charge.id)),
        State::Declined { code } => checkout(&session, &form.card, Some(declines::for_payer(code))),
        State::Canceled => go(&id),
    }
}

async fn show_confirm(sandbox: Data<Sandbox>, id: Path<String>) -> HttpResponse {
    let found = sandbox.book().charge(&id).cloned();
    match found {
        Ok(charge) if charge.state == State::RequiresAction => confirm(&charge),
        Ok(charge) => ended(&sandbox, &charge),
        Err(_) => not_found(),
    }
}

#[derive(Deserialize)]
struct VerdictForm {
    verdict: Said,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Said {
    Confirm,
    Refuse,
}

async fn give_verdict(
    sandbox: Data<Sandbox>,
    id: Path<String>,
    form: Form<VerdictForm>,
) -> HttpResponse {
    let verdict = match form.verdict {
        Said::Confirm => Verdict::Confirmed,
        Said::Refuse => Verdict::Refused,
    };
    match sandbox.confirm(&id, verdict) {
        Ok(charge) => ended(&sandbox, &charge),
        Err(Problem::NotFound { .. }) => not_found(),
        Err(problem) => {
            tracing::error!(%problem, "a payer's verdict was not written");
            unavailable(&id)
        }
    }
}

/// Where a payer goes whose charge needs nothing more from them.
fn ended(sandbox: &Sandbox, charge: &Charge) -> HttpResponse {
    if let Origin::Session { id, .. } = &charge.origin {
        return match (&charge.state, sandbox.find_session(id)) {
            (State::Succeeded, Ok((session, _))) => go(&session.asked.return_url),
            _ => go(&format!("../checkout/{id}")),
        };
    }
    let (title, text) = match &charge.state {
        State::Succeeded => ("Paid", "Thank you. You can close this page."),
        State::Declined { .. } => ("Not paid", "The payment was refused. No money was taken."),
        State::Canceled => ("Cancelled", "The payment was cancelled. No money was taken."),
        State::Pending { .. } | State::RequiresAction => ("Being processed", "Please wait."),
    };
    notice(&Notice { status: StatusCode::OK, title, text, back: None })
}

fn go(to: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, to)).finish()
}

fn not_found() -> HttpResponse {
    notice(&Notice {
        status: StatusCode::NOT_FOUND,
        title: "There is no such page",
        text: "Please check the link that brought you here.",
        back: None,
    })
}

fn unavailable(back: &str) -> HttpResponse {
    notice(&Notice {
        status: StatusCode::SERVICE_UNAVAILABLE,
        title: "Not available",
        text: "Nothing was charged. Please try again in a moment.",
        back: Some(back),
    })
}
