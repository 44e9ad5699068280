//! GoCardless's objects, as far as we read them.

use std::collections::BTreeMap;

use serde::Deserialize;

pub trait Identified {
    fn id(&self) -> &str;
}

macro_rules! identified {
    ($($object:ident)+) => {
        $(impl Identified for $object {
            fn id(&self) -> &str {
                &self.id
            }
        })+
    };
}

identified!(Payment Mandate BankAccount Event Refund);

pub type Metadata = BTreeMap<String, String>;

#[derive(Debug, Deserialize)]
pub struct WithId {
    pub id: String,
}

#[derive(Debug, Deserialize)]
pub struct Payment {
    pub id: String,
    pub status: String,
    pub amount: u64,
    pub currency: String,
    pub amount_refunded: Option<u64>,
    pub scheme: Option<String>,
    #[serde(default)]
    pub metadata: Metadata,
}

#[derive(Debug, Deserialize)]
pub struct Mandate {
    pub id: String,
    pub status: String,
    pub scheme: Option<String>,
    pub created_at: Option<String>,
    pub links: MandateLinks,
}

#[derive(Debug, Deserialize)]
pub struct MandateLinks {
    pub customer: Option<String>,
    pub customer_bank_account: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct BankAccount {
    pub id: String,
    pub account_number_ending: Option<String>,
    pub bank_name: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct BillingRequest {
    pub id: String,
    pub status: String,
    #[serde(default)]
    pub links: BillingRequestLinks,
}

#[derive(Debug, Default, Deserialize)]
pub struct BillingRequestLinks {
    pub mandate_request_mandate: Option<String>,
    pub payment_request_payment: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Flow {
    pub authorisation_url: String,
    pub expires_at: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Refund {
    pub id: String,
    pub status: Option<String>,
    #[serde(default)]
    pub metadata: Metadata,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Event {
    pub id: String,
    pub created_at: Option<String>,
    pub resource_type: String,
    pub action: String,
    #[serde(default)]
    pub links: BTreeMap<String, Option<String>>,
    #[serde(default)]
    pub details: Details,
    #[serde(default)]
    pub resource_metadata: Metadata,
}

impl Event {
    pub fn link(&self, name: &str) -> Option<&String> {
        self.links.get(name)?.as_ref()
    }
}

/// Why something happened. Only events say it; the objects do not.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Details {
    pub cause: Option<String>,
    pub description: Option<String>,
    pub scheme: Option<String>,
    pub reason_code: Option<String>,
    pub will_attempt_retry: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub struct ErrorBody {
    pub error: ApiError,
}

#[derive(Debug, Deserialize)]
pub struct ApiError {
    #[serde(skip)]
    pub status: u16,
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub message: String,
    #[serde(default)]
    pub errors: Vec<Reason>,
}

#[derive(Debug, Deserialize)]
pub struct Reason {
    pub reason: Option<String>,
    pub message: Option<String>,
    pub field: Option<String>,
    #[serde(default)]
    pub links: BTreeMap<String, Option<String>>,
}

impl ApiError {
    /// The first reason given, or else the type.
    pub fn reason(&self) -> &str {
        self.errors.iter().find_map(|error| error.reason.as_deref()).unwrap_or(&self.kind)
    }

    pub fn field(&self) -> Option<&str> {
        self.errors.iter().find_map(|error| error.field.as_deref())
    }

    /// What an earlier request with the same key made.
    pub fn conflicting_id(&self) -> Option<&str> {
        (self.status == 409).then(|| self.link("conflicting_resource_id")).flatten()
    }

    pub fn link(&self, name: &str) -> Option<&str> {
        self.errors.iter().find_map(|error| error.links.get(name)?.as_deref())
    }

    pub fn describe(&self) -> String {
        let more = self.errors.iter().find_map(|error| {
            let message = error.message.as_deref()?;
            Some(error.field.as_ref().map_or(message.to_owned(), |f| format!("{f} {message}")))
        });
        let message = more.unwrap_or_else(|| self.message.clone());
        format!("HTTP {} {}: {message}", self.status, self.reason())
    }
}
