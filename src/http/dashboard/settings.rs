//! What the business says of itself, and bills by.

use actix_web::http::StatusCode;
use actix_web::web::{Data, ServiceConfig};
use askama::Template;
use serde_json::{Map, Value};

use super::access::Sent;
use super::frame::{Flash, Frame, Visit};
use super::navigation::Section;
use super::page::{Answer, Trouble, done, html, look, pages};
use super::parts::TextField;
use super::{shut, words};
use crate::app::App;
use crate::domain::organization::Organization;
use crate::http::blocking;
use crate::wire::lago::field_errors::FieldErrors;
use crate::wire::lago::fields::Fields;
use crate::wire::lago::organization;

const SETTINGS: &str = "/dashboard/settings";

pub fn routes(config: &mut ServiceConfig) {
    config.service(shut(SETTINGS).get(show).post(change));
}

#[derive(Template)]
#[template(path = "dashboard/settings.html")]
struct Settings {
    frame: Frame,
    groups: Vec<Fieldset>,
}

pages!(Settings);

struct Fieldset {
    legend: &'static str,
    fields: Vec<TextField>,
}

/// Whether a field is a number, and of which part of the request it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Days,
    Billing,
    BillingDays,
}

/// What a field is called by requests and by people, with its hint.
type Spec = (&'static str, &'static str, Kind, &'static str);

const WHO: &[Spec] = &[
    ("name", "Name", Kind::Text, "Payers read it on their pages."),
    ("legal_name", "Legal name", Kind::Text, ""),
    ("legal_number", "Registration number", Kind::Text, ""),
    ("tax_identification_number", "Tax number", Kind::Text, ""),
    ("email", "E-mail", Kind::Text, ""),
];
const WHERE: &[Spec] = &[
    ("address_line1", "Address", Kind::Text, ""),
    ("address_line2", "Second line", Kind::Text, ""),
    ("zipcode", "Post code", Kind::Text, ""),
    ("city", "City", Kind::Text, ""),
    ("state", "State or region", Kind::Text, ""),
    ("country", "Country", Kind::Text, "Two letters, such as DE."),
    ("timezone", "Time zone", Kind::Text, "Such as Europe/Berlin: times on these pages are there."),
];
const BILLS: &[Spec] = &[
    ("default_currency", "Currency", Kind::Text, "Of customers without their own."),
    ("document_number_prefix", "Invoice numbers begin with", Kind::Text, "At most 10 signs."),
    ("net_payment_term", "Days until an invoice is due", Kind::Days, ""),
    ("invoice_grace_period", "Days that invoices stay drafts", Kind::BillingDays, ""),
    ("document_locale", "Language", Kind::Billing, "Such as en or pt-BR."),
    ("invoice_footer", "Foot of invoices", Kind::Billing, ""),
];
const GROUPS: &[(&str, &[Spec])] =
    &[("Who it is", WHO), ("Where it is", WHERE), ("How it bills", BILLS)];

fn value(organization: &Organization, name: &str) -> String {
    let address = &organization.address;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    match name {
        "name" => organization.name.clone(),
        "legal_name" => text(&organization.legal_name),
        "legal_number" => text(&organization.legal_number),
        "tax_identification_number" => text(&organization.tax_identification_number),
        "email" => text(&organization.email),
        "address_line1" => text(&address.line1),
        "address_line2" => text(&address.line2),
        "zipcode" => text(&address.zipcode),
        "city" => text(&address.city),
        "state" => text(&address.state),
        "country" => text(&address.country),
        "timezone" => organization.timezone.to_string(),
        "default_currency" => organization.default_currency.to_string(),
        "document_number_prefix" => organization.document_number_prefix.clone(),
        "net_payment_term" => organization.net_payment_term.to_string(),
        "invoice_grace_period" => organization.invoice_grace_period.to_string(),
        "document_locale" => organization.document_locale.clone(),
        "invoice_footer" => text(&organization.invoice_footer),
        _ => String::new(),
    }
}

fn groups(shown: impl Fn(&str) -> (String, Option<String>)) -> Vec<Fieldset> {
    let field = |(name, label, kind, hint): &Spec| {
        let (value, wrong) = shown(name);
        let field = TextField::new(name, label).with(value).wrong(wrong);
        let field = match kind {
            Kind::Days | Kind::BillingDays => field.of_kind("number"),
            Kind::Text | Kind::Billing => field,
        };
        if hint.is_empty() { field } else { field.hint(*hint) }
    };
    let group = |(legend, specs): &(&'static str, &[Spec])| Fieldset {
        legend,
        fields: specs.iter().map(field).collect(),
    };
    GROUPS.iter().map(group).collect()
}

/// `GET /dashboard/settings`
pub async fn show(app: Data<App>, visit: Visit) -> Answer {
    let id = visit.person.organization_id;
    look(app, visit, (Section::Settings, "Settings"), move |_, read, frame| {
        let organization = read.organization(id)?;
        let groups = groups(|name| (value(&organization, name), None));
        Ok(Settings { frame, groups })
    })
    .await
}

/// What was sent as a request of the API has it, so that the same is allowed.
fn request(sent: &Sent) -> Map<String, Value> {
    let (mut root, mut billing) = (Map::new(), Map::new());
    for (name, _, kind, _) in GROUPS.iter().flat_map(|(_, specs)| *specs) {
        let text = sent.text(name).trim();
        let value = match kind {
            // What is no number is told to be none.
            Kind::Days | Kind::BillingDays => {
                text.parse::<u32>().map_or_else(|_| Value::from(text), Value::from)
            }
            Kind::Text | Kind::Billing if text.is_empty() && *name != "name" => Value::Null,
            Kind::Text | Kind::Billing => Value::from(text),
        };
        match kind {
            Kind::Text | Kind::Days => root.insert((*name).to_owned(), value),
            Kind::Billing | Kind::BillingDays => billing.insert((*name).to_owned(), value),
        };
    }
    root.insert("billing_configuration".to_owned(), Value::Object(billing));
    root
}

/// `POST /dashboard/settings`
pub async fn change(app: Data<App>, visit: Visit, sent: Sent) -> Answer {
    let root = request(&sent);
    let change = match organization::change(Fields::new(&root)) {
        Ok(change) => change,
        Err(errors) => return again(app, visit, &sent, &errors).await,
    };
    let id = visit.person.organization_id;
    let worker = app.on_behalf_of(visit.person.actor());
    blocking(move || worker.update_organization(id, change)).await??;
    done(&app, SETTINGS, &Flash::good("Saved."))
}

/// The same form with what was written, and what is wrong with it.
async fn again(app: Data<App>, visit: Visit, sent: &Sent, errors: &FieldErrors) -> Answer {
    let told = errors.to_json();
    let groups = groups(|name| {
        let codes = told.get(name).and_then(Value::as_array);
        let first = codes.and_then(|codes| codes.first()).and_then(Value::as_str);
        (sent.text(name).to_owned(), first.map(wrong))
    });
    let framed = blocking(move || {
        app.store().read(|read| {
            let place = (Section::Settings, "Settings");
            Ok::<_, Trouble>(Frame::of(&app, read, visit, place)?)
        })
    });
    html(StatusCode::UNPROCESSABLE_ENTITY, &Settings { frame: framed.await??, groups })
}

/// A code of requests, in words.
fn wrong(code: &str) -> String {
    match code {
        "value_is_mandatory" => "This is needed.".to_owned(),
        "value_is_invalid" => "This makes no sense here.".to_owned(),
        "value_is_out_of_range" => "This is too large or too small.".to_owned(),
        "value_is_too_long" => "This is too long.".to_owned(),
        "invalid_timezone" => "There is no such time zone.".to_owned(),
        "invalid_email_format" => "This is no e-mail address.".to_owned(),
        other => words::sentence(&words::sentence_case(other)),
    }
}
