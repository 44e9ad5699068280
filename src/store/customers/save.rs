//! Customers written: the row in three parts, metadata and taxes replaced as wholes.

use rusqlite::named_params;

use crate::domain::customer::{Customer, ProviderAccount};
use crate::domain::id::{CustomerId, OrganizationId};
use crate::domain::time::Timestamp;
use crate::store::conditions::folded;
use crate::store::taxed::Taxed;
use crate::store::{StoreError, Tx};

impl Tx<'_> {
    /// 1 for the first customer of an organization. Numbers of deleted ones are not used again.
    pub fn next_customer_number(&self, organization: OrganizationId) -> Result<u32, StoreError> {
        let last: u32 = self
            .connection
            .prepare_cached(
                "SELECT COALESCE(MAX(sequential_id), 0) FROM customers
                  WHERE organization_id = :organization",
            )?
            .query_row(named_params! { ":organization": organization.to_string() }, |row| {
                row.get(0)
            })?;
        Ok(last + 1)
    }

    /// `Conflict` when the external id is taken.
    pub fn insert_customer(&self, made: &Customer) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO customers (id, organization_id, external_id, sequential_id,
                        zero_invoices, has_provider_account, sync_with_provider, method_kinds,
                        created_at, updated_at)
                 VALUES (:id, :organization_id, :external_id, :sequential_id,
                        :zero_invoices, 0, 0, '[]', :created_at, :created_at)",
            )?
            .execute(named_params! {
                ":id": made.id.to_string(),
                ":organization_id": made.organization_id.to_string(),
                ":external_id": made.external_id,
                ":sequential_id": made.sequential_id,
                ":zero_invoices": made.zero_invoices.as_str(),
                ":created_at": made.created_at.unix_ms(),
            })?;
        self.save_customer(made)
    }

    pub fn save_customer(&self, saved: &Customer) -> Result<(), StoreError> {
        self.save_customer_profile(saved)?;
        self.save_customer_addresses(saved)?;
        self.save_customer_terms(saved)?;
        self.save_customer_link(saved)?;
        self.replace_customer_metadata(saved)?;
        self.replace_taxes_of(Taxed::Customer, &saved.id.to_string(), &saved.tax_ids)?;
        self.configuration_follows_link(saved)
    }

    /// Invoices keep showing them; the external id is free again.
    pub fn delete_customer(&self, id: CustomerId, now: Timestamp) -> Result<(), StoreError> {
        self.connection.execute(
            "UPDATE customers SET deleted_at = :now WHERE id = :id AND deleted_at IS NULL",
            named_params! { ":id": id.to_string(), ":now": now.unix_ms() },
        )?;
        Ok(())
    }

    fn save_customer_profile(&self, saved: &Customer) -> Result<(), StoreError> {
        let profile = &saved.profile;
        self.connection
            .prepare_cached(
                "UPDATE customers
                    SET name = :name, firstname = :firstname, lastname = :lastname,
                        legal_name = :legal_name, legal_number = :legal_number,
                        tax_identification_number = :tax_identification_number,
                        customer_type = :customer_type, email = :email, phone = :phone,
                        url = :url, logo_url = :logo_url,
                        external_salesforce_id = :external_salesforce_id,
                        search_text = :search_text, updated_at = :updated_at
                  WHERE id = :id",
            )?
            .execute(named_params! {
                ":search_text": search_text(saved),
                ":id": saved.id.to_string(),
                ":name": profile.name,
                ":firstname": profile.firstname,
                ":lastname": profile.lastname,
                ":legal_name": profile.legal_name,
                ":legal_number": profile.legal_number,
                ":tax_identification_number": profile.tax_identification_number,
                ":customer_type": profile.customer_type.map(|kind| kind.as_str()),
                ":email": profile.email,
                ":phone": profile.phone,
                ":url": profile.url,
                ":logo_url": profile.logo_url,
                ":external_salesforce_id": profile.external_salesforce_id,
                ":updated_at": saved.updated_at.unix_ms(),
            })?;
        Ok(())
    }

    fn save_customer_addresses(&self, saved: &Customer) -> Result<(), StoreError> {
        let (home, shipping) = (&saved.profile.address, &saved.profile.shipping_address);
        self.connection
            .prepare_cached(
                "UPDATE customers
                    SET address_line1 = :address_line1, address_line2 = :address_line2,
                        city = :city, state = :state, zipcode = :zipcode, country = :country,
                        shipping_address_line1 = :shipping_address_line1,
                        shipping_address_line2 = :shipping_address_line2,
                        shipping_city = :shipping_city, shipping_state = :shipping_state,
                        shipping_zipcode = :shipping_zipcode,
                        shipping_country = :shipping_country
                  WHERE id = :id",
            )?
            .execute(named_params! {
                ":id": saved.id.to_string(),
                ":address_line1": home.line1,
                ":address_line2": home.line2,
                ":city": home.city,
                ":state": home.state,
                ":zipcode": home.zipcode,
                ":country": home.country,
                ":shipping_address_line1": shipping.line1,
                ":shipping_address_line2": shipping.line2,
                ":shipping_city": shipping.city,
                ":shipping_state": shipping.state,
                ":shipping_zipcode": shipping.zipcode,
                ":shipping_country": shipping.country,
            })?;
        Ok(())
    }

    fn save_customer_terms(&self, saved: &Customer) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE customers
                    SET currency = :currency, timezone = :timezone,
                        net_payment_term = :net_payment_term, zero_invoices = :zero_invoices,
                        invoice_grace_period = :invoice_grace_period,
                        document_locale = :document_locale,
                        issuing_date_anchor = :issuing_date_anchor,
                        issuing_date_adjustment = :issuing_date_adjustment
                  WHERE id = :id",
            )?
            .execute(named_params! {
                ":id": saved.id.to_string(),
                ":currency": saved.currency.map(|currency| currency.code()),
                ":timezone": saved.timezone.map(|zone| zone.name()),
                ":net_payment_term": saved.net_payment_term,
                ":zero_invoices": saved.zero_invoices.as_str(),
                ":invoice_grace_period": saved.invoice_grace_period,
                ":document_locale": saved.document_locale,
                ":issuing_date_anchor": saved.issuing_date_anchor,
                ":issuing_date_adjustment": saved.issuing_date_adjustment,
            })?;
        Ok(())
    }

    fn save_customer_link(&self, saved: &Customer) -> Result<(), StoreError> {
        let link = saved.link.as_ref();
        let none = ProviderAccount {
            provider_customer_id: None,
            sync_with_provider: false,
            method_kinds: vec![],
        };
        let account = link.and_then(|link| link.account.as_ref());
        let kept = account.unwrap_or(&none);
        self.connection
            .prepare_cached(
                "UPDATE customers
                    SET provider = :provider, connection_code = :connection_code,
                        connection_id = :connection_id,
                        has_provider_account = :has_provider_account,
                        provider_customer_id = :provider_customer_id,
                        sync_with_provider = :sync_with_provider, method_kinds = :method_kinds
                  WHERE id = :id",
            )?
            .execute(named_params! {
                ":id": saved.id.to_string(),
                ":provider": link.map(|link| link.provider.as_str()),
                ":connection_code": link.map(|link| link.connection_code.as_str()),
                ":connection_id": link.and_then(|link| link.connection_id).map(|id| id.to_string()),
                ":has_provider_account": account.is_some(),
                ":provider_customer_id": kept.provider_customer_id,
                ":sync_with_provider": kept.sync_with_provider,
                ":method_kinds": serde_json::Value::from(kept.method_kinds.as_slice()).to_string(),
            })?;
        Ok(())
    }

    fn replace_customer_metadata(&self, saved: &Customer) -> Result<(), StoreError> {
        let id = saved.id.to_string();
        self.connection.execute(
            "DELETE FROM customer_metadata WHERE customer_id = :id",
            named_params! { ":id": id },
        )?;
        for (position, line) in saved.metadata.iter().enumerate() {
            self.connection.execute(
                "INSERT INTO customer_metadata (id, customer_id, key, value, display_in_invoice,
                        position, created_at)
                 VALUES (:line_id, :id, :key, :value, :display_in_invoice,
                        :position, :created_at)",
                named_params! {
                    ":line_id": line.id.to_string(),
                    ":id": id,
                    ":key": line.key,
                    ":value": line.value,
                    ":display_in_invoice": line.display_in_invoice,
                    ":position": i64::try_from(position).unwrap_or(i64::MAX),
                    ":created_at": line.created_at.unix_ms(),
                },
            )?;
        }
        Ok(())
    }
}

/// Everything that `search_term` looks in, a line for each.
fn search_text(customer: &Customer) -> String {
    let profile = &customer.profile;
    let parts = [
        profile.name.as_deref(),
        profile.firstname.as_deref(),
        profile.lastname.as_deref(),
        profile.legal_name.as_deref(),
        Some(customer.external_id.as_str()),
        profile.email.as_deref(),
    ];
    folded(&parts.map(Option::unwrap_or_default).join("\n"))
}
