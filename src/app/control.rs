//! A person pauses, resumes, stops or moves the collecting of one debt, of a customer, or of all
//! that a filter names. Each change has its event and its entry in the audit log.

use std::collections::BTreeMap;

use super::App;
use crate::domain::audit_trail::{Act, Action};
use crate::domain::control::{CollectionPause, Command, Refused};
use crate::domain::customer::Customer;
use crate::domain::event::{Event, EventKind};
use crate::domain::filter::RecoveryFilter;
use crate::domain::id::{OrganizationId, RecoveryId};
use crate::domain::recovery::{Recovery, State};
use crate::domain::time::Timestamp;
use crate::store::{Reader, Signed, StoreError, Tx};

/// So many debts are gone through in one transaction.
const BATCH: u32 = 200;

/// So many are gone through while one caller waits; the answer says where to go on.
pub const IN_BULK_MAX: u32 = 10_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub command: Command,
    pub reason: Option<String>,
}

/// Whether an order in bulk is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// What would come of it is counted.
    Preview,
    CarryOut,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    pub changed: u64,
    /// They were so already.
    pub unchanged: u64,
    /// By the reason. What has ended is not counted.
    pub refused: BTreeMap<&'static str, u64>,
    /// Where to go on, if there are more.
    pub next: Option<RecoveryId>,
}

#[derive(Debug, Clone, thiserror::Error)]
pub enum ControlError {
    #[error("there is no such recovery")]
    NotFound,
    #[error("there is no customer of this external id")]
    CustomerNotFound,
    #[error("{}", .0.sentence())]
    Refused(Refused),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl App {
    /// To ask again for what is so already changes nothing.
    pub fn control_recovery(
        &self,
        organization: OrganizationId,
        id: RecoveryId,
        order: Order,
    ) -> Result<(), ControlError> {
        let signed = self.signed(organization, self.clock.now());
        self.store.write(move |tx| {
            let found = tx.recovery(organization, id)?.ok_or(ControlError::NotFound)?;
            match carry_out(tx, signed, found, &order)? {
                Ok(_) => Ok(()),
                Err(refused) => Err(ControlError::Refused(refused)),
            }
        })?;
        self.wake.ring();
        Ok(())
    }

    /// A pause holds for later debts of the customer too, until it is resumed.
    pub fn control_customer(
        &self,
        organization: OrganizationId,
        external_id: String,
        order: Order,
    ) -> Result<Tally, ControlError> {
        let signed = self.signed(organization, self.clock.now());
        let (named, own) = (external_id.clone(), order.clone());
        self.store.write(move |tx| {
            let customer = tx
                .customer_by_external_id(organization, &named)?
                .ok_or(ControlError::CustomerNotFound)?;
            note(tx, signed, &customer, &own).map_err(ControlError::from)
        })?;
        let filter =
            RecoveryFilter { external_customer_id: Some(external_id), ..RecoveryFilter::default() };
        self.control_in_bulk(organization, (filter, Mode::CarryOut), order)
    }

    /// In batches. To ask again after a crash goes on with what is left.
    pub fn control_in_bulk(
        &self,
        organization: OrganizationId,
        (mut filter, mode): (RecoveryFilter, Mode),
        order: Order,
    ) -> Result<Tally, ControlError> {
        let signed = self.signed(organization, self.clock.now());
        let mut tally = Tally::default();
        let mut seen = 0;
        while seen < IN_BULK_MAX {
            let (meant, own) = (filter.clone(), order.clone());
            let batch = match mode {
                Mode::CarryOut => self.store.write(move |tx| work(tx, signed, &meant, &own))?,
                Mode::Preview => {
                    self.store.read(|read| preview(read, signed, &meant, order.command))?
                }
            };
            tally.add(&batch);
            seen += batch.seen;
            filter.after = batch.last;
            if batch.seen < BATCH {
                self.wake.ring();
                return Ok(tally);
            }
        }
        self.wake.ring();
        tally.next = filter.after;
        Ok(tally)
    }
}

#[derive(Default)]
struct Batch {
    seen: u32,
    last: Option<RecoveryId>,
    results: Vec<Result<Option<()>, Refused>>,
}

impl Tally {
    fn add(&mut self, batch: &Batch) {
        for result in &batch.results {
            match result {
                Ok(Some(())) => self.changed += 1,
                Ok(None) => self.unchanged += 1,
                Err(Refused::Ended) => {}
                Err(refused) => *self.refused.entry(refused.as_str()).or_default() += 1,
            }
        }
    }
}

fn work(
    tx: &Tx<'_>,
    signed: Signed,
    filter: &RecoveryFilter,
    order: &Order,
) -> Result<Batch, StoreError> {
    let mut batch = Batch::default();
    for id in tx.recovery_ids(signed.organization, filter, BATCH)? {
        batch.seen += 1;
        batch.last = Some(id);
        if let Some(found) = tx.recovery(signed.organization, id)? {
            batch.results.push(carry_out(tx, signed, found, order)?);
        }
    }
    Ok(batch)
}

fn preview(
    read: &Reader<'_>,
    signed: Signed,
    filter: &RecoveryFilter,
    command: Command,
) -> Result<Batch, StoreError> {
    let mut batch = Batch::default();
    for id in read.recovery_ids(signed.organization, filter, BATCH)? {
        batch.seen += 1;
        batch.last = Some(id);
        if let Some(found) = read.recovery(signed.organization, id)? {
            let judged = judge(read, found, command, signed.at)?;
            batch.results.push(judged.map(|changed| changed.map(|_| ())));
        }
    }
    Ok(batch)
}

/// What the command makes of it.
fn judge(
    read: &Reader<'_>,
    recovery: Recovery,
    command: Command,
    now: Timestamp,
) -> Result<Result<Option<Recovery>, Refused>, StoreError> {
    let lets_go_on = match command {
        Command::Resume | Command::MoveTo(_) => true,
        Command::Pause | Command::Stop => false,
    };
    if lets_go_on && read.held_debt(recovery.id)?.is_some() {
        return Ok(Err(Refused::Held));
    }
    Ok(recovery.control(command, now))
}

fn carry_out(
    tx: &Tx<'_>,
    signed: Signed,
    recovery: Recovery,
    order: &Order,
) -> Result<Result<Option<()>, Refused>, StoreError> {
    let was = recovery.state;
    let changed = match judge(tx, recovery, order.command, signed.at)? {
        Ok(Some(changed)) => changed,
        Ok(None) => return Ok(Ok(None)),
        Err(refused) => return Ok(Err(refused)),
    };
    tx.save_recovery(&changed)?;
    let (kind, action) = match order.command {
        Command::Pause => (EventKind::RecoveryPaused, Action::RecoveryPaused),
        Command::Resume => (EventKind::RecoveryResumed, Action::RecoveryResumed),
        Command::Stop => (EventKind::RecoveryStopped, Action::RecoveryStopped),
        Command::MoveTo(_) => (EventKind::RecoveryMoved, Action::RecoveryMoved),
    };
    let subject = changed.payable.subject(changed.customer_id);
    let mut event = Event::new(kind, changed.organization_id, subject, signed.at);
    event.message.clone_from(&order.reason);
    event.due_at = planned(&changed.state);
    tx.append_event(&event)?;
    let act = Act::on(action, changed.id).changed("plan", plan(&was), plan(&changed.state));
    tx.append_audit(signed, &Act { reason: order.reason.clone(), ..act })?;
    Ok(Ok(Some(())))
}

const fn planned(state: &State) -> Option<Timestamp> {
    match state {
        State::Waiting { next_attempt_at, .. } => Some(*next_attempt_at),
        State::Charging { .. }
        | State::Idle { .. }
        | State::Recovered { .. }
        | State::Cancelled { .. } => None,
    }
}

/// For the audit log.
fn plan(state: &State) -> String {
    match planned(state) {
        Some(at) => at.utc().to_rfc3339(),
        None => state.as_str().to_owned(),
    }
}

/// What holds for later debts of the customer.
fn note(tx: &Tx<'_>, signed: Signed, customer: &Customer, order: &Order) -> Result<(), StoreError> {
    let before = tx.collection_pause(customer.id)?;
    let action = match (order.command, before) {
        (Command::Pause, None) => {
            tx.insert_collection_pause(&CollectionPause {
                customer_id: customer.id,
                reason: order.reason.clone(),
                paused_at: signed.at,
            })?;
            Action::CustomerCollectionPaused
        }
        (Command::Resume, Some(_)) => {
            tx.delete_collection_pause(customer.id)?;
            Action::CustomerCollectionResumed
        }
        (Command::Pause, Some(_))
        | (Command::Resume, None)
        | (Command::Stop | Command::MoveTo(_), _) => return Ok(()),
    };
    let act = Act::on(action, customer.id);
    tx.append_audit(signed, &Act { reason: order.reason.clone(), ..act })
}
