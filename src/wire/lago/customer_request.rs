//! What a request says of a customer. Only keys that are there change anything.

use utoipa::ToSchema;

use super::checks;
use super::customer::{CustomerTypeWord, ZeroInvoicesWord};
use super::field_errors::{FieldErrors, INVALID, MANDATORY, TOO_LONG};
use super::fields::{Fields, Given, TEXT_CHARS_MAX};
use super::link_request;
use super::metadata_request;
use crate::domain::change::Change;
use crate::domain::customer::CustomerType;
use crate::domain::customer_change::{AddressChange, CustomerChange, ProfileChange, TermsChange};
use crate::domain::organization::ZeroInvoices;

/// A grace period or a term of payment may have so many days.
const DAYS_MAX: i64 = 36_500;

/// What a request says of a customer. Only keys that are there change anything.
#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: requests are read field by field")]
pub struct CustomerInput {
    /// The caller's own id: it tells which customer this is.
    #[schema(example = "acme", min_length = 1, max_length = 255)]
    pub external_id: String,
    #[schema(example = "Acme", max_length = 255)]
    pub name: Option<String>,
    pub firstname: Option<String>,
    pub lastname: Option<String>,
    pub legal_name: Option<String>,
    pub legal_number: Option<String>,
    pub tax_identification_number: Option<String>,
    #[schema(value_type = Option<CustomerTypeWord>)]
    pub customer_type: Option<String>,
    /// One, or several with commas between.
    #[schema(example = "billing@business.example")]
    pub email: Option<String>,
    pub phone: Option<String>,
    #[schema(max_length = 2048)]
    pub url: Option<String>,
    #[schema(max_length = 2048)]
    pub logo_url: Option<String>,
    pub external_salesforce_id: Option<String>,
    pub address_line1: Option<String>,
    pub address_line2: Option<String>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub zipcode: Option<String>,
    /// ISO 3166 alpha-2.
    #[schema(example = "DE")]
    pub country: Option<String>,
    pub shipping_address: Option<AddressInput>,
    /// ISO 4217.
    #[schema(example = "EUR")]
    pub currency: Option<String>,
    #[schema(example = "Europe/Berlin")]
    pub timezone: Option<String>,
    /// Days; null takes the organization's.
    #[schema(minimum = 0, maximum = 36500, example = 14)]
    pub net_payment_term: Option<u32>,
    #[schema(value_type = Option<ZeroInvoicesWord>)]
    pub finalize_zero_amount_invoice: Option<String>,
    /// All of it: what is not named is deleted.
    #[schema(max_items = 5)]
    pub metadata: Option<Vec<CustomerMetadataInput>>,
    pub tax_codes: Option<Vec<String>>,
    pub billing_entity_code: Option<String>,
    pub billing_configuration: Option<BillingConfigurationInput>,
}

#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: requests are read field by field")]
pub struct AddressInput {
    pub address_line1: Option<String>,
    pub address_line2: Option<String>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub zipcode: Option<String>,
    #[schema(example = "DE")]
    pub country: Option<String>,
}

#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: requests are read field by field")]
pub struct CustomerMetadataInput {
    /// Of a line that is there already.
    #[schema(format = Uuid)]
    pub id: Option<String>,
    #[schema(example = "plan", min_length = 1, max_length = 20)]
    pub key: String,
    #[schema(example = "gold", min_length = 1, max_length = 100)]
    pub value: String,
    pub display_in_invoice: Option<bool>,
}

/// Who is to collect from a customer.
#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: requests are read field by field")]
pub struct BillingConfigurationInput {
    /// The name of a plugin.
    #[schema(example = "sandbox")]
    pub payment_provider: Option<String>,
    /// Which connection, where there are several of that plugin.
    #[schema(example = "sandbox")]
    pub payment_provider_code: Option<String>,
    /// The customer as the provider knows it already.
    #[schema(example = "cus_ok")]
    pub provider_customer_id: Option<String>,
    /// Make the customer at the provider.
    pub sync_with_provider: Option<bool>,
    /// Do it before this request is answered.
    pub sync: Option<bool>,
    pub provider_payment_methods: Option<Vec<String>>,
    #[schema(minimum = 0, maximum = 36500)]
    pub invoice_grace_period: Option<u32>,
    #[schema(example = "en")]
    pub document_locale: Option<String>,
    #[schema(value_type = Option<IssuingDateAnchorWord>)]
    pub subscription_invoice_issuing_date_anchor: Option<String>,
    #[schema(value_type = Option<IssuingDateAdjustmentWord>)]
    pub subscription_invoice_issuing_date_adjustment: Option<String>,
}

words!(pub IssuingDateAnchorWord: "current_period_end", "next_period_start");
words!(pub IssuingDateAdjustmentWord: "keep_anchor", "align_with_finalization_date");

wrapped!(CustomerUpsertRequest { customer: CustomerInput });

type Text = Change<Option<String>>;

/// Whose customer this is, and what changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerRequest {
    pub external_id: String,
    pub change: CustomerChange,
}

pub fn customer(fields: Fields<'_>) -> Result<CustomerRequest, FieldErrors> {
    let mut errors = FieldErrors::default();
    let external_id = match fields.text("external_id", &mut errors).blank_is_null() {
        Given::Value(id) if id.chars().count() > TEXT_CHARS_MAX => {
            errors.add("external_id", TOO_LONG);
            id
        }
        Given::Value(id) => id,
        Given::Absent | Given::Null => {
            if errors.is_empty() {
                errors.add("external_id", MANDATORY);
            }
            String::new()
        }
    };
    let billing = fields.object("billing_configuration", &mut errors).value();
    let change = CustomerChange {
        profile: profile(fields, &mut errors),
        terms: terms(fields, billing, &mut errors),
        metadata: metadata_request::customer_lines(fields, &mut errors),
        tax_codes: fields.texts("tax_codes", &mut errors).change_unless_null(),
        link: billing.map(|billing| link_request::link(billing, &mut errors)).unwrap_or_default(),
        billing_entity_code: fields
            .text("billing_entity_code", &mut errors)
            .blank_is_null()
            .value(),
    };
    errors.or(CustomerRequest { external_id, change })
}

fn profile(fields: Fields<'_>, errors: &mut FieldErrors) -> ProfileChange {
    let shipping = fields.object("shipping_address", errors);
    ProfileChange {
        name: short(fields, "name", errors),
        firstname: short(fields, "firstname", errors),
        lastname: short(fields, "lastname", errors),
        legal_name: short(fields, "legal_name", errors),
        legal_number: short(fields, "legal_number", errors),
        tax_identification_number: short(fields, "tax_identification_number", errors),
        customer_type: fields
            .text("customer_type", errors)
            .parse_with(CustomerType::parse, ("customer_type", INVALID), errors)
            .change(),
        email: fields
            .text("email", errors)
            .parse_with(checks::emails, ("email", "invalid_email_format"), errors)
            .change(),
        phone: short(fields, "phone", errors),
        url: long(fields, "url", errors),
        logo_url: long(fields, "logo_url", errors),
        external_salesforce_id: short(fields, "external_salesforce_id", errors),
        address: address(fields, errors),
        shipping_address: match shipping {
            Given::Absent => AddressChange::default(),
            Given::Null => nowhere(),
            Given::Value(shipping) => address(shipping, errors),
        },
    }
}

fn address(fields: Fields<'_>, errors: &mut FieldErrors) -> AddressChange {
    AddressChange {
        line1: short(fields, "address_line1", errors),
        line2: short(fields, "address_line2", errors),
        city: short(fields, "city", errors),
        state: short(fields, "state", errors),
        zipcode: short(fields, "zipcode", errors),
        country: country(fields, errors),
    }
}

fn nowhere() -> AddressChange {
    AddressChange {
        line1: Change::To(None),
        line2: Change::To(None),
        city: Change::To(None),
        state: Change::To(None),
        zipcode: Change::To(None),
        country: Change::To(None),
    }
}

pub fn country(fields: Fields<'_>, errors: &mut FieldErrors) -> Text {
    fields
        .text("country", errors)
        .parse_with(checks::country, ("country", "not_a_valid_country_code"), errors)
        .change()
}

fn terms(fields: Fields<'_>, billing: Option<Fields<'_>>, errors: &mut FieldErrors) -> TermsChange {
    let zero_key = "finalize_zero_amount_invoice";
    let mut terms = TermsChange {
        currency: fields
            .text("currency", errors)
            .parse_with(|text| text.parse().ok(), ("currency", INVALID), errors)
            .change(),
        timezone: fields
            .text("timezone", errors)
            .parse_with(|text| text.parse().ok(), ("timezone", "invalid_timezone"), errors)
            .change(),
        net_payment_term: days(fields, "net_payment_term", errors),
        zero_invoices: fields
            .text(zero_key, errors)
            .parse_with(ZeroInvoices::parse, (zero_key, "invalid_value"), errors)
            .change_unless_null(),
        ..TermsChange::default()
    };
    if let Some(billing) = billing {
        terms.invoice_grace_period = days(billing, "invoice_grace_period", errors);
        terms.document_locale = language(billing, errors);
        terms.issuing_date_anchor = one_of(
            billing,
            "subscription_invoice_issuing_date_anchor",
            &["current_period_end", "next_period_start"],
            errors,
        );
        terms.issuing_date_adjustment = one_of(
            billing,
            "subscription_invoice_issuing_date_adjustment",
            &["keep_anchor", "align_with_finalization_date"],
            errors,
        );
    }
    terms
}

pub fn days(
    fields: Fields<'_>,
    key: &'static str,
    errors: &mut FieldErrors,
) -> Change<Option<u32>> {
    let days = fields.whole(key, 0..=DAYS_MAX, errors);
    days.map(|days| u32::try_from(days).unwrap_or(0)).change()
}

pub fn language(fields: Fields<'_>, errors: &mut FieldErrors) -> Text {
    let error = ("document_locale", "not_a_valid_language_code");
    fields.text("document_locale", errors).parse_with(checks::language, error, errors).change()
}

fn one_of(
    fields: Fields<'_>,
    key: &'static str,
    allowed: &[&str],
    errors: &mut FieldErrors,
) -> Text {
    let known = |text: &str| allowed.contains(&text).then(|| text.to_owned());
    fields.text(key, errors).parse_with(known, (key, INVALID), errors).change()
}

/// A text of a line.
pub fn short(fields: Fields<'_>, key: &'static str, errors: &mut FieldErrors) -> Text {
    limited(fields, key, TEXT_CHARS_MAX, errors)
}

/// An address on the web.
pub fn long(fields: Fields<'_>, key: &'static str, errors: &mut FieldErrors) -> Text {
    limited(fields, key, 2048, errors)
}

fn limited(
    fields: Fields<'_>,
    key: &'static str,
    chars_max: usize,
    errors: &mut FieldErrors,
) -> Text {
    match fields.text(key, errors).change() {
        Change::To(Some(text)) if text.chars().count() > chars_max => {
            errors.add(key, TOO_LONG);
            Change::Keep
        }
        change @ (Change::Keep | Change::To(_)) => change,
    }
}
