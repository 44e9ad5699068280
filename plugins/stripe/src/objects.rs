//! Stripe's objects, as far as we read them. Whatever a peer or an older API
//! version may leave out is optional.

use std::collections::BTreeMap;

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A reference to an object, or the object where we asked for it.
#[derive(Debug)]
pub enum Expandable<T> {
    Id(String),
    Object(Box<T>),
}

// By hand, because the derived one makes the component half as large again.
impl<'de, T: DeserializeOwned> Deserialize<'de> for Expandable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(id) => Ok(Self::Id(id)),
            object => serde_json::from_value(object).map(Self::Object).map_err(D::Error::custom),
        }
    }
}

impl<T> Expandable<T> {
    pub fn object(&self) -> Option<&T> {
        match self {
            Self::Id(_) => None,
            Self::Object(object) => Some(object),
        }
    }
}

/// The part that every object has.
#[derive(Debug, Deserialize)]
pub struct WithId {
    pub id: String,
}

pub trait Identified {
    fn id(&self) -> &str;
}

impl<T: Identified> Expandable<T> {
    pub fn id(&self) -> &str {
        match self {
            Self::Id(id) => id,
            Self::Object(object) => object.id(),
        }
    }
}

impl Identified for WithId {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Identified for PaymentMethod {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Identified for PaymentIntent {
    fn id(&self) -> &str {
        &self.id
    }
}

/// Metadata, which some objects have as `null`.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Metadata(Option<BTreeMap<String, String>>);

impl Metadata {
    pub fn get(&self, key: &str) -> Option<&String> {
        self.0.as_ref()?.get(key)
    }
}

#[derive(Debug, Deserialize)]
pub struct List<T> {
    pub data: Vec<T>,
    #[serde(default)]
    pub has_more: bool,
}

#[derive(Debug, Deserialize)]
pub struct PaymentIntent {
    pub id: String,
    pub status: String,
    pub amount: u64,
    pub amount_received: Option<u64>,
    pub currency: String,
    pub payment_method: Option<Expandable<PaymentMethod>>,
    pub latest_charge: Option<Expandable<Charge>>,
    pub last_payment_error: Option<ApiError>,
    pub next_action: Option<NextAction>,
    #[serde(default)]
    pub metadata: Metadata,
}

#[derive(Debug, Deserialize)]
pub struct NextAction {
    #[serde(rename = "type")]
    pub kind: String,
    pub redirect_to_url: Option<Redirect>,
}

#[derive(Debug, Deserialize)]
pub struct Redirect {
    pub url: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Charge {
    pub outcome: Option<ChargeOutcome>,
    pub payment_method_details: Option<PaymentMethod>,
}

#[derive(Debug, Deserialize)]
pub struct ChargeOutcome {
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub advice_code: Option<String>,
    pub network_advice_code: Option<String>,
    pub network_decline_code: Option<String>,
}

/// A stored method. The details of a charge have the same shape, but no id.
#[derive(Debug, Deserialize)]
pub struct PaymentMethod {
    #[serde(default)]
    pub id: String,
    #[serde(default)]
    pub created: u64,
    #[serde(rename = "type")]
    pub kind: String,
    pub card: Option<Account>,
    pub sepa_debit: Option<Account>,
    pub us_bank_account: Option<Account>,
    pub bacs_debit: Option<Account>,
}

impl PaymentMethod {
    pub fn account(&self) -> Option<&Account> {
        let debit = || self.us_bank_account.as_ref().or(self.bacs_debit.as_ref());
        self.card.as_ref().or(self.sepa_debit.as_ref()).or_else(debit)
    }
}

/// A card, or a bank account.
#[derive(Debug, Deserialize)]
pub struct Account {
    pub brand: Option<String>,
    pub bank_name: Option<String>,
    pub last4: Option<String>,
    pub exp_month: Option<u8>,
    pub exp_year: Option<u16>,
    pub fingerprint: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Customer {
    #[serde(default)]
    pub deleted: bool,
    pub invoice_settings: Option<InvoiceSettings>,
    pub default_source: Option<Expandable<WithId>>,
}

#[derive(Debug, Deserialize)]
pub struct InvoiceSettings {
    pub default_payment_method: Option<Expandable<WithId>>,
}

#[derive(Debug, Deserialize)]
pub struct Session {
    pub id: String,
    pub status: Option<String>,
    pub url: Option<String>,
    pub mode: Option<String>,
    pub payment_status: Option<String>,
    pub expires_at: Option<u64>,
    pub client_reference_id: Option<String>,
    pub payment_intent: Option<Expandable<PaymentIntent>>,
    pub setup_intent: Option<Expandable<SetupIntent>>,
    #[serde(default)]
    pub metadata: Metadata,
}

#[derive(Debug, Deserialize)]
pub struct SetupIntent {
    pub status: String,
    pub payment_method: Option<Expandable<PaymentMethod>>,
}

#[derive(Debug, Deserialize)]
pub struct Refund {
    pub id: String,
    pub status: Option<String>,
    pub failure_reason: Option<String>,
}

/// Why a call was refused, and why a PaymentIntent was declined.
#[derive(Debug, Default, Deserialize)]
pub struct ApiError {
    pub code: Option<String>,
    pub decline_code: Option<String>,
    pub advice_code: Option<String>,
    pub network_decline_code: Option<String>,
    pub network_advice_code: Option<String>,
    pub message: Option<String>,
    pub param: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub payment_intent: Option<Box<PaymentIntent>>,
    pub payment_method: Option<PaymentMethod>,
}

impl ApiError {
    pub fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }
}

#[derive(Debug, Deserialize)]
pub struct ErrorBody {
    pub error: ApiError,
}
