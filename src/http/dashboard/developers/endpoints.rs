//! Endpoints of the business that hear of events: in Lago's words, or in Metronome's.

use actix_web::web::{Data, Path};
use askama::Template;

use super::super::access::{Person, Sent};
use super::super::frame::{Flash, Frame, Visit};
use super::super::navigation::Section;
use super::super::page::{Answer, Trouble, done, look, pages};
use super::super::parts::{ActionForm, COUNTED_MAX, Empty, Facts, Html, Tab, Tabs, count};
use super::deliveries::{Row as DeliveryRow, called, filtered};
use super::endpoint_form::{
    Form, asked, change_form, notification, notification_form, webhook_form,
};
use super::made::{Told, show as show_made};
use super::{ENDPOINTS, places};
use crate::app::App;
use crate::app::resend_webhooks::ResendError;
use crate::app::webhook_endpoints::EndpointError;
use crate::domain::filter::DeliveryFilter;
use crate::domain::id::WebhookEndpointId;
use crate::domain::view::SliceRequest;
use crate::domain::webhook::{DeliveryState, Dialect, SignatureAlgorithm, WebhookEndpoint};
use crate::http::blocking;
use crate::http::lago::Query;

const NEW: &str = "/dashboard/developers/endpoints/new";
/// So many of its deliveries stand on the page of an endpoint.
const LATEST_MAX: u32 = 10;

#[derive(Template)]
#[template(path = "dashboard/developers/endpoints.html")]
struct List {
    frame: Frame,
    tabs: Tabs,
    rows: Vec<Row>,
    empty: Empty,
}

#[derive(Template)]
#[template(path = "dashboard/developers/endpoint.html")]
struct One {
    frame: Frame,
    facts: Facts,
    actions: Vec<ActionForm>,
    /// None: somebody may only look, or its dialect has no way to change one.
    form: Option<Form>,
    rows: Vec<DeliveryRow>,
    all: String,
}

#[derive(Template)]
#[template(path = "dashboard/developers/endpoint_new.html")]
struct New {
    frame: Frame,
    dialects: Tabs,
    form: Form,
}

pages!(List, One, New);

struct Row {
    href: String,
    called: String,
    dialect: &'static str,
    hears: String,
    failed: u64,
    failed_shown: String,
    failures: String,
}

pub(super) fn address(id: WebhookEndpointId) -> String {
    format!("{ENDPOINTS}/{id}")
}

const fn dialect(endpoint: &WebhookEndpoint) -> &'static str {
    match endpoint.dialect {
        Dialect::Lago => "Lago’s webhooks",
        Dialect::Metronome { .. } => "Metronome’s notifications",
    }
}

fn hears(endpoint: &WebhookEndpoint) -> String {
    match endpoint.event_types.as_deref() {
        None => "Everything".to_owned(),
        Some([]) => "Nothing".to_owned(),
        Some([only]) => only.clone(),
        Some(several) => format!("{} kinds of events", several.len()),
    }
}

fn failed_at(endpoint: WebhookEndpointId) -> DeliveryFilter {
    let (state, endpoint_id) = (Some(DeliveryState::Failed), Some(endpoint));
    DeliveryFilter { state, endpoint_id, webhook: None }
}

/// `GET /dashboard/developers/endpoints`
pub async fn list(app: Data<App>, visit: Visit) -> Answer {
    let organization = visit.person.organization_id;
    look(app, visit, (Section::Developers, "Webhook endpoints"), move |_, read, frame| {
        let mut rows = vec![];
        for endpoint in read.all_webhook_endpoints(organization)? {
            let filter = failed_at(endpoint.id);
            let failed = read.delivery_count(organization, &filter, COUNTED_MAX)?;
            rows.push(Row {
                href: address(endpoint.id),
                called: called(&endpoint),
                dialect: dialect(&endpoint),
                hears: hears(&endpoint),
                failed,
                failed_shown: count(failed),
                failures: filtered(&filter, None),
            });
        }
        let empty = Empty {
            heading: "No endpoint yet",
            text: "An endpoint is an address of yours that hears of what happens: a payment that \
                   succeeded, one that failed, an invoice that was made."
                .to_owned(),
        };
        Ok(List { tabs: places(ENDPOINTS), rows, empty, frame })
    })
    .await
}

/// `GET /dashboard/developers/endpoints/{id}`
pub async fn show(app: Data<App>, visit: Visit, id: Path<String>) -> Answer {
    let id: WebhookEndpointId = id.parse().map_err(|_| Trouble::NotFound)?;
    let organization = visit.person.organization_id;
    look(app, visit, (Section::Developers, "Webhook endpoint"), move |_, read, frame| {
        let endpoint = read.webhook_endpoint(organization, id)?.ok_or(Trouble::NotFound)?;
        let failed = read.delivery_count(organization, &failed_at(id), COUNTED_MAX)?;
        let of_it = DeliveryFilter { endpoint_id: Some(id), ..DeliveryFilter::default() };
        let request = SliceRequest { after: None, limit: LATEST_MAX };
        let latest = read.delivery_slice(organization, &of_it, request)?;
        let known = std::slice::from_ref(&endpoint);
        let rows = latest.items.iter().map(|it| DeliveryRow::of(it, known, &frame)).collect();
        let frame = frame.titled(called(&endpoint));
        let may = frame.may_administer();
        Ok(One {
            facts: facts(&endpoint, failed, &frame),
            actions: if may { actions(&endpoint, failed, &frame) } else { vec![] },
            form: (may && endpoint.is_of_lago()).then(|| change_form(&endpoint, &frame)),
            rows,
            all: filtered(&of_it, None),
            frame,
        })
    })
    .await
}

fn facts(endpoint: &WebhookEndpoint, failed: u64, frame: &Frame) -> Facts {
    let proof = match (&endpoint.dialect, endpoint.signature_algorithm) {
        (Dialect::Metronome { .. }, _) => "HMAC, with the secret that was shown when it was made",
        (Dialect::Lago, SignatureAlgorithm::Hmac) => {
            "HMAC, with the key that “recoup key webhooks” shows"
        }
        (Dialect::Lago, SignatureAlgorithm::Jwt) => {
            "JWT; the public key is at /api/v1/webhooks/public_key"
        }
    };
    let mut events: Option<String> = endpoint.event_types.as_ref().map(|types| types.join(", "));
    events = events.filter(|events| !events.is_empty());
    Facts::default()
        .with("Address", Html::code(&endpoint.url))
        .with("Is told", Html::text(dialect(endpoint)))
        .with("Hears of", Html::text(&events.unwrap_or_else(|| hears(endpoint))))
        .with("Signed by", Html::text(proof))
        .with("Failed", Html::text(&count(failed)))
        .with("Made", Html::of(&frame.when(&endpoint.created_at)))
}

fn actions(endpoint: &WebhookEndpoint, failed: u64, frame: &Frame) -> Vec<ActionForm> {
    let action = |label: &str, verb: &str, explanation: &str, confirm: &str| ActionForm {
        label: label.to_owned(),
        action: format!("{}/{verb}", address(endpoint.id)),
        explanation: explanation.to_owned(),
        fields: vec![],
        confirm: confirm.to_owned(),
        is_dangerous: verb == "delete",
        csrf: frame.csrf(),
    };
    let mut actions = vec![];
    if failed > 0 {
        let label = format!("Send {} failed again", count(failed));
        let text = "Everything that this endpoint did not take, oldest first. The same bytes under \
                    the same keys.";
        actions.push(action(&label, "resend", text, "Send them again"));
    }
    if !endpoint.is_of_lago() {
        let text = "It is sent a notification that tells of nothing.";
        actions.push(action("Test", "test", text, "Send a test"));
    }
    let text = "It hears of nothing any more. What was on its way to it goes too, and its \
                deliveries with it.";
    actions.push(action("Delete", "delete", text, "Delete this endpoint"));
    actions
}

/// `GET /dashboard/developers/endpoints/new`
pub async fn ask(app: Data<App>, visit: Visit, query: Query) -> Answer {
    let is_metronome = query.text("dialect") == Some("metronome");
    look(app, visit, (Section::Developers, "New webhook endpoint"), move |_, _, frame| {
        let tab = |label, href: &str, is_current| Tab {
            label,
            href: href.to_owned(),
            count: None,
            is_current,
        };
        let other = format!("{NEW}?dialect=metronome");
        let dialects = Tabs {
            label: "In whose words it is told",
            tabs: vec![
                tab("Lago’s webhooks", NEW, !is_metronome),
                tab("Metronome’s notifications", &other, is_metronome),
            ],
        };
        let form = if is_metronome { notification_form(&frame) } else { webhook_form(&frame) };
        Ok(New { dialects, form, frame })
    })
    .await
}

/// `POST /dashboard/developers/endpoints`
pub async fn make(app: Data<App>, visit: Visit, sent: Sent) -> Answer {
    let is_metronome = sent.text("dialect") == "metronome";
    let form = if is_metronome { format!("{NEW}?dialect=metronome") } else { NEW.to_owned() };
    let change = match asked(&sent) {
        Ok(change) => change,
        Err(wrong) => return done(&app, &form, &Flash::bad(wrong)),
    };
    let organization = visit.person.organization_id;
    let worker = app.on_behalf_of(visit.person.actor());
    let made = blocking(move || {
        Ok::<_, Trouble>(if is_metronome {
            worker.create_notification_endpoint(organization, notification(change))
        } else {
            worker.create_webhook_endpoint(organization, change)
        })
    });
    let made = match made.await?? {
        Ok(made) => made,
        Err(error) => return done(&app, &form, &refused(error)?),
    };
    let Dialect::Metronome { secret } = &made.dialect else {
        return done(&app, &address(made.id), &Flash::good("The endpoint hears from now on."));
    };
    let told = Told {
        title: "The endpoint is made",
        text: "It hears from now on. Its receiver checks signatures with this secret.".to_owned(),
        label: "Secret",
        secret: secret.clone(),
        facts: Facts::default().with("Address", Html::code(&made.url)),
        back: (address(made.id), "To the endpoint"),
    };
    show_made(app, visit, told).await
}

fn refused(error: EndpointError) -> Result<Flash, Trouble> {
    match error {
        EndpointError::NotFound => Err(Trouble::NotFound),
        EndpointError::UrlTaken => {
            Ok(Flash::bad("Another endpoint has this address. Each needs its own."))
        }
        EndpointError::TooMany => Ok(Flash::bad(
            "There are as many endpoints as there may be. Delete one, or raise \
             webhooks.endpoints_max in the settings.",
        )),
        EndpointError::Store(error) => Err(error.into()),
    }
}

/// Does it, and says so on the page of the endpoint or where it leads.
async fn act(
    app: &Data<App>,
    (place, said): (String, Flash),
    work: impl FnOnce(&App) -> Result<(), EndpointError> + Send + 'static,
    person: &Person,
) -> Answer {
    let worker = app.on_behalf_of(person.actor());
    let acted = blocking(move || Ok::<_, Trouble>(work(&worker)));
    match acted.await?? {
        Ok(()) => done(app, &place, &said),
        Err(error) => done(app, &place, &refused(error)?),
    }
}

/// `POST /dashboard/developers/endpoints/{id}/change`
pub async fn change(app: Data<App>, person: Person, sent: Sent, id: Path<String>) -> Answer {
    let id: WebhookEndpointId = id.parse().map_err(|_| Trouble::NotFound)?;
    let change = match asked(&sent) {
        Ok(change) => change,
        Err(wrong) => return done(&app, &address(id), &Flash::bad(wrong)),
    };
    let organization = person.organization_id;
    let said = (address(id), Flash::good("Saved. It counts for events from now on."));
    let work = move |app: &App| app.update_webhook_endpoint(organization, id, change).map(|_| ());
    act(&app, said, work, &person).await
}

/// `POST /dashboard/developers/endpoints/{id}/delete`
pub async fn delete(app: Data<App>, person: Person, id: Path<String>) -> Answer {
    let id: WebhookEndpointId = id.parse().map_err(|_| Trouble::NotFound)?;
    let organization = person.organization_id;
    let said = (ENDPOINTS.to_owned(), Flash::good("The endpoint is deleted."));
    let work = move |app: &App| match app.delete_webhook_endpoint(organization, id) {
        Ok(_) => Ok(()),
        // It is told in the other words.
        Err(EndpointError::NotFound) => app.delete_notification_endpoint(organization, id),
        Err(error) => Err(error),
    };
    act(&app, said, work, &person).await
}

/// `POST /dashboard/developers/endpoints/{id}/test`
pub async fn test(app: Data<App>, person: Person, id: Path<String>) -> Answer {
    let id: WebhookEndpointId = id.parse().map_err(|_| Trouble::NotFound)?;
    let organization = person.organization_id;
    let said = Flash::good("A test is sent. What came of it stands among its deliveries.");
    let work = move |app: &App| app.test_notification_endpoint(organization, id);
    act(&app, (address(id), said), work, &person).await
}

/// `POST /dashboard/developers/endpoints/{id}/resend`
pub async fn resend(app: Data<App>, person: Person, id: Path<String>) -> Answer {
    let id: WebhookEndpointId = id.parse().map_err(|_| Trouble::NotFound)?;
    let worker = app.on_behalf_of(person.actor());
    let sent = blocking(move || {
        Ok::<_, Trouble>(worker.resend_failed_webhooks(person.organization_id, id))
    });
    let said = match sent.await?? {
        Ok(1) => Flash::good("One delivery is sent again."),
        Ok(number) => Flash::good(format!("{} deliveries are sent again.", count(number))),
        Err(ResendError::StillPending(_)) => {
            Flash::bad("Somebody else is sending them again. Nothing was changed.")
        }
        Err(ResendError::NoDelivery | ResendError::NoEndpoint) => return Err(Trouble::NotFound),
        Err(ResendError::Store(error)) => return Err(error.into()),
    };
    done(&app, &address(id), &said)
}
