//! The calendar of attempts: what is planned and what was made, day by day.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::currency::Currency;
use super::id::{CustomerId, InvoiceId, RecoveryId};
use super::money::Money;
use super::recovery::WaitReason;
use super::time::Timestamp;

/// One day of it. Money by currency.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CalendarDay {
    pub planned: u64,
    pub planned_money: BTreeMap<Currency, i64>,
    pub made: u64,
    pub paid: u64,
    pub paid_money: BTreeMap<Currency, i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calendar {
    /// Those with something in them.
    pub days: BTreeMap<NaiveDate, CalendarDay>,
    /// There was more than is counted.
    pub is_cut: bool,
}

/// An attempt that has its time.
#[derive(Debug, Clone)]
pub struct PlannedAttempt {
    pub recovery_id: RecoveryId,
    pub at: Timestamp,
    pub reason: WaitReason,
    pub customer_id: CustomerId,
    pub customer_name: Option<String>,
    pub external_customer_id: String,
    /// With its number. None: a payment request, or an invoice that is not shown.
    pub invoice: Option<(InvoiceId, String)>,
    pub amount: Money,
}
