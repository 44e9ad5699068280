//! The organization and its one billing entity, in and out.

use serde_json::{Map, Value, json};

use super::checks;
use super::customer_request::{country, days, language, short};
use super::field_errors::{FieldErrors, INVALID};
use super::fields::Fields;
use super::format::date_time;
use super::tax;
use crate::domain::organization::{Organization, OrganizationChange, ZeroInvoices};
use crate::domain::tax::Tax;
use crate::domain::webhook::WebhookEndpoint;

pub fn organization(
    organization: &Organization,
    endpoints: &[WebhookEndpoint],
    taxes: &[Tax],
) -> Value {
    let urls: Vec<&str> = endpoints.iter().map(|endpoint| endpoint.url.as_str()).collect();
    let taxes: Vec<Value> = taxes.iter().map(tax::nested).collect();
    joined([
        json!({
            "lago_id": organization.id.to_string(),
            "name": organization.name,
            "slug": organization.slug,
            "default_currency": organization.default_currency.code(),
            "created_at": date_time(organization.created_at),
            "webhook_url": urls.first().copied().unwrap_or(""),
            "webhook_urls": urls,
        }),
        address(organization),
        json!({
            "document_numbering": "per_customer",
            "document_number_prefix": organization.document_number_prefix,
            "tax_identification_number": organization.tax_identification_number,
            "timezone": organization.timezone.name(),
            "net_payment_term": organization.net_payment_term,
            "email_settings": [],
            "finalize_zero_amount_invoice": organization.zero_invoices == ZeroInvoices::Finalize,
            "billing_configuration": billing_configuration(organization),
            "taxes": taxes,
        }),
    ])
}

pub fn billing_entity(organization: &Organization, taxes: &[Tax]) -> Value {
    let taxes: Vec<Value> = taxes.iter().map(tax::nested).collect();
    joined([
        json!({
            "lago_id": organization.id.to_string(),
            "code": organization.billing_entity_code,
            "name": organization.name,
            "default_currency": organization.default_currency.code(),
        }),
        address(organization),
        json!({
            "document_numbering": "per_customer",
            "document_number_prefix": organization.document_number_prefix,
            "tax_identification_number": organization.tax_identification_number,
            "timezone": organization.timezone.name(),
            "net_payment_term": organization.net_payment_term,
            "email_settings": [],
            "finalize_zero_amount_invoice": organization.zero_invoices == ZeroInvoices::Finalize,
            "eu_tax_management": false,
            "logo_url": null,
            "is_default": true,
            "einvoicing": false,
            "billing_configuration": billing_configuration(organization),
            "taxes": taxes,
            "created_at": date_time(organization.created_at),
            "updated_at": date_time(organization.updated_at),
        }),
    ])
}

fn joined<const N: usize>(parts: [Value; N]) -> Value {
    let mut object = Map::new();
    for part in parts {
        if let Value::Object(part) = part {
            object.extend(part);
        }
    }
    Value::Object(object)
}

fn address(organization: &Organization) -> Value {
    let address = &organization.address;
    json!({
        "country": address.country,
        "address_line1": address.line1,
        "address_line2": address.line2,
        "state": address.state,
        "zipcode": address.zipcode,
        "email": organization.email,
        "city": address.city,
        "legal_name": organization.legal_name,
        "legal_number": organization.legal_number,
    })
}

fn billing_configuration(organization: &Organization) -> Value {
    json!({
        "invoice_footer": organization.invoice_footer,
        "invoice_grace_period": organization.invoice_grace_period,
        "document_locale": organization.document_locale,
    })
}

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
