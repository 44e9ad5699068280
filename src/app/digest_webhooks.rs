//! Works out what providers told us. Each event is digested once; one that cannot be is tried
//! again, ever more seldom. One that is itself at fault then stands on the list of failed ones; one
//! that waits for something else is tried until that is there.

use super::App;
use super::collect::{CollectError, Source};
use super::crash_point::{CrashPoint, crash_point};
use super::ledger::{self, Movement};
use super::methods::{Arrival, BecomesDefault, method_arrived};
use super::ports::PspError;
use crate::domain::attempt::{Attempt, AttemptState, ChargeAnswer};
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::id::{AttemptId, SessionId};
use crate::domain::inbound::{DIGEST_TRIES_MAX, Inbound, PspNews, digest_again_after};
use crate::domain::ledger::EntryKind;
use crate::domain::payment::{Payable, PayableId};
use crate::domain::payment_method::MethodDetails;
use crate::domain::refund::{Refund, RefundAnswer, RefundOutcome};
use crate::domain::session::Session;
use crate::domain::time::{Span, Timestamp};
use crate::store::Tx;

const PAGE: u32 = 256;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Digested {
    pub digested: u64,
    /// Tried again later, or on the list of failed ones.
    pub failed: u64,
}

#[derive(Debug, thiserror::Error)]
enum DigestError {
    #[error(transparent)]
    Collect(#[from] CollectError),
    #[error("the provider could not be asked")]
    Provider(#[from] PspError),
    /// Which refund it is will be known when its call has been answered.
    #[error("a refund of this charge is not resolved, and this may be it")]
    RefundUnresolved,
    #[error("the charge is not known yet")]
    ChargeNotKnown,
}

impl DigestError {
    /// How long until the next try, after so many before this one. None: given up.
    fn next_try(&self, tries_made: u32) -> Option<Span> {
        let is_at_fault = match self {
            // The provider comes back, its credentials are mended, the plugin is put back, the
            // refund is resolved, the disk has room again: none of it says what was told is wrong.
            DigestError::RefundUnresolved
            | DigestError::Collect(CollectError::Store(_))
            | DigestError::Provider(
                PspError::Throttled(_)
                | PspError::Misconfigured { .. }
                | PspError::NotSent(_)
                | PspError::Unknown(_)
                | PspError::NoPlugin(_),
            ) => false,
            DigestError::ChargeNotKnown
            | DigestError::Collect(CollectError::Missing { .. })
            | DigestError::Provider(PspError::Refused { .. } | PspError::Unable(_)) => true,
        };
        let is_given_up = is_at_fault && tries_made.saturating_add(1) >= DIGEST_TRIES_MAX;
        (!is_given_up).then(|| digest_again_after(tries_made))
    }
}

impl From<crate::store::StoreError> for DigestError {
    fn from(error: crate::store::StoreError) -> DigestError {
        DigestError::Collect(CollectError::from(error))
    }
}

impl App {
    pub fn digest_webhooks(&self) -> Result<Digested, CollectError> {
        let mut run = Digested::default();
        loop {
            let now = self.clock.now();
            let new = self.store.read(|read| read.new_inbound(now, PAGE))?;
            if new.is_empty() {
                return Ok(run);
            }
            for inbound in new {
                let id = inbound.id;
                crash_point(CrashPoint::BeforeDigest);
                match self.digest(&inbound) {
                    Ok(about) => {
                        run.digested += 1;
                        crash_point(CrashPoint::AfterDigest);
                        self.store.write(move |tx| tx.inbound_digested(id, about))?;
                    }
                    Err(error) => {
                        run.failed += 1;
                        self.digest_failed(&inbound, &error)?;
                    }
                }
            }
        }
    }

    fn digest_failed(&self, inbound: &Inbound, error: &DigestError) -> Result<(), CollectError> {
        tracing::warn!(inbound = ?inbound.id, %error, "a provider's webhook could not be digested");
        let next = error.next_try(inbound.tries_made).map(|after| self.clock.now().plus(after));
        let (id, text) = (inbound.id, error.to_string());
        self.store.write(move |tx| tx.inbound_failed(id, &text, next))?;
        Ok(())
    }

    /// Answers which payment it is about, where it is about one that is known.
    fn digest(&self, inbound: &Inbound) -> Result<Option<AttemptId>, DigestError> {
        match &inbound.event.news {
            PspNews::ChargeChanged { reference, session_reference, answer } => {
                let about = (reference.as_deref(), session_reference.as_deref());
                self.charge_changed(inbound, about, answer)
            }
            PspNews::MethodStored { provider_customer_id, method, make_default } => {
                let becomes_default = if *make_default {
                    BecomesDefault::Always
                } else {
                    BecomesDefault::IfThereIsNone
                };
                self.method_stored(inbound, provider_customer_id, method, becomes_default)?;
                Ok(None)
            }
            PspNews::MethodRemoved { provider_method_id } => {
                self.method_removed(inbound, provider_method_id)?;
                Ok(None)
            }
            PspNews::SessionEnded { provider_session_id, reference } => {
                self.session_ended(inbound, provider_session_id, reference.as_deref())
            }
            PspNews::DisputeLost { charge_id, reason } => {
                self.dispute_lost(inbound, charge_id, reason)
            }
            PspNews::RefundChanged { refund_id, charge_id, succeeded } => {
                self.refund_changed(inbound, (refund_id, charge_id.as_deref()), *succeeded)
            }
            PspNews::Ignored { .. } => Ok(None),
        }
    }

    fn charge_changed(
        &self,
        inbound: &Inbound,
        (reference, session_reference): (Option<&str>, Option<&str>),
        answer: &ChargeAnswer,
    ) -> Result<Option<AttemptId>, DigestError> {
        if let Some(attempt) = self.attempt_told_of(inbound, reference, answer)? {
            self.settle(attempt.id, answer.clone(), Source::Event)?;
            return Ok(Some(attempt.id));
        }
        let session: Option<SessionId> = session_reference.and_then(|text| text.parse().ok());
        if let Some(id) = session
            && let Some(session) =
                self.own_session(inbound, |read| read.session_of_every_organization(id))?
        {
            self.settle_on_page(&session, answer.clone())?;
            return self.attempt_on_page(&session);
        }
        // A charge that is none of ours: someone else uses the account too.
        Ok(None)
    }

    fn attempt_on_page(&self, session: &Session) -> Result<Option<AttemptId>, DigestError> {
        let made = self.store.read(|read| read.attempt_of_session(session.id))?;
        Ok(made.map(|attempt| attempt.id))
    }

    fn attempt_told_of(
        &self,
        inbound: &Inbound,
        reference: Option<&str>,
        answer: &ChargeAnswer,
    ) -> Result<Option<Attempt>, DigestError> {
        let id: Option<AttemptId> = reference.and_then(|text| text.parse().ok());
        let found = self.store.read(|read| -> Result<_, CollectError> {
            if let Some(id) = id
                && let Some(attempt) = read.attempt_of_every_organization(id)?
            {
                return Ok(Some(attempt));
            }
            match &answer.charge_id {
                Some(charge) => Ok(read.attempt_by_charge(inbound.connection_id, charge)?),
                None => Ok(None),
            }
        })?;
        // A connection may only speak of its own attempts.
        Ok(found.filter(|attempt| attempt.connection_id == inbound.connection_id))
    }

    fn own_session(
        &self,
        inbound: &Inbound,
        find: impl FnOnce(
            &crate::store::Reader<'_>,
        ) -> Result<Option<Session>, crate::store::StoreError>,
    ) -> Result<Option<Session>, DigestError> {
        let found = self.store.read(find)?;
        Ok(found.filter(|session| session.connection_id == inbound.connection_id))
    }

    fn method_stored(
        &self,
        inbound: &Inbound,
        provider_customer_id: &str,
        details: &MethodDetails,
        becomes_default: BecomesDefault,
    ) -> Result<(), DigestError> {
        let (connection, now) = (inbound.connection_id, self.clock.now());
        let organization_id = inbound.organization_id;
        let (customer, details) = (provider_customer_id.to_owned(), details.clone());
        self.store.write(move |tx| -> Result<(), CollectError> {
            for customer_id in tx.customers_by_provider_id(connection, &customer)? {
                let arrival = Arrival {
                    organization_id,
                    customer_id,
                    connection_id: connection,
                    details: details.clone(),
                    becomes_default,
                };
                method_arrived(tx, &arrival, now)?;
            }
            Ok(())
        })?;
        self.wake.ring();
        Ok(())
    }

    fn method_removed(
        &self,
        inbound: &Inbound,
        provider_method_id: &str,
    ) -> Result<(), DigestError> {
        let (connection, id) = (inbound.connection_id, provider_method_id.to_owned());
        self.store.write(move |tx| -> Result<(), CollectError> {
            for method in tx.methods_by_provider_id(connection, &id)? {
                tx.discard_payment_method(method.organization_id, method.id)?;
            }
            Ok(())
        })?;
        Ok(())
    }

    fn session_ended(
        &self,
        inbound: &Inbound,
        provider_session_id: &str,
        reference: Option<&str>,
    ) -> Result<Option<AttemptId>, DigestError> {
        let id: Option<SessionId> = reference.and_then(|text| text.parse().ok());
        let session = self.own_session(inbound, |read| {
            match read.session_by_provider_id(inbound.connection_id, provider_session_id)? {
                Some(session) => Ok(Some(session)),
                None => match id {
                    Some(id) => read.session_of_every_organization(id),
                    None => Ok(None),
                },
            }
        })?;
        let Some(session) = session else { return Ok(None) };
        let connection = self
            .store
            .read(|read| read.connection(session.organization_id, session.connection_id))?
            .ok_or(CollectError::Missing { what: "the connection of a hosted page" })?;
        let finding = self.psps.find_session(&connection, provider_session_id)?;
        self.session_found(&session, finding)?;
        self.attempt_on_page(&session)
    }

    /// A refund of ours is known by the provider's id of it, once its call was answered. One that
    /// is none of ours was made at the provider by a person.
    fn refund_changed(
        &self,
        inbound: &Inbound,
        (refund_id, charge_id): (&str, Option<&str>),
        succeeded: bool,
    ) -> Result<Option<AttemptId>, DigestError> {
        let connection = inbound.connection_id;
        let (ours, of_charge) = self.store.read(|read| -> Result<_, CollectError> {
            let ours = read.refund_by_provider_id(connection, refund_id)?;
            let of_charge = match charge_id {
                Some(charge) => read.refunds_of_charge(connection, charge)?,
                None => vec![],
            };
            Ok((ours, of_charge))
        })?;
        match ours {
            Some(refund) => {
                let outcome = if succeeded {
                    RefundOutcome::Succeeded
                } else {
                    RefundOutcome::Failed {
                        code: "refund_failed".to_owned(),
                        message: "the provider could not give the money back".to_owned(),
                    }
                };
                let provider_refund_id = Some(refund_id.to_owned());
                self.settle_told(refund.id, RefundAnswer { provider_refund_id, outcome })?;
                Ok(Some(refund.payment_id))
            }
            None if of_charge.iter().any(Refund::is_unresolved) => {
                Err(DigestError::RefundUnresolved)
            }
            None => Ok(None),
        }
    }

    fn dispute_lost(
        &self,
        inbound: &Inbound,
        charge_id: &str,
        reason: &str,
    ) -> Result<Option<AttemptId>, DigestError> {
        let (connection, charge) = (inbound.connection_id, charge_id.to_owned());
        let (at, reason) = (inbound.event.occurred_at, reason.to_owned());
        // It can come before anything else that names the charge. One that is none of ours is
        // never known: someone else uses the account too.
        let is_last_try = inbound.tries_made.saturating_add(1) >= DIGEST_TRIES_MAX;
        let known = self.store.read(|read| read.attempt_by_charge(connection, &charge))?;
        if known.is_none() && !is_last_try {
            return Err(DigestError::ChargeNotKnown);
        }
        self.store.write(move |tx| -> Result<(), CollectError> {
            let Some(attempt) = tx.attempt_by_charge(connection, &charge)? else { return Ok(()) };
            take_back(tx, &attempt, at)?;
            let payable = tx.payable(attempt.organization_id, attempt.payable)?;
            let invoices = payable.iter().flat_map(Payable::invoices).cloned();
            for mut invoice in invoices.filter(|invoice| invoice.dispute_lost_at.is_none()) {
                invoice.dispute_lost_at = Some(at);
                invoice.payment_overdue = false;
                invoice.updated_at = at;
                tx.save_invoice(&invoice)?;
                let subject = Subject {
                    attempt_id: Some(attempt.id),
                    connection_id: Some(connection),
                    ..PayableId::Invoice(invoice.id).subject(invoice.customer_id)
                };
                let organization = invoice.organization_id;
                let event = Event::new(EventKind::DisputeLost, organization, subject, at);
                tx.append_event(&event.with_message(reason.clone()))?;
            }
            Ok(())
        })?;
        self.wake.ring();
        Ok(known.map(|attempt| attempt.id))
    }
}

/// The bank took the money back: the ledger says so, once. What the invoice was paid stays.
fn take_back(tx: &Tx<'_>, attempt: &Attempt, at: Timestamp) -> Result<(), CollectError> {
    if !matches!(attempt.state, AttemptState::Paid { .. }) || tx.is_disputed(attempt.id)? {
        return Ok(());
    }
    let invoice_id = attempt.payable.subject(attempt.customer_id).invoice_id;
    let minor_units = -attempt.amount.minor_units;
    let movement = Movement { kind: EntryKind::Dispute, invoice_id, minor_units };
    Ok(ledger::append(tx, attempt, movement, at)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_itself_at_fault_is_given_up() {
        let hour = Some(Span::hours(1));
        let waits = [
            DigestError::RefundUnresolved,
            DigestError::Provider(PspError::NotSent("no route".to_owned())),
            DigestError::Provider(PspError::NoPlugin("acme".to_owned())),
        ];
        for error in waits {
            assert_eq!(error.next_try(0), Some(Span::seconds(10)), "{error}");
            assert_eq!(error.next_try(u32::MAX), hour, "{error}");
        }
        let missing = CollectError::Missing { what: "a customer" };
        for error in [DigestError::ChargeNotKnown, DigestError::Collect(missing)] {
            assert!(error.next_try(DIGEST_TRIES_MAX - 2).is_some(), "{error}");
            assert_eq!(error.next_try(DIGEST_TRIES_MAX - 1), None, "{error}");
        }
    }
}
