//! The form of an endpoint that is made or changed, and what was sent with it.

use askama::Template;

use super::super::access::Sent;
use super::super::frame::Frame;
use super::super::parts::{Choice, Csrf, Html, SelectField, TextField};
use super::ENDPOINTS;
use super::endpoints::address;
use crate::app::notification_endpoints::NewNotificationEndpoint;
use crate::domain::change::Change;
use crate::domain::event::WebhookName;
use crate::domain::notification::NotificationName;
use crate::domain::webhook::{EndpointChange, SignatureAlgorithm, WebhookEndpoint};
use crate::wire::lago::checks::is_web_url;

const URL_CHARS_MAX: usize = 2_048;
const NAME_CHARS_MAX: usize = 255;

/// What is asked of an endpoint that is made or changed.
#[derive(Template)]
#[template(path = "dashboard/developers/endpoint_form.html")]
pub struct Form {
    action: String,
    csrf: Csrf,
    dialect: &'static str,
    fields: Vec<Html>,
    hears_everything: bool,
    /// What everything does not hold.
    but: Option<&'static str>,
    /// Each with whether it is ticked.
    events: Vec<(&'static str, bool)>,
    button: &'static str,
}

impl askama::filters::HtmlSafe for Form {}

fn url_field(value: &str) -> Html {
    let field = TextField::new("url", "Address").of_kind("url").with(value).required();
    Html::of(&field.hint("Such as https://shop.example/hooks."))
}

fn lago_fields(endpoint: Option<&WebhookEndpoint>) -> Vec<Html> {
    let name = endpoint.and_then(|it| it.name.clone()).unwrap_or_default();
    let chosen = endpoint.map_or(SignatureAlgorithm::Jwt, |it| it.signature_algorithm);
    let signature = SelectField {
        name: "signature",
        label: "Signed by",
        options: vec![Choice::new("jwt", "JWT"), Choice::new("hmac", "HMAC")],
        chosen: chosen.as_str().to_owned(),
    };
    vec![
        url_field(endpoint.map_or("", |it| it.url.as_str())),
        Html::of(&TextField::new("name", "Name").with(name).hint("For people; may stay empty.")),
        Html::of(&signature),
    ]
}

pub fn webhook_form(frame: &Frame) -> Form {
    Form {
        action: ENDPOINTS.to_owned(),
        csrf: frame.csrf(),
        dialect: "lago",
        fields: lago_fields(None),
        hears_everything: true,
        but: Some(NOT_LAGOS),
        events: WebhookName::ALL.iter().map(|name| (name.as_str(), false)).collect(),
        button: "Make the endpoint",
    }
}

const NOT_LAGOS: &str = "Except those that Lago does not know: recovery.…, refund.…, \
     connection.…, payment.surplus, payment.unresolved and payment.contradicted are told to who \
     ticks them.";

pub fn notification_form(frame: &Frame) -> Form {
    Form {
        action: ENDPOINTS.to_owned(),
        csrf: frame.csrf(),
        dialect: "metronome",
        fields: vec![url_field("")],
        hears_everything: true,
        but: None,
        events: NotificationName::ALL.iter().map(|name| (name.as_str(), false)).collect(),
        button: "Make the endpoint",
    }
}

pub fn change_form(endpoint: &WebhookEndpoint, frame: &Frame) -> Form {
    let types = endpoint.event_types.as_deref();
    let is_ticked = |name: &str| types.is_some_and(|types| types.iter().any(|it| it == name));
    let names = WebhookName::ALL.iter().map(|name| name.as_str());
    Form {
        action: format!("{}/change", address(endpoint.id)),
        fields: lago_fields(Some(endpoint)),
        hears_everything: types.is_none(),
        events: names.map(|name| (name, is_ticked(name))).collect(),
        button: "Save",
        ..webhook_form(frame)
    }
}

/// What was sent of an endpoint, or what is wrong with it.
pub fn asked(sent: &Sent) -> Result<EndpointChange, String> {
    let url = sent.text("url").trim();
    if url.chars().count() > URL_CHARS_MAX || !is_web_url(url) {
        return Err("The address begins with http:// or https:// and names a host.".to_owned());
    }
    let name = sent.filled("name").map(str::to_owned);
    if name.as_ref().is_some_and(|name| name.chars().count() > NAME_CHARS_MAX) {
        return Err(format!("A name has {NAME_CHARS_MAX} characters at most."));
    }
    let event_types = match sent.text("hears") {
        "only" => Some(sent.all("event").map(str::to_owned).collect::<Vec<_>>()),
        _ => None,
    };
    let is_known = |name: &String| {
        WebhookName::parse(name).is_some() || NotificationName::parse(name).is_some()
    };
    if !event_types.iter().flatten().all(is_known) {
        return Err("There is no such event. Load the page again.".to_owned());
    }
    let signature = SignatureAlgorithm::parse(sent.text("signature"));
    Ok(EndpointChange {
        url: Change::To(url.to_owned()),
        signature_algorithm: signature.map_or(Change::Keep, Change::To),
        name: Change::To(name),
        event_types: Change::To(event_types),
    })
}

pub fn notification(change: EndpointChange) -> NewNotificationEndpoint {
    let (mut url, mut event_types) = (String::new(), None);
    change.url.apply(&mut url);
    change.event_types.apply(&mut event_types);
    NewNotificationEndpoint { url, secret: None, event_types }
}
