//! How much of what failed came back, and by what: counted over failures, by count and by money.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use super::currency::Currency;
use super::decline::text_enum;
use super::failure::{Failure, Try, Way};

text_enum!(
    /// What the rows of the figures are told apart by.
    Split {
        Total = "total",
        /// The class of the first decline.
        DeclineClass = "decline_class",
        /// The provider of the first charge.
        Provider = "provider",
        /// The kind of method of the first charge.
        Method = "method",
        /// The month of the first decline where the business is.
        Cohort = "cohort",
        /// The attempts of this number, the first charge being 1.
        AttemptNumber = "attempt_number",
    }
);

impl Split {
    /// What the figures of such a row are, in a sentence that stands beside them.
    pub const fn definition(self) -> &'static str {
        match self {
            Split::Total => {
                "failed: debts whose first charge was declined in the time asked for; recovered: \
                 those of them that are paid by now"
            }
            Split::DeclineClass => {
                "as total, of the debts whose first charge was declined for this reason"
            }
            Split::Provider => "as total, of the debts first charged through this provider",
            Split::Method => "as total, of the debts first charged on this kind of method",
            Split::Cohort => {
                "as total, of the debts first declined in this month, where the business is"
            }
            Split::AttemptNumber => {
                "failed: attempts of this number at those debts, paid or not; recovered: those of \
                 them that were paid; retry and own_action as for debts"
            }
        }
    }
}

impl Way {
    pub const fn definition(self) -> &'static str {
        match self {
            Way::Retry => "a later charge of the same card or mandate, by the policy or a person",
            Way::Link => "the payer paid on a page of a link",
            Way::OwnAction => {
                "a card or mandate that the customer brought later, or a payment recorded by hand"
            }
            Way::Request => "a payment request over several debts",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Amount {
    pub count: u64,
    pub minor_units: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    pub split: Split,
    pub key: String,
    pub currency: Currency,
    pub failed: Amount,
    pub retry: Amount,
    pub link: Amount,
    pub own_action: Amount,
    pub request: Amount,
}

/// Tells a row from the others: the place of its split, what its key is sorted by, its currency.
type Place = (usize, String, Currency);

impl Amount {
    fn add(&mut self, minor_units: i64) {
        self.count += 1;
        self.minor_units = self.minor_units.saturating_add(minor_units);
    }
}

impl Figure {
    pub fn recovered(&self) -> Amount {
        let ways = [self.retry, self.link, self.own_action, self.request];
        ways.into_iter().fold(Amount::default(), |sum, way| Amount {
            count: sum.count + way.count,
            minor_units: sum.minor_units.saturating_add(way.minor_units),
        })
    }

    fn add(&mut self, minor_units: i64, way: Option<Way>) {
        self.failed.add(minor_units);
        match way {
            Some(Way::Retry) => self.retry.add(minor_units),
            Some(Way::Link) => self.link.add(minor_units),
            Some(Way::OwnAction) => self.own_action.add(minor_units),
            Some(Way::Request) => self.request.add(minor_units),
            None => {}
        }
    }
}

/// In the order of the splits, then of the keys.
pub fn figures(failures: &[Failure], zone: Tz) -> Vec<Figure> {
    let mut rows: BTreeMap<Place, Figure> = BTreeMap::new();
    for failure in failures {
        for split in Split::ALL {
            if let Some(key) = key(failure, *split, zone) {
                let sorted_by = key.clone();
                let row = row_of(&mut rows, (*split, key, sorted_by), failure.amount.currency);
                row.add(failure.amount.minor_units, failure.way());
            }
        }
        for one in &failure.tries {
            let key = (one.number.to_string(), format!("{:>10}", one.number));
            let row = row_of(&mut rows, (Split::AttemptNumber, key.0, key.1), one.amount.currency);
            row.add(one.amount.minor_units, way_of(failure, one));
        }
    }
    rows.into_values().collect()
}

fn row_of(
    rows: &mut BTreeMap<Place, Figure>,
    (split, key, sorted_by): (Split, String, String),
    currency: Currency,
) -> &mut Figure {
    let place = Split::ALL.iter().position(|known| *known == split).unwrap_or(0);
    let nothing = Amount::default();
    rows.entry((place, sorted_by, currency)).or_insert_with(|| Figure {
        split,
        key,
        currency,
        failed: nothing,
        retry: nothing,
        link: nothing,
        own_action: nothing,
        request: nothing,
    })
}

/// None: the split has no rows of debts.
fn key(failure: &Failure, split: Split, zone: Tz) -> Option<String> {
    let made_on = &failure.first.made_on;
    match split {
        Split::Total => Some("all".to_owned()),
        Split::DeclineClass => Some(failure.first.decline.class.as_str().to_owned()),
        Split::Provider => Some(made_on.provider.clone()),
        Split::Method => Some(made_on.method.clone()),
        Split::Cohort => Some(failure.first.at.date_in(zone).format("%Y-%m").to_string()),
        Split::AttemptNumber => None,
    }
}

fn way_of(failure: &Failure, one: &Try) -> Option<Way> {
    let (way, paid) = failure.recovered()?;
    (paid.number == one.number).then_some(way)
}
