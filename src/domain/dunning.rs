//! Dunning campaigns: how often, and from which amount on, a customer who owes is asked to pay
//! all that is overdue. What is decided here is decided per customer and currency; who is asked
//! and what comes of it is a payment request's business.

use super::change::Change;
use super::currency::Currency;
use super::id::{CustomerId, DunningCampaignId, OrganizationId};
use super::money::Money;
use super::time::{Span, Timestamp};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DunningCampaign {
    pub id: DunningCampaignId,
    pub organization_id: OrganizationId,
    /// Unique among those that are not deleted.
    pub code: String,
    pub name: String,
    pub description: Option<String>,
    /// At least one, one per currency: from which overdue balance on it asks.
    pub thresholds: Vec<Money>,
    pub max_attempts: u32,
    pub days_between_attempts: u32,
    pub bcc_emails: Vec<String>,
    /// For every customer that has no campaign of its own.
    pub is_default: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What a request says of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CampaignChange {
    pub code: Change<String>,
    pub name: Change<String>,
    pub description: Change<Option<String>>,
    pub thresholds: Change<Vec<Money>>,
    pub max_attempts: Change<u32>,
    pub days_between_attempts: Change<u32>,
    pub bcc_emails: Change<Vec<String>>,
    pub is_default: Change<bool>,
}

impl CampaignChange {
    #[must_use]
    pub fn apply(self, campaign: DunningCampaign, now: Timestamp) -> DunningCampaign {
        let mut changed = DunningCampaign { updated_at: now, ..campaign };
        self.code.apply(&mut changed.code);
        self.name.apply(&mut changed.name);
        self.description.apply(&mut changed.description);
        self.thresholds.apply(&mut changed.thresholds);
        self.max_attempts.apply(&mut changed.max_attempts);
        self.days_between_attempts.apply(&mut changed.days_between_attempts);
        self.bcc_emails.apply(&mut changed.bcc_emails);
        self.is_default.apply(&mut changed.is_default);
        changed
    }
}

/// Which campaign a customer has been given, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerDunning {
    pub customer_id: CustomerId,
    /// Their own; None: the organization's, if there is one.
    pub campaign_id: Option<DunningCampaignId>,
    /// Never asked by a campaign.
    pub excluded: bool,
    pub progress: Progress,
}

/// How far a campaign has come with one customer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    /// One clock for all currencies.
    pub last_attempt_at: Option<Timestamp>,
    /// By currency; none of them is zero.
    pub counters: Vec<Counter>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counter {
    pub currency: Currency,
    pub attempts: u32,
}

/// What a campaign does with a customer now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The currencies that are asked for.
    pub currencies: Vec<Currency>,
    pub progress: Progress,
    /// Nothing more will be asked for.
    pub finished: bool,
}

impl DunningCampaign {
    /// Whether so much overdue is enough to ask for.
    pub fn asks_for(&self, balance: Money) -> bool {
        balance.is_positive()
            && self.thresholds.iter().any(|threshold| {
                threshold.currency == balance.currency
                    && threshold.minor_units <= balance.minor_units
            })
    }

    /// None: nothing is done, and nothing changes. `overdue` has one balance per currency.
    pub fn next_step(
        &self,
        progress: &Progress,
        overdue: &[Money],
        now: Timestamp,
    ) -> Option<Step> {
        let wait = Span::days(self.days_between_attempts);
        if progress.last_attempt_at.is_some_and(|last| now <= last.plus(wait)) {
            return None;
        }
        let currencies: Vec<Currency> = overdue
            .iter()
            .filter(|balance| progress.attempts(balance.currency) < self.max_attempts)
            .filter(|balance| self.asks_for(**balance))
            .map(|balance| balance.currency)
            .collect();
        if currencies.is_empty() {
            return None;
        }
        let mut progress = progress.clone();
        progress.last_attempt_at = Some(now);
        for currency in &currencies {
            progress.count(*currency);
        }
        let finished =
            progress.counters.iter().all(|counter| counter.attempts >= self.max_attempts);
        Some(Step { currencies, progress, finished })
    }
}

impl Progress {
    pub fn attempts(&self, currency: Currency) -> u32 {
        let found = self.counters.iter().find(|counter| counter.currency == currency);
        found.map_or(0, |counter| counter.attempts)
    }

    fn count(&mut self, currency: Currency) {
        match self.counters.iter_mut().find(|counter| counter.currency == currency) {
            Some(counter) => counter.attempts = counter.attempts.saturating_add(1),
            None => self.counters.push(Counter { currency, attempts: 1 }),
        }
    }

    /// Something was paid in that currency: it begins anew, and with the last one the clock.
    #[must_use]
    pub fn without(self, currency: Currency) -> Progress {
        let others = self.counters.into_iter().filter(|counter| counter.currency != currency);
        let counters: Vec<Counter> = others.collect();
        let last_attempt_at = self.last_attempt_at.filter(|_| !counters.is_empty());
        Progress { last_attempt_at, counters }
    }

    pub fn is_fresh(&self) -> bool {
        *self == Progress::default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(days: u32) -> Timestamp {
        Timestamp::from_unix_ms(0).plus(Span::days(days))
    }

    fn campaign(max_attempts: u32, thresholds: &[Money]) -> DunningCampaign {
        DunningCampaign {
            id: DunningCampaignId::at(at(0)),
            organization_id: OrganizationId::at(at(0)),
            code: "gentle".to_owned(),
            name: "Gentle".to_owned(),
            description: None,
            thresholds: thresholds.to_vec(),
            max_attempts,
            days_between_attempts: 7,
            bcc_emails: vec![],
            is_default: true,
            created_at: at(0),
            updated_at: at(0),
        }
    }

    fn eur(minor_units: i64) -> Money {
        Money::new(minor_units, Currency::EUR)
    }

    fn usd(minor_units: i64) -> Money {
        Money::new(minor_units, Currency::USD)
    }

    #[test]
    fn nobody_is_asked_below_the_threshold_or_in_a_currency_without_one() {
        let campaign = campaign(3, &[eur(1_000)]);
        let fresh = Progress::default();
        for balance in [eur(999), eur(0), usd(5_000)] {
            assert_eq!(campaign.next_step(&fresh, &[balance], at(1)), None, "{balance}");
        }
        let step = campaign.next_step(&fresh, &[eur(1_000)], at(1)).expect("enough");
        assert_eq!(step.currencies, [Currency::EUR]);
        assert!(!step.finished);
    }

    #[test]
    fn a_threshold_of_zero_asks_for_anything_that_is_owed() {
        let campaign = campaign(1, &[eur(0)]);
        assert!(campaign.asks_for(eur(1)));
        assert!(!campaign.asks_for(eur(0)));
    }

    #[test]
    fn the_clock_is_one_for_all_currencies_and_must_have_run_out() {
        let campaign = campaign(3, &[eur(0), usd(1_000)]);
        let first = campaign.next_step(&Progress::default(), &[eur(1)], at(1)).expect("first");
        let both = [eur(1), usd(1_000)];
        assert_eq!(campaign.next_step(&first.progress, &both, at(8)), None, "not after it");
        let later = at(8).plus(Span::ms(1));
        let second = campaign.next_step(&first.progress, &both, later).expect("second");
        assert_eq!(second.currencies, [Currency::EUR, Currency::USD]);
        assert_eq!(second.progress.attempts(Currency::EUR), 2);
        assert_eq!(second.progress.attempts(Currency::USD), 1);
    }

    #[test]
    fn it_is_finished_when_every_counter_is_full_and_then_stays_silent() {
        let campaign = campaign(1, &[eur(0), usd(0)]);
        let step = campaign.next_step(&Progress::default(), &[eur(1), usd(1)], at(1));
        let step = step.expect("both");
        assert!(step.finished);
        assert_eq!(campaign.next_step(&step.progress, &[eur(1), usd(1)], at(99)), None);
    }

    #[test]
    fn paying_in_one_currency_leaves_the_clock_to_the_others() {
        let campaign = campaign(2, &[eur(0), usd(0)]);
        let step = campaign.next_step(&Progress::default(), &[eur(1), usd(1)], at(1));
        let left = step.expect("both").progress.without(Currency::EUR);
        assert_eq!((left.attempts(Currency::EUR), left.attempts(Currency::USD)), (0, 1));
        assert_eq!(left.last_attempt_at, Some(at(1)));
        assert!(left.without(Currency::USD).is_fresh());
    }

    proptest! {
        /// Looked at every hour, whatever is overdue: no currency is asked for more often than
        /// the campaign says or sooner than its days, and the end is told once.
        #[test]
        fn no_campaign_asks_too_often_or_ends_twice(
            balances in prop::collection::vec((0..3_000_i64, 0..3_000_i64), 1..200),
            max_attempts in 1..4_u32,
        ) {
            let campaign = campaign(max_attempts, &[eur(1_000), usd(2_000)]);
            let mut progress = Progress::default();
            let mut asked_at: Option<Timestamp> = None;
            let mut ends = 0;
            for (step, (euros, dollars)) in balances.into_iter().enumerate() {
                let hours = u32::try_from(step).expect("few") * 13;
                let now = at(0).plus(Span::hours(hours));
                let overdue = [eur(euros), usd(dollars)];
                let Some(step) = campaign.next_step(&progress, &overdue, now) else { continue };
                prop_assert!(asked_at.is_none_or(|last| now > last.plus(Span::days(7))));
                for currency in &step.currencies {
                    prop_assert_eq!(
                        step.progress.attempts(*currency),
                        progress.attempts(*currency) + 1
                    );
                }
                for counter in &step.progress.counters {
                    prop_assert!(counter.attempts <= max_attempts && counter.attempts > 0);
                }
                let full = |progress: &Progress| {
                    progress.counters.iter().all(|counter| counter.attempts == max_attempts)
                };
                prop_assert_eq!(step.finished, full(&step.progress));
                ends += u32::from(step.finished);
                asked_at = Some(now);
                progress = step.progress;
            }
            // Once for each currency that joins after the others had their end.
            prop_assert!(ends <= 2);
        }
    }
}
