//! Adyen's objects, as far as we read them.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

#[derive(Debug, Clone, Deserialize)]
pub struct Amount {
    pub currency: String,
    pub value: u64,
}

/// Values are texts, but some accounts are sent numbers and booleans.
pub type AdditionalData = BTreeMap<String, String>;

fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<AdditionalData, D::Error> {
    let data = Option::<BTreeMap<String, Value>>::deserialize(deserializer)?;
    let texts = data.unwrap_or_default().into_iter().map(|(key, value)| match value {
        Value::String(text) => (key, text),
        other => (key, other.to_string()),
    });
    Ok(texts.collect())
}

/// The answer to a payment.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Payment {
    pub psp_reference: Option<String>,
    pub result_code: String,
    pub refusal_reason: Option<String>,
    pub refusal_reason_code: Option<String>,
    pub amount: Option<Amount>,
    pub action: Option<Action>,
    #[serde(default, deserialize_with = "texts")]
    pub additional_data: AdditionalData,
}

#[derive(Debug, Deserialize)]
pub struct Action {
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub url: Option<String>,
}

/// The answer to a cancellation or a refund: it was taken, no more.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Received {
    pub psp_reference: String,
    pub status: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentLink {
    pub id: String,
    pub url: Option<String>,
    pub status: String,
    pub amount: Option<Amount>,
    pub expires_at: Option<String>,
    pub shopper_reference: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredMethods {
    pub merchant_account: Option<String>,
    pub shopper_reference: Option<String>,
    pub stored_payment_methods: Option<Vec<StoredMethod>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredMethod {
    pub id: String,
    #[serde(rename = "type", default)]
    pub kind: String,
    pub brand: Option<String>,
    pub name: Option<String>,
    pub last_four: Option<String>,
    pub iban: Option<String>,
    pub expiry_month: Option<String>,
    pub expiry_year: Option<String>,
    pub created_at: Option<String>,
    pub supported_recurring_processing_models: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiError {
    #[serde(skip)]
    pub status: u16,
    /// Adyen says that the same request may be sent again.
    #[serde(skip)]
    pub is_transient: bool,
    pub error_code: String,
    pub error_type: Option<String>,
    pub message: Option<String>,
}

impl ApiError {
    pub fn describe(&self) -> String {
        let message = self.message.as_deref().unwrap_or("no reason given");
        format!("HTTP {} {}: {message}", self.status, self.error_code)
    }
}

/// A standard webhook.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    pub notification_items: Vec<NotificationItem>,
}

#[derive(Debug, Deserialize)]
pub struct NotificationItem {
    #[serde(rename = "NotificationRequestItem")]
    pub item: Item,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    pub event_code: String,
    pub success: String,
    pub event_date: Option<String>,
    pub merchant_account_code: Option<String>,
    pub merchant_reference: Option<String>,
    pub psp_reference: Option<String>,
    pub original_reference: Option<String>,
    pub amount: Option<Amount>,
    pub payment_method: Option<String>,
    pub reason: Option<String>,
    #[serde(default, deserialize_with = "texts")]
    pub additional_data: AdditionalData,
}

impl Item {
    pub fn is_success(&self) -> bool {
        self.success == "true"
    }

    /// What Adyen says beside: absent and empty are the same.
    pub fn more(&self, names: &[&str]) -> Option<&String> {
        let found = names.iter().find_map(|name| self.additional_data.get(*name));
        found.filter(|text| !text.is_empty())
    }
}

/// A webhook about a stored method.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenNotice {
    pub event_id: Option<String>,
    pub created_at: Option<String>,
    #[serde(rename = "type")]
    pub kind: String,
    pub data: TokenData,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenData {
    pub stored_payment_method_id: Option<String>,
    pub shopper_reference: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
}
