//! How the invoices of one customer are collected: through which connection, as whom, and
//! whether by itself. The newest that is not archived is the customer's link to its provider.

use super::customer::{Customer, ProviderLink};
use super::decline::text_enum;
use super::id::{BillingConfigurationId, ConnectionId, CustomerId, OrganizationId};
use super::time::Timestamp;

text_enum!(
    CollectionMethod {
        AutoChargePaymentIntent = "auto_charge_payment_intent",
        ManuallyChargePaymentIntent = "manually_charge_payment_intent",
        ChargeAutomatically = "charge_automatically",
        SendInvoice = "send_invoice",
    }
);

impl CollectionMethod {
    /// A finalized invoice is charged without anybody asking.
    pub const fn charges_by_itself(self) -> bool {
        match self {
            CollectionMethod::AutoChargePaymentIntent | CollectionMethod::ChargeAutomatically => {
                true
            }
            CollectionMethod::ManuallyChargePaymentIntent | CollectionMethod::SendInvoice => false,
        }
    }

    /// A charge may be asked for.
    pub const fn may_be_charged(self) -> bool {
        match self {
            CollectionMethod::AutoChargePaymentIntent
            | CollectionMethod::ManuallyChargePaymentIntent
            | CollectionMethod::ChargeAutomatically => true,
            CollectionMethod::SendInvoice => false,
        }
    }
}

/// How a customer is to be charged from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewConfiguration {
    /// None: the only one there is.
    pub connection: Option<ConnectionId>,
    pub provider_customer_id: String,
    pub collection_method: CollectionMethod,
    /// The text of a JSON object.
    pub more: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillingConfiguration {
    pub id: BillingConfigurationId,
    pub organization_id: OrganizationId,
    pub customer_id: CustomerId,
    pub connection_id: ConnectionId,
    pub provider_customer_id: String,
    pub collection_method: CollectionMethod,
    /// Members that mean nothing to us, as they were given: the text of a JSON object.
    pub more: String,
    pub created_at: Timestamp,
    pub archived_at: Option<Timestamp>,
}

impl BillingConfiguration {
    /// The customer is linked as this says.
    pub fn fits(&self, link: &ProviderLink) -> bool {
        let account = link.account.as_ref();
        link.connection_id == Some(self.connection_id)
            && account.and_then(|it| it.provider_customer_id.as_ref())
                == Some(&self.provider_customer_id)
    }
}

/// The configuration that a link says, when it was made otherwise. None while it is not whole.
pub fn of_link(customer: &Customer) -> Option<BillingConfiguration> {
    let link = customer.link.as_ref()?;
    let provider_customer_id = link.account.as_ref()?.provider_customer_id.clone()?;
    Some(BillingConfiguration {
        id: BillingConfigurationId::at(customer.updated_at),
        organization_id: customer.organization_id,
        customer_id: customer.id,
        connection_id: link.connection_id?,
        provider_customer_id,
        collection_method: CollectionMethod::ChargeAutomatically,
        more: "{}".to_owned(),
        created_at: customer.updated_at,
        archived_at: None,
    })
}

/// A customer that is to be made, with everything that collecting from it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPayer {
    pub name: String,
    /// The first one is the external id.
    pub aliases: Vec<String>,
    pub custom_fields: Vec<(String, String)>,
    /// In the order in which they are asked for: the last one counts.
    pub configurations: Vec<NewConfiguration>,
}
