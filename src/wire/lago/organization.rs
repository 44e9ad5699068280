//! The organization and its one billing entity, in and out.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::checks;
use super::customer_request::{country, days, language, short};
use super::field_errors::{FieldErrors, INVALID};
use super::fields::Fields;
use super::format::{date_time, shape};
use super::tax::NestedTax;
use crate::domain::organization::{Organization, OrganizationChange, ZeroInvoices};
use crate::domain::tax::Tax;
use crate::domain::webhook::WebhookEndpoint;

/// The business that collects.
#[derive(Serialize, ToSchema)]
#[schema(as = Organization)]
pub struct OrganizationShape {
    #[schema(format = Uuid)]
    pub lago_id: String,
    pub name: String,
    pub slug: String,
    #[schema(example = "EUR")]
    pub default_currency: &'static str,
    #[schema(format = DateTime)]
    pub created_at: String,
    /// The first of its endpoints, or empty.
    pub webhook_url: String,
    pub webhook_urls: Vec<String>,
    #[serde(flatten)]
    pub address: LegalAddress,
    #[serde(flatten)]
    pub terms: Terms,
    pub billing_configuration: BillingConfiguration,
    pub taxes: Vec<NestedTax>,
}

/// The one billing entity of an organization.
#[derive(Serialize, ToSchema)]
#[schema(as = BillingEntity)]
pub struct BillingEntityShape {
    #[schema(format = Uuid)]
    pub lago_id: String,
    #[schema(example = "default")]
    pub code: String,
    pub name: String,
    #[schema(example = "EUR")]
    pub default_currency: &'static str,
    #[serde(flatten)]
    pub address: LegalAddress,
    #[serde(flatten)]
    pub terms: Terms,
    pub eu_tax_management: bool,
    pub logo_url: Option<String>,
    pub is_default: bool,
    pub einvoicing: bool,
    pub billing_configuration: BillingConfiguration,
    pub taxes: Vec<NestedTax>,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

#[derive(Serialize, ToSchema)]
pub struct LegalAddress {
    /// ISO 3166 alpha-2.
    #[schema(example = "DE")]
    country: Option<String>,
    address_line1: Option<String>,
    address_line2: Option<String>,
    state: Option<String>,
    zipcode: Option<String>,
    email: Option<String>,
    city: Option<String>,
    legal_name: Option<String>,
    legal_number: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = OrganizationTerms)]
pub struct Terms {
    /// Always `per_customer`.
    document_numbering: &'static str,
    #[schema(example = "REC")]
    document_number_prefix: String,
    tax_identification_number: Option<String>,
    #[schema(example = "UTC")]
    timezone: &'static str,
    /// Days.
    net_payment_term: u32,
    /// Always empty.
    email_settings: Vec<String>,
    finalize_zero_amount_invoice: bool,
}

#[derive(Serialize, ToSchema)]
#[schema(as = OrganizationBillingConfiguration)]
pub struct BillingConfiguration {
    invoice_footer: Option<String>,
    /// Days.
    invoice_grace_period: u32,
    #[schema(example = "en")]
    document_locale: String,
}

wrapped!(OrganizationAnswer { organization: OrganizationShape });
wrapped!(BillingEntityAnswer { billing_entity: BillingEntityShape });
wrapped!(BillingEntityList { billing_entities: Vec<BillingEntityShape> });

pub fn organization(
    organization: &Organization,
    endpoints: &[WebhookEndpoint],
    taxes: &[Tax],
) -> Value {
    let urls: Vec<String> = endpoints.iter().map(|endpoint| endpoint.url.clone()).collect();
    shape(&OrganizationShape {
        lago_id: organization.id.to_string(),
        name: organization.name.clone(),
        slug: organization.slug.clone(),
        default_currency: organization.default_currency.code(),
        created_at: date_time(organization.created_at),
        webhook_url: urls.first().cloned().unwrap_or_default(),
        webhook_urls: urls,
        address: organization.into(),
        terms: organization.into(),
        billing_configuration: organization.into(),
        taxes: taxes.iter().map(NestedTax::from).collect(),
    })
}

pub fn billing_entity(organization: &Organization, taxes: &[Tax]) -> Value {
    shape(&BillingEntityShape {
        lago_id: organization.id.to_string(),
        code: organization.billing_entity_code.clone(),
        name: organization.name.clone(),
        default_currency: organization.default_currency.code(),
        address: organization.into(),
        terms: organization.into(),
        eu_tax_management: false,
        logo_url: None,
        is_default: true,
        einvoicing: false,
        billing_configuration: organization.into(),
        taxes: taxes.iter().map(NestedTax::from).collect(),
        created_at: date_time(organization.created_at),
        updated_at: date_time(organization.updated_at),
    })
}

impl From<&Organization> for LegalAddress {
    fn from(organization: &Organization) -> LegalAddress {
        let address = organization.address.clone();
        LegalAddress {
            country: address.country,
            address_line1: address.line1,
            address_line2: address.line2,
            state: address.state,
            zipcode: address.zipcode,
            email: organization.email.clone(),
            city: address.city,
            legal_name: organization.legal_name.clone(),
            legal_number: organization.legal_number.clone(),
        }
    }
}

impl From<&Organization> for Terms {
    fn from(organization: &Organization) -> Terms {
        Terms {
            document_numbering: "per_customer",
            document_number_prefix: organization.document_number_prefix.clone(),
            tax_identification_number: organization.tax_identification_number.clone(),
            timezone: organization.timezone.name(),
            net_payment_term: organization.net_payment_term,
            email_settings: vec![],
            finalize_zero_amount_invoice: organization.zero_invoices == ZeroInvoices::Finalize,
        }
    }
}

impl From<&Organization> for BillingConfiguration {
    fn from(organization: &Organization) -> BillingConfiguration {
        BillingConfiguration {
            invoice_footer: organization.invoice_footer.clone(),
            invoice_grace_period: organization.invoice_grace_period,
            document_locale: organization.document_locale.clone(),
        }
    }
}

/// What a request says of the organization. Only what it names changes.
#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: requests are read field by field")]
pub struct OrganizationInput {
    #[schema(example = "Acme", max_length = 255)]
    pub name: Option<String>,
    /// At most 10 letters, digits and hyphens: it begins the numbers of invoices.
    #[schema(example = "ACM", pattern = "^[A-Za-z0-9-]{1,10}$")]
    pub document_number_prefix: Option<String>,
    #[schema(example = "EUR")]
    pub default_currency: Option<String>,
    #[schema(example = "Europe/Berlin")]
    pub timezone: Option<String>,
    /// Days.
    #[schema(minimum = 0, maximum = 36500, example = 14)]
    pub net_payment_term: Option<u32>,
    pub finalize_zero_amount_invoice: Option<bool>,
    #[schema(example = "billing@business.example")]
    pub email: Option<String>,
    pub legal_name: Option<String>,
    pub legal_number: Option<String>,
    pub tax_identification_number: Option<String>,
    pub address_line1: Option<String>,
    pub address_line2: Option<String>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub zipcode: Option<String>,
    #[schema(example = "DE")]
    pub country: Option<String>,
    pub billing_configuration: Option<OrganizationBillingInput>,
}

#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: requests are read field by field")]
pub struct OrganizationBillingInput {
    pub invoice_footer: Option<String>,
    /// Days that invoices of subscriptions stay drafts.
    #[schema(minimum = 0, maximum = 36500, example = 0)]
    pub invoice_grace_period: Option<u32>,
    #[schema(example = "en")]
    pub document_locale: Option<String>,
}

wrapped!(OrganizationRequest { organization: OrganizationInput });

/// Letters, digits and hyphens, as they stand in numbers of invoices.
const PREFIX_CHARS_MAX: usize = 10;

pub fn change(fields: Fields<'_>) -> Result<OrganizationChange, FieldErrors> {
    let mut errors = FieldErrors::default();
    let billing = fields.object("billing_configuration", &mut errors).value();
    let mut change = OrganizationChange {
        name: fields.mandatory_text("name", &mut errors),
        document_number_prefix: fields
            .text("document_number_prefix", &mut errors)
            .parse_with(prefix, ("document_number_prefix", INVALID), &mut errors)
            .change_unless_null(),
        default_currency: fields
            .text("default_currency", &mut errors)
            .parse_with(|text| text.parse().ok(), ("default_currency", INVALID), &mut errors)
            .change_unless_null(),
        timezone: fields
            .text("timezone", &mut errors)
            .parse_with(|text| text.parse().ok(), ("timezone", "invalid_timezone"), &mut errors)
            .change_unless_null(),
        net_payment_term: days(fields, "net_payment_term", &mut errors).flattened(),
        zero_invoices: fields
            .flag("finalize_zero_amount_invoice", &mut errors)
            .map(|finalize| if finalize { ZeroInvoices::Finalize } else { ZeroInvoices::Skip })
            .change_unless_null(),
        email: fields
            .text("email", &mut errors)
            .parse_with(checks::emails, ("email", "invalid_email_format"), &mut errors)
            .change(),
        legal_name: short(fields, "legal_name", &mut errors),
        legal_number: short(fields, "legal_number", &mut errors),
        tax_identification_number: short(fields, "tax_identification_number", &mut errors),
        ..OrganizationChange::default()
    };
    change.address.line1 = short(fields, "address_line1", &mut errors);
    change.address.line2 = short(fields, "address_line2", &mut errors);
    change.address.city = short(fields, "city", &mut errors);
    change.address.state = short(fields, "state", &mut errors);
    change.address.zipcode = short(fields, "zipcode", &mut errors);
    change.address.country = country(fields, &mut errors);
    if let Some(billing) = billing {
        change.invoice_footer = billing.text("invoice_footer", &mut errors).change();
        change.invoice_grace_period =
            days(billing, "invoice_grace_period", &mut errors).flattened();
        change.document_locale = language(billing, &mut errors).flattened();
    }
    errors.or(change)
}

fn prefix(text: &str) -> Option<String> {
    let text = text.trim().to_uppercase();
    let fits = text.chars().count() <= PREFIX_CHARS_MAX
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    fits.then_some(text)
}
