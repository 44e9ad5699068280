//! Versions of a policy, and whom it is for.

use super::Policy;
use crate::domain::decline::text_enum;
use crate::domain::id::{OrganizationId, PolicyVersionId};
use crate::domain::time::Timestamp;

/// One version. It is never changed: what is different is the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyVersion {
    pub id: PolicyVersionId,
    pub organization_id: OrganizationId,
    /// Its name has the code and the number.
    pub policy: Policy,
    /// As the person wrote it, in TOML.
    pub source: String,
    pub created_at: Timestamp,
}

text_enum!(
    /// What a policy can be given to. Of several that apply the first of these counts.
    Scope {
        Customer = "customer",
        Plan = "plan",
        Provider = "provider",
        Organization = "organization",
    }
);

/// Whom a policy is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    pub scope: Scope,
    /// The id of the customer, plan or connection; empty for the organization.
    pub target: String,
    pub code: String,
    pub assigned_at: Timestamp,
}

impl Assignment {
    /// The one that counts: a customer's own before the plan's, the provider's and the
    /// organization's.
    pub fn first(found: Vec<Assignment>) -> Option<Assignment> {
        let rank = |scope: Scope| Scope::ALL.iter().position(|known| *known == scope);
        found.into_iter().min_by_key(|one| rank(one.scope))
    }
}
