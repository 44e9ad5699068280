//! What stands open in the whole installation, counted: for whoever watches over it. What was
//! collected, and how well, is not here.

use super::currency::Currency;
use super::outage::Trouble;
use super::time::Timestamp;

/// So many, and since when the oldest of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    pub count: u64,
    pub since: Option<Timestamp>,
}

/// How one connection answers lately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionTrouble {
    pub provider: String,
    pub code: String,
    pub trouble: Trouble,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gauges {
    /// Attempts that have not ended, by the word of their state.
    pub open_attempts: Vec<(String, Standing)>,
    /// Of those the ones whose outcome nobody knows, and those that nobody asks for any more.
    pub unresolved: Standing,
    /// Surplus payments that nobody has refunded or kept: how many, and what in minor units.
    pub surplus: Vec<(Currency, u64, i64)>,
    /// Debts whose attempt is due, or has begun to be late.
    pub recoveries_due: Standing,
    /// Webhooks to the business that wait to be sent.
    pub deliveries: Standing,
    /// What providers told and is not worked out yet.
    pub inbound: Standing,
    /// Connections that have had technical failures.
    pub troubles: Vec<ConnectionTrouble>,
}
