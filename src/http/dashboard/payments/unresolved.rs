//! `/dashboard/payments/unresolved`: what nobody knows the outcome of, who asks next, and a form
//! for those who have looked at the provider’s own pages.

use actix_web::web::{Data, Path};
use uuid::Uuid;

use super::{Case, CaseList, UNRESOLVED, tabs};
use crate::app::App;
use crate::app::collect::{ResolveError, Verdict};
use crate::app::refunds::ResolveRefundError;
use crate::domain::attempt::AttemptState;
use crate::domain::filter::UnresolvedFilter;
use crate::domain::id::{AttemptId, OrganizationId, RefundId};
use crate::domain::resolution::Finding;
use crate::domain::unresolved::{NextStep, Open, Unresolved};
use crate::domain::view::SliceRequest;
use crate::http::dashboard::access::{Person, Sent};
use crate::http::dashboard::deeds::{REASON_CHARS_MAX, Refusal, Said, act, internal, refused};
use crate::http::dashboard::frame::{Frame, Visit};
use crate::http::dashboard::navigation::Section;
use crate::http::dashboard::page::{Answer, Trouble, look};
use crate::http::dashboard::parts::{
    ActionForm, Amount, Badge, Choice, Empty, Facts, Html, Pager, RadioField, TextField, Tone,
    distance,
};
use crate::http::lago::Query;
use crate::store::{Reader, StoreError};

/// On one page.
const SHOWN_MAX: u32 = 25;

/// `GET /dashboard/payments/unresolved`
pub async fn show(app: Data<App>, visit: Visit, query: Query) -> Answer {
    let organization = visit.person.organization_id;
    let after: Option<Uuid> = query.text("after").and_then(|text| text.parse().ok());
    look(app, visit, (Section::Payments, "Unresolved payments"), move |_, read, frame| {
        let request = SliceRequest { after, limit: SHOWN_MAX };
        let found = read.unresolved(organization, &UnresolvedFilter::default(), request)?;
        let mut cases = Vec::with_capacity(found.items.len());
        for one in &found.items {
            cases.push(case(read, one, &frame)?);
        }
        Ok(CaseList {
            lead: "Charges and refunds whose outcome nobody knows. While one stands here, nothing \
                   else is charged for its debt. What has waited longest comes first.",
            tabs: tabs(read, organization, UNRESOLVED)?,
            states: None,
            cases,
            empty: Empty {
                heading: "Nothing is unresolved",
                text: "Of every charge and every refund it is known what came of it.".to_owned(),
            },
            pager: Pager {
                label: "unresolved payments",
                first: after.map(|_| UNRESOLVED.to_owned()),
                next: found.next.map(|next| format!("{UNRESOLVED}?after={next}")),
            },
            frame,
        })
    })
    .await
}

fn case(read: &Reader<'_>, one: &Unresolved, frame: &Frame) -> Result<Case, StoreError> {
    let id = one.id();
    let organization = organization_of(one);
    let customer = read.customer(organization, one.customer_id())?;
    let name = customer.and_then(|it| it.display_name());
    let invoice = match one.invoice_id() {
        Some(id) => read.invoice(organization, id)?.map(|invoice| (id, invoice.number)),
        None => None,
    };
    let (badge, sentence) = told(one, frame);
    let facts = Facts::default()
        .with_some(
            "Invoice",
            invoice.map(|(id, number)| Html::link(&format!("/dashboard/invoices/{id}"), &number)),
        )
        .with("Begun", Html::of(&frame.when(&one.since())))
        .with("At", Html::text(&one.connection_code))
        .with("Asked there", Html::text(&times(one.asked())))
        .with_some("Attempt", attempt(one));
    Ok(Case {
        amount: Amount::of(one.amount()),
        customer: Html::link(
            &format!("/dashboard/customers/{}", one.customer_id()),
            &name.unwrap_or_else(|| one.external_customer_id.clone()),
        ),
        badge,
        sentence,
        facts,
        plain: asking(one, id, frame),
        asks: checking(one, id, frame),
    })
}

fn organization_of(one: &Unresolved) -> OrganizationId {
    match &one.open {
        Open::Charge(attempt) | Open::Contradicted(attempt, _) => attempt.organization_id,
        Open::Refund(refund) => refund.organization_id,
    }
}

fn attempt(one: &Unresolved) -> Option<Html> {
    match &one.open {
        Open::Charge(attempt) | Open::Contradicted(attempt, _) => {
            let number = format!("No. {}", attempt.number);
            Some(Html::link(&format!("/dashboard/attempts/{}", attempt.id), &number))
        }
        Open::Refund(_) => None,
    }
}

fn times(number: u32) -> String {
    match number {
        0 => "not yet".to_owned(),
        1 => "once".to_owned(),
        _ => format!("{number} times"),
    }
}

/// What it is, and what comes next and why.
fn told(one: &Unresolved, frame: &Frame) -> (Badge, String) {
    let reason = one.reason();
    let because = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
    let what = match &one.open {
        Open::Charge(attempt) => match attempt.state {
            AttemptState::Pending { .. } => "The charge is accepted and not settled",
            AttemptState::NeedsAction { .. } => "The payer was asked to confirm and has not",
            AttemptState::Charging { .. }
            | AttemptState::Unknown { .. }
            | AttemptState::NotSent { .. }
            | AttemptState::Paid { .. }
            | AttemptState::Declined { .. }
            | AttemptState::Cancelled { .. } => "The money may have been taken",
        },
        Open::Contradicted(..) => "A person said that it was paid, and the provider denies it",
        Open::Refund(_) => "The money may have been given back",
    };
    let next = one.next_at().map(|at| distance(frame.now, at)).unwrap_or_default();
    let step = match one.next_step() {
        NextStep::AskProvider => format!("recoup asks the provider again {next}."),
        NextStep::SendAgain => format!(
            "recoup sends it again {next} under the same key, which gives nothing back twice."
        ),
        NextStep::Resolve => "recoup does not ask again by itself. Look at the provider’s own \
                              pages, and say here what came of it."
            .to_owned(),
        NextStep::Correct => "Look again, and say here what came of it.".to_owned(),
    };
    let badge = match one.next_at() {
        Some(_) => Badge::new(Tone::Wait, "recoup asks"),
        None => Badge::new(Tone::Bad, "Needs a person"),
    };
    (badge, format!("{what}{because}. {step}"))
}

fn asking(one: &Unresolved, id: Uuid, frame: &Frame) -> Vec<(String, &'static str)> {
    let can_ask = match &one.open {
        Open::Charge(_) | Open::Refund(_) => frame.may_operate(),
        Open::Contradicted(..) => false,
    };
    if can_ask { vec![(format!("{UNRESOLVED}/{id}/ask"), "Ask now")] } else { vec![] }
}

fn checking(one: &Unresolved, id: Uuid, frame: &Frame) -> Vec<ActionForm> {
    if !frame.may_operate() {
        return vec![];
    }
    let (paid, not_paid) = match &one.open {
        Open::Charge(_) | Open::Contradicted(..) => ("The money was taken", "Nothing was taken"),
        Open::Refund(_) => ("The money was given back", "Nothing was given back"),
    };
    let outcome = RadioField {
        name: "outcome",
        legend: "What the provider’s pages say",
        options: vec![
            Choice::new(Finding::Paid.as_str(), paid),
            Choice::new(Finding::NotPaid.as_str(), not_paid),
        ],
    };
    let reason = TextField::new("reason", "How you know")
        .at(id)
        .hint("Stands in the audit log: what you looked at, and when.")
        .required();
    vec![ActionForm {
        label: "I checked".to_owned(),
        action: format!("{UNRESOLVED}/{id}/checked"),
        explanation: "Your word counts like the provider’s, and is signed with your name. If \
                      nothing was taken, nothing is charged by itself after it: resend the invoice."
            .to_owned(),
        fields: vec![Html::of(&outcome), Html::of(&reason)],
        confirm: "Say so".to_owned(),
        is_dangerous: false,
        csrf: frame.csrf(),
    }]
}

/// `POST /dashboard/payments/unresolved/{id}/ask`
pub async fn ask(app: Data<App>, person: Person, id: Path<String>) -> Answer {
    let id = uuid(&id)?;
    act((app, person), UNRESOLVED, move |app, organization| {
        let refund = RefundId::from_uuid(id);
        if app.store().read(|read| read.refund(organization, refund))?.is_some() {
            let asked = app.ask_about_refund(organization, refund).map_err(of_refund)?;
            return Ok(format!("Asked. The refund is {} now.", plain(asked.state.word().as_str())));
        }
        let attempt = AttemptId::from_uuid(id);
        let asked = app.ask_about_attempt(organization, attempt).map_err(of_attempt)?;
        Ok(format!("Asked. The charge is {} now.", plain(asked.state.as_str())))
    })
    .await
}

fn uuid(text: &str) -> Result<Uuid, Trouble> {
    text.parse().map_err(|_| Trouble::NotFound)
}

fn plain(word: &str) -> String {
    word.replace('_', " ")
}

/// `POST /dashboard/payments/unresolved/{id}/checked`
pub async fn checked(app: Data<App>, person: Person, sent: Sent, id: Path<String>) -> Answer {
    let id = uuid(&id)?;
    act((app, person), UNRESOLVED, move |app, organization| {
        let finding = Finding::parse(sent.text("outcome"))
            .ok_or_else(|| refused("Nothing was changed: choose what the provider’s pages say."))?;
        let reason = sent.filled("reason").ok_or_else(|| {
            refused("Nothing was changed: write how you know, such as what you looked at.")
        })?;
        let reason: String = reason.chars().take(REASON_CHARS_MAX).collect();
        settle(app, organization, id, (finding, reason))
    })
    .await
}

fn settle(
    app: &App,
    organization: OrganizationId,
    id: Uuid,
    (finding, reason): (Finding, String),
) -> Said {
    let refund = RefundId::from_uuid(id);
    if app.store().read(|read| read.refund(organization, refund))?.is_some() {
        app.resolve_refund(organization, refund, (finding, reason)).map_err(of_refund)?;
        return Ok("Noted. The refund is settled by your word.".to_owned());
    }
    let attempt = AttemptId::from_uuid(id);
    let verdict = Verdict { organization, attempt, finding, reason };
    app.resolve_by_person(verdict).map_err(of_attempt)?;
    Ok(match finding {
        Finding::Paid => "Noted: the money was taken. The debt is settled by your word.",
        Finding::NotPaid => {
            "Noted: nothing was taken. Nothing is charged by itself now; resend the invoice if it \
             is to be charged again."
        }
    }
    .to_owned())
}

fn of_attempt(error: ResolveError) -> Refusal {
    match error {
        ResolveError::NotFound => Refusal::NotFound,
        ResolveError::Collect(error) => internal(&error),
        ResolveError::NotUnresolved | ResolveError::CallIsOut | ResolveError::NotCorrectable(_) => {
            refused(format!("Nothing was changed: {error}."))
        }
    }
}

fn of_refund(error: ResolveRefundError) -> Refusal {
    match error {
        ResolveRefundError::NotFound => Refusal::NotFound,
        ResolveRefundError::Collect(error) => internal(&error),
        ResolveRefundError::NotUnresolved | ResolveRefundError::KeyTooOld => {
            refused(format!("Nothing was changed: {error}."))
        }
    }
}
