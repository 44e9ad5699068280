//! Outages of a connection in the store: what each answer to a call says of it, and which
//! attempts wait while it is out.

use super::settle_attempt::Scene;
use super::{CollectError, Within};
use crate::domain::attempt::Outcome;
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::id::ConnectionId;
use crate::domain::outage::{Answered, Gate, Turn};
use crate::domain::policy::Salt;
use crate::domain::recovery::{Recovery, WaitReason};
use crate::domain::time::Timestamp;

/// Until when an attempt that is due waits. None: it is made, perhaps to see whether the
/// connection works again.
pub fn waits_for_outage(
    within: &Within<'_, '_>,
    recovery: &Recovery,
    (connection, reason): (ConnectionId, WaitReason),
) -> Result<Option<Timestamp>, CollectError> {
    let Within { tx, rules, now } = *within;
    // What a person asks for is made.
    let is_asked_for = matches!(reason, WaitReason::Requested | WaitReason::Moved);
    if rules.outage_after == 0 || is_asked_for {
        return Ok(None);
    }
    let salt = Salt { recovery: recovery.id, attempt_number: recovery.attempts_made };
    match tx.connection_trouble(connection)?.gate(salt, recovery.not_sent_in_a_row > 0, now) {
        Gate::Free => Ok(None),
        Gate::WaitUntil(until) => Ok(Some(until)),
        Gate::Probe(next) => {
            tx.save_connection_trouble(connection, &next)?;
            Ok(None)
        }
    }
}

/// What the answer to a call says of the connection. Nothing is written while all is well.
pub fn note_answer(scene: &Scene<'_, '_>, outcome: &Outcome) -> Result<(), CollectError> {
    let Within { tx, rules, now } = *scene.within;
    let connection = scene.attempt.connection_id;
    let before = tx.connection_trouble(connection)?;
    let (after, turn) = before.after(Answered::of(outcome), rules.outage_after, now);
    if after != before {
        tx.save_connection_trouble(connection, &after)?;
    }
    let Some(turn) = turn else { return Ok(()) };
    let (kind, sentence) = match turn {
        Turn::Began => (
            EventKind::OutageBegan,
            format!(
                "the last {} answers were technical failures or close to it: attempts by the \
                 schedule wait, and one goes through from time to time to see",
                after.level
            ),
        ),
        Turn::Ended => (
            EventKind::OutageEnded,
            "it answers again: what waited is tried, spread out over half an hour".to_owned(),
        ),
    };
    let subject = Subject { connection_id: Some(connection), ..Subject::default() };
    let event = Event::new(kind, scene.attempt.organization_id, subject, now);
    Ok(tx.append_event(&event.with_message(sentence))?)
}
