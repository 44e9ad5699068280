//! Endpoints for webhooks, in and out.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::checks;
use super::customer_request::short;
use super::field_errors::{FieldErrors, INVALID};
use super::fields::{Fields, Given};
use super::format::{date_time, shape};
use super::page::Meta;
use super::webhook_names;
use crate::domain::change::Change;
use crate::domain::webhook::{EndpointChange, SignatureAlgorithm, WebhookEndpoint};

const URL: &str = "webhook_url";
const URL_INVALID: &str = "url_is_invalid";
const URL_CHARS_MAX: usize = 2048;

words!(pub SignatureAlgorithmWord: "jwt", "hmac");

/// Where events are told.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookEndpoint)]
pub struct EndpointShape {
    #[schema(format = Uuid)]
    pub lago_id: String,
    #[schema(format = Uuid)]
    pub lago_organization_id: String,
    #[schema(example = "https://business.example/hook")]
    pub webhook_url: String,
    #[schema(value_type = SignatureAlgorithmWord)]
    pub signature_algo: &'static str,
    pub name: Option<String>,
    /// Null: every event. An empty list: none.
    pub event_types: Option<Vec<String>>,
    #[schema(format = DateTime)]
    pub created_at: String,
}

/// What a request says of an endpoint. A new one needs `webhook_url`.
#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: requests are read field by field")]
pub struct WebhookEndpointInput {
    #[schema(example = "https://business.example/hook", max_length = 2048)]
    pub webhook_url: Option<String>,
    #[schema(value_type = Option<SignatureAlgorithmWord>)]
    pub signature_algo: Option<String>,
    #[schema(max_length = 255)]
    pub name: Option<String>,
    /// Null and `["*"]`: every event. An empty list: none.
    #[schema(example = json!(["invoice.payment_status_updated"]))]
    pub event_types: Option<Vec<String>>,
}

wrapped!(WebhookEndpointRequest { webhook_endpoint: WebhookEndpointInput });
wrapped!(WebhookEndpointAnswer { webhook_endpoint: EndpointShape });
wrapped!(WebhookEndpointList { webhook_endpoints: Vec<EndpointShape>, meta: Meta });

pub fn webhook_endpoint(endpoint: &WebhookEndpoint) -> Value {
    shape(&EndpointShape {
        lago_id: endpoint.id.to_string(),
        lago_organization_id: endpoint.organization_id.to_string(),
        webhook_url: endpoint.url.clone(),
        signature_algo: endpoint.signature_algorithm.as_str(),
        name: endpoint.name.clone(),
        event_types: endpoint.event_types.clone(),
        created_at: date_time(endpoint.created_at),
    })
}

pub fn change(fields: Fields<'_>) -> Result<EndpointChange, FieldErrors> {
    let mut errors = FieldErrors::default();
    let change = EndpointChange {
        url: url(fields, &mut errors),
        signature_algorithm: fields
            .text("signature_algo", &mut errors)
            .parse_with(SignatureAlgorithm::parse, ("signature_algo", INVALID), &mut errors)
            .change_unless_null(),
        name: short(fields, "name", &mut errors),
        event_types: event_types(fields, &mut errors),
    };
    errors.or(change)
}

/// What a new endpoint cannot do without.
pub fn missing(change: &EndpointChange) -> FieldErrors {
    if change.url.is_kept() { FieldErrors::one(URL, URL_INVALID) } else { FieldErrors::default() }
}

fn url(fields: Fields<'_>, errors: &mut FieldErrors) -> Change<String> {
    match fields.text(URL, errors).blank_is_null() {
        Given::Absent => Change::Keep,
        Given::Value(url) if url.len() <= URL_CHARS_MAX && checks::is_web_url(&url) => {
            Change::To(url)
        }
        Given::Null | Given::Value(_) => {
            errors.add(URL, URL_INVALID);
            Change::Keep
        }
    }
}

/// Null and `["*"]` are all events, `[]` is none.
fn event_types(fields: Fields<'_>, errors: &mut FieldErrors) -> Change<Option<Vec<String>>> {
    let key = "event_types";
    let items = match fields.raw(key) {
        None => return Change::Keep,
        Some(Value::Null) => return Change::To(None),
        Some(Value::Array(items)) => items,
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
            errors.add(key, "must_be_array");
            return Change::Keep;
        }
    };
    let mut types: Vec<String> = Vec::new();
    let mut unknown: Vec<Value> = Vec::new();
    for item in items {
        let name = item.as_str().map(|name| name.trim().to_lowercase());
        match name {
            Some(name) if name == "*" || webhook_names::is_known(&name) => {
                if !types.contains(&name) {
                    types.push(name);
                }
            }
            Some(_) | None => unknown.push(item.clone()),
        }
    }
    if !unknown.is_empty() {
        let shown = unknown.iter().map(Value::to_string).collect::<Vec<_>>().join(", ");
        errors.add(key, format!("contains invalid types: [{shown}]"));
        return Change::Keep;
    }
    if types.iter().any(|name| name == "*") { Change::To(None) } else { Change::To(Some(types)) }
}
