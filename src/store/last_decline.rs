//! What a debt was last declined for, kept with the debt: people look for it among a hundred
//! thousand.

use rusqlite::named_params;

use super::conditions::Conditions;
use super::{Reader, StoreError, Tx};
use crate::domain::attempt::{Attempt, AttemptState};
use crate::domain::decline::DeclineClass;
use crate::domain::id::OrganizationId;

/// Up to so many are looked up by what they were declined for; among more of them it is asked of
/// each invoice that comes along.
const FEW: u32 = 1_000;

/// Of the invoices `i`: those that were last declined for one of these.
pub fn last_declined(wanted: &mut Conditions, classes: &[DeclineClass]) {
    wanted.and_with(
        "EXISTS (SELECT 1
                   FROM recoveries r
                  WHERE r.payable_kind = 'invoice' AND r.payable_id = i.id
                    AND r.last_decline IN (SELECT value FROM json_each(:decline_classes)))",
        ":decline_classes",
        words(classes),
    );
}

fn words(classes: &[DeclineClass]) -> String {
    let words: Vec<&str> = classes.iter().copied().map(DeclineClass::as_str).collect();
    serde_json::json!(words).to_string()
}

impl Reader<'_> {
    /// The same of the invoices of `:organization`, for a list that ends soon.
    pub(super) fn add_last_declined(
        &self,
        wanted: &mut Conditions,
        organization: OrganizationId,
        class: DeclineClass,
    ) -> Result<(), StoreError> {
        let mut those = Conditions::of(
            "organization_id = :organization",
            ":organization",
            organization.to_string(),
        );
        those.and_with("last_decline = :class", ":class", class.as_str().to_owned());
        those.bind(":limit", FEW);
        let sql = format!(
            "SELECT COUNT(*) FROM (SELECT 1 FROM recoveries WHERE {} LIMIT :limit)",
            those.sql()
        );
        if self.total(&sql, &those)? >= u64::from(FEW) {
            last_declined(wanted, &[class]);
            return Ok(());
        }
        wanted.and_with(
            "i.id IN (SELECT r.payable_id
                        FROM recoveries r
                       WHERE r.organization_id = :organization AND r.last_decline = :class
                         AND r.payable_kind = 'invoice')",
            ":class",
            class.as_str().to_owned(),
        );
        Ok(())
    }
}

impl Tx<'_> {
    /// Of the debt of an attempt that was saved. Money that came late for a declined one is told
    /// by `was_declined`.
    pub(super) fn note_last_decline(
        &self,
        saved: &Attempt,
        was_declined: bool,
    ) -> Result<(), StoreError> {
        if !was_declined && !matches!(saved.state, AttemptState::Declined { .. }) {
            return Ok(());
        }
        let mut statement = self.connection.prepare_cached(
            "UPDATE recoveries
                SET last_decline = (SELECT a.decline_class
                                      FROM attempts a
                                     WHERE a.recovery_id = :recovery AND a.state = 'declined'
                                     ORDER BY a.number DESC
                                     LIMIT 1)
              WHERE id = :recovery",
        )?;
        statement.execute(named_params! { ":recovery": saved.recovery_id.to_string() })?;
        Ok(())
    }
}
