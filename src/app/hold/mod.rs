//! The hold: where the database does not know everything that was sent with it, nothing is charged
//! until the providers were asked about every open debt, or a person takes it on themselves.

mod accounts;
mod reconcile;

use super::App;
use super::collect::{CollectError, Within};
use crate::domain::audit_trail::{Act, Action};
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::hold::{HeldDebt, Hold, Outside, Standing, compare};
use crate::domain::id::{GenerationId, OrganizationId};
use crate::domain::recovery::{RecoveredBy, Recovery, State};
use crate::domain::time::Timestamp;
use crate::store::{StoreError, Tx};
pub use reconcile::Reconciled;

/// So many debts are released in one go.
pub const HELD_DEBTS_MAX: u32 = 100_000;

#[derive(Debug, Clone, thiserror::Error)]
pub enum HoldError {
    #[error("nothing is held")]
    NotHeld,
    #[error("there is no such held debt")]
    NoSuchDebt,
    /// Providers cannot tell whether somebody else works on the same debts.
    #[error("only a person can end this hold: {0}")]
    NeedsPerson(&'static str),
    #[error("say why: the reason is kept")]
    ReasonMissing,
    #[error(transparent)]
    Collect(#[from] CollectError),
}

impl From<StoreError> for HoldError {
    fn from(error: StoreError) -> HoldError {
        HoldError::Collect(error.into())
    }
}

/// Which of the held debts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhichDebts {
    All,
    /// The invoice or request of this id.
    One(uuid::Uuid),
}

impl App {
    /// At every start: whether the database knows what was sent with it. Answers the hold that is
    /// in force.
    pub fn compare_sends(&self) -> Result<Option<Hold>, CollectError> {
        // The file first: what is sent while we look is counted in the database before.
        let Some(outside) = self.store.outside()? else { return Ok(None) };
        let (tally, held) = self
            .store
            .read(|read| -> Result<_, StoreError> { Ok((read.tally()?, read.hold()?)) })?;
        match compare(tally, outside) {
            Standing::Agreed => Ok(held),
            Standing::First => {
                let now = self.clock.now();
                let generation = tally.generation.unwrap_or_else(|| GenerationId::at(now));
                self.store.write(move |tx| tx.begin_history(generation))?;
                self.write_outside()?;
                Ok(held)
            }
            Standing::Apart { reason, unknown_sends } => {
                let known = held.filter(|held| held.reason == reason);
                if let Some(known) = known.filter(|held| held.unknown_sends == unknown_sends) {
                    return Ok(Some(known));
                }
                let hold = Hold { since: self.clock.now(), reason, unknown_sends };
                self.store.write(move |tx| -> Result<(), CollectError> {
                    tx.begin_hold(&hold)?;
                    tell(tx, EventKind::HoldBegun, reason.sentence().to_owned(), hold.since)
                })?;
                Ok(Some(hold))
            }
        }
    }

    /// The file says what the database says.
    fn write_outside(&self) -> Result<(), CollectError> {
        let tally = self.store.read(|read| read.tally())?;
        let generation = tally
            .generation
            .ok_or(CollectError::Missing { what: "the generation of the installation" })?;
        Ok(self.store.begin_outside(generation, tally.sends)?)
    }

    /// A person ends it without asking the providers, or in spite of what they say.
    pub fn release_hold(&self, who: &str, reason: &str) -> Result<(), HoldError> {
        let reason = given(reason)?;
        if self.store.read(|read| read.hold())?.is_none() {
            return Err(HoldError::NotHeld);
        }
        self.end_hold(format!("{who} ended the hold: {reason}"))
    }

    fn end_hold(&self, told: String) -> Result<(), HoldError> {
        let known = match self.store.outside()? {
            Some(Outside::Counted { sends, .. }) => sends,
            Some(Outside::Missing | Outside::Damaged) | None => 0,
        };
        let now = self.clock.now();
        let generation = GenerationId::at(now);
        let app = self.clone();
        self.store.write(move |tx| -> Result<(), CollectError> {
            tx.end_hold(generation, known)?;
            if let Some(organization) = tx.first_organization()? {
                let act = Act::on(Action::HoldEnded, generation).because(&told);
                tx.append_audit(app.signed(organization.id, now), &act)?;
            }
            tell(tx, EventKind::HoldEnded, told.clone(), now)
        })?;
        // Killed in between, the next start finds two histories and holds again.
        self.write_outside()?;
        self.wake.ring();
        Ok(())
    }

    /// A person has looked: what the provider could not be asked about may be charged again.
    /// Answers how many were released.
    pub fn release_held_debts(
        &self,
        organization: OrganizationId,
        which: WhichDebts,
        (who, reason): (&str, &str),
    ) -> Result<u64, HoldError> {
        let reason = given(reason)?;
        let message = format!("{who} released it: {reason}");
        let (rules, now) = (std::sync::Arc::clone(&self.rules), self.clock.now());
        let released = self.store.write(move |tx| -> Result<u64, CollectError> {
            let within = Within { tx, rules: &rules, now };
            let mut released = 0;
            for debt in tx.held_debts(organization, HELD_DEBTS_MAX)? {
                let wanted = match which {
                    WhichDebts::All => true,
                    WhichDebts::One(id) => debt.payable.uuid() == id,
                };
                if wanted {
                    release_debt(&within, &debt, &message)?;
                    released += 1;
                }
            }
            Ok(released)
        })?;
        if released == 0 && which != WhichDebts::All {
            return Err(HoldError::NoSuchDebt);
        }
        self.wake.ring();
        Ok(released)
    }
}

fn given(reason: &str) -> Result<String, HoldError> {
    let reason = reason.trim();
    if reason.is_empty() { Err(HoldError::ReasonMissing) } else { Ok(reason.to_owned()) }
}

/// The whole installation is meant; the event stands with its first organization.
fn tell(tx: &Tx<'_>, kind: EventKind, told: String, now: Timestamp) -> Result<(), CollectError> {
    let Some(organization) = tx.first_organization()? else { return Ok(()) };
    let event = Event::new(kind, organization.id, Subject::default(), now);
    Ok(tx.append_event(&event.with_message(told))?)
}

/// It is not charged until a person releases it.
fn hold_debt(within: &Within<'_, '_>, recovery: &Recovery, why: &str) -> Result<(), CollectError> {
    let Within { tx, now, .. } = *within;
    let Some(recovery) = tx.recovery_of_every_organization(recovery.id)? else { return Ok(()) };
    // Meanwhile its provider has told by itself.
    if matches!(recovery.state, State::Recovered { by: RecoveredBy::Attempt, .. }) {
        return Ok(());
    }
    tx.put_held_debt(&HeldDebt {
        recovery_id: recovery.id,
        organization_id: recovery.organization_id,
        payable: recovery.payable,
        because: why.to_owned(),
        held_at: now,
    })?;
    let was_paused = recovery.paused;
    let subject = recovery.payable.subject(recovery.customer_id);
    let event = Event::new(EventKind::DebtHeld, recovery.organization_id, subject, now);
    tx.save_recovery(&Recovery { paused: true, updated_at: now, ..recovery })?;
    // Asked again with the same answer, it is told once.
    if was_paused { Ok(()) } else { Ok(tx.append_event(&event.with_message(why))?) }
}

fn release_debt(
    within: &Within<'_, '_>,
    debt: &HeldDebt,
    message: &str,
) -> Result<(), CollectError> {
    let Within { tx, now, .. } = *within;
    tx.delete_held_debt(debt.recovery_id)?;
    let Some(recovery) = tx.recovery_of_every_organization(debt.recovery_id)? else {
        return Ok(());
    };
    let subject = recovery.payable.subject(recovery.customer_id);
    let event = Event::new(EventKind::DebtReleased, recovery.organization_id, subject, now);
    tx.save_recovery(&Recovery { paused: false, updated_at: now, ..recovery })?;
    Ok(tx.append_event(&event.with_message(message))?)
}
