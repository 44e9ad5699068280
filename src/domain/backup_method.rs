//! Backup methods: which other payment methods of a customer may be charged once the default one
//! is spent, in which order, and who said so. When a debt moves on to one is a matter of policy.

use super::id::PaymentMethodId;
use super::time::Timestamp;

/// So many a customer may have: more is hardly meant.
pub const BACKUP_METHODS_MAX: usize = 10;

/// Somebody said that a method may be charged in another's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    pub given_by: String,
    pub given_at: Timestamp,
    /// What was agreed to, word for word.
    pub words: String,
}

/// One place on a customer's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupMethod {
    pub method: PaymentMethodId,
    pub consent: Consent,
}

/// The next of them that can be charged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextMethod {
    pub id: PaymentMethodId,
    /// For people, such as `visa 4242`.
    pub label: String,
    /// Its place on the list, from 1.
    pub position: u32,
    /// How many are on the list.
    pub of: u32,
}
