//! One debt, one collector: before a charge, a payer's open page is looked up at the provider
//! and closed. Where it cannot be closed the charge waits.

use super::CollectError;
use crate::app::App;
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::id::RecoveryId;
use crate::domain::recovery::{IdleReason, Recovery, State, WaitReason};
use crate::domain::time::Span;

/// Whether an attempt may begin.
pub enum Way {
    Clear,
    Blocked,
}

/// How long a charge waits for a payer who is in the middle of paying.
const PAYER_IS_PAYING: Span = Span::minutes(10);

const LIVE_IN_TEST_MODE: &str = "live_credentials_in_test_mode";

impl App {
    pub(super) fn clear_the_way(&self, id: RecoveryId) -> Result<Way, CollectError> {
        let found = self.store.read(|read| -> Result<_, CollectError> {
            let Some(recovery) = read.recovery_of_every_organization(id)? else {
                return Ok(None);
            };
            let session = read.open_payment_session(recovery.payable)?;
            Ok(Some((recovery, session)))
        })?;
        let Some((recovery, session)) = found else { return Ok(Way::Blocked) };
        if !matches!(recovery.state, State::Waiting { .. }) {
            return Ok(Way::Blocked);
        }
        if self.rules.test_mode && self.is_live(&recovery)? {
            self.hold_live(recovery)?;
            return Ok(Way::Blocked);
        }
        let Some(session) = session else { return Ok(Way::Clear) };
        if self.close_session(&session)?.is_closed() {
            return Ok(Way::Clear);
        }
        let (now, until) = (self.clock.now(), self.clock.now().plus(PAYER_IS_PAYING));
        self.store.write(move |tx| -> Result<(), CollectError> {
            let Some(recovery) = tx.recovery_of_every_organization(id)? else { return Ok(()) };
            if let Ok(parked) = recovery.park(until, WaitReason::LinkOpen, now) {
                tx.save_recovery(&parked)?;
            }
            Ok(())
        })?;
        Ok(Way::Blocked)
    }

    fn is_live(&self, recovery: &Recovery) -> Result<bool, CollectError> {
        let Some(id) = recovery.connection_id else { return Ok(false) };
        let connection = self.store.read(|read| read.connection(recovery.organization_id, id))?;
        Ok(connection.is_some_and(|found| !self.is_of_test(&found)))
    }

    /// Test mode moves no real money, whatever is asked.
    fn hold_live(&self, recovery: Recovery) -> Result<(), CollectError> {
        let now = self.clock.now();
        let subject = Subject {
            customer_id: Some(recovery.customer_id),
            invoice_id: Some(recovery.payable.invoice_id()),
            connection_id: recovery.connection_id,
            ..Subject::default()
        };
        let event =
            Event::new(EventKind::AttemptImpossible, recovery.organization_id, subject, now)
                .with_code(LIVE_IN_TEST_MODE)
                .with_message("in test mode only test credentials are charged");
        let id = recovery.id;
        self.store.write(move |tx| -> Result<(), CollectError> {
            let Some(recovery) = tx.recovery_of_every_organization(id)? else { return Ok(()) };
            if let Ok(held) = recovery.rest(IdleReason::Held, now) {
                tx.save_recovery(&held)?;
                tx.append_event(&event)?;
            }
            Ok(())
        })
    }
}
