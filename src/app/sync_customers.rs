//! Does what waits to be done for customers at their providers: make the account, keep it up to
//! date, read its methods, make the first page to leave a method on.

use super::App;
use super::collect::CollectError;
use super::crash_point::{CrashPoint, crash_point};
use super::links::CheckoutLinkError;
use super::methods::{Arrival, BecomesDefault, method_arrived};
use super::ports::{CustomerData, PspError};
use crate::domain::connection::Connection;
use crate::domain::customer::{Customer, ProviderAccount};
use crate::domain::customer_sync::{CustomerSync, SyncTask};
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::id::{CustomerId, CustomerSyncId};
use crate::domain::idempotency::customer_key;
use crate::domain::payment_method::MethodDetails;
use crate::domain::time::Span;

const PAGE: u32 = 64;

/// After so many tries a task is given up and reported as failed.
const TRIES_MAX: u32 = 10;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Synced {
    pub done: u64,
    pub postponed: u64,
}

/// Everything that a task is done with.
struct Scene {
    sync: CustomerSync,
    customer: Customer,
    connection: Connection,
    account: ProviderAccount,
}

impl App {
    /// All that is due, for every customer.
    pub fn sync_customers(&self) -> Result<Synced, CollectError> {
        let mut run = Synced::default();
        loop {
            let now = self.clock.now();
            let due = self.store.read(|read| read.due_customer_syncs(now, PAGE))?;
            if due.is_empty() {
                return Ok(run);
            }
            for sync in due {
                if self.sync_once(sync)? {
                    run.done += 1;
                } else {
                    run.postponed += 1;
                }
            }
        }
    }

    /// What waits for one customer, now, inside a request. What fails is left to the job.
    pub fn sync_customer(&self, customer: CustomerId) -> Result<(), CollectError> {
        for _ in 0..SyncTask::ALL.len() {
            let waiting = self.store.read(|read| read.customer_syncs_of(customer))?;
            let Some(sync) = waiting.into_iter().find(|sync| sync.tries_made == 0) else {
                return Ok(());
            };
            self.sync_once(sync)?;
        }
        Ok(())
    }

    /// Answers whether it is done with; otherwise it is tried again later.
    fn sync_once(&self, sync: CustomerSync) -> Result<bool, CollectError> {
        let (id, tries_made) = (sync.id, sync.tries_made);
        let Some(scene) = self.scene(sync)? else {
            self.store.write(move |tx| tx.finish_customer_sync(id))?;
            return Ok(true);
        };
        let outcome = match scene.sync.task {
            SyncTask::Create => self.create_at_provider(&scene),
            SyncTask::Update => self.update_at_provider(&scene),
            SyncTask::FindMethods => self.find_methods(&scene),
            SyncTask::CheckoutLink => self.first_checkout_link(&scene),
        };
        match outcome {
            Ok(()) => {
                self.store.write(move |tx| tx.finish_customer_sync(id))?;
                self.wake.ring();
                Ok(true)
            }
            Err(SyncError::Collect(error)) => Err(error),
            Err(SyncError::Provider(error)) if may_pass(&error) && tries_made < TRIES_MAX => {
                tracing::warn!(customer = ?scene.customer.id, %error, "a customer was not synced");
                let next = self.clock.now().plus(wait_after(tries_made));
                self.store.write(move |tx| tx.postpone_customer_sync(id, next))?;
                Ok(false)
            }
            Err(SyncError::Provider(error)) => {
                self.sync_refused(&scene, id, &error)?;
                Ok(true)
            }
        }
    }

    /// None: the customer is gone or has left the provider.
    fn scene(&self, sync: CustomerSync) -> Result<Option<Scene>, CollectError> {
        self.store.read(|read| {
            let organization = sync.organization_id;
            let Some(customer) = read.customer(organization, sync.customer_id)? else {
                return Ok(None);
            };
            let Some(link) = customer.link.clone() else { return Ok(None) };
            let (Some(id), Some(account)) = (link.connection_id, link.account) else {
                return Ok(None);
            };
            let connection = read.connection(organization, id)?;
            Ok(connection.map(|connection| Scene { sync, customer, connection, account }))
        })
    }

    fn create_at_provider(&self, scene: &Scene) -> Result<(), SyncError> {
        if scene.account.provider_customer_id.is_some() {
            return Ok(());
        }
        let installation = self
            .store
            .read(|read| read.installation_identity())
            .map_err(CollectError::from)?
            .ok_or(CollectError::Missing { what: "the identity of the installation" })?;
        let key = customer_key(&installation, scene.customer.id, scene.connection.id);
        let made = self.psps.create_customer(&scene.connection, &key, &data(&scene.customer));
        crash_point(CrashPoint::CustomerMade);
        let provider_customer_id = match made {
            // Where customers do not exist at the provider they go by our caller's id.
            Err(PspError::Unable(_)) => scene.customer.external_id.clone(),
            made => made?,
        };
        let (customer, connection) = (scene.customer.id, scene.connection.id);
        let (now, linked) = (self.clock.now(), scene.event(self, EventKind::CustomerLinked));
        let organization = scene.customer.organization_id;
        let link = CustomerSync::new(organization, customer, SyncTask::CheckoutLink, now);
        self.store.write(move |tx| -> Result<(), CollectError> {
            if tx.customer_made_at_provider(customer, connection, &provider_customer_id)? {
                tx.append_event(&linked)?;
                tx.enqueue_customer_sync(&link)?;
            }
            Ok(())
        })?;
        Ok(())
    }

    fn update_at_provider(&self, scene: &Scene) -> Result<(), SyncError> {
        let Some(id) = &scene.account.provider_customer_id else { return Ok(()) };
        match self.psps.update_customer(&scene.connection, id, &data(&scene.customer)) {
            Ok(()) | Err(PspError::Unable(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The provider's default, else the newest.
    fn find_methods(&self, scene: &Scene) -> Result<(), SyncError> {
        let Some(id) = &scene.account.provider_customer_id else { return Ok(()) };
        let default = match self.psps.default_method(&scene.connection, id) {
            Err(PspError::Unable(_)) => return Ok(()),
            answer => answer?,
        };
        let found: Option<MethodDetails> = match default {
            Some(method) => Some(method),
            None => self.psps.list_methods(&scene.connection, id)?.into_iter().next(),
        };
        let Some(details) = found else { return Ok(()) };
        let arrival = Arrival {
            organization_id: scene.customer.organization_id,
            customer_id: scene.customer.id,
            connection_id: scene.connection.id,
            details,
            becomes_default: BecomesDefault::IfThereIsNone,
        };
        let now = self.clock.now();
        self.store.write(move |tx| method_arrived(tx, &arrival, now).map(|_| ()))?;
        Ok(())
    }

    fn first_checkout_link(&self, scene: &Scene) -> Result<(), SyncError> {
        let made = self.make_checkout_link(scene.customer.organization_id, scene.customer.id);
        match made {
            Ok(link) => {
                let event =
                    scene.event(self, EventKind::CheckoutLinkMade).with_message(link.url.clone());
                self.store.write(move |tx| tx.append_event(&event)).map_err(CollectError::from)?;
                Ok(())
            }
            Err(CheckoutLinkError::Collect(error)) => Err(error.into()),
            // It was told when it was refused.
            Err(
                CheckoutLinkError::NoLinkedProvider
                | CheckoutLinkError::NothingToSetUp
                | CheckoutLinkError::Unsupported
                | CheckoutLinkError::Provider { .. },
            ) => Ok(()),
        }
    }

    fn sync_refused(
        &self,
        scene: &Scene,
        id: CustomerSyncId,
        error: &PspError,
    ) -> Result<(), CollectError> {
        let event = scene
            .event(self, EventKind::CustomerLinkFailed)
            .with_code(error.code())
            .with_message(error.to_string());
        self.store.write(move |tx| -> Result<(), CollectError> {
            tx.append_event(&event)?;
            Ok(tx.finish_customer_sync(id)?)
        })?;
        self.wake.ring_news();
        Ok(())
    }
}

impl Scene {
    fn event(&self, app: &App, kind: EventKind) -> Event {
        let subject = Subject {
            customer_id: Some(self.customer.id),
            connection_id: Some(self.connection.id),
            ..Subject::default()
        };
        Event::new(kind, self.customer.organization_id, subject, app.clock.now())
    }
}

enum SyncError {
    Provider(PspError),
    Collect(CollectError),
}

impl From<PspError> for SyncError {
    fn from(error: PspError) -> SyncError {
        SyncError::Provider(error)
    }
}

impl From<CollectError> for SyncError {
    fn from(error: CollectError) -> SyncError {
        SyncError::Collect(error)
    }
}

/// Whether asking again later may help.
fn may_pass(error: &PspError) -> bool {
    match error {
        PspError::Throttled(_) | PspError::NotSent(_) | PspError::Unknown(_) => true,
        PspError::Refused { .. }
        | PspError::Misconfigured { .. }
        | PspError::Unable(_)
        | PspError::NoPlugin(_) => false,
    }
}

/// Doubling from 5 s, at most an hour.
fn wait_after(tries_made: u32) -> Span {
    Span::seconds((5_u32 << tries_made.min(10)).min(3600))
}

fn data(customer: &Customer) -> CustomerData {
    CustomerData {
        reference: customer.id.to_string(),
        name: customer.display_name(),
        email: customer.first_email().map(str::to_owned),
        phone: customer.profile.phone.clone(),
        address: customer.profile.address.clone(),
    }
}
