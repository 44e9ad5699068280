//! An operator lets one instrument go beyond our ceiling of declines for a while, and says why.
//! What its network allows is never exceeded.

use std::sync::Arc;

use super::collect::{Looking, budget};
use super::{App, Rules};
use crate::domain::audit_trail::{Act, Action};
use crate::domain::id::{OrganizationId, PaymentMethodId};
use crate::domain::network::{Allowance, Budget, UpTo, Used};
use crate::domain::time::Span;
use crate::store::StoreError;

#[derive(Debug, Clone, thiserror::Error)]
pub enum ExceedError {
    #[error("there is no such payment method")]
    NotFound,
    #[error("our ceiling is that of the network, which nobody exceeds")]
    NetworksCeiling,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl App {
    pub fn network_budget(
        &self,
        organization: OrganizationId,
        method: PaymentMethodId,
    ) -> Result<Budget, ExceedError> {
        let now = self.clock.now();
        self.store.read(|read| {
            let found = read.payment_method(organization, method)?;
            let found = found.ok_or(ExceedError::NotFound)?;
            Ok(budget(&Looking { read, rules: &self.rules, now }, &found)?)
        })
    }

    /// For all debts on the instrument, however often it is stored. Nothing is charged by this.
    pub fn exceed_network_limit(
        &self,
        organization: OrganizationId,
        method: PaymentMethodId,
        (hours, reason): (u32, String),
    ) -> Result<Budget, ExceedError> {
        let now = self.clock.now();
        let rules: Arc<Rules> = Arc::clone(&self.rules);
        let signed = self.signed(organization, now);
        self.store.write(move |tx| {
            let found = tx.payment_method(organization, method)?;
            let found = found.ok_or(ExceedError::NotFound)?;
            let looking = Looking { read: tx, rules: &rules, now };
            let before = budget(&looking, &found)?;
            let cannot_rise =
                |used: &Used| used.ceiling.max(UpTo::Networks) <= used.ceiling.max(UpTo::Ours);
            if before.windows.iter().all(cannot_rise) {
                return Err(ExceedError::NetworksCeiling);
            }
            let until = now.plus(Span::hours(hours));
            tx.insert_network_allowance(&Allowance {
                organization_id: organization,
                limit_key: found.details.limit_key().to_owned(),
                expires_at: until,
                reason: reason.clone(),
                created_at: now,
            })?;
            let act = Act::on(Action::NetworkCeilingExceeded, method)
                .because(reason.as_str())
                .with("network", before.network.as_str())
                .with("hours", hours);
            tx.append_audit(signed, &act)?;
            Ok(budget(&looking, &found)?)
        })
    }
}
