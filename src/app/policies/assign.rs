//! Whom a policy is for.

use super::{PolicyError, next_version};
use crate::app::App;
use crate::domain::audit_trail::{Act, Action};
use crate::domain::id::OrganizationId;
use crate::domain::policy::{Assignment, Policy, Scope};
use crate::store::Reader;

impl App {
    /// `name` is what people call the target: the external id of a customer, the code of a plan
    /// or of a connection, nothing for the organization. It counts for debts whose collecting
    /// begins from now on. `ready` is the policy that comes with recoup under this code, if one
    /// does: it becomes the first version, unless the business has its own.
    pub fn assign_policy(
        &self,
        organization: OrganizationId,
        (scope, name): (Scope, &str),
        code: &str,
        ready: Option<(Policy, String)>,
    ) -> Result<Assignment, PolicyError> {
        let (name, code, now) = (name.to_owned(), code.to_owned(), self.clock.now());
        let signed = self.signed(organization, now);
        self.store.write(move |tx| {
            if tx.policy_version(organization, &code, None)?.is_none() {
                let (policy, source) = ready.clone().ok_or(PolicyError::NotFound)?;
                next_version(tx, (&policy, &source), signed)?;
            }
            let target = target(tx, organization, scope, &name)?;
            let made = Assignment { scope, target, code: code.clone(), assigned_at: now };
            tx.put_policy_assignment(organization, &made)?;
            let act = Act::on(Action::PolicyAssigned, &made.code).with("to", whom(scope, &name));
            tx.append_audit(signed, &act)?;
            Ok(made)
        })
    }

    /// Taking away what is not there changes nothing.
    pub fn unassign_policy(
        &self,
        organization: OrganizationId,
        (scope, name): (Scope, &str),
    ) -> Result<(), PolicyError> {
        let name = name.to_owned();
        let signed = self.signed(organization, self.now());
        self.store.write(move |tx| {
            let target = target(tx, organization, scope, &name)?;
            let given = tx.policy_assignments_for(organization, &[(scope, target.clone())])?;
            let Some(given) = given.into_iter().next() else { return Ok(()) };
            tx.delete_policy_assignment(organization, scope, &target)?;
            let act =
                Act::on(Action::PolicyUnassigned, given.code).with("from", whom(scope, &name));
            Ok(tx.append_audit(signed, &act)?)
        })
    }
}

/// `customer acme`, or `organization`.
fn whom(scope: Scope, name: &str) -> String {
    format!("{} {name}", scope.as_str()).trim_end().to_owned()
}

fn target(
    read: &Reader<'_>,
    organization: OrganizationId,
    scope: Scope,
    name: &str,
) -> Result<String, PolicyError> {
    let found = match scope {
        Scope::Organization => Some(String::new()),
        Scope::Customer => {
            let customer = read.customer_by_external_id(organization, name)?;
            customer.map(|customer| customer.id.to_string())
        }
        Scope::Plan => read.plan_by_code(organization, name)?.map(|plan| plan.id.to_string()),
        Scope::Provider => {
            let connection = read.connection_by_code(organization, name)?;
            connection.map(|connection| connection.id.to_string())
        }
    };
    found.ok_or(PolicyError::NoTarget)
}
