//! The list of unresolved ones, put together from charges, refunds, and what persons said.

use super::attempts::attempt;
use super::conditions::Conditions;
use super::refunds::refund;
use super::resolutions::resolution;
use super::row::{Columns, rows};
use super::{Reader, StoreError};
use crate::domain::filter::UnresolvedFilter;
use crate::domain::id::OrganizationId;
use crate::domain::unresolved::{Open, Owner, Unresolved};
use crate::domain::view::{Slice, SliceRequest};

const CHARGES: &str = "SELECT t.*, c.external_id AS external_customer_id, k.code AS connection_code
          FROM attempts t
          JOIN customers c ON c.id = t.customer_id
          JOIN connections k ON k.id = t.connection_id";

const CONTRADICTED: &str = "SELECT t.*, c.external_id AS external_customer_id,
               k.code AS connection_code, s.attempt_id AS attempt_id, s.outcome AS outcome,
               s.reason AS resolution_reason, s.at AS resolved_at,
               s.contradicted_at AS contradicted_at, s.contradiction AS contradiction
          FROM resolutions s
          JOIN attempts t ON t.id = s.attempt_id
          JOIN customers c ON c.id = t.customer_id
          JOIN connections k ON k.id = t.connection_id";

const REFUNDS: &str = "SELECT t.*, c.external_id AS external_customer_id, k.code AS connection_code
          FROM refunds t
          JOIN customers c ON c.id = t.customer_id
          JOIN connections k ON k.id = t.connection_id";

impl Reader<'_> {
    /// Oldest first: what has waited longest is looked at first.
    pub fn unresolved(
        &self,
        organization: OrganizationId,
        filter: &UnresolvedFilter,
        request: SliceRequest,
    ) -> Result<Slice<Unresolved>, StoreError> {
        let mut all = self.unresolved_charges(organization, filter, request)?;
        all.extend(self.contradicted(organization, filter, request)?);
        all.extend(self.unresolved_refunds(organization, filter, request)?);
        all.sort_by_key(Unresolved::id);
        Ok(Slice::of(all, request.limit, Unresolved::id))
    }

    fn unresolved_charges(
        &self,
        organization: OrganizationId,
        filter: &UnresolvedFilter,
        request: SliceRequest,
    ) -> Result<Vec<Unresolved>, StoreError> {
        let mut conditions = of(organization);
        // As the index says it.
        conditions.and(
            "(t.state = 'unknown'
              OR (t.state IN ('pending', 'needs_action') AND t.next_lookup_at IS NULL))",
        );
        match filter.owner {
            Some(Owner::Recoup) => conditions.and("t.next_lookup_at IS NOT NULL"),
            Some(Owner::Person) => conditions.and("t.next_lookup_at IS NULL"),
            None => {}
        }
        let sql = oldest(CHARGES, &mut conditions, request);
        rows!(self, "attempts", &sql, conditions.values().as_slice(), |columns: &Columns<'_>| {
            unresolved(columns, Open::Charge(Box::new(attempt(columns)?)))
        })
    }

    fn contradicted(
        &self,
        organization: OrganizationId,
        filter: &UnresolvedFilter,
        request: SliceRequest,
    ) -> Result<Vec<Unresolved>, StoreError> {
        if filter.owner == Some(Owner::Recoup) {
            return Ok(vec![]);
        }
        let mut conditions = Conditions::of(
            "s.organization_id = :organization",
            ":organization",
            organization.to_string(),
        );
        // That money came after all was told and counted: nothing is left to be done.
        conditions.and("s.contradicted_at IS NOT NULL AND s.outcome = 'paid'");
        let sql = oldest(CONTRADICTED, &mut conditions, request);
        rows!(self, "resolutions", &sql, conditions.values().as_slice(), |columns: &Columns<'_>| {
            let open = Open::Contradicted(Box::new(attempt(columns)?), resolution(columns)?);
            unresolved(columns, open)
        })
    }

    fn unresolved_refunds(
        &self,
        organization: OrganizationId,
        filter: &UnresolvedFilter,
        request: SliceRequest,
    ) -> Result<Vec<Unresolved>, StoreError> {
        let mut conditions = of(organization);
        conditions
            .and("(t.state = 'unknown' OR (t.state = 'not_sent' AND t.next_send_at IS NULL))");
        match filter.owner {
            Some(Owner::Recoup) => conditions.and("t.next_send_at IS NOT NULL"),
            Some(Owner::Person) => conditions.and("t.next_send_at IS NULL"),
            None => {}
        }
        let sql = oldest(REFUNDS, &mut conditions, request);
        rows!(self, "refunds", &sql, conditions.values().as_slice(), |columns: &Columns<'_>| {
            unresolved(columns, Open::Refund(Box::new(refund(columns)?)))
        })
    }
}

fn of(organization: OrganizationId) -> Conditions {
    Conditions::of("t.organization_id = :organization", ":organization", organization.to_string())
}

fn oldest(select: &str, conditions: &mut Conditions, request: SliceRequest) -> String {
    if let Some(after) = request.after {
        conditions.and_with("t.id > :after", ":after", after.to_string());
    }
    conditions.bind(":limit", request.limit.saturating_add(1));
    format!("{select}\n WHERE {}\n ORDER BY t.id\n LIMIT :limit", conditions.sql())
}

fn unresolved(columns: &Columns<'_>, open: Open) -> Result<Unresolved, StoreError> {
    Ok(Unresolved {
        open,
        external_customer_id: columns.get("external_customer_id")?,
        connection_code: columns.get("connection_code")?,
    })
}
