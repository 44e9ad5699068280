//! How a customer is charged: configurations are added, replaced and archived. The newest that is
//! not archived is the customer's link to a provider.

use std::time::Duration;

use super::App;
use super::patience::in_time;
use crate::domain::billing_configuration::{BillingConfiguration, NewConfiguration};
use crate::domain::connection::Connection;
use crate::domain::customer::{Customer, ProviderAccount, ProviderLink};
use crate::domain::customer_sync::{CustomerSync, SyncTask};
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::id::{BillingConfigurationId, ConnectionId, CustomerId, OrganizationId};
use crate::domain::linking::loses_methods;
use crate::domain::time::Timestamp;
use crate::store::{Reader, StoreError, Tx};

/// How long a caller waits until the customer's methods are read.
const METHODS_WAIT: Duration = Duration::from_secs(3);

#[derive(Debug, Clone, thiserror::Error)]
pub enum ConfigureError {
    #[error("there is no such customer")]
    CustomerNotFound,
    #[error("the customer is archived")]
    CustomerArchived,
    #[error("there is no connection of this `delivery_method_id`")]
    ConnectionNotFound,
    #[error("no provider is connected yet")]
    NoConnection,
    #[error("several providers are connected: `delivery_method_id` must say which")]
    WhichConnection,
    #[error("the customer has no such billing configuration")]
    ConfigurationNotFound,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What becomes of the configurations that the customer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// Those of other connections stay.
    Keep,
    Replace,
}

impl App {
    /// All of them or none, each for its customer, in their order.
    pub fn configure_billing(
        &self,
        organization: OrganizationId,
        asked: Vec<(CustomerId, NewConfiguration)>,
        others: Others,
    ) -> Result<Vec<BillingConfiguration>, ConfigureError> {
        let now = self.clock.now();
        let made = self.store.write(move |tx| {
            let mut made = Vec::with_capacity(asked.len());
            for (id, new) in &asked {
                let customer = active(tx, organization, *id)?;
                let done = configure(tx, customer, new, others, now)?;
                tell_updated(tx, organization, *id, now)?;
                made.push(done);
            }
            Ok::<_, ConfigureError>(made)
        })?;
        self.read_methods_soon(made.iter().map(|made| made.customer_id).collect());
        Ok(made)
    }

    /// All of them or none. What is archived already stays so.
    pub fn archive_configurations(
        &self,
        organization: OrganizationId,
        customer: CustomerId,
        ids: Vec<BillingConfigurationId>,
    ) -> Result<(), ConfigureError> {
        let now = self.clock.now();
        self.store.write(move |tx| archive(tx, organization, customer, &ids, now))?;
        self.read_methods_soon(vec![customer]);
        Ok(())
    }

    /// Archives those that count now. An error when there are none.
    pub fn archive_all_configurations(
        &self,
        organization: OrganizationId,
        customer: CustomerId,
    ) -> Result<(), ConfigureError> {
        let now = self.clock.now();
        self.store.write(move |tx| {
            known(tx, organization, customer)?;
            let all = tx.billing_configurations(customer)?.into_iter();
            let live = all.filter(|found| found.archived_at.is_none());
            let ids: Vec<BillingConfigurationId> = live.map(|found| found.id).collect();
            if ids.is_empty() {
                return Err(ConfigureError::ConfigurationNotFound);
            }
            archive(tx, organization, customer, &ids, now)
        })
    }

    /// So that the first charge finds a method. What takes longer is left to the job.
    pub(super) fn read_methods_soon(&self, customers: Vec<CustomerId>) {
        let app = self.clone();
        in_time(&self.rules, METHODS_WAIT, move || {
            for customer in customers {
                if let Err(error) = app.sync_customer(customer) {
                    tracing::warn!(?customer, %error, "a customer was not synced at once");
                }
            }
            app.wake.ring();
        });
    }
}

fn known(
    reader: &Reader<'_>,
    organization: OrganizationId,
    id: CustomerId,
) -> Result<Customer, ConfigureError> {
    reader.customer(organization, id)?.ok_or(ConfigureError::CustomerNotFound)
}

fn active(
    reader: &Reader<'_>,
    organization: OrganizationId,
    id: CustomerId,
) -> Result<Customer, ConfigureError> {
    let customer = known(reader, organization, id)?;
    if customer.deleted_at.is_some() {
        return Err(ConfigureError::CustomerArchived);
    }
    Ok(customer)
}

/// The customer as it is stored; its link is the new configuration afterwards.
pub(super) fn configure(
    tx: &Tx<'_>,
    customer: Customer,
    new: &NewConfiguration,
    others: Others,
    now: Timestamp,
) -> Result<BillingConfiguration, ConfigureError> {
    let connection = connection(tx, customer.organization_id, new.connection)?;
    for old in tx.billing_configurations(customer.id)? {
        if others == Others::Replace || old.connection_id == connection.id {
            tx.archive_billing_configuration(old.id, now)?;
        }
    }
    let made = BillingConfiguration {
        id: BillingConfigurationId::at(now),
        organization_id: customer.organization_id,
        customer_id: customer.id,
        connection_id: connection.id,
        provider_customer_id: new.provider_customer_id.clone(),
        collection_method: new.collection_method,
        more: new.more.clone(),
        created_at: now,
        archived_at: None,
    };
    tx.insert_billing_configuration(&made)?;
    link(tx, customer, Some((&made, &connection)), now)?;
    Ok(made)
}

/// The one that is named, or the only one.
fn connection(
    reader: &Reader<'_>,
    organization: OrganizationId,
    id: Option<ConnectionId>,
) -> Result<Connection, ConfigureError> {
    if let Some(id) = id {
        return reader.connection(organization, id)?.ok_or(ConfigureError::ConnectionNotFound);
    }
    let mut all = reader.connections(organization)?;
    match (all.pop(), all.is_empty()) {
        (None, _) => Err(ConfigureError::NoConnection),
        (Some(only), true) => Ok(only),
        (Some(_), false) => Err(ConfigureError::WhichConnection),
    }
}

/// The customer's link becomes what the configuration says; work at the provider follows.
fn link(
    tx: &Tx<'_>,
    before: Customer,
    to: Option<(&BillingConfiguration, &Connection)>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let account = before.link.as_ref().and_then(|link| link.account.as_ref());
    let new = to.map(|(configuration, connection)| ProviderLink {
        provider: connection.provider.clone(),
        connection_id: Some(connection.id),
        connection_code: connection.code.clone(),
        account: Some(ProviderAccount {
            provider_customer_id: Some(configuration.provider_customer_id.clone()),
            sync_with_provider: false,
            method_kinds: account.map(|it| it.method_kinds.clone()).unwrap_or_default(),
        }),
    });
    let is_same = match (to, &before.link) {
        (Some((configuration, _)), Some(link)) => configuration.fits(link),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    if is_same {
        return Ok(());
    }
    if loses_methods(before.link.as_ref(), new.as_ref()) {
        tx.drop_customer_syncs(before.id)?;
        if let Some(connection) = before.link.as_ref().and_then(|link| link.connection_id) {
            tx.discard_methods_of_connection(before.id, connection)?;
        }
    }
    let (id, organization) = (before.id, before.organization_id);
    let is_linked = new.is_some();
    tx.save_customer(&Customer { link: new, updated_at: now, ..before })?;
    if is_linked {
        let sync = CustomerSync::new(organization, id, SyncTask::FindMethods, now);
        tx.enqueue_customer_sync(&sync)?;
    }
    Ok(())
}

fn archive(
    tx: &Tx<'_>,
    organization: OrganizationId,
    customer: CustomerId,
    ids: &[BillingConfigurationId],
    now: Timestamp,
) -> Result<(), ConfigureError> {
    let found = known(tx, organization, customer)?;
    let all = tx.billing_configurations(customer)?;
    for id in ids {
        if !all.iter().any(|known| known.id == *id) {
            return Err(ConfigureError::ConfigurationNotFound);
        }
        tx.archive_billing_configuration(*id, now)?;
    }
    let next = tx.billing_configuration(customer)?;
    let connection = match &next {
        Some(next) => tx.connection(organization, next.connection_id)?,
        None => None,
    };
    link(tx, found, next.as_ref().zip(connection.as_ref()), now)?;
    Ok(tell_updated(tx, organization, customer, now)?)
}

fn tell_updated(
    tx: &Tx<'_>,
    organization: OrganizationId,
    customer: CustomerId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let subject = Subject { customer_id: Some(customer), ..Subject::default() };
    tx.append_event(&Event::new(EventKind::CustomerUpdated, organization, subject, now))
}
