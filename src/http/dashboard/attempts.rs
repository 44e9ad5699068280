//! `/dashboard/attempts/{id}`: one try at charging, what the provider was asked and said, and what
//! was decided after it.

use actix_web::web::{Data, Path};
use askama::Template;

use super::frame::{Frame, Visit};
use super::invoices::declined;
use super::navigation::Section;
use super::page::{Answer, Trouble, look, pages};
use super::parts::{Amount, Badge, Empty, Facts, Html, When};
use super::words;
use crate::app::App;
use crate::domain::attempt::{Attempt, AttemptState, Origin};
use crate::domain::connection::Connection;
use crate::domain::exchange::{Ending, Exchange};
use crate::domain::id::{AttemptId, OrganizationId};
use crate::domain::payment::{Payable, PayableId};
use crate::domain::policy::{DecisionRecord, Move};
use crate::domain::time::Timestamp;
use crate::store::{Reader, StoreError};

#[derive(Template)]
#[template(path = "dashboard/attempt.html")]
struct Show {
    frame: Frame,
    /// Of the debt.
    title: String,
    /// Where its page is.
    debt: Option<String>,
    number: u32,
    amount: Amount,
    state: Badge,
    code: Option<String>,
    meaning: Vec<String>,
    decision: Option<Decided>,
    exchanges: Vec<Asked>,
    empty: Empty,
    facts: Facts,
}

pages!(Show);

struct Decided {
    sentence: String,
    facts: Facts,
    moves: Vec<String>,
}

struct Asked {
    function: String,
    ending: Badge,
    duration_ms: u64,
    when: When,
    method: String,
    url: String,
    facts: Facts,
    headers: Vec<(String, String)>,
}

struct Found {
    attempt: Attempt,
    title: String,
    connection: Option<Connection>,
    decision: Option<DecisionRecord>,
    exchanges: Vec<Exchange>,
}

impl Found {
    fn read(
        read: &Reader<'_>,
        organization: OrganizationId,
        id: AttemptId,
    ) -> Result<Option<Found>, StoreError> {
        let attempt = read.attempt_of_every_organization(id)?;
        let Some(attempt) = attempt.filter(|it| it.organization_id == organization) else {
            return Ok(None);
        };
        let payable = read.payable(organization, attempt.payable)?;
        let decisions = read.decisions_of(attempt.recovery_id)?;
        Ok(Some(Found {
            title: payable.map_or_else(|| "A debt".to_owned(), |it| title(&it)),
            connection: read.connection(organization, attempt.connection_id)?,
            decision: decisions.into_iter().find(|(of, _)| *of == id).map(|(_, it)| it),
            exchanges: read.exchanges_of(id)?,
            attempt,
        }))
    }
}

fn title(payable: &Payable) -> String {
    match payable {
        Payable::Invoice(invoice) => format!("Invoice {}", invoice.number),
        Payable::Request(_) => payable.title(),
    }
}

/// `GET /dashboard/attempts/{id}`
pub async fn show(app: Data<App>, visit: Visit, id: Path<String>) -> Answer {
    let organization = visit.person.organization_id;
    let id: AttemptId = id.parse().map_err(|_| Trouble::NotFound)?;
    look(app, visit, (Section::Invoices, "Attempt"), move |_, read, frame| {
        let found = Found::read(read, organization, id)?.ok_or(Trouble::NotFound)?;
        Ok(Show::of(&found, frame))
    })
    .await
}

impl Show {
    fn of(found: &Found, frame: Frame) -> Show {
        let attempt = &found.attempt;
        let outcome = words::outcome(attempt);
        let meaning = match &attempt.state {
            AttemptState::Declined { decline, .. } => declined(decline),
            AttemptState::Unknown { reason, .. } | AttemptState::NotSent { reason } => {
                vec![reason.clone()]
            }
            _ => vec![],
        };
        Show {
            title: found.title.clone(),
            debt: match attempt.payable {
                PayableId::Invoice(id) => Some(format!("/dashboard/invoices/{id}")),
                PayableId::PaymentRequest(_) => None,
            },
            number: attempt.number,
            amount: Amount::of(attempt.amount),
            state: outcome.badge,
            code: outcome.code,
            meaning,
            decision: found.decision.as_ref().map(|record| decided(record, &frame)),
            exchanges: found.exchanges.iter().map(|it| asked(it, &frame)).collect(),
            empty: Empty {
                heading: "Nothing kept",
                text: "The newest requests of plugins are kept, as many as exchanges_kept in the \
                       settings says. Those of this attempt are gone, or it made none."
                    .to_owned(),
            },
            facts: facts(found, &frame),
            frame: frame.titled(format!("Attempt {} of {}", attempt.number, found.title)),
        }
    }
}

fn facts(found: &Found, frame: &Frame) -> Facts {
    let attempt = &found.attempt;
    let decline = match &attempt.state {
        AttemptState::Declined { decline, .. } => Some(decline),
        _ => None,
    };
    let code = |text: Option<&String>| text.map(|text| Html::code(text));
    let connection = found.connection.as_ref();
    let instrument = attempt.instrument.as_ref();
    Facts::default()
        .with("Why then", Html::text(origin(attempt.origin)))
        .with_some("Connection", connection.map(|it| Html::text(&it.code)))
        .with_some("Provider", connection.map(|it| Html::text(&it.provider)))
        .with_some("Plugin", found.exchanges.last().map(|it| Html::text(&it.plugin)))
        .with_some("Method", instrument.map(|it| Html::text(&it.kind.replace('_', " "))))
        .with_some("Method there", instrument.map(|it| Html::code(&it.provider_method_id)))
        .with_some("Charge there", code(attempt.charge_id.as_ref()))
        .with("Status there", Html::code(&attempt.status))
        .with_some("Network code", code(decline.and_then(|it| it.network_code.as_ref())))
        .with_some("Advice code", code(decline.and_then(|it| it.advice_code.as_ref())))
        .with("Begun", Html::of(&frame.when(&attempt.begun_at)))
        .with_some("Settled", settled(attempt).map(|at| Html::of(&frame.when(&at))))
        .with("Handed over", Html::text(&times(attempt.sends)))
        .with("Idempotency key", Html::code(&attempt.idempotency_key))
        .with("Id", Html::code(&attempt.id.to_string()))
}

fn times(count: u32) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

const fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Schedule => "It was due",
        Origin::Person => "A person or program asked for it",
        Origin::Link => "The payer paid on a page",
    }
}

const fn settled(attempt: &Attempt) -> Option<Timestamp> {
    match attempt.state {
        AttemptState::Paid { at }
        | AttemptState::Declined { at, .. }
        | AttemptState::Cancelled { at } => Some(at),
        _ => None,
    }
}

fn decided(record: &DecisionRecord, frame: &Frame) -> Decided {
    let shown = crate::wire::recoup::recovery::decision(record);
    let step = shown.step.as_ref().map(|step| {
        format!("{} of {} for {} declines: {}", step.position, step.steps, step.ladder, step.step)
    });
    let text = |text: &str| Html::text(&text.replace('_', " "));
    Decided {
        sentence: record.sentence(),
        facts: Facts::default()
            .with("Decision", text(shown.decision))
            .with("Rule", text(shown.rule))
            .with("Policy", Html::text(&record.policy.words()))
            .with("Class", text(shown.decline_class))
            .with("Allows", text(shown.retry_class))
            .with_some("Step", step.as_deref().map(Html::text))
            .with("Declines", Html::text(&declines(record)))
            .with("Time zone", Html::text(shown.timezone))
            .with("Decided", Html::of(&frame.when(&record.decided_at))),
        moves: record.moves.iter().map(|it| moved(*it, frame)).collect(),
    }
}

fn moved(one: Move, frame: &Frame) -> String {
    let by = one.by.as_str().replace('_', " ");
    format!("Moved by {by} to {}", frame.when(&one.to).person())
}

fn declines(record: &DecisionRecord) -> String {
    let history = record.history;
    format!("{} on this method, {} in all", history.declines, history.declines_in_all)
}

fn asked(exchange: &Exchange, frame: &Frame) -> Asked {
    Asked {
        function: exchange.function.clone(),
        ending: words::ending(&exchange.ending),
        duration_ms: exchange.duration_ms,
        when: frame.when(&exchange.at),
        method: exchange.method.clone(),
        url: exchange.url.clone(),
        facts: sizes(exchange),
        headers: exchange.headers.clone(),
    }
}

fn sizes(exchange: &Exchange) -> Facts {
    let sent = format!("{} bytes", exchange.request_bytes);
    let facts = Facts::default().with("Sent", Html::text(&sent));
    match &exchange.ending {
        Ending::Answered { bytes, .. } => {
            facts.with("Answer", Html::text(&format!("{bytes} bytes")))
        }
        Ending::Denied(reason) | Ending::NotSent(reason) | Ending::MaybeSent(reason) => {
            facts.with("Why", Html::text(reason))
        }
    }
}
