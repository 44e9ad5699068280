//! Somebody looked at the provider's own pages and says what came of an attempt whose outcome
//! nobody knew. Their word settles it like an answer of the provider's, and is signed. Should the
//! provider deny it afterwards, that is noted and told; money that came after all is counted, and
//! money that never came is taken off again when a person says so.

use std::sync::Arc;

use super::settle_attempt::{Source, settle_loaded};
use super::{CollectError, Within};
use crate::app::App;
use crate::app::invoice_changes::{change_recovery, save_with_fees, tell};
use crate::app::ledger::{self, Movement};
use crate::domain::attempt::{Attempt, AttemptState, ChargeAnswer};
use crate::domain::audit_trail::{Act, Action, Actor};
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::id::{AttemptId, InvoiceId, OrganizationId};
use crate::domain::invoice::{Invoice, InvoiceStatus, InvoiceType, PaymentStatus};
use crate::domain::ledger::EntryKind;
use crate::domain::payment::PayableId;
use crate::domain::resolution::{
    Contradiction, Finding, Resolution, against, is_unresolved, not_paid,
};
use crate::store::{Signed, StoreError};

/// What somebody says of an attempt, and why they are sure.
#[derive(Debug, Clone)]
pub struct Verdict {
    pub organization: OrganizationId,
    pub attempt: AttemptId,
    pub finding: Finding,
    pub reason: String,
}

#[derive(Debug, Clone, thiserror::Error)]
pub enum ResolveError {
    #[error("there is no such payment")]
    NotFound,
    #[error("the outcome of this payment is known, or is still being asked for")]
    NotUnresolved,
    #[error("the call to the provider is out: wait until it has ended")]
    CallIsOut,
    #[error(
        "this payment cannot be taken off by itself, because {0}: set it right at the provider \
         and by hand"
    )]
    NotCorrectable(&'static str),
    #[error(transparent)]
    Collect(#[from] CollectError),
}

impl From<StoreError> for ResolveError {
    fn from(error: StoreError) -> ResolveError {
        ResolveError::Collect(CollectError::from(error))
    }
}

impl App {
    /// The attempt as it is then.
    pub fn resolve_by_person(&self, verdict: Verdict) -> Result<Attempt, ResolveError> {
        let (rules, now) = (Arc::clone(&self.rules), self.clock.now());
        let signed = self.signed(verdict.organization, now);
        let attempt = self
            .store
            .write(move |tx| resolve(&Within { tx, rules: &rules, now }, &verdict, signed))?;
        self.wake.ring();
        Ok(attempt)
    }

    /// Asks the provider now, as the schedule would.
    pub fn ask_about_attempt(
        &self,
        organization: OrganizationId,
        id: AttemptId,
    ) -> Result<Attempt, ResolveError> {
        let find = || {
            let found = self.store.read(|read| read.attempt_of_every_organization(id))?;
            let of_theirs = found.filter(|attempt| attempt.organization_id == organization);
            of_theirs.ok_or(ResolveError::NotFound)
        };
        match find()?.state {
            AttemptState::Pending { .. }
            | AttemptState::NeedsAction { .. }
            | AttemptState::Unknown { .. } => {}
            AttemptState::Charging { .. } => return Err(ResolveError::CallIsOut),
            AttemptState::NotSent { .. }
            | AttemptState::Paid { .. }
            | AttemptState::Declined { .. }
            | AttemptState::Cancelled { .. } => return Err(ResolveError::NotUnresolved),
        }
        self.look_up(id)?;
        self.wake.ring();
        find()
    }
}

fn resolve(
    within: &Within<'_, '_>,
    verdict: &Verdict,
    signed: Signed,
) -> Result<Attempt, ResolveError> {
    let Within { tx, now, .. } = *within;
    let attempt = tx
        .attempt_of_every_organization(verdict.attempt)?
        .filter(|attempt| attempt.organization_id == verdict.organization)
        .ok_or(ResolveError::NotFound)?;
    let before = tx.resolution(attempt.id)?;
    let contradicted = before.is_some_and(|it| it.contradiction.is_some());
    let was = attempt.state.as_str();
    let action = if is_unresolved(&attempt) {
        settle_loaded(within, attempt, &verdict.finding.answer(&verdict.reason), Source::Event)?;
        Action::PaymentResolved
    } else if contradicted && matches!(attempt.state, AttemptState::Paid { .. }) {
        match verdict.finding {
            Finding::Paid => {}
            Finding::NotPaid => take_off(within, attempt, &verdict.reason)?,
        }
        Action::PaymentCorrected
    } else if matches!(attempt.state, AttemptState::Charging { .. }) {
        return Err(ResolveError::CallIsOut);
    } else {
        return Err(ResolveError::NotUnresolved);
    };
    tx.put_resolution(&Resolution {
        attempt_id: verdict.attempt,
        organization_id: verdict.organization,
        finding: verdict.finding,
        reason: verdict.reason.clone(),
        at: now,
        contradiction: None,
    })?;
    let attempt = tx
        .attempt_of_every_organization(verdict.attempt)?
        .ok_or(CollectError::Missing { what: "an attempt" })?;
    let act = Act::on(action, attempt.id)
        .because(&*verdict.reason)
        .changed("state", was, attempt.state.as_str())
        .with("outcome", verdict.finding.as_str());
    tx.append_audit(signed, &act)?;
    let event = event(EventKind::AttemptResolved, &attempt, within);
    tx.append_event(&event.with_code(verdict.finding.as_str()).with_message(&*verdict.reason))?;
    Ok(attempt)
}

/// The provider speaks against what a person said. Told once.
pub fn note_contradiction(
    within: &Within<'_, '_>,
    attempt: &Attempt,
    answer: &ChargeAnswer,
) -> Result<(), CollectError> {
    if !matches!(attempt.state, AttemptState::Paid { .. } | AttemptState::Declined { .. }) {
        return Ok(());
    }
    let Within { tx, now, .. } = *within;
    let Some(resolution) = tx.resolution(attempt.id)? else { return Ok(()) };
    let Some(told) = against(resolution.finding, answer) else { return Ok(()) };
    if resolution.contradiction.is_some() {
        return Ok(());
    }
    let contradiction = Some(Contradiction { at: now, told: told.clone() });
    tx.put_resolution(&Resolution { contradiction, ..resolution })?;
    let signed = Signed { organization: attempt.organization_id, actor: Actor::Provider, at: now };
    let act = Act::on(Action::PaymentContradicted, attempt.id)
        .because(&*told)
        .with("said", resolution.finding.as_str());
    tx.append_audit(signed, &act)?;
    let event = event(EventKind::AttemptContradicted, attempt, within);
    Ok(tx.append_event(&event.with_code(resolution.finding.as_str()).with_message(told))?)
}

/// The money never came: what the invoice was credited with it is owed again. Nothing is charged
/// by itself.
fn take_off(within: &Within<'_, '_>, attempt: Attempt, reason: &str) -> Result<(), ResolveError> {
    let Within { tx, now, .. } = *within;
    let invoice = correctable(within, &attempt)?;
    let taken = attempt.amount.minor_units;
    let invoice_id = Some(invoice.id);
    let movement = Movement { kind: EntryKind::Correction, invoice_id, minor_units: -taken };
    ledger::append(tx, &attempt, movement, now)?;
    let state = AttemptState::Declined { decline: not_paid(reason), at: now };
    let status = "failed".to_owned();
    tx.put_attempt(&Attempt { state, status, updated_at: now, ..attempt })?;
    let paid_amount = invoice.paid_amount.saturating_sub(taken);
    let invoice = Invoice { paid_amount, ..invoice };
    let invoice = invoice.with_payment_status(PaymentStatus::Failed, now);
    save_with_fees(tx, &invoice, now)?;
    change_recovery(tx, invoice.id, |recovery| recovery.reopen(now))?;
    Ok(tell(tx, EventKind::PaymentStatusChanged, &invoice, now)?)
}

/// The invoice, if it was credited with all of the payment and nothing was built upon it.
fn correctable(within: &Within<'_, '_>, attempt: &Attempt) -> Result<Invoice, ResolveError> {
    let tx = within.tx;
    let id: InvoiceId = match attempt.payable {
        PayableId::Invoice(id) => id,
        PayableId::PaymentRequest(_) => {
            return Err(ResolveError::NotCorrectable("it paid several invoices"));
        }
    };
    if !tx.surplus_of_payment(attempt.id)?.is_empty() {
        return Err(ResolveError::NotCorrectable("a part of it was a surplus"));
    }
    if !tx.refunds_of_payment(attempt.id)?.is_empty() {
        return Err(ResolveError::NotCorrectable("it was refunded"));
    }
    let invoice = tx
        .invoice(attempt.organization_id, id)?
        .ok_or(CollectError::Missing { what: "the invoice of an attempt" })?;
    if invoice.invoice_type == InvoiceType::Credit {
        return Err(ResolveError::NotCorrectable("the credits that it bought may be spent"));
    }
    if invoice.status != InvoiceStatus::Finalized {
        return Err(ResolveError::NotCorrectable("the invoice was voided since"));
    }
    Ok(invoice)
}

fn event(kind: EventKind, attempt: &Attempt, within: &Within<'_, '_>) -> Event {
    let subject = Subject {
        attempt_id: Some(attempt.id),
        connection_id: Some(attempt.connection_id),
        ..attempt.payable.subject(attempt.customer_id)
    };
    Event::new(kind, attempt.organization_id, subject, within.now)
}
