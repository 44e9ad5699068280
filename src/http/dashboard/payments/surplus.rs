//! `/dashboard/payments/surplus`: money that came in beyond what was due, to be given back or kept.

use actix_web::web::{Data, Path};
use uuid::Uuid;

use super::{Case, CaseList, SURPLUS, tabs};
use crate::app::App;
use crate::app::refunds::{RefundError, RefundOf, RefundOrder};
use crate::app::surplus::KeepSurplusError;
use crate::domain::filter::SurplusFilter;
use crate::domain::id::SurplusId;
use crate::domain::refund::RefundReason;
use crate::domain::surplus::{SurplusPayment, SurplusReason, SurplusState, SurplusStateWord};
use crate::domain::view::SliceRequest;
use crate::http::dashboard::access::{Person, Sent};
use crate::http::dashboard::deeds::{REASON_CHARS_MAX, Refusal, act, internal, refused};
use crate::http::dashboard::frame::{Frame, Visit};
use crate::http::dashboard::navigation::Section;
use crate::http::dashboard::page::{Answer, Trouble, look};
use crate::http::dashboard::parts::{
    ActionForm, Amount, Badge, Empty, Facts, Html, Pager, Tab, Tabs, TextField, Tone,
};
use crate::http::lago::Query;
use crate::store::{Reader, StoreError};

/// On one page.
const SHOWN_MAX: u32 = 25;

/// `GET /dashboard/payments/surplus`
pub async fn show(app: Data<App>, visit: Visit, query: Query) -> Answer {
    let organization = visit.person.organization_id;
    let state = query.text("state").and_then(SurplusStateWord::parse);
    let after: Option<Uuid> = query.text("after").and_then(|text| text.parse().ok());
    look(app, visit, (Section::Payments, "Surplus payments"), move |_, read, frame| {
        let filter = SurplusFilter { state, ..SurplusFilter::default() };
        let request = SliceRequest { after, limit: SHOWN_MAX };
        let found = read.surplus_payments(organization, &filter, request)?;
        let mut cases = Vec::with_capacity(found.items.len());
        for one in &found.items {
            cases.push(case(read, one, &frame)?);
        }
        Ok(CaseList {
            lead: "Money that came in beyond what was due, such as a debt that was paid twice. \
                   It belongs to the customer until you give it back or say why you keep it.",
            tabs: tabs(read, organization, SURPLUS)?,
            states: Some(states(state)),
            cases,
            empty: empty(state),
            pager: Pager {
                label: "surplus payments",
                first: after.map(|_| address(state, None)),
                next: found.next.map(|next| address(state, Some(next))),
            },
            frame,
        })
    })
    .await
}

fn address(state: Option<SurplusStateWord>, after: Option<Uuid>) -> String {
    let state = state.map(|state| format!("state={}", state.as_str()));
    let after = after.map(|after| format!("after={after}"));
    let query = [state, after].into_iter().flatten().collect::<Vec<_>>().join("&");
    if query.is_empty() { SURPLUS.to_owned() } else { format!("{SURPLUS}?{query}") }
}

const fn word(state: SurplusStateWord) -> &'static str {
    match state {
        SurplusStateWord::Open => "Waiting",
        SurplusStateWord::Refunding => "Being given back",
        SurplusStateWord::Refunded => "Given back",
        SurplusStateWord::RefundFailed => "Refund failed",
        SurplusStateWord::Kept => "Kept",
    }
}

fn states(current: Option<SurplusStateWord>) -> Tabs {
    let tab = |label, state: Option<SurplusStateWord>| Tab {
        label,
        href: address(state, None),
        count: None,
        is_current: state == current,
    };
    let every = SurplusStateWord::ALL.iter().map(|state| tab(word(*state), Some(*state)));
    Tabs { label: "States", tabs: [tab("Any state", None)].into_iter().chain(every).collect() }
}

fn empty(state: Option<SurplusStateWord>) -> Empty {
    let text = match state {
        None => "Every payment was for what was due.",
        Some(_) => "Look under another state.",
    };
    Empty { heading: "No surplus payment", text: text.to_owned() }
}

fn case(read: &Reader<'_>, one: &SurplusPayment, frame: &Frame) -> Result<Case, StoreError> {
    let customer = read.customer(one.organization_id, one.customer_id)?;
    let name = customer.map(|it| it.display_name().unwrap_or(it.external_id)).unwrap_or_default();
    let invoice = match one.invoice_id {
        Some(id) => read.invoice(one.organization_id, id)?.map(|invoice| (id, invoice.number)),
        None => None,
    };
    let tone = match one.state {
        SurplusState::Open | SurplusState::RefundFailed => Tone::Bad,
        SurplusState::Refunding => Tone::Wait,
        SurplusState::Refunded => Tone::Good,
        SurplusState::Kept { .. } => Tone::Quiet,
    };
    let left = one.left();
    let part = (left != one.amount && left.is_positive()).then(|| Html::of(&Amount::of(left)));
    let facts = Facts::default()
        .with_some(
            "Invoice",
            invoice.map(|(id, number)| Html::link(&format!("/dashboard/invoices/{id}"), &number)),
        )
        .with("Came in", Html::of(&frame.when(&one.created_at)))
        .with_some("Left of it", part)
        .with("By", Html::link(&format!("/dashboard/attempts/{}", one.payment_id), "This charge"));
    Ok(Case {
        amount: Amount::of(one.amount),
        customer: Html::link(&format!("/dashboard/customers/{}", one.customer_id), &name),
        badge: Badge::new(tone, word(one.state.word())),
        sentence: sentence(one),
        facts,
        plain: vec![],
        asks: if frame.may_operate() { asks(one, frame) } else { vec![] },
    })
}

fn sentence(one: &SurplusPayment) -> String {
    let why = match one.reason {
        SurplusReason::DebtSettled => "The debt was settled in another way first.",
        SurplusReason::DebtGone => "The invoice was voided before the money came.",
        SurplusReason::MoreThanDue => "Something else had paid a part of the debt meanwhile.",
    };
    let then = match &one.state {
        SurplusState::Open => "Nobody has decided yet what becomes of it.".to_owned(),
        SurplusState::Refunding => "A refund is on its way.".to_owned(),
        SurplusState::Refunded => "All of it went back.".to_owned(),
        SurplusState::RefundFailed => {
            "The provider refused the latest refund. Try again, or give it back in another way \
             and keep it here, saying so."
                .to_owned()
        }
        SurplusState::Kept { reason } => format!("It is kept: {reason}"),
    };
    format!("{why} {then}")
}

fn asks(one: &SurplusPayment, frame: &Frame) -> Vec<ActionForm> {
    match one.state {
        SurplusState::Open | SurplusState::RefundFailed => {}
        SurplusState::Refunding | SurplusState::Refunded | SurplusState::Kept { .. } => {
            return vec![];
        }
    }
    let path = format!("{SURPLUS}/{}", one.id);
    let reason = TextField::new("reason", "Why you keep it")
        .at(one.id)
        .hint("Stands in the audit log, such as: counted towards the next invoice.")
        .required();
    // Once it has moved on, the same form asks for nothing more.
    let key = Html::hidden("key", &format!("{}-{}", one.id, one.updated_at.unix_ms()));
    vec![
        ActionForm {
            label: "Give it back".to_owned(),
            action: format!("{path}/refund"),
            explanation: format!(
                "{} goes back through the provider, to what it was paid with.",
                crate::http::pay::grouped(one.left())
            ),
            fields: vec![key],
            confirm: "Give it back".to_owned(),
            is_dangerous: false,
            csrf: frame.csrf(),
        },
        ActionForm {
            label: "Keep it".to_owned(),
            action: format!("{path}/keep"),
            explanation: "What is left of it is not given back any more.".to_owned(),
            fields: vec![Html::of(&reason)],
            confirm: "Keep it".to_owned(),
            is_dangerous: false,
            csrf: frame.csrf(),
        },
    ]
}

fn surplus_id(text: &str) -> Result<SurplusId, Trouble> {
    text.parse().map_err(|_| Trouble::NotFound)
}

/// `POST /dashboard/payments/surplus/{id}/refund`
pub async fn give_back(app: Data<App>, person: Person, sent: Sent, id: Path<String>) -> Answer {
    let id = surplus_id(&id)?;
    act((app, person), SURPLUS, move |app, organization| {
        let order = RefundOrder {
            organization,
            of: RefundOf::Surplus(id),
            amount: None,
            reason: RefundReason::Duplicate,
            note: None,
            client_key: sent.filled("key").map(|key| format!("dashboard-{key}")),
        };
        match app.refund(order) {
            Ok(made) if made.has_failed() => {
                Err(refused("The provider refused the refund. Its story says why."))
            }
            Ok(made) if made.is_under_way() => {
                Ok("The refund is on its way. The provider says later what came of it.".to_owned())
            }
            Ok(_) => Ok("It is given back.".to_owned()),
            Err(RefundError::PaymentNotFound | RefundError::SurplusNotFound) => {
                Err(Refusal::NotFound)
            }
            Err(RefundError::Collect(error)) => Err(internal(&error)),
            Err(error) => Err(refused(format!("Nothing was given back: {error}."))),
        }
    })
    .await
}

/// `POST /dashboard/payments/surplus/{id}/keep`
pub async fn keep(app: Data<App>, person: Person, sent: Sent, id: Path<String>) -> Answer {
    let id = surplus_id(&id)?;
    act((app, person), SURPLUS, move |app, organization| {
        let reason = sent
            .filled("reason")
            .ok_or_else(|| refused("Nothing was changed: write why you keep it."))?;
        let reason: String = reason.chars().take(REASON_CHARS_MAX).collect();
        match app.keep_surplus(organization, id, reason) {
            Ok(_) => Ok("It is kept.".to_owned()),
            Err(KeepSurplusError::NotFound) => Err(Refusal::NotFound),
            Err(KeepSurplusError::Cannot(why)) => {
                Err(refused(format!("Nothing was changed: {why}.")))
            }
            Err(KeepSurplusError::Store(error)) => Err(error.into()),
        }
    })
    .await
}
