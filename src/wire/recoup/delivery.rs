//! Webhooks on their way, as operators see them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::webhook::Delivery;
use crate::wire::lago::format::date_time;
use crate::wire::lago::page::Meta;

/// One event on its way to one endpoint.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub struct DeliveryShape {
    /// Also the header `X-Lago-Unique-Key`: the same at every try.
    #[schema(format = Uuid)]
    pub id: String,
    #[schema(format = Uuid)]
    pub webhook_endpoint_id: String,
    #[schema(format = Uuid)]
    pub event_id: String,
    #[schema(example = "invoice.payment_failure")]
    pub webhook_type: &'static str,
    /// `pending`, `retrying`, `succeeded` or `failed`.
    #[schema(example = "failed")]
    pub state: &'static str,
    /// Since it was planned, or sent again by hand.
    pub tries: u32,
    #[schema(format = DateTime)]
    pub next_try_at: Option<String>,
    /// What the endpoint answered last.
    pub last_status: Option<u16>,
    /// Why it was not reached.
    pub last_error: Option<String>,
    #[schema(format = DateTime)]
    pub created_at: String,
}

/// The same with the body that is sent. Null until the first try.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookDeliveryWithPayload)]
pub struct DeliveryWithPayload {
    #[serde(flatten)]
    pub delivery: DeliveryShape,
    #[schema(value_type = Option<Object>)]
    pub payload: Option<Value>,
}

pub fn delivery(delivery: &Delivery) -> DeliveryShape {
    DeliveryShape {
        id: delivery.id.to_string(),
        webhook_endpoint_id: delivery.endpoint_id.to_string(),
        event_id: delivery.event_id.to_string(),
        webhook_type: delivery.webhook.as_str(),
        state: delivery.state.as_str(),
        tries: delivery.tries_made,
        next_try_at: delivery.next_try_at.map(date_time),
        last_status: delivery.last_status,
        last_error: delivery.last_error.clone(),
        created_at: date_time(delivery.created_at),
    }
}

pub fn with_payload(found: &Delivery) -> DeliveryWithPayload {
    let payload = found.payload.as_deref().and_then(|text| serde_json::from_str(text).ok());
    DeliveryWithPayload { delivery: delivery(found), payload }
}

#[derive(Serialize, ToSchema)]
pub struct DeliveryAnswer {
    pub webhook_delivery: DeliveryWithPayload,
}

#[derive(Serialize, ToSchema)]
pub struct DeliveryList {
    pub webhook_deliveries: Vec<DeliveryShape>,
    pub meta: Meta,
}

/// Which endpoint's.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RetryFailedRequest {
    #[schema(format = Uuid)]
    pub webhook_endpoint_id: String,
}

#[derive(Serialize, ToSchema)]
pub struct RetryFailedAnswer {
    /// How many are sent again.
    pub retried: u64,
}
