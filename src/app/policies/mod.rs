//! Policies are kept in versions, given to whom they are for, and moved to. A recovery keeps the
//! version that it began with until somebody moves it.

mod assign;
mod moving;
mod trying;

pub use moving::{Affected, Moved};
pub use trying::{FAILURES_MAX, OnWhat, RATES_DAYS, Tried};

use super::App;
use crate::domain::audit_trail::{Act, Action};
use crate::domain::id::{ConnectionId, CustomerId, InvoiceId, OrganizationId, PolicyVersionId};
use crate::domain::policy::{Assignment, Policy, PolicyName, PolicyVersion};
use crate::store::{Reader, Signed, StoreError, Tx};

#[derive(Debug, Clone, thiserror::Error)]
pub enum PolicyError {
    #[error("there is no policy of this code")]
    NotFound,
    #[error("the policy has no such version")]
    NoVersion,
    #[error("there is no such customer, plan or connection")]
    NoTarget,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl App {
    /// The next version of its code. What says the same as the latest makes none: that one is the
    /// answer.
    pub fn put_policy(
        &self,
        organization: OrganizationId,
        policy: Policy,
        source: String,
    ) -> Result<PolicyVersion, PolicyError> {
        let signed = self.signed(organization, self.now());
        self.store.write(move |tx| next_version(tx, (&policy, &source), signed))
    }
}

fn next_version(
    tx: &Tx<'_>,
    (policy, source): (&Policy, &str),
    signed: Signed,
) -> Result<PolicyVersion, PolicyError> {
    let (organization, now) = (signed.organization, signed.at);
    let code = &policy.name.code;
    let latest = tx.policy_version(organization, code, None)?;
    let number = latest.as_ref().map_or(0, |latest| latest.policy.name.version);
    if let Some(latest) = latest {
        let renamed = Policy { name: latest.policy.name.clone(), ..policy.clone() };
        if latest.policy == renamed && latest.source == source {
            return Ok(latest);
        }
    }
    let name = PolicyName { code: code.clone(), version: number.saturating_add(1) };
    let made = PolicyVersion {
        id: PolicyVersionId::at(now),
        organization_id: organization,
        policy: Policy { name, ..policy.clone() },
        source: source.to_owned(),
        created_at: now,
    };
    tx.insert_policy_version(&made)?;
    let act =
        Act::on(Action::PolicyChanged, code).changed("version", number, made.policy.name.version);
    tx.append_audit(signed, &act)?;
    Ok(made)
}

/// What a debt whose collecting begins goes by. None: the built-in policy.
pub fn policy_for_debt(
    read: &Reader<'_>,
    organization: OrganizationId,
    customer: CustomerId,
    (connection, invoice): (Option<ConnectionId>, Option<InvoiceId>),
) -> Result<Option<PolicyVersionId>, StoreError> {
    if !read.has_policy_assignments(organization)? {
        return Ok(None);
    }
    let targets = read.policy_targets(customer, connection, invoice)?;
    let found = read.policy_assignments_for(organization, &targets)?;
    let Some(assignment) = Assignment::first(found) else { return Ok(None) };
    Ok(read.policy_version(organization, &assignment.code, None)?.map(|version| version.id))
}
