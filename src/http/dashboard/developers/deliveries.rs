//! What was delivered to endpoints of the business, what they answered, and sending it again.

use actix_web::web::{Data, Path};
use askama::Template;
use url::form_urlencoded::Serializer;
use uuid::Uuid;

use super::super::access::Person;
use super::super::frame::{Flash, Frame, Visit};
use super::super::navigation::Section;
use super::super::page::{Answer, Trouble, done, look, pages};
use super::super::parts::{
    ActionForm, Badge, COUNTED_MAX, Choice, Empty, Facts, Html, Pager, SelectField, Tab, Tabs,
    Tone, When, count, distance,
};
use super::super::words::sentence_case;
use super::{DELIVERIES, places, subjects};
use crate::app::App;
use crate::app::resend_webhooks::ResendError;
use crate::domain::event::WebhookName;
use crate::domain::filter::DeliveryFilter;
use crate::domain::id::{DeliveryId, OrganizationId};
use crate::domain::notification::NotificationName;
use crate::domain::view::SliceRequest;
use crate::domain::webhook::{Delivery, DeliveryState, ToldName, WebhookEndpoint};
use crate::http::blocking;
use crate::http::lago::Query;
use crate::store::Reader;

/// Of a payload so much is shown.
const SHOWN_CHARS_MAX: usize = 40_000;

#[derive(Template)]
#[template(path = "dashboard/developers/deliveries.html")]
struct List {
    frame: Frame,
    tabs: Tabs,
    states: Tabs,
    /// The state that is shown, as the query has it.
    state: Option<&'static str>,
    filters: Vec<SelectField>,
    rows: Vec<Row>,
    pager: Pager,
    empty: Empty,
}

#[derive(Template)]
#[template(path = "dashboard/developers/delivery.html")]
struct One {
    frame: Frame,
    badge: Badge,
    facts: Facts,
    /// What it tells of.
    about: Facts,
    payload: Option<(String, bool)>,
    answer: Option<String>,
    resend: Option<ActionForm>,
}

pages!(List, One);

pub(super) struct Row {
    pub href: String,
    pub webhook: &'static str,
    pub to: String,
    pub badge: Badge,
    pub answer: String,
    pub tries: u32,
    pub created: When,
    pub next: Option<String>,
}

impl Row {
    pub fn of(delivery: &Delivery, endpoints: &[WebhookEndpoint], frame: &Frame) -> Row {
        let endpoint = endpoints.iter().find(|endpoint| endpoint.id == delivery.endpoint_id);
        Row {
            href: address(delivery.id),
            webhook: delivery.webhook.as_str(),
            to: endpoint.map_or_else(|| "removed".to_owned(), called),
            badge: badge(delivery.state),
            answer: answer(delivery),
            tries: delivery.tries_made,
            created: frame.when(&delivery.created_at),
            next: delivery.next_try_at.map(|at| distance(frame.now, at)),
        }
    }
}

/// What people call an endpoint: by its name, else by its address without what may be secret.
pub(super) fn called(endpoint: &WebhookEndpoint) -> String {
    if let Some(name) = &endpoint.name {
        return name.clone();
    }
    let parsed = url::Url::parse(&endpoint.url).ok();
    let shown = parsed.and_then(|url| {
        let host = url.host_str()?.to_owned();
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Some(format!("{host}{port}{}", url.path()))
    });
    shown.unwrap_or_else(|| endpoint.id.to_string())
}

/// Its page.
pub fn address(id: DeliveryId) -> String {
    format!("{DELIVERIES}/{id}")
}

/// How it stands.
pub fn badge(state: DeliveryState) -> Badge {
    let (tone, _) = named(state);
    let text = match state {
        DeliveryState::Pending => "Waits",
        DeliveryState::Retrying => "Is tried again",
        DeliveryState::Succeeded => "Delivered",
        DeliveryState::Failed => "Failed",
    };
    Badge::new(tone, text)
}

/// How a list of them is called.
const fn named(state: DeliveryState) -> (Tone, &'static str) {
    match state {
        DeliveryState::Pending => (Tone::Open, "Waiting"),
        DeliveryState::Retrying => (Tone::Wait, "Being tried again"),
        DeliveryState::Succeeded => (Tone::Good, "Delivered"),
        DeliveryState::Failed => (Tone::Bad, "Failed"),
    }
}

fn answer(delivery: &Delivery) -> String {
    match (delivery.last_status, &delivery.last_error) {
        (Some(status), _) => format!("answered {status}"),
        (None, Some(error)) => error.clone(),
        (None, None) => "not tried yet".to_owned(),
    }
}

fn parsed(query: &Query) -> DeliveryFilter {
    DeliveryFilter {
        state: query.text("state").and_then(DeliveryState::parse),
        endpoint_id: query.text("endpoint").and_then(|text| text.parse().ok()),
        webhook: query.text("event").and_then(ToldName::parse),
    }
}

/// The address of what the filter shows.
pub(super) fn filtered(filter: &DeliveryFilter, after: Option<Uuid>) -> String {
    let mut query = Serializer::new(String::new());
    if let Some(state) = filter.state {
        query.append_pair("state", state.as_str());
    }
    if let Some(endpoint) = filter.endpoint_id {
        query.append_pair("endpoint", &endpoint.to_string());
    }
    if let Some(webhook) = filter.webhook {
        query.append_pair("event", webhook.as_str());
    }
    if let Some(after) = after {
        query.append_pair("after", &after.to_string());
    }
    match query.finish() {
        query if query.is_empty() => DELIVERIES.to_owned(),
        query => format!("{DELIVERIES}?{query}"),
    }
}

/// `GET /dashboard/developers/deliveries`
pub async fn list(app: Data<App>, visit: Visit, query: Query) -> Answer {
    let organization = visit.person.organization_id;
    let filter = parsed(&query);
    let after = query.text("after").and_then(|text| Uuid::try_parse(text).ok());
    look(app, visit, (Section::Developers, "Deliveries"), move |_, read, frame| {
        let request = SliceRequest { after, ..SliceRequest::default() };
        let found = read.delivery_slice(organization, &filter, request)?;
        let endpoints = read.all_webhook_endpoints(organization)?;
        let rows = found.items.iter().map(|it| Row::of(it, &endpoints, &frame)).collect();
        let pager = Pager {
            label: "deliveries",
            first: after.map(|_| filtered(&filter, None)),
            next: found.next.map(|id| filtered(&filter, Some(id))),
        };
        let empty = Empty {
            heading: "No such delivery",
            text: "Each event that an endpoint wants to hear of is a delivery. What was delivered \
                   or given up is kept for some months."
                .to_owned(),
        };
        Ok(List {
            tabs: places(DELIVERIES),
            states: states(read, organization, &filter)?,
            state: filter.state.map(DeliveryState::as_str),
            filters: filters(&filter, &endpoints),
            rows,
            pager,
            empty,
            frame,
        })
    })
    .await
}

fn states(
    read: &Reader<'_>,
    organization: OrganizationId,
    shown: &DeliveryFilter,
) -> Result<Tabs, Trouble> {
    let mut tabs = vec![];
    for state in [None].into_iter().chain(DeliveryState::ALL.iter().copied().map(Some)) {
        let filter = DeliveryFilter { state, ..*shown };
        tabs.push(Tab {
            label: state.map_or("All", |state| named(state).1),
            href: filtered(&filter, None),
            count: Some(count(read.delivery_count(organization, &filter, COUNTED_MAX)?)),
            is_current: state == shown.state,
        });
    }
    Ok(Tabs { label: "States of deliveries", tabs })
}

fn filters(shown: &DeliveryFilter, endpoints: &[WebhookEndpoint]) -> Vec<SelectField> {
    let any = |label| vec![Choice::new("", label)];
    let to = endpoints.iter().map(|it| Choice::new(it.id.to_string(), called(it)));
    let webhooks = WebhookName::ALL.iter().map(|it| it.as_str());
    let notifications = NotificationName::ALL.iter().map(|it| it.as_str());
    let names = webhooks.chain(notifications).map(|name| Choice::new(name, name));
    vec![
        SelectField {
            name: "endpoint",
            label: "Endpoint",
            options: any("Every endpoint").into_iter().chain(to).collect(),
            chosen: shown.endpoint_id.map(|id| id.to_string()).unwrap_or_default(),
        },
        SelectField {
            name: "event",
            label: "Tells of",
            options: any("Everything").into_iter().chain(names).collect(),
            chosen: shown.webhook.map_or("", ToldName::as_str).to_owned(),
        },
    ]
}

/// `GET /dashboard/developers/deliveries/{id}`
pub async fn show(app: Data<App>, visit: Visit, id: Path<String>) -> Answer {
    let id: DeliveryId = id.parse().map_err(|_| Trouble::NotFound)?;
    let organization = visit.person.organization_id;
    look(app, visit, (Section::Developers, "Delivery"), move |_, read, frame| {
        let delivery = read.delivery(organization, id)?.ok_or(Trouble::NotFound)?;
        let endpoint = read.webhook_endpoint(organization, delivery.endpoint_id)?;
        let event = read.event_of_every_organization(delivery.event_id)?;
        let frame = frame.titled(delivery.webhook.as_str());
        let about = event.map_or_else(Facts::default, |event| {
            let what = sentence_case(event.kind.as_str());
            let mut facts = Facts::default()
                .with("What happened", Html::text(&what))
                .with("When", Html::of(&frame.when(&event.at)));
            facts.facts.extend(subjects(&event).iter().map(|it| (it.name, it.shown())));
            facts
        });
        Ok(One {
            badge: badge(delivery.state),
            facts: facts(&delivery, endpoint.as_ref(), &frame),
            about,
            payload: delivery.payload.as_deref().map(pretty),
            resend: resend_form(&delivery, &frame),
            answer: delivery.last_answer,
            frame,
        })
    })
    .await
}

fn facts(delivery: &Delivery, endpoint: Option<&WebhookEndpoint>, frame: &Frame) -> Facts {
    let when = |at| Html::of(&frame.when(&at));
    let to = endpoint.map(|endpoint| {
        let href = format!("/dashboard/developers/endpoints/{}", endpoint.id);
        Html::link(&href, &called(endpoint))
    });
    Facts::default()
        .with_some("To", to)
        .with("Answer", Html::text(&answer(delivery)))
        .with("Tries", Html::text(&delivery.tries_made.to_string()))
        .with_some("Last try", delivery.last_tried_at.map(when))
        .with_some("Next try", delivery.next_try_at.map(when))
        .with("Planned", when(delivery.created_at))
        .with("Key", Html::code(&delivery.id.to_string()))
}

/// Whether it is cut, beside it.
fn pretty(payload: &str) -> (String, bool) {
    let parsed = serde_json::from_str::<serde_json::Value>(payload).ok();
    let text = parsed.and_then(|value| serde_json::to_string_pretty(&value).ok());
    let text = text.unwrap_or_else(|| payload.to_owned());
    let is_cut = text.chars().count() > SHOWN_CHARS_MAX;
    (text.chars().take(SHOWN_CHARS_MAX).collect(), is_cut)
}

fn resend_form(delivery: &Delivery, frame: &Frame) -> Option<ActionForm> {
    let is_over = match delivery.state {
        DeliveryState::Succeeded | DeliveryState::Failed => true,
        DeliveryState::Pending | DeliveryState::Retrying => false,
    };
    (is_over && frame.may_administer()).then(|| ActionForm {
        label: "Send again".to_owned(),
        action: format!("{}/resend", address(delivery.id)),
        explanation: "The same bytes under the same key, so that a receiver can tell that it has \
                      them already."
            .to_owned(),
        fields: vec![],
        confirm: "Send it again".to_owned(),
        is_dangerous: false,
        csrf: frame.csrf(),
    })
}

/// `POST /dashboard/developers/deliveries/{id}/resend`
pub async fn resend(app: Data<App>, person: Person, id: Path<String>) -> Answer {
    let id: DeliveryId = id.parse().map_err(|_| Trouble::NotFound)?;
    let worker = app.on_behalf_of(person.actor());
    let sent = blocking(move || {
        Ok::<_, Trouble>(worker.resend_webhook(person.organization_id, id).map(|_| ()))
    });
    let said = match sent.await?? {
        Ok(()) => Flash::good("It is sent again."),
        Err(ResendError::StillPending(_)) => {
            Flash::bad("It is on its way already. Nothing was changed.")
        }
        Err(ResendError::NoDelivery | ResendError::NoEndpoint) => return Err(Trouble::NotFound),
        Err(ResendError::Store(error)) => return Err(error.into()),
    };
    done(&app, &address(id), &said)
}
