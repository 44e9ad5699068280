//! Rows of customers into domain values.

use crate::domain::customer::{
    Customer, CustomerMetadata, CustomerType, Profile, ProviderAccount, ProviderLink,
};
use crate::domain::organization::ZeroInvoices;
use crate::store::StoreError;
use crate::store::addresses::{ADDRESS, SHIPPING_ADDRESS, address};
use crate::store::row::Columns;

/// Without metadata and taxes, which have tables of their own.
pub fn customer(columns: &Columns<'_>) -> Result<Customer, StoreError> {
    Ok(Customer {
        id: columns.parsed("id")?,
        organization_id: columns.parsed("organization_id")?,
        external_id: columns.get("external_id")?,
        sequential_id: columns.get("sequential_id")?,
        profile: profile(columns)?,
        currency: columns.parsed_option("currency")?,
        timezone: columns.parsed_option("timezone")?,
        net_payment_term: columns.get("net_payment_term")?,
        zero_invoices: columns.word("zero_invoices", ZeroInvoices::parse)?,
        invoice_grace_period: columns.get("invoice_grace_period")?,
        document_locale: columns.get("document_locale")?,
        issuing_date_anchor: columns.get("issuing_date_anchor")?,
        issuing_date_adjustment: columns.get("issuing_date_adjustment")?,
        link: link(columns)?,
        metadata: vec![],
        tax_ids: vec![],
        created_at: columns.time("created_at")?,
        updated_at: columns.time("updated_at")?,
        deleted_at: columns.time_option("deleted_at")?,
    })
}

fn profile(columns: &Columns<'_>) -> Result<Profile, StoreError> {
    Ok(Profile {
        name: columns.get("name")?,
        firstname: columns.get("firstname")?,
        lastname: columns.get("lastname")?,
        legal_name: columns.get("legal_name")?,
        legal_number: columns.get("legal_number")?,
        tax_identification_number: columns.get("tax_identification_number")?,
        customer_type: columns.word_option("customer_type", CustomerType::parse)?,
        email: columns.get("email")?,
        phone: columns.get("phone")?,
        url: columns.get("url")?,
        logo_url: columns.get("logo_url")?,
        external_salesforce_id: columns.get("external_salesforce_id")?,
        address: address(columns, ADDRESS)?,
        shipping_address: address(columns, SHIPPING_ADDRESS)?,
    })
}

fn link(columns: &Columns<'_>) -> Result<Option<ProviderLink>, StoreError> {
    let provider: Option<String> = columns.get("provider")?;
    let Some(provider) = provider else { return Ok(None) };
    let code: Option<String> = columns.get("connection_code")?;
    let account = if columns.get("has_provider_account")? {
        Some(ProviderAccount {
            provider_customer_id: columns.get("provider_customer_id")?,
            sync_with_provider: columns.get("sync_with_provider")?,
            method_kinds: columns.words("method_kinds")?,
        })
    } else {
        None
    };
    Ok(Some(ProviderLink {
        provider,
        connection_id: columns.parsed_option("connection_id")?,
        connection_code: code.unwrap_or_default(),
        account,
    }))
}

pub fn metadata(columns: &Columns<'_>) -> Result<CustomerMetadata, StoreError> {
    Ok(CustomerMetadata {
        id: columns.parsed("id")?,
        key: columns.get("key")?,
        value: columns.get("value")?,
        display_in_invoice: columns.get("display_in_invoice")?,
        created_at: columns.time("created_at")?,
    })
}
