//! Customers: who owes, and where their instruments are held.

use chrono_tz::Tz;

use super::currency::Currency;
use super::decline::text_enum;
use super::id::{ConnectionId, CustomerId, MetadataId, OrganizationId, TaxId};
use super::organization::ZeroInvoices;
use super::time::Timestamp;

text_enum!(CustomerType { Company = "company", Individual = "individual" });

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Address {
    pub line1: Option<String>,
    pub line2: Option<String>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub zipcode: Option<String>,
    /// ISO 3166 alpha-2, upper case.
    pub country: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    pub id: CustomerId,
    pub organization_id: OrganizationId,
    /// The caller's id. Unique among those that are not deleted.
    pub external_id: String,
    /// 1, 2, 3 … in the organization.
    pub sequential_id: u32,
    pub profile: Profile,
    pub currency: Option<Currency>,
    pub timezone: Option<Tz>,
    /// Days from issuing to due; None takes the organization's.
    pub net_payment_term: Option<u32>,
    pub zero_invoices: ZeroInvoices,
    pub invoice_grace_period: Option<u32>,
    pub document_locale: Option<String>,
    pub issuing_date_anchor: Option<String>,
    pub issuing_date_adjustment: Option<String>,
    pub link: Option<ProviderLink>,
    pub metadata: Vec<CustomerMetadata>,
    pub tax_ids: Vec<TaxId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub deleted_at: Option<Timestamp>,
}

/// What people and papers say of a customer; nothing is decided by it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    pub name: Option<String>,
    pub firstname: Option<String>,
    pub lastname: Option<String>,
    pub legal_name: Option<String>,
    pub legal_number: Option<String>,
    pub tax_identification_number: Option<String>,
    pub customer_type: Option<CustomerType>,
    /// May be several, with commas between.
    pub email: Option<String>,
    pub phone: Option<String>,
    pub url: Option<String>,
    pub logo_url: Option<String>,
    pub external_salesforce_id: Option<String>,
    pub address: Address,
    pub shipping_address: Address,
}

/// What a list of customers can be narrowed by. Deleted ones are never listed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CustomerFilter {
    /// Part of a name, of the external id or of the e-mail.
    pub search_term: Option<String>,
    pub external_id: Option<String>,
    /// None: any. Codes that name nothing find nothing.
    pub currencies: Option<Vec<String>>,
    pub countries: Option<Vec<String>>,
    pub states: Option<Vec<String>>,
    pub zipcodes: Option<Vec<String>>,
    pub customer_type: Option<String>,
    pub has_customer_type: Option<bool>,
    pub has_tax_number: Option<bool>,
    pub account_types: Option<Vec<String>>,
    /// All pairs hold; an empty value means that the key is absent.
    pub metadata: Vec<(String, String)>,
}

/// Which provider collects from a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderLink {
    pub provider: String,
    /// None while the connection's code is stored but not (or no longer) known.
    pub connection_id: Option<ConnectionId>,
    pub connection_code: String,
    /// The customer as the provider knows it. None: named as linked, but not there yet.
    pub account: Option<ProviderAccount>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderAccount {
    /// None while it is being made at the provider.
    pub provider_customer_id: Option<String>,
    pub sync_with_provider: bool,
    /// The provider's words for the kinds of methods allowed.
    pub method_kinds: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerMetadata {
    pub id: MetadataId,
    pub key: String,
    pub value: String,
    pub display_in_invoice: bool,
    pub created_at: Timestamp,
}

impl Customer {
    /// The first of the addresses: providers take one.
    pub fn first_email(&self) -> Option<&str> {
        self.profile.email.as_deref()?.split(',').map(str::trim).find(|email| !email.is_empty())
    }

    /// For people: the name, else first and last name, else nothing.
    pub fn display_name(&self) -> Option<String> {
        if let Some(name) = &self.profile.name {
            return Some(name.clone());
        }
        let parts: Vec<&str> = [&self.profile.firstname, &self.profile.lastname]
            .into_iter()
            .filter_map(|part| part.as_deref())
            .collect();
        if parts.is_empty() { None } else { Some(parts.join(" ")) }
    }
}
