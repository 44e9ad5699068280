//! Organizations, and what is sealed with them.

use rusqlite::named_params;

use super::addresses::{ADDRESS, address};
use super::row::{Columns, row};
use super::{Reader, StoreError, Tx};
use crate::domain::id::OrganizationId;
use crate::domain::organization::{Organization, ZeroInvoices};

impl Reader<'_> {
    pub fn organization(&self, id: OrganizationId) -> Result<Organization, StoreError> {
        row!(
            self,
            "organizations",
            "SELECT * FROM organizations WHERE id = :id",
            named_params! { ":id": id.to_string() },
            organization
        )?
        .ok_or_else(|| StoreError::no_organization(id))
    }

    /// The oldest one: the commands work on it. None before the first start has made it.
    pub fn first_organization(&self) -> Result<Option<Organization>, StoreError> {
        row!(
            self,
            "organizations",
            "SELECT * FROM organizations ORDER BY created_at, id LIMIT 1",
            [],
            organization
        )
    }
}

impl Tx<'_> {
    pub fn insert_organization(&self, made: &Organization) -> Result<(), StoreError> {
        self.0.connection.execute(
            "INSERT INTO organizations (id, name, slug, billing_entity_code,
                    document_number_prefix, default_currency, timezone, net_payment_term,
                    zero_invoices, invoice_grace_period, document_locale,
                    created_at, updated_at)
             VALUES (:id, :name, :slug, :billing_entity_code,
                    :document_number_prefix, :default_currency, :timezone, :net_payment_term,
                    :zero_invoices, :invoice_grace_period, :document_locale,
                    :created_at, :created_at)",
            named_params! {
                ":id": made.id.to_string(),
                ":name": made.name,
                ":slug": made.slug,
                ":billing_entity_code": made.billing_entity_code,
                ":document_number_prefix": made.document_number_prefix,
                ":default_currency": made.default_currency.code(),
                ":timezone": made.timezone.name(),
                ":net_payment_term": made.net_payment_term,
                ":zero_invoices": made.zero_invoices.as_str(),
                ":invoice_grace_period": made.invoice_grace_period,
                ":document_locale": made.document_locale,
                ":created_at": made.created_at.unix_ms(),
            },
        )?;
        self.save_organization(made)
    }

    pub fn save_organization(&self, saved: &Organization) -> Result<(), StoreError> {
        self.0.connection.execute(
            "UPDATE organizations
                SET name = :name, document_number_prefix = :document_number_prefix,
                    default_currency = :default_currency, timezone = :timezone,
                    net_payment_term = :net_payment_term, zero_invoices = :zero_invoices,
                    email = :email, legal_name = :legal_name, legal_number = :legal_number,
                    tax_identification_number = :tax_identification_number,
                    address_line1 = :address_line1, address_line2 = :address_line2,
                    city = :city, state = :state, zipcode = :zipcode, country = :country,
                    invoice_footer = :invoice_footer,
                    invoice_grace_period = :invoice_grace_period,
                    document_locale = :document_locale, updated_at = :updated_at
              WHERE id = :id",
            named_params! {
                ":id": saved.id.to_string(),
                ":name": saved.name,
                ":document_number_prefix": saved.document_number_prefix,
                ":default_currency": saved.default_currency.code(),
                ":timezone": saved.timezone.name(),
                ":net_payment_term": saved.net_payment_term,
                ":zero_invoices": saved.zero_invoices.as_str(),
                ":email": saved.email,
                ":legal_name": saved.legal_name,
                ":legal_number": saved.legal_number,
                ":tax_identification_number": saved.tax_identification_number,
                ":address_line1": saved.address.line1,
                ":address_line2": saved.address.line2,
                ":city": saved.address.city,
                ":state": saved.address.state,
                ":zipcode": saved.address.zipcode,
                ":country": saved.address.country,
                ":invoice_footer": saved.invoice_footer,
                ":invoice_grace_period": saved.invoice_grace_period,
                ":document_locale": saved.document_locale,
                ":updated_at": saved.updated_at.unix_ms(),
            },
        )?;
        Ok(())
    }
}

fn organization(columns: &Columns<'_>) -> Result<Organization, StoreError> {
    Ok(Organization {
        id: columns.parsed("id")?,
        name: columns.get("name")?,
        slug: columns.get("slug")?,
        billing_entity_code: columns.get("billing_entity_code")?,
        document_number_prefix: columns.get("document_number_prefix")?,
        default_currency: columns.parsed("default_currency")?,
        timezone: columns.parsed("timezone")?,
        net_payment_term: columns.get("net_payment_term")?,
        zero_invoices: columns.word("zero_invoices", ZeroInvoices::parse)?,
        email: columns.get("email")?,
        legal_name: columns.get("legal_name")?,
        legal_number: columns.get("legal_number")?,
        tax_identification_number: columns.get("tax_identification_number")?,
        address: address(columns, ADDRESS)?,
        invoice_footer: columns.get("invoice_footer")?,
        invoice_grace_period: columns.get("invoice_grace_period")?,
        document_locale: columns.get("document_locale")?,
        created_at: columns.time("created_at")?,
        updated_at: columns.time("updated_at")?,
    })
}
