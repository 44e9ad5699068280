//! Makes a customer or changes one, found by the caller's own id, and links them to a provider.
//! All of it or nothing: what is wrong with the link leaves no customer behind.

use super::App;
use super::patience::{CALLER_WAITS, in_time};
use crate::domain::change::Change;
use crate::domain::customer::{Customer, Profile, ProviderLink};
use crate::domain::customer_change::{CustomerChange, changed_metadata};
use crate::domain::customer_sync::CustomerSync;
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::id::{CustomerId, OrganizationId, TaxId};
use crate::domain::linking::{FoundConnection, LinkChange, Plan, loses_methods};
use crate::domain::organization::ZeroInvoices;
use crate::domain::time::Timestamp;
use crate::domain::view::CustomerView;
use crate::store::{Reader, StoreError, Tx};

#[derive(Debug, thiserror::Error)]
pub enum UpsertCustomerError {
    #[error("there is no billing entity of this code")]
    BillingEntityNotFound,
    #[error("there is no tax of this code")]
    TaxNotFound,
    #[error("there is no connection to this provider, or none of this code")]
    ProviderNotFound,
    #[error("there are several connections to this provider: a code must say which")]
    ConnectionCodeMissing,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Everything the writing needs; it may be run again.
#[derive(Clone)]
struct Upsert {
    organization: OrganizationId,
    external_id: String,
    change: CustomerChange,
    /// Whether a plugin is loaded for the provider that the request names.
    provider_is_known: bool,
    now: Timestamp,
}

impl App {
    pub fn upsert_customer(
        &self,
        organization: OrganizationId,
        external_id: String,
        change: CustomerChange,
    ) -> Result<CustomerView, UpsertCustomerError> {
        let waits = change.link.waits;
        let provider = change.link.provider.clone().flattened().new_value();
        let upsert = Upsert {
            organization,
            external_id,
            change,
            provider_is_known: provider.is_some_and(|name| self.psps.provider(&name).is_some()),
            now: self.clock.now(),
        };
        let id = self.store.write(move |tx| upsert.clone().run(tx))?;
        if waits {
            self.sync_while_the_caller_waits(id);
        }
        self.wake.ring();
        let view = self.store.read(|read| read.customer_view_with_deleted(organization, id))?;
        Ok(view.ok_or_else(|| StoreError::no_customer(id))?)
    }

    /// What is not done in time, or fails, stays in its rows, and the job does it.
    fn sync_while_the_caller_waits(&self, id: CustomerId) {
        let app = self.clone();
        match in_time(&self.rules, CALLER_WAITS, move || app.sync_customer(id)) {
            Some(Ok(())) => {}
            Some(Err(error)) => {
                tracing::warn!(customer = ?id, %error, "a customer was not synced at once");
            }
            None => tracing::warn!(customer = ?id, "a customer's provider took too long"),
        }
    }
}

/// One of whom nothing but the external id is known yet.
pub fn bare_customer(
    tx: &Tx<'_>,
    organization: OrganizationId,
    external_id: &str,
    now: Timestamp,
) -> Result<CustomerId, UpsertCustomerError> {
    let upsert = Upsert {
        organization,
        external_id: external_id.to_owned(),
        change: CustomerChange::default(),
        provider_is_known: false,
        now,
    };
    upsert.run(tx)
}

impl Upsert {
    fn run(self, tx: &Tx<'_>) -> Result<CustomerId, UpsertCustomerError> {
        let organization = tx.organization(self.organization)?;
        let entity = self.change.billing_entity_code.as_ref();
        if entity.is_some_and(|code| *code != organization.billing_entity_code) {
            return Err(UpsertCustomerError::BillingEntityNotFound);
        }
        let known = tx.customer_by_external_id(self.organization, &self.external_id)?;
        let tax_ids = match &self.change.tax_codes {
            Change::Keep => Change::Keep,
            Change::To(codes) => {
                let ids = tx.tax_ids_by_code(self.organization, codes)?;
                Change::To(ids.ok_or(UpsertCustomerError::TaxNotFound)?)
            }
        };
        let link = self.new_link(tx, known.as_ref())?;
        let before = match &known {
            Some(customer) => customer.clone(),
            None => {
                let number = tx.next_customer_number(self.organization)?;
                let id = CustomerId::at(self.now);
                blank(id, self.organization, self.external_id.clone(), number, self.now)
            }
        };
        let after = self.changed(before.clone(), tax_ids, link);
        let kind = if known.is_some() {
            tx.save_customer(&after)?;
            EventKind::CustomerUpdated
        } else {
            tx.insert_customer(&after)?;
            EventKind::CustomerCreated
        };
        let subject = Subject { customer_id: Some(after.id), ..Subject::default() };
        tx.append_event(&Event::new(kind, self.organization, subject, self.now))?;
        self.follow_link(tx, &before, &after)?;
        if before.timezone != after.timezone {
            tx.look_at_subscriptions_again(after.id, self.now)?;
        }
        Ok(after.id)
    }

    fn changed(
        &self,
        customer: Customer,
        tax_ids: Change<Vec<TaxId>>,
        link: Option<ProviderLink>,
    ) -> Customer {
        let mut changed = Customer { link, updated_at: self.now, ..customer };
        let change = self.change.clone();
        change.profile.apply(&mut changed.profile);
        change.terms.apply(&mut changed);
        tax_ids.apply(&mut changed.tax_ids);
        if let Change::To(lines) = change.metadata {
            changed.metadata = changed_metadata(&changed.metadata, lines, self.now);
        }
        changed
    }

    fn new_link(
        &self,
        reader: &Reader<'_>,
        known: Option<&Customer>,
    ) -> Result<Option<ProviderLink>, UpsertCustomerError> {
        let current = known.and_then(|customer| customer.link.as_ref());
        // Only the provider that the request names is asked about.
        let is_known = |_: &str| self.provider_is_known;
        let organization = self.organization;
        match self.change.link.plan(current, known.is_none(), is_known) {
            Plan::Keep => Ok(current.cloned()),
            Plan::Unlink => Ok(None),
            Plan::Stay { account } => {
                Ok(current.cloned().map(|link| ProviderLink { account: Some(account), ..link }))
            }
            Plan::Name { provider, code } => {
                let found = match find(reader, organization, &provider, code.as_deref()) {
                    Ok(found) => Some(found),
                    Err(
                        UpsertCustomerError::ProviderNotFound
                        | UpsertCustomerError::ConnectionCodeMissing,
                    ) => None,
                    Err(error) => return Err(error),
                };
                Ok(Some(ProviderLink {
                    provider,
                    connection_id: found.as_ref().map(|found| found.id),
                    connection_code: code
                        .or_else(|| found.map(|found| found.code))
                        .unwrap_or_default(),
                    account: None,
                }))
            }
            Plan::Link { provider, code, account } => {
                let found = find(reader, organization, &provider, code.as_deref())?;
                Ok(Some(ProviderLink {
                    provider,
                    connection_id: Some(found.id),
                    connection_code: found.code,
                    account: Some(account),
                }))
            }
        }
    }

    /// Work at the provider, and methods that are of no use any more.
    fn follow_link(
        &self,
        tx: &Tx<'_>,
        before: &Customer,
        after: &Customer,
    ) -> Result<(), StoreError> {
        let (old, new) = (before.link.as_ref(), after.link.as_ref());
        if loses_methods(old, new) {
            tx.drop_customer_syncs(after.id)?;
            if let Some(connection) = old.and_then(|link| link.connection_id) {
                tx.discard_methods_of_connection(after.id, connection)?;
            }
        }
        let link: &LinkChange = &self.change.link;
        for task in link.tasks(old, new, before.profile != after.profile) {
            let sync = CustomerSync::new(self.organization, after.id, task, self.now);
            tx.enqueue_customer_sync(&sync)?;
        }
        Ok(())
    }
}

/// A customer of whom nothing is known but what they are called.
pub(super) fn blank(
    id: CustomerId,
    organization_id: OrganizationId,
    external_id: String,
    sequential_id: u32,
    now: Timestamp,
) -> Customer {
    Customer {
        id,
        organization_id,
        external_id,
        sequential_id,
        profile: Profile::default(),
        currency: None,
        timezone: None,
        net_payment_term: None,
        zero_invoices: ZeroInvoices::Inherit,
        invoice_grace_period: None,
        document_locale: None,
        issuing_date_anchor: None,
        issuing_date_adjustment: None,
        link: None,
        metadata: vec![],
        tax_ids: vec![],
        created_at: now,
        updated_at: now,
        deleted_at: None,
    }
}

/// The connection of this code, or the only one.
fn find(
    reader: &Reader<'_>,
    organization: OrganizationId,
    provider: &str,
    code: Option<&str>,
) -> Result<FoundConnection, UpsertCustomerError> {
    let of_provider = reader.connections_of_provider(organization, provider)?;
    let several = of_provider.len() > 1;
    let mut fitting =
        of_provider.into_iter().filter(|found| code.is_none_or(|code| found.code == code));
    match fitting.next() {
        None => Err(UpsertCustomerError::ProviderNotFound),
        Some(_) if code.is_none() && several => Err(UpsertCustomerError::ConnectionCodeMissing),
        Some(found) => Ok(FoundConnection { id: found.id, code: found.code }),
    }
}
