//! Payment methods: references to instruments that a provider holds. Never a card number.

use super::decline::text_enum;
use super::id::{ConnectionId, CustomerId, OrganizationId, PaymentMethodId};
use super::time::Timestamp;

/// What a provider tells of an instrument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MethodDetails {
    /// The provider's id, such as `pm_…` or `MD…`.
    pub provider_method_id: String,
    /// The provider's word for the type, such as `card`.
    pub kind: String,
    pub brand: Option<String>,
    pub last4: Option<String>,
    pub expiry_month: Option<u8>,
    pub expiry_year: Option<u16>,
    pub fingerprint: Option<String>,
}

impl MethodDetails {
    /// What network limits are counted by: it stays when the same card is stored again.
    pub fn limit_key(&self) -> &str {
        self.fingerprint.as_deref().unwrap_or(&self.provider_method_id)
    }
}

text_enum!(
    MethodState {
        Active = "active",
        /// Cannot be selected or attached until it is activated again.
        Inactive = "inactive",
        /// Gone, at the provider or for us.
        Discarded = "discarded",
    }
);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentMethod {
    pub id: PaymentMethodId,
    pub organization_id: OrganizationId,
    pub customer_id: CustomerId,
    pub connection_id: ConnectionId,
    pub details: MethodDetails,
    pub is_default: bool,
    pub state: MethodState,
    /// The payer withdrew consent: never charged again, for any debt.
    pub stopped_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

impl PaymentMethod {
    /// Cannot be selected or attached from now on. What is gone stays gone.
    #[must_use]
    pub fn deactivated(self) -> PaymentMethod {
        match self.state {
            MethodState::Active => {
                PaymentMethod { state: MethodState::Inactive, is_default: false, ..self }
            }
            MethodState::Inactive | MethodState::Discarded => self,
        }
    }

    /// Can be selected again. It is not the default by that.
    #[must_use]
    pub fn activated(self) -> PaymentMethod {
        match self.state {
            MethodState::Inactive => PaymentMethod { state: MethodState::Active, ..self },
            MethodState::Active | MethodState::Discarded => self,
        }
    }

    /// For people: `visa 4242`, `sepa_debit 3000`, `card`.
    pub fn label(&self) -> String {
        let kind = self.details.brand.as_deref().unwrap_or(&self.details.kind);
        match &self.details.last4 {
            Some(last4) => format!("{kind} {last4}"),
            None => kind.to_owned(),
        }
    }
}

/// Which of a customer's methods a list shows. Discarded ones are never listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MethodFilter {
    #[default]
    Active,
    Inactive,
    All,
}

impl MethodFilter {
    pub const fn states(self) -> &'static [MethodState] {
        match self {
            MethodFilter::Active => &[MethodState::Active],
            MethodFilter::Inactive => &[MethodState::Inactive],
            MethodFilter::All => &[MethodState::Active, MethodState::Inactive],
        }
    }
}

/// How an object wants to be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MethodChoice {
    /// The customer's default method.
    #[default]
    Default,
    Specific(PaymentMethodId),
    /// Never charged automatically.
    Manual,
}

/// Which method a request asks for, before it is known whether the customer has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MethodReference {
    #[default]
    Default,
    Specific(PaymentMethodId),
    Manual,
    /// It contradicts itself, or names what cannot exist.
    Impossible,
}
