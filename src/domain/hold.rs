//! Coming back from a backup: a database that was restored does not know the charges made since.
//! It counts its sends, and so does a file beside it that no restore replaces; where the two
//! disagree nothing is charged until the providers were asked or a person decides.
//!
//! A send is counted in the database before it is counted in the file, and in the file before it
//! leaves. So in one unbroken history the database never knows fewer than the file, and one that
//! does has lost sends that may have charged.

use super::decline::text_enum;
use super::id::{GenerationId, OrganizationId, RecoveryId};
use super::payment::PayableId;
use super::time::{Span, Timestamp};

/// What the database has counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// None: it has never been beside a file.
    pub generation: Option<GenerationId>,
    pub sends: u64,
}

/// What the file beside the database says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outside {
    Missing,
    Damaged,
    Counted {
        generation: GenerationId,
        sends: u64,
        /// It lies elsewhere than where it was made.
        is_copy: bool,
    },
}

/// Leave to hand one thing to a provider: the number of the send. There is none during a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(pub u64);

text_enum!(
    HoldReason {
        /// The database is older than the file.
        SendsLost = "sends_lost",
        /// Database and file are of two histories.
        OtherHistory = "other_history",
        FileMissing = "file_missing",
        FileDamaged = "file_damaged",
        /// There is a file, and a database that never was beside one.
        DatabaseReplaced = "database_replaced",
        /// The original may still be charging.
        Copied = "copied",
    }
);

impl HoldReason {
    pub const fn sentence(self) -> &'static str {
        match self {
            HoldReason::SendsLost => {
                "the database is older than the charges made with it: it was restored from a backup"
            }
            HoldReason::OtherHistory => {
                "the database belongs to another history than the file of sends beside it"
            }
            HoldReason::FileMissing => {
                "the file of sends is not beside the database: it was moved or restored without it"
            }
            HoldReason::FileDamaged => "the file of sends beside the database cannot be read",
            HoldReason::DatabaseReplaced => {
                "charges were made here with another database than this one, which is new or older"
            }
            HoldReason::Copied => {
                "the data was copied from elsewhere, where another recoup may still be charging"
            }
        }
    }

    /// What providers cannot tell: whether somebody else works on the same debts.
    pub const fn needs_person(self) -> bool {
        match self {
            HoldReason::Copied => true,
            HoldReason::SendsLost
            | HoldReason::OtherHistory
            | HoldReason::FileMissing
            | HoldReason::FileDamaged
            | HoldReason::DatabaseReplaced => false,
        }
    }
}

/// Nothing is charged while it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    pub since: Timestamp,
    pub reason: HoldReason,
    /// How many sends the database does not know, where that can be told.
    pub unknown_sends: Option<u64>,
}

/// How database and file stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Agreed,
    /// Nothing was ever sent with it: the two begin together.
    First,
    Apart {
        reason: HoldReason,
        unknown_sends: Option<u64>,
    },
}

pub fn compare(database: Tally, outside: Outside) -> Standing {
    let apart = |reason| Standing::Apart { reason, unknown_sends: None };
    match (database.generation, outside) {
        (_, Outside::Damaged) => apart(HoldReason::FileDamaged),
        (None, Outside::Missing) => Standing::First,
        (Some(_), Outside::Missing) if database.sends == 0 => Standing::First,
        (Some(_), Outside::Missing) => apart(HoldReason::FileMissing),
        (None, Outside::Counted { sends: 0, .. }) => Standing::First,
        (None, Outside::Counted { .. }) => apart(HoldReason::DatabaseReplaced),
        (Some(own), Outside::Counted { generation, .. }) if own != generation => {
            apart(HoldReason::OtherHistory)
        }
        (Some(_), Outside::Counted { sends, .. }) if sends > database.sends => Standing::Apart {
            reason: HoldReason::SendsLost,
            unknown_sends: Some(sends - database.sends),
        },
        (Some(_), Outside::Counted { is_copy: true, .. }) if database.sends > 0 => {
            apart(HoldReason::Copied)
        }
        (Some(_), Outside::Counted { .. }) => Standing::Agreed,
    }
}

/// How many numbers after the last known attempt of a debt are asked for at most. Every number that
/// is given has a ticket, so a debt has no more unknown ones than tickets were lost.
pub const NUMBERS_ASKED_MAX: u32 = 10;

/// Until so long after the hold began a provider may still be working on what was sent before: an
/// answer that it cannot tell yet is no reason to call a person.
pub const SETTLING: Span = Span::minutes(2);

/// By so much the clock may be set back while a hold lasts.
pub const CLOCK_SLACK: Span = Span::hours(24);

impl Hold {
    /// What a person ended later than that, by voiding an invoice or recording a payment, may have
    /// been ended during the hold, and so without knowing of its charges.
    pub fn since_at_least(&self) -> Timestamp {
        self.since.minus(CLOCK_SLACK)
    }

    /// How many attempts beyond the known ones a debt may have.
    pub fn numbers_to_ask(&self) -> u32 {
        let max = u64::from(NUMBERS_ASKED_MAX);
        let unknown = self.unknown_sends.unwrap_or(max).min(max);
        u32::try_from(unknown).unwrap_or(NUMBERS_ASKED_MAX)
    }

    pub fn is_settling(&self, now: Timestamp) -> bool {
        now < self.since.plus(SETTLING)
    }
}

/// A debt that stays held when the hold has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldDebt {
    pub recovery_id: RecoveryId,
    pub organization_id: OrganizationId,
    pub payable: PayableId,
    pub because: String,
    pub held_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generation(ms: i64) -> GenerationId {
        GenerationId::at(Timestamp::from_unix_ms(ms))
    }

    #[test]
    fn database_and_file_agree_only_in_one_unbroken_history() {
        let (own, other) = (generation(1), generation(2));
        let tally = |generation, sends| Tally { generation, sends };
        let file = |generation, sends| Outside::Counted { generation, sends, is_copy: false };
        let copy = |sends| Outside::Counted { generation: own, sends, is_copy: true };
        let apart = |reason| Standing::Apart { reason, unknown_sends: None };
        let lost = |n| Standing::Apart { reason: HoldReason::SendsLost, unknown_sends: Some(n) };
        let rows = [
            (tally(None, 0), Outside::Missing, Standing::First),
            (tally(Some(own), 0), Outside::Missing, Standing::First),
            (tally(Some(own), 0), file(own, 0), Standing::Agreed),
            (tally(Some(own), 7), file(own, 7), Standing::Agreed),
            // A crash between the two counts: the send never left.
            (tally(Some(own), 8), file(own, 7), Standing::Agreed),
            (tally(Some(own), 6), file(own, 7), lost(1)),
            (tally(Some(own), 0), file(own, 7), lost(7)),
            (tally(Some(other), 9), file(own, 7), apart(HoldReason::OtherHistory)),
            (tally(Some(own), 7), Outside::Missing, apart(HoldReason::FileMissing)),
            (tally(Some(own), 7), Outside::Damaged, apart(HoldReason::FileDamaged)),
            (tally(None, 0), file(own, 0), Standing::First),
            (tally(None, 0), file(own, 7), apart(HoldReason::DatabaseReplaced)),
            (tally(Some(own), 7), copy(7), apart(HoldReason::Copied)),
            (tally(Some(own), 6), copy(7), lost(1)),
            (tally(Some(own), 0), copy(0), Standing::Agreed),
        ];
        for (database, outside, expected) in rows {
            assert_eq!(compare(database, outside), expected, "{database:?} and {outside:?}");
        }
    }

    #[test]
    fn no_more_numbers_are_asked_for_than_can_have_been_sent() {
        let hold = |unknown_sends| Hold {
            since: Timestamp::from_unix_ms(0),
            reason: HoldReason::SendsLost,
            unknown_sends,
        };
        assert_eq!(hold(Some(1)).numbers_to_ask(), 1);
        assert_eq!(hold(Some(5_000)).numbers_to_ask(), NUMBERS_ASKED_MAX);
        assert_eq!(hold(None).numbers_to_ask(), NUMBERS_ASKED_MAX);
    }
}
