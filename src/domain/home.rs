//! What somebody in operations looks at first, in figures: what was recovered, what is at risk,
//! what waits for a person, and what comes next.

use super::money::Money;
use super::recovery::IdleReason;

/// Of the debts whose first charge was declined in some time, in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthFigure {
    pub failed: u64,
    pub recovered: u64,
    pub failed_amount: Money,
    /// What came in of it.
    pub recovered_amount: Money,
    /// What is still owed of it.
    pub at_risk: Money,
}

impl MonthFigure {
    /// In tenths of a percent, of the debts. None: there was none.
    pub const fn rate_per_mille(&self) -> Option<u64> {
        if self.failed == 0 {
            return None;
        }
        Some(self.recovered.saturating_mul(1_000) / self.failed)
    }
}

/// What waits for a person, counted no further than it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ToDo {
    /// Debts that rest, by what they wait for.
    pub idle: Vec<(IdleReason, u64)>,
    pub unresolved: u64,
    pub surplus: u64,
    /// Connections that do not work.
    pub paused_connections: Vec<String>,
}

/// Attempts of the time ahead, in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ahead {
    pub attempts: u64,
    pub amount: Money,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::currency::Currency;

    #[test]
    fn a_rate_is_of_debts_and_there_is_none_of_nothing() {
        let nothing = Money::new(0, Currency::EUR);
        let figure = |failed, recovered| MonthFigure {
            failed,
            recovered,
            failed_amount: nothing,
            recovered_amount: nothing,
            at_risk: nothing,
        };
        assert_eq!(figure(0, 0).rate_per_mille(), None);
        assert_eq!(figure(3, 2).rate_per_mille(), Some(666));
        assert_eq!(figure(3, 3).rate_per_mille(), Some(1_000));
    }
}
