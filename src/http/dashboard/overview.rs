//! The overview: every recent debt, how its collecting stands, why, and what happens next.

use actix_web::HttpResponse;
use actix_web::http::header::ContentType;
use actix_web::web::Data;
use askama::Template;

use crate::app::App;
use crate::domain::attempt::{Attempt, AttemptState};
use crate::domain::payment::Payable;
use crate::domain::recovery::{IdleReason, RecoveredBy, State, WaitReason};
use crate::domain::time::Timestamp;
use crate::domain::view::RecoveryView;
use crate::http::lago::{Caller, LagoError, blocking};

/// So many debts are shown, those that changed last first.
const SHOWN_MAX: u32 = 200;

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview {
    now: String,
    test_mode: bool,
    /// Why nothing is charged.
    hold: Option<&'static str>,
    failed: usize,
    waiting: usize,
    recovered: usize,
    debts: Vec<Debt>,
}

struct Debt {
    number: String,
    customer: String,
    amount: String,
    /// For the style sheet: `recovered`, `waiting`, `open`, `idle`, `cancelled`.
    tone: &'static str,
    state: String,
    next: String,
    attempts: Vec<Try>,
}

struct Try {
    number: u32,
    at: String,
    tone: &'static str,
    outcome: String,
}

pub async fn overview(app: Data<App>, caller: Caller) -> Result<HttpResponse, LagoError> {
    let page = blocking(move || {
        let organization = caller.organization_id;
        app.store().read(|read| {
            let views = read.recovery_views(organization, SHOWN_MAX)?;
            let hold = read.hold()?.map(|hold| hold.reason.sentence());
            Ok::<_, crate::store::StoreError>(Overview { hold, ..Overview::of(&app, &views) })
        })
    })
    .await?;
    let html = page.render().map_err(|_| LagoError::Internal)?;
    Ok(HttpResponse::Ok().content_type(ContentType::html()).body(html))
}

impl Overview {
    fn of(app: &App, views: &[RecoveryView]) -> Overview {
        let count = |state: fn(&State) -> bool| {
            views.iter().filter(|view| state(&view.recovery.state)).count()
        };
        Overview {
            now: shown(app.now()),
            test_mode: app.rules().test_mode,
            hold: None,
            failed: count(|state| matches!(state, State::Idle { .. })),
            waiting: count(|state| matches!(state, State::Waiting { .. } | State::Charging { .. })),
            recovered: count(|state| matches!(state, State::Recovered { .. })),
            debts: views.iter().map(Debt::of).collect(),
        }
    }
}

impl Debt {
    fn of(view: &RecoveryView) -> Debt {
        let (tone, state, next) = told(&view.recovery.state, view.attempts.last());
        Debt {
            number: match &view.payable {
                Payable::Invoice(invoice) => invoice.number.clone(),
                Payable::Request(_) => view.payable.title(),
            },
            customer: view
                .customer_name
                .clone()
                .unwrap_or_else(|| view.external_customer_id.clone()),
            amount: view.payable.total().to_string(),
            tone,
            state,
            next,
            attempts: view.attempts.iter().map(Try::of).collect(),
        }
    }
}

impl Try {
    fn of(attempt: &Attempt) -> Try {
        let (tone, outcome) = match &attempt.state {
            AttemptState::Charging { .. } => ("open", "being charged".to_owned()),
            AttemptState::Pending { .. } => ("open", "pending at the provider".to_owned()),
            AttemptState::NeedsAction { .. } => ("open", "waits for the payer".to_owned()),
            AttemptState::Unknown { reason, .. } => ("open", format!("not known: {reason}")),
            AttemptState::NotSent { reason } => ("waiting", format!("not sent: {reason}")),
            AttemptState::Paid { .. } => ("recovered", "paid".to_owned()),
            AttemptState::Declined { decline, .. } => {
                ("idle", format!("declined: {} ({})", words(decline.class.as_str()), decline.code))
            }
            AttemptState::Cancelled { .. } => ("cancelled", "cancelled".to_owned()),
        };
        Try { number: attempt.number, at: shown(attempt.begun_at), tone, outcome }
    }
}

/// The tone, the state in words, and what happens next.
fn told(state: &State, last: Option<&Attempt>) -> (&'static str, String, String) {
    match state {
        State::Waiting { next_attempt_at, reason } => {
            let why = match reason {
                WaitReason::FirstCharge => "first charge",
                WaitReason::Retry => "retry",
                WaitReason::Requested => "asked for",
                WaitReason::NotSent => "the provider was not reached",
                WaitReason::LinkOpen => "a payment link is open",
                WaitReason::RequestOpen => "a payment request is open",
                WaitReason::ConnectionPaused => "the connection is paused",
                WaitReason::NetworkBudget => "other attempts on the same card are out",
                WaitReason::Outage => "the connection is out",
                WaitReason::Moved => "moved there by a person",
            };
            let next = format!("next attempt {} ({why})", shown(*next_attempt_at));
            ("waiting", "waiting".to_owned(), next)
        }
        State::Charging { .. } => {
            let next = match last.and_then(|attempt| attempt.state.lookup()) {
                Some(lookup) => match lookup.next_at {
                    Some(at) => format!("the provider is asked {}", shown(at)),
                    None => "a person has to look at the provider".to_owned(),
                },
                None => "the provider is being asked".to_owned(),
            };
            ("open", "being charged".to_owned(), next)
        }
        State::Idle { reason } => {
            let next = match reason {
                IdleReason::NoProvider => "link the customer to a payment provider",
                IdleReason::Manual => "is to be paid by hand",
                IdleReason::NeedsPayer => "send the payer a payment link",
                IdleReason::NeedsMethod => "ask the payer for another payment method",
                IdleReason::Held => "a person has to decide",
                IdleReason::Exhausted => "no further attempt is planned; send a payment link",
                IdleReason::Uncollectible => "written off",
                IdleReason::Stopped => "stopped by a person",
            };
            ("idle", words(reason.as_str()), next.to_owned())
        }
        State::Recovered { by, at } => {
            let how = match by {
                RecoveredBy::Attempt => "charged",
                RecoveredBy::ManualPayment => "paid by hand",
                RecoveredBy::Person => "declared paid",
                RecoveredBy::NothingDue => "nothing was due",
                RecoveredBy::PaymentRequest => "paid with a payment request",
            };
            ("recovered", "recovered".to_owned(), format!("{how} {}", shown(*at)))
        }
        State::Cancelled { at } => ("cancelled", "cancelled".to_owned(), shown(*at)),
    }
}

fn words(code: &str) -> String {
    code.replace('_', " ")
}

fn shown(at: Timestamp) -> String {
    at.utc().format("%Y-%m-%d %H:%M UTC").to_string()
}
