//! A surplus payment stays: a person says why. Giving it back is a refund like any other.

use super::App;
use crate::domain::audit_trail::{Act, Action};
use crate::domain::id::{OrganizationId, SurplusId};
use crate::domain::surplus::{CannotKeep, SurplusPayment};
use crate::store::StoreError;

#[derive(Debug, Clone, thiserror::Error)]
pub enum KeepSurplusError {
    #[error("there is no such surplus payment")]
    NotFound,
    #[error(transparent)]
    Cannot(#[from] CannotKeep),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl App {
    pub fn keep_surplus(
        &self,
        organization: OrganizationId,
        id: SurplusId,
        reason: String,
    ) -> Result<SurplusPayment, KeepSurplusError> {
        let now = self.clock.now();
        let signed = self.signed(organization, now);
        self.store.write(move |tx| {
            let found = tx.surplus_payment(organization, id)?.ok_or(KeepSurplusError::NotFound)?;
            let was = found.state.word().as_str();
            let left = found.left();
            let kept = found.keep(reason.clone(), now)?;
            tx.put_surplus_payment(&kept)?;
            let act = Act::on(Action::SurplusKept, id)
                .because(&*reason)
                .changed("state", was, kept.state.word().as_str())
                .with("kept", left);
            tx.append_audit(signed, &act)?;
            Ok(kept)
        })
    }
}
