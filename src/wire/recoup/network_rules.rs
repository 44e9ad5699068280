//! The file of what card networks and debit schemes allow. It comes with recoup, and stands in
//! the documentation as it is.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::domain::network::{Ceiling, DebtRule, InstrumentRule, Network, NetworkRules};
use crate::domain::time::Span;

const FILE: &str = include_str!("../../../docs/network_rules.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesFile {
    as_of: String,
    instrument: Vec<InstrumentEntry>,
    debt: Vec<DebtEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InstrumentEntry {
    network: String,
    declines: Option<u32>,
    hours: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DebtEntry {
    network: String,
    ours: u32,
    presentations: Option<u32>,
    days: Option<u32>,
}

#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    #[error("the network rules are no TOML of the right shape")]
    Shape(#[from] toml::de::Error),
    #[error("`{0}` is no date: write it as 2026-07-31")]
    Date(String),
    #[error("`{0}` is no network that recoup knows")]
    Network(String),
}

/// The rules that come with recoup, with our own ceiling beside them.
pub fn built_in(ours: u32) -> Result<NetworkRules, RulesError> {
    read(FILE, ours)
}

fn read(text: &str, ours: u32) -> Result<NetworkRules, RulesError> {
    let file: RulesFile = toml::from_str(text)?;
    let as_of: NaiveDate = file.as_of.parse().map_err(|_| RulesError::Date(file.as_of.clone()))?;
    let instrument = file.instrument.iter().map(|entry| {
        Ok(InstrumentRule {
            network: network(&entry.network)?,
            within: Span::hours(entry.hours),
            declines_max: entry.declines,
        })
    });
    let debt = file.debt.iter().map(|entry| {
        Ok(DebtRule {
            network: network(&entry.network)?,
            ceiling: Ceiling { ours: entry.ours, networks: entry.presentations },
            within: entry.days.map(Span::days),
        })
    });
    Ok(NetworkRules {
        as_of,
        ours,
        instrument: instrument.collect::<Result<_, RulesError>>()?,
        debt: debt.collect::<Result<_, RulesError>>()?,
    })
}

fn network(word: &str) -> Result<Network, RulesError> {
    Network::parse(word).ok_or_else(|| RulesError::Network(word.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::network::UpTo;

    #[test]
    fn the_file_says_what_is_published() {
        let rules = built_in(15).expect("the file is read");
        let max = |network| -> Vec<(Span, u32, u32)> {
            let windows = rules.windows(network);
            let row = |(within, ceiling): &(Span, Ceiling)| {
                (*within, ceiling.max(UpTo::Ours), ceiling.max(UpTo::Networks))
            };
            windows.iter().map(row).collect()
        };
        assert_eq!(max(Network::Visa), [(Span::days(30), 15, 20)]);
        let mastercard = [(Span::days(30), 15, 35), (Span::hours(24), 10, 10)];
        assert_eq!(max(Network::Mastercard), mastercard);
        let ach = rules.of_debt(Network::Ach).expect("a rule");
        assert_eq!((ach.ceiling.networks, ach.within), (Some(3), Some(Span::days(180))));
        assert_eq!(rules.of_debt(Network::Sepa).expect("a rule").ceiling.networks, None);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let wrong = "as_of = \"soon\"\ninstrument = []\ndebt = []";
        assert!(matches!(read(wrong, 15), Err(RulesError::Date(_))));
        let wrong =
            "as_of = \"2026-07-31\"\ndebt = []\n[[instrument]]\nnetwork = \"vise\"\nhours = 1";
        assert!(matches!(read(wrong, 15), Err(RulesError::Network(_))));
        assert!(matches!(read("as_of = 1", 15), Err(RulesError::Shape(_))));
    }
}
