//! What a customer is called: their name, and the aliases that others know them by.

use super::App;
use super::configure_billing::ConfigureError;
use super::introduce_customer::{NamingError, check_free};
use crate::domain::customer::Customer;
use crate::domain::customer_sync::{CustomerSync, SyncTask};
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::id::{CustomerId, OrganizationId};
use crate::domain::time::Timestamp;
use crate::store::{StoreError, Tx};

impl App {
    /// Their provider is told too.
    pub fn rename_customer(
        &self,
        organization: OrganizationId,
        id: CustomerId,
        name: String,
    ) -> Result<(), NamingError> {
        let now = self.clock.now();
        self.store.write(move |tx| {
            let mut customer = active(tx, organization, id)?;
            customer.profile.name = Some(name.clone());
            customer.updated_at = now;
            tx.save_customer(&customer)?;
            let account = customer.link.as_ref().and_then(|link| link.account.as_ref());
            if account.is_some_and(|it| it.provider_customer_id.is_some()) {
                let sync = CustomerSync::new(organization, id, SyncTask::Update, now);
                tx.enqueue_customer_sync(&sync)?;
            }
            Ok::<_, NamingError>(tell(tx, &customer, now)?)
        })?;
        self.wake.ring();
        Ok(())
    }

    /// In place of all that they had. The first one is their external id; without any it is
    /// their own.
    pub fn replace_aliases(
        &self,
        organization: OrganizationId,
        id: CustomerId,
        aliases: Vec<String>,
    ) -> Result<(), NamingError> {
        let now = self.clock.now();
        self.store.write(move |tx| {
            let customer = active(tx, organization, id)?;
            check_free(tx, organization, &aliases, id)?;
            let external_id = aliases.first().cloned().unwrap_or_else(|| id.to_string());
            let customer = Customer { external_id, ..customer };
            tx.put_customer_names(&customer, aliases.get(1..).unwrap_or_default(), now)?;
            Ok::<_, NamingError>(tell(tx, &customer, now)?)
        })?;
        self.wake.ring();
        Ok(())
    }
}

fn active(
    tx: &Tx<'_>,
    organization: OrganizationId,
    id: CustomerId,
) -> Result<Customer, ConfigureError> {
    let found = tx.customer(organization, id)?.ok_or(ConfigureError::CustomerNotFound)?;
    if found.deleted_at.is_some() {
        return Err(ConfigureError::CustomerArchived);
    }
    Ok(found)
}

fn tell(tx: &Tx<'_>, customer: &Customer, now: Timestamp) -> Result<(), StoreError> {
    let subject = Subject { customer_id: Some(customer.id), ..Subject::default() };
    let organization = customer.organization_id;
    tx.append_event(&Event::new(EventKind::CustomerUpdated, organization, subject, now))
}
