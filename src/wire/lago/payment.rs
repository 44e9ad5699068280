//! Payments as they are shown.

use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::format::{date_time, shape};
use super::page::Meta;
use crate::domain::attempt::Action;
use crate::domain::payment::PayableId;
use crate::domain::view::{PaymentProgress, PaymentSource, PaymentView};

words!(pub PayableTypeWord: "Invoice", "PaymentRequest");
words!(pub PaymentProgressWord: "pending", "processing", "succeeded", "failed");
words!(pub PaymentTypeWord: "manual", "provider");

/// One try at collecting, or money that a person recorded.
#[derive(Serialize, ToSchema)]
#[schema(as = Payment)]
pub struct PaymentShape {
    #[schema(format = Uuid)]
    pub lago_id: String,
    #[schema(format = Uuid)]
    pub lago_customer_id: String,
    pub external_customer_id: String,
    pub invoice_ids: Vec<String>,
    pub invoice_numbers: Vec<String>,
    #[schema(format = Uuid)]
    pub lago_payable_id: String,
    #[schema(value_type = PayableTypeWord)]
    pub payable_type: &'static str,
    #[schema(example = 5000)]
    pub amount_cents: i64,
    #[schema(example = "EUR")]
    pub amount_currency: &'static str,
    /// The provider's own word.
    pub status: String,
    #[schema(value_type = PaymentProgressWord)]
    pub payment_status: &'static str,
    #[serde(flatten)]
    pub source: Source,
    #[schema(format = DateTime)]
    pub created_at: String,
}

/// Where the money came from.
#[derive(Serialize, ToSchema)]
#[schema(as = PaymentSource)]
pub struct Source {
    #[schema(value_type = PaymentTypeWord)]
    r#type: &'static str,
    reference: String,
    payment_provider_code: Option<String>,
    payment_provider_type: Option<String>,
    external_payment_id: Option<String>,
    provider_payment_id: Option<String>,
    provider_customer_id: Option<String>,
    /// What the payer has to do: `{"type": "redirect_to_url", "redirect_to_url": {"url": …}}`.
    #[schema(value_type = Object)]
    next_action: Map<String, Value>,
}

wrapped!(PaymentAnswer { payment: PaymentShape });
wrapped!(PaymentList { payments: Vec<PaymentShape>, meta: Meta });

pub fn payment(view: &PaymentView) -> Value {
    shape(&listed(view))
}

/// In lists.
pub fn listed(view: &PaymentView) -> PaymentShape {
    PaymentShape {
        lago_id: view.id.to_string(),
        lago_customer_id: view.customer_id.to_string(),
        external_customer_id: view.external_customer_id.clone(),
        invoice_ids: view.invoices.iter().map(|(id, _)| id.to_string()).collect(),
        invoice_numbers: view.invoices.iter().map(|(_, number)| number.clone()).collect(),
        lago_payable_id: view.payable.uuid().to_string(),
        payable_type: payable_type(view.payable),
        amount_cents: view.amount.minor_units,
        amount_currency: view.amount.currency.code(),
        status: if view.status.is_empty() { "pending".to_owned() } else { view.status.clone() },
        payment_status: progress(view.progress),
        source: Source::from(&view.source),
        created_at: date_time(view.created_at),
    }
}

fn payable_type(payable: PayableId) -> &'static str {
    match payable {
        PayableId::Invoice(_) => "Invoice",
        PayableId::PaymentRequest(_) => "PaymentRequest",
    }
}

fn progress(progress: PaymentProgress) -> &'static str {
    match progress {
        PaymentProgress::Pending => "pending",
        PaymentProgress::Processing => "processing",
        PaymentProgress::Succeeded => "succeeded",
        PaymentProgress::Failed => "failed",
    }
}

impl From<&PaymentSource> for Source {
    fn from(source: &PaymentSource) -> Source {
        match source {
            PaymentSource::Manual { reference } => Source {
                r#type: "manual",
                reference: reference.clone(),
                payment_provider_code: None,
                payment_provider_type: None,
                external_payment_id: None,
                provider_payment_id: None,
                provider_customer_id: None,
                next_action: Map::new(),
            },
            PaymentSource::Provider {
                provider,
                connection_code,
                charge_id,
                provider_customer_id,
                action,
                method: _,
            } => Source {
                r#type: "provider",
                // Not null: a client that wants a text would fail.
                reference: String::new(),
                payment_provider_code: Some(connection_code.clone()),
                payment_provider_type: Some(provider.clone()),
                external_payment_id: charge_id.clone(),
                provider_payment_id: charge_id.clone(),
                provider_customer_id: provider_customer_id.clone(),
                next_action: action.as_ref().map(next_action).unwrap_or_default(),
            },
        }
    }
}

fn next_action(action: &Action) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("type".to_owned(), Value::from(action.kind.as_str()));
    if let Some(url) = &action.url {
        object.insert(action.kind.clone(), json!({ "url": url, "return_url": null }));
    }
    object
}
