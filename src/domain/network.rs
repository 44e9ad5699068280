//! What card networks and debit schemes allow: how often one instrument may be declined over all
//! its debts, and how often one debt may be presented on it. The figures come from a dated file.

use chrono::NaiveDate;

use super::decline::text_enum;
use super::id::OrganizationId;
use super::payment_method::MethodDetails;
use super::policy::{History, NetworkLimit};
use super::time::{Span, Timestamp};

text_enum!(
    /// Whose rules hold for an instrument.
    Network {
        Visa = "visa",
        Mastercard = "mastercard",
        OtherCard = "other_card",
        Sepa = "sepa",
        Bacs = "bacs",
        Ach = "ach",
        Pad = "pad",
        Other = "other",
    }
);

impl Network {
    /// By the words of the providers.
    pub fn of(details: &MethodDetails) -> Network {
        match details.kind.to_ascii_lowercase().as_str() {
            "card" => {
                let brand = details.brand.as_deref().map(str::to_ascii_lowercase);
                match brand.as_deref() {
                    Some("visa") => Network::Visa,
                    Some("mastercard" | "maestro" | "mc") => Network::Mastercard,
                    Some(_) | None => Network::OtherCard,
                }
            }
            "sepa_debit" | "sepadirectdebit" | "sepa_core" => Network::Sepa,
            "bacs_debit" | "directdebit_gb" | "bacs" => Network::Bacs,
            "us_bank_account" | "ach" | "ach_debit" => Network::Ach,
            "acss_debit" | "pad" => Network::Pad,
            _ => Network::Other,
        }
    }
}

/// Which ceiling holds now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpTo {
    /// Ours, which is never above the network's.
    Ours,
    /// A person has said why ours may be exceeded.
    Networks,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ceiling {
    pub ours: u32,
    /// None: it publishes no figure.
    pub networks: Option<u32>,
}

impl Ceiling {
    pub fn max(self, up_to: UpTo) -> u32 {
        match up_to {
            UpTo::Ours => self.networks.map_or(self.ours, |networks| self.ours.min(networks)),
            UpTo::Networks => self.networks.unwrap_or(u32::MAX),
        }
    }
}

/// Declines of one instrument, over all its debts, in a time that slides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstrumentRule {
    pub network: Network,
    pub within: Span,
    /// What the network allows. None: it publishes no figure.
    pub declines_max: Option<u32>,
}

/// Presentations of one debt on one instrument, the first included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DebtRule {
    pub network: Network,
    pub ceiling: Ceiling,
    /// None of them later than this after the first decline.
    pub within: Option<Span>,
}

impl DebtRule {
    pub fn forbids(&self, history: History, up_to: UpTo, now: Timestamp) -> bool {
        let is_late =
            self.within.is_some_and(|within| now > history.first_declined_at.plus(within));
        is_late || history.declines >= self.ceiling.max(up_to)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkRules {
    /// When the figures were last compared with what is published.
    pub as_of: NaiveDate,
    /// Our own ceiling of declines of one instrument, in each of the times.
    pub ours: u32,
    pub instrument: Vec<InstrumentRule>,
    pub debt: Vec<DebtRule>,
}

impl NetworkRules {
    /// Our own ceiling and nothing of any network.
    pub const fn without_figures(limit: NetworkLimit) -> NetworkRules {
        NetworkRules {
            as_of: NaiveDate::MIN,
            ours: limit.declines_max,
            instrument: vec![],
            debt: vec![],
        }
    }

    /// The times in which declines are counted, each with its ceiling. An instrument of a network
    /// without a rule is still counted against ours.
    pub fn windows(&self, network: Network) -> Vec<(Span, Ceiling)> {
        let ceiling = |networks| Ceiling { ours: self.ours, networks };
        let rules = self.instrument.iter().filter(|rule| rule.network == network);
        let mut windows: Vec<(Span, Ceiling)> =
            rules.map(|rule| (rule.within, ceiling(rule.declines_max))).collect();
        if !windows.iter().any(|(within, _)| *within == NetworkLimit::CARDS.within) {
            windows.push((NetworkLimit::CARDS.within, ceiling(None)));
        }
        windows
    }

    pub fn of_debt(&self, network: Network) -> Option<&DebtRule> {
        self.debt.iter().find(|rule| rule.network == network)
    }
}

/// A person lets one instrument go beyond our ceiling for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    pub organization_id: OrganizationId,
    pub limit_key: String,
    pub reason: String,
    pub expires_at: Timestamp,
    pub created_at: Timestamp,
}

/// How much of what is allowed is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Used {
    pub within: Span,
    pub declines: u32,
    pub ceiling: Ceiling,
}

/// The budget of one instrument as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    pub network: Network,
    pub as_of: NaiveDate,
    pub windows: Vec<Used>,
    /// Attempts that are out: each may still be declined.
    pub open: u32,
    /// For one debt.
    pub debt: Option<DebtRule>,
    /// Until when our ceiling may be exceeded.
    pub exceeded_until: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::samples::at;

    fn history(declines: u32) -> History {
        History {
            declines,
            limited_declines: 0,
            short_declines: 0,
            declines_in_all: declines,
            steps_skipped: 0,
            first_declined_at: at(0),
        }
    }

    #[test]
    fn ours_is_never_above_the_networks() {
        let ceiling = Ceiling { ours: 50, networks: Some(20) };
        assert_eq!((ceiling.max(UpTo::Ours), ceiling.max(UpTo::Networks)), (20, 20));
        let lower = Ceiling { ours: 15, networks: Some(20) };
        assert_eq!((lower.max(UpTo::Ours), lower.max(UpTo::Networks)), (15, 20));
        let unpublished = Ceiling { ours: 15, networks: None };
        assert_eq!(unpublished.max(UpTo::Networks), u32::MAX);
    }

    #[test]
    fn a_debit_is_not_presented_too_often_nor_too_late() {
        let ceiling = Ceiling { ours: 2, networks: Some(3) };
        let rule = DebtRule { network: Network::Bacs, ceiling, within: Some(Span::days(31)) };
        let early = at(0).plus(Span::days(5));
        assert!(!rule.forbids(history(1), UpTo::Ours, early));
        assert!(rule.forbids(history(2), UpTo::Ours, early));
        assert!(!rule.forbids(history(2), UpTo::Networks, early));
        assert!(rule.forbids(history(3), UpTo::Networks, early));
        assert!(rule.forbids(history(1), UpTo::Networks, at(0).plus(Span::days(32))));
    }

    #[test]
    fn every_instrument_is_counted_against_ours() {
        let rules = NetworkRules::without_figures(NetworkLimit::CARDS);
        for network in Network::ALL {
            let windows = rules.windows(*network);
            assert_eq!(windows, [(Span::days(30), Ceiling { ours: 15, networks: None })]);
        }
    }
}
