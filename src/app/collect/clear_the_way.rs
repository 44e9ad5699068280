//! One debt, one collector: before a charge, a payer's open page is looked up at the provider
//! and closed, also one for a part of what is charged. Where it cannot be closed the charge
//! waits.

use std::sync::Arc;

use super::choose_method::Unchargeable;
use super::intent::give_up;
use super::{CollectError, Within};
use crate::app::App;
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

const LIVE_IN_TEST_MODE: Unchargeable = Unchargeable {
    reason: IdleReason::Held,
    code: "live_credentials_in_test_mode",
    message: Some("in test mode only test credentials are charged"),
};

impl App {
    pub(super) fn clear_the_way(&self, id: RecoveryId) -> Result<Way, CollectError> {
        let found = self.store.read(|read| -> Result<_, CollectError> {
            let Some(recovery) = read.recovery_of_every_organization(id)? else {
                return Ok(None);
            };
            let sessions = read.open_payment_sessions(recovery.payable)?;
            Ok(Some((recovery, sessions)))
        })?;
        let Some((recovery, sessions)) = found else { return Ok(Way::Blocked) };
        if !matches!(recovery.state, State::Waiting { .. }) {
            return Ok(Way::Blocked);
        }
        if self.rules.test_mode && self.is_live(&recovery)? {
            self.hold_live(id)?;
            return Ok(Way::Blocked);
        }
        let mut open = 0;
        for session in &sessions {
            if !self.close_session(session)?.is_closed() {
                open += 1;
            }
        }
        if open == 0 {
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
    fn hold_live(&self, id: RecoveryId) -> Result<(), CollectError> {
        let (rules, now) = (Arc::clone(&self.rules), self.clock.now());
        self.store.write(move |tx| -> Result<(), CollectError> {
            let Some(recovery) = tx.recovery_of_every_organization(id)? else { return Ok(()) };
            let Some(payable) = tx.payable(recovery.organization_id, recovery.payable)? else {
                return Ok(());
            };
            let within = Within { tx, rules: &rules, now };
            give_up(&within, recovery, &payable, &LIVE_IN_TEST_MODE, WaitReason::Requested)
        })
    }
}
