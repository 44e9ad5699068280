//! Makes a customer together with everything that it can be called by and be charged through:
//! all of it or nothing.

use super::App;
use super::configure_billing::{ConfigureError, Others, configure};
use super::upsert_customer::blank;
use crate::domain::billing_configuration::NewPayer;
use crate::domain::customer::{Customer, CustomerMetadata};
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::id::{CustomerId, MetadataId, OrganizationId};
use crate::domain::time::Timestamp;
use crate::store::{StoreError, Tx};

#[derive(Debug, Clone, thiserror::Error)]
pub enum NamingError {
    /// Also one of an archived customer's.
    #[error("another customer has the alias `{0}`")]
    AliasTaken(String),
    #[error(transparent)]
    Configure(#[from] ConfigureError),
}

impl From<StoreError> for NamingError {
    fn from(error: StoreError) -> NamingError {
        NamingError::Configure(error.into())
    }
}

impl App {
    pub fn introduce_customer(
        &self,
        organization: OrganizationId,
        new: NewPayer,
    ) -> Result<CustomerId, NamingError> {
        let now = self.clock.now();
        let has_methods = !new.configurations.is_empty();
        let id = self.store.write(move |tx| introduce(tx, organization, &new, now))?;
        if has_methods {
            self.read_methods_soon(vec![id]);
        }
        self.wake.ring();
        Ok(id)
    }
}

fn introduce(
    tx: &Tx<'_>,
    organization: OrganizationId,
    new: &NewPayer,
    now: Timestamp,
) -> Result<CustomerId, NamingError> {
    let id = CustomerId::at(now);
    check_free(tx, organization, &new.aliases, id)?;
    let external_id = new.aliases.first().cloned().unwrap_or_else(|| id.to_string());
    let number = tx.next_customer_number(organization)?;
    let mut customer = blank(id, organization, external_id, number, now);
    customer.profile.name = Some(new.name.clone());
    customer.metadata = metadata(&new.custom_fields, now);
    tx.insert_customer(&customer)?;
    tx.put_customer_names(&customer, new.aliases.get(1..).unwrap_or_default(), now)?;
    let subject = Subject { customer_id: Some(id), ..Subject::default() };
    tx.append_event(&Event::new(EventKind::CustomerCreated, organization, subject, now))?;
    for configuration in &new.configurations {
        let current = stored(tx, &customer)?;
        configure(tx, current, configuration, Others::Keep, now)?;
    }
    Ok(id)
}

fn stored(tx: &Tx<'_>, customer: &Customer) -> Result<Customer, ConfigureError> {
    tx.customer(customer.organization_id, customer.id)?.ok_or(ConfigureError::CustomerNotFound)
}

pub(super) fn check_free(
    tx: &Tx<'_>,
    organization: OrganizationId,
    aliases: &[String],
    customer: CustomerId,
) -> Result<(), NamingError> {
    for alias in aliases {
        if tx.is_alias_of_another(organization, alias, customer)? {
            return Err(NamingError::AliasTaken(alias.clone()));
        }
    }
    Ok(())
}

fn metadata(fields: &[(String, String)], now: Timestamp) -> Vec<CustomerMetadata> {
    let lines = fields.iter().map(|(key, value)| CustomerMetadata {
        id: MetadataId::at(now),
        key: key.clone(),
        value: value.clone(),
        display_in_invoice: false,
        created_at: now,
    });
    lines.collect()
}
