//! What a plugin is asked in a trial. Each charge has a key and a reference of its own, also
//! where a real provider remembers those of the last trial.

use uuid::Uuid;

use crate::app::ports::{
    ChargeQuery, ChargeRequest, CustomerData, LinkRequest, RefundRequest, SetupRequest,
};
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::domain::refund::RefundReason;
use crate::domain::time::{Span, Timestamp};

use super::plan::Plan;

/// One charge that is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub key: String,
    pub reference: String,
    pub customer: String,
    pub method: String,
    kind: String,
    amount: Money,
}

impl Order {
    /// That the provider takes.
    pub fn good(plan: &Plan) -> Order {
        let number = Uuid::new_v4().simple().to_string();
        let charge = &plan.charge;
        let currency = charge.currency.parse().unwrap_or(Currency::EUR);
        Order {
            key: format!("kit-key-{number}"),
            reference: format!("kit-ref-{number}"),
            customer: charge.customer.clone(),
            method: charge.method.clone(),
            kind: charge.kind.clone(),
            amount: Money::new(charge.amount, currency),
        }
    }

    /// That it declines. None: the plan does not say how.
    pub fn declined(plan: &Plan) -> Option<Order> {
        let decline = plan.decline.as_ref()?;
        let good = Order::good(plan);
        Some(Order {
            customer: decline.customer.clone().unwrap_or(good.customer.clone()),
            method: decline.method.clone(),
            ..good
        })
    }

    pub fn request(&self) -> ChargeRequest {
        ChargeRequest {
            idempotency_key: self.key.clone(),
            reference: self.reference.clone(),
            amount: self.amount,
            provider_customer_id: self.customer.clone(),
            provider_method_id: self.method.clone(),
            method_kind: self.kind.clone(),
            description: "A charge of the conformance kit".to_owned(),
            country: None,
            metadata: vec![("invoice".to_owned(), "kit-1".to_owned())],
        }
    }

    pub fn query(&self, started_at: Timestamp, charge_id: Option<String>) -> ChargeQuery {
        ChargeQuery {
            idempotency_key: self.key.clone(),
            reference: self.reference.clone(),
            charge_id,
            provider_customer_id: Some(self.customer.clone()),
            started_at,
        }
    }

    pub fn refund(&self) -> RefundRequest {
        RefundRequest {
            idempotency_key: format!("{}-back", self.key),
            reference: format!("{}-back", self.reference),
            charge_id: "kit_charge".to_owned(),
            amount: self.amount,
            reason: RefundReason::RequestedByCustomer,
        }
    }

    pub fn setup(&self, now: Timestamp) -> SetupRequest {
        SetupRequest {
            idempotency_key: self.key.clone(),
            reference: self.reference.clone(),
            provider_customer_id: self.customer.clone(),
            currency: Some(self.amount.currency.code().to_owned()),
            method_kinds: vec![self.kind.clone()],
            return_url: "https://shop.example/thanks".to_owned(),
            expires_at: now.plus(Span::hours(24)),
            metadata: Vec::new(),
        }
    }

    pub fn link(&self, now: Timestamp) -> LinkRequest {
        LinkRequest {
            idempotency_key: self.key.clone(),
            reference: self.reference.clone(),
            provider_customer_id: self.customer.clone(),
            amount: self.amount,
            method_kinds: vec![self.kind.clone()],
            keep_method: true,
            description: "A page of the conformance kit".to_owned(),
            return_url: "https://shop.example/thanks".to_owned(),
            expires_at: now.plus(Span::hours(24)),
            metadata: Vec::new(),
        }
    }

    /// With what stands for this charge put in.
    pub fn filled(&self, text: &str) -> String {
        text.replace("{reference}", &self.reference)
            .replace("{key}", &self.key)
            .replace("{amount}", &self.amount.minor_units.to_string())
            .replace("{currency}", self.amount.currency.code())
            .replace("{customer}", &self.customer)
            .replace("{method}", &self.method)
    }
}

pub fn customer() -> CustomerData {
    CustomerData {
        reference: "kit-customer-1".to_owned(),
        name: Some("Jane Doe".to_owned()),
        ..CustomerData::default()
    }
}
