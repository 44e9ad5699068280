//! A customer as the API and webhooks show it.

use serde_json::{Map, Value, json};

use super::format::date_time;
use super::tax;
use crate::domain::customer::{Address, Customer, CustomerMetadata, ProviderLink};
use crate::domain::view::CustomerView;

/// On routes of customers: with everything.
pub fn customer(view: &CustomerView) -> Value {
    let mut object = listed_map(view);
    object.insert("applicable_invoice_custom_sections".to_owned(), json!([]));
    object.insert("error_details".to_owned(), json!([]));
    Value::Object(object)
}

/// In lists of customers.
pub fn listed(view: &CustomerView) -> Value {
    Value::Object(listed_map(view))
}

/// Inside other objects, and in webhooks: without taxes.
pub fn nested(view: &CustomerView) -> Value {
    let mut object = base(view);
    object.insert("integration_customers".to_owned(), json!([]));
    Value::Object(object)
}

fn listed_map(view: &CustomerView) -> Map<String, Value> {
    let mut object = base(view);
    let taxes = view.taxes.iter().map(tax::nested).collect();
    object.insert("taxes".to_owned(), Value::Array(taxes));
    object.insert("integration_customers".to_owned(), json!([]));
    object
}

/// Everything up to `metadata`, in the order that clients know.
fn base(view: &CustomerView) -> Map<String, Value> {
    let customer = &view.customer;
    let mut object = Map::new();
    for part in [identity(view), profile(customer), terms(view)] {
        if let Value::Object(part) = part {
            object.extend(part);
        }
    }
    object
}

fn identity(view: &CustomerView) -> Value {
    let customer = &view.customer;
    let prefix = &view.organization.document_number_prefix;
    json!({
        "lago_id": customer.id.to_string(),
        "billing_entity_code": view.organization.billing_entity_code,
        "external_id": customer.external_id,
        "account_type": "customer",
        "name": customer.profile.name,
        "firstname": customer.profile.firstname,
        "lastname": customer.profile.lastname,
        "customer_type": customer.profile.customer_type.map(|kind| kind.as_str()),
        "sequential_id": customer.sequential_id,
        "slug": format!("{prefix}-{:03}", customer.sequential_id),
        "created_at": date_time(customer.created_at),
        "updated_at": date_time(customer.updated_at),
    })
}

fn profile(customer: &Customer) -> Value {
    let profile = &customer.profile;
    let address = &profile.address;
    json!({
        "country": address.country,
        "address_line1": address.line1,
        "address_line2": address.line2,
        "state": address.state,
        "zipcode": address.zipcode,
        "email": profile.email,
        "city": address.city,
        "url": profile.url,
        "phone": profile.phone,
        "logo_url": profile.logo_url,
        "legal_name": profile.legal_name,
        "legal_number": profile.legal_number,
        "currency": customer.currency.map(|currency| currency.code()),
        "tax_identification_number": profile.tax_identification_number,
    })
}

fn terms(view: &CustomerView) -> Value {
    let customer = &view.customer;
    let applicable = customer.timezone.unwrap_or(view.organization.timezone);
    let metadata: Vec<Value> = customer.metadata.iter().map(metadata).collect();
    json!({
        "timezone": customer.timezone.map(|zone| zone.name()),
        "applicable_timezone": applicable.name(),
        "net_payment_term": customer.net_payment_term,
        "external_salesforce_id": customer.profile.external_salesforce_id,
        "finalize_zero_amount_invoice": customer.zero_invoices.as_str(),
        "billing_configuration": billing_configuration(customer),
        "shipping_address": shipping_address(&customer.profile.shipping_address),
        "skip_invoice_custom_sections": false,
        "metadata": metadata,
    })
}

fn billing_configuration(customer: &Customer) -> Value {
    let link = customer.link.as_ref();
    let code = link.map(|link| link.connection_code.as_str()).filter(|code| !code.is_empty());
    let mut object = Map::new();
    if let Value::Object(always) = json!({
        "invoice_grace_period": customer.invoice_grace_period,
        "payment_provider": link.map(|link| link.provider.as_str()),
        "payment_provider_code": code,
        "document_locale": customer.document_locale,
        "subscription_invoice_issuing_date_anchor": customer.issuing_date_anchor,
        "subscription_invoice_issuing_date_adjustment": customer.issuing_date_adjustment,
    }) {
        object.extend(always);
    }
    if let Some(link) = link {
        add_account(&mut object, link);
    }
    Value::Object(object)
}

/// What the provider knows of them, once they are linked.
fn add_account(object: &mut Map<String, Value>, link: &ProviderLink) {
    let Some(account) = &link.account else { return };
    object.insert("provider_customer_id".to_owned(), json!(account.provider_customer_id));
    object.insert("sync_with_provider".to_owned(), json!(account.sync_with_provider));
    // Lago's words for what each of its providers keeps; ours of other names go by the first.
    match link.provider.as_str() {
        "gocardless" => object.insert("provider_mandate_id".to_owned(), Value::Null),
        "adyen" => object.insert("payment_method_id".to_owned(), Value::Null),
        _ => {
            let kinds = if account.method_kinds.is_empty() {
                json!([METHOD_KIND_DEFAULT])
            } else {
                json!(account.method_kinds)
            };
            object.insert("provider_payment_methods".to_owned(), kinds);
            object.insert("payment_method_id".to_owned(), Value::Null)
        }
    };
}

/// What is allowed when nothing is said; for us that is the provider's own default.
const METHOD_KIND_DEFAULT: &str = "card";

fn shipping_address(address: &Address) -> Value {
    json!({
        "address_line1": address.line1,
        "address_line2": address.line2,
        "city": address.city,
        "zipcode": address.zipcode,
        "state": address.state,
        "country": address.country,
    })
}

fn metadata(line: &CustomerMetadata) -> Value {
    json!({
        "lago_id": line.id.to_string(),
        "key": line.key,
        "value": line.value,
        "display_in_invoice": line.display_in_invoice,
        "created_at": date_time(line.created_at),
    })
}
