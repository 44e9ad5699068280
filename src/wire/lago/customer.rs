//! A customer as the API and webhooks show it.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::format::{date_time, shape};
use super::page::Meta;
use super::tax::NestedTax;
use crate::domain::customer::{Address, Customer, CustomerMetadata, ProviderLink};
use crate::domain::view::CustomerView;

words!(pub CustomerTypeWord: "company", "individual");
words!(pub ZeroInvoicesWord: "inherit", "skip", "finalize");

/// Who owes.
#[derive(Serialize, ToSchema)]
#[schema(as = Customer)]
pub struct CustomerShape {
    #[schema(format = Uuid)]
    pub lago_id: String,
    #[schema(example = "default")]
    pub billing_entity_code: String,
    /// The caller's own id.
    #[schema(example = "acme")]
    pub external_id: String,
    /// Always `customer`.
    pub account_type: &'static str,
    #[schema(example = "Acme")]
    pub name: Option<String>,
    pub firstname: Option<String>,
    pub lastname: Option<String>,
    #[schema(value_type = Option<CustomerTypeWord>)]
    pub customer_type: Option<&'static str>,
    pub sequential_id: u32,
    #[schema(example = "REC-001")]
    pub slug: String,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
    /// ISO 3166 alpha-2.
    #[schema(example = "DE")]
    pub country: Option<String>,
    pub address_line1: Option<String>,
    pub address_line2: Option<String>,
    pub state: Option<String>,
    pub zipcode: Option<String>,
    /// One, or several with commas between.
    pub email: Option<String>,
    pub city: Option<String>,
    pub url: Option<String>,
    pub phone: Option<String>,
    pub logo_url: Option<String>,
    pub legal_name: Option<String>,
    pub legal_number: Option<String>,
    /// ISO 4217.
    #[schema(example = "EUR")]
    pub currency: Option<&'static str>,
    pub tax_identification_number: Option<String>,
    #[schema(example = "Europe/Berlin")]
    pub timezone: Option<&'static str>,
    /// The customer's, or the organization's.
    #[schema(example = "UTC")]
    pub applicable_timezone: &'static str,
    /// Days; null takes the organization's.
    pub net_payment_term: Option<u32>,
    pub external_salesforce_id: Option<String>,
    #[schema(value_type = ZeroInvoicesWord)]
    pub finalize_zero_amount_invoice: &'static str,
    pub billing_configuration: BillingConfiguration,
    pub shipping_address: ShippingAddress,
    pub skip_invoice_custom_sections: bool,
    pub metadata: Vec<MetadataLine>,
    /// On routes of customers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub taxes: Option<Vec<NestedTax>>,
    /// Always empty.
    pub integration_customers: Vec<String>,
    /// Always empty; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub applicable_invoice_custom_sections: Option<Vec<String>>,
    /// Always empty; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error_details: Option<Vec<String>>,
}

/// Who collects from a customer, and how they are billed. What the provider knows is there once
/// they are linked.
#[derive(Serialize, ToSchema)]
pub struct BillingConfiguration {
    pub invoice_grace_period: Option<u32>,
    #[schema(example = "sandbox")]
    pub payment_provider: Option<String>,
    #[schema(example = "sandbox")]
    pub payment_provider_code: Option<String>,
    pub document_locale: Option<String>,
    pub subscription_invoice_issuing_date_anchor: Option<String>,
    pub subscription_invoice_issuing_date_adjustment: Option<String>,
    #[serde(flatten)]
    pub account: Account,
}

/// What the provider knows. An outer `None` is left out.
#[derive(Serialize, ToSchema, Default)]
#[schema(as = ProviderAccount)]
pub struct Account {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "cus_ok")]
    pub provider_customer_id: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub sync_with_provider: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub provider_mandate_id: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub provider_payment_methods: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub payment_method_id: Option<Option<String>>,
}

#[derive(Serialize, ToSchema)]
pub struct ShippingAddress {
    pub address_line1: Option<String>,
    pub address_line2: Option<String>,
    pub city: Option<String>,
    pub zipcode: Option<String>,
    pub state: Option<String>,
    /// ISO 3166 alpha-2.
    pub country: Option<String>,
}

/// What the caller wrote down about a customer.
#[derive(Serialize, ToSchema)]
#[schema(as = CustomerMetadata)]
pub struct MetadataLine {
    #[schema(format = Uuid)]
    pub lago_id: String,
    pub key: String,
    pub value: String,
    pub display_in_invoice: bool,
    #[schema(format = DateTime)]
    pub created_at: String,
}

wrapped!(CustomerAnswer { customer: CustomerShape });
wrapped!(CustomerList { customers: Vec<CustomerShape>, meta: Meta });

/// On routes of customers: with everything.
pub fn customer(view: &CustomerView) -> Value {
    shape(&CustomerShape {
        applicable_invoice_custom_sections: Some(vec![]),
        error_details: Some(vec![]),
        ..listed(view)
    })
}

/// In lists of customers: with their taxes.
pub fn listed(view: &CustomerView) -> CustomerShape {
    let taxes = view.taxes.iter().map(NestedTax::from).collect();
    CustomerShape { taxes: Some(taxes), ..CustomerShape::from(view) }
}

/// Inside other objects, and in webhooks: without taxes.
pub fn nested(view: &CustomerView) -> Value {
    shape(&CustomerShape::from(view))
}

/// Without what only routes of customers show.
impl From<&CustomerView> for CustomerShape {
    fn from(view: &CustomerView) -> CustomerShape {
        let (organization, customer) = (&view.organization, &view.customer);
        let profile = customer.profile.clone();
        let prefix = &organization.document_number_prefix;
        CustomerShape {
            lago_id: customer.id.to_string(),
            billing_entity_code: organization.billing_entity_code.clone(),
            external_id: customer.external_id.clone(),
            account_type: "customer",
            name: profile.name,
            firstname: profile.firstname,
            lastname: profile.lastname,
            customer_type: profile.customer_type.map(|kind| kind.as_str()),
            sequential_id: customer.sequential_id,
            slug: format!("{prefix}-{:03}", customer.sequential_id),
            created_at: date_time(customer.created_at),
            updated_at: date_time(customer.updated_at),
            country: profile.address.country,
            address_line1: profile.address.line1,
            address_line2: profile.address.line2,
            state: profile.address.state,
            zipcode: profile.address.zipcode,
            email: profile.email,
            city: profile.address.city,
            url: profile.url,
            phone: profile.phone,
            logo_url: profile.logo_url,
            legal_name: profile.legal_name,
            legal_number: profile.legal_number,
            currency: customer.currency.map(|currency| currency.code()),
            tax_identification_number: profile.tax_identification_number,
            timezone: customer.timezone.map(|zone| zone.name()),
            applicable_timezone: customer.timezone.unwrap_or(organization.timezone).name(),
            net_payment_term: customer.net_payment_term,
            external_salesforce_id: profile.external_salesforce_id,
            finalize_zero_amount_invoice: customer.zero_invoices.as_str(),
            billing_configuration: BillingConfiguration::from(customer),
            shipping_address: ShippingAddress::from(profile.shipping_address),
            skip_invoice_custom_sections: false,
            metadata: customer.metadata.iter().map(MetadataLine::from).collect(),
            taxes: None,
            integration_customers: vec![],
            applicable_invoice_custom_sections: None,
            error_details: None,
        }
    }
}

impl From<&Customer> for BillingConfiguration {
    fn from(customer: &Customer) -> BillingConfiguration {
        let link = customer.link.as_ref();
        let code = link.map(|link| link.connection_code.clone());
        BillingConfiguration {
            invoice_grace_period: customer.invoice_grace_period,
            payment_provider: link.map(|link| link.provider.clone()),
            payment_provider_code: code.filter(|code| !code.is_empty()),
            document_locale: customer.document_locale.clone(),
            subscription_invoice_issuing_date_anchor: customer.issuing_date_anchor.clone(),
            subscription_invoice_issuing_date_adjustment: customer.issuing_date_adjustment.clone(),
            account: link.map(Account::from).unwrap_or_default(),
        }
    }
}

impl From<&ProviderLink> for Account {
    fn from(link: &ProviderLink) -> Account {
        let Some(account) = &link.account else { return Account::default() };
        let known = Account {
            provider_customer_id: Some(account.provider_customer_id.clone()),
            sync_with_provider: Some(account.sync_with_provider),
            ..Account::default()
        };
        // Lago's words for what each of its providers keeps; ours of other names go by the first.
        match link.provider.as_str() {
            "gocardless" => Account { provider_mandate_id: Some(None), ..known },
            "adyen" => Account { payment_method_id: Some(None), ..known },
            _ => {
                let mut kinds = account.method_kinds.clone();
                if kinds.is_empty() {
                    kinds.push(METHOD_KIND_DEFAULT.to_owned());
                }
                Account {
                    provider_payment_methods: Some(kinds),
                    payment_method_id: Some(None),
                    ..known
                }
            }
        }
    }
}

/// What is allowed when nothing is said; for us that is the provider's own default.
const METHOD_KIND_DEFAULT: &str = "card";

impl From<Address> for ShippingAddress {
    fn from(address: Address) -> ShippingAddress {
        ShippingAddress {
            address_line1: address.line1,
            address_line2: address.line2,
            city: address.city,
            zipcode: address.zipcode,
            state: address.state,
            country: address.country,
        }
    }
}

impl From<&CustomerMetadata> for MetadataLine {
    fn from(line: &CustomerMetadata) -> MetadataLine {
        MetadataLine {
            lago_id: line.id.to_string(),
            key: line.key.clone(),
            value: line.value.clone(),
            display_in_invoice: line.display_in_invoice,
            created_at: date_time(line.created_at),
        }
    }
}
