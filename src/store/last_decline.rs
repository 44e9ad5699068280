//! What a debt was last declined for, kept with the debt: people look for it among a hundred
//! thousand.

use rusqlite::named_params;

use super::conditions::Conditions;
use super::{StoreError, Tx};
use crate::domain::attempt::{Attempt, AttemptState};
use crate::domain::decline::DeclineClass;

/// Of the invoices `i` of `:organization`: those that were last declined for one of these.
pub fn last_declined(wanted: &mut Conditions, classes: &[DeclineClass]) {
    let words: Vec<&str> = classes.iter().copied().map(DeclineClass::as_str).collect();
    wanted.and_with(
        "i.id IN (SELECT r.payable_id
                    FROM recoveries r
                   WHERE r.organization_id = :organization AND r.payable_kind = 'invoice'
                     AND r.last_decline IN (SELECT value FROM json_each(:decline_classes)))",
        ":decline_classes",
        serde_json::json!(words).to_string(),
    );
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
