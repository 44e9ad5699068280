//! A refund whose outcome nobody knows: it is sent again now, if that is safe, or a person says
//! what they found at the provider.

use super::send::SentAgain;
use super::settle::{Told, settle_refund};
use crate::app::App;
use crate::app::collect::CollectError;
use crate::domain::audit_trail::{Act, Action};
use crate::domain::id::{OrganizationId, RefundId};
use crate::domain::refund::{Refund, RefundAnswer, RefundOutcome, RefundState};
use crate::domain::resolution::Finding;
use crate::store::StoreError;

#[derive(Debug, Clone, thiserror::Error)]
pub enum ResolveRefundError {
    #[error("there is no such refund")]
    NotFound,
    #[error("the refund is resolved, or is being sent")]
    NotUnresolved,
    #[error(
        "the provider may have forgotten the key, so it is not sent again: look at the \
         provider's pages, and say what you found"
    )]
    KeyTooOld,
    #[error(transparent)]
    Collect(#[from] CollectError),
}

impl From<StoreError> for ResolveRefundError {
    fn from(error: StoreError) -> ResolveRefundError {
        ResolveRefundError::Collect(CollectError::from(error))
    }
}

impl App {
    /// Under the same key: the provider says what became of it the first time.
    pub fn ask_about_refund(
        &self,
        organization: OrganizationId,
        id: RefundId,
    ) -> Result<Refund, ResolveRefundError> {
        let found = self.store.read(|read| read.refund(organization, id))?;
        unresolved(&found.ok_or(ResolveRefundError::NotFound)?)?;
        match self.send_refund_again(id)? {
            SentAgain::Sent(refund) => Ok(refund),
            SentAgain::HandedOver | SentAgain::No => Err(ResolveRefundError::KeyTooOld),
        }
    }

    /// `Paid`: the money went back.
    pub fn resolve_refund(
        &self,
        organization: OrganizationId,
        id: RefundId,
        (finding, reason): (Finding, String),
    ) -> Result<Refund, ResolveRefundError> {
        let found = self.store.read(|read| -> Result<_, ResolveRefundError> {
            let refund = read.refund(organization, id)?.ok_or(ResolveRefundError::NotFound)?;
            Ok(read.connection(organization, refund.connection_id)?)
        })?;
        let connection = found.ok_or(CollectError::Missing { what: "a connection" })?;
        let contract = self.contract(&connection);
        let now = self.clock.now();
        let signed = self.signed(organization, now);
        let resolved = self.store.write(move |tx| -> Result<Refund, ResolveRefundError> {
            let refund = tx.refund(organization, id)?.ok_or(ResolveRefundError::NotFound)?;
            unresolved(&refund)?;
            let outcome = match finding {
                Finding::Paid => RefundOutcome::Succeeded,
                Finding::NotPaid => RefundOutcome::Failed {
                    code: "not_refunded".to_owned(),
                    message: format!("somebody checked, and nothing went back: {reason}"),
                },
            };
            let answer = RefundAnswer { provider_refund_id: None, outcome };
            let was = refund.state.word().as_str();
            let resolved = settle_refund(tx, &Told { id, answer, contract, now })?;
            let act = Act::on(Action::RefundResolved, id).because(&*reason).changed(
                "state",
                was,
                resolved.state.word().as_str(),
            );
            tx.append_audit(signed, &act)?;
            Ok(resolved)
        })?;
        self.wake.ring_news();
        Ok(resolved)
    }
}

fn unresolved(refund: &Refund) -> Result<(), ResolveRefundError> {
    match refund.state {
        RefundState::Unknown { .. } | RefundState::NotSent { .. } => Ok(()),
        RefundState::Sending { .. }
        | RefundState::Pending
        | RefundState::Succeeded { .. }
        | RefundState::Failed { .. } => Err(ResolveRefundError::NotUnresolved),
    }
}
