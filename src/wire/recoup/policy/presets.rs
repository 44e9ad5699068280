//! The ready policies that come with recoup. They are files as people write them, and stand in
//! the documentation as examples.

use super::HolidayFiles;
use super::file::check;
use crate::domain::policy::Policy;

/// Code and file.
const FILES: &[(&str, &str)] = &[
    ("standard", include_str!("../../../../docs/policies/standard.toml")),
    ("gentle", include_str!("../../../../docs/policies/gentle.toml")),
    ("direct_debit", include_str!("../../../../docs/policies/direct_debit.toml")),
    ("b2b", include_str!("../../../../docs/policies/b2b.toml")),
    ("off", include_str!("../../../../docs/policies/off.toml")),
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    pub policy: Policy,
    pub source: &'static str,
}

pub fn presets() -> Vec<Preset> {
    FILES.iter().filter_map(|(code, _)| preset(code)).collect()
}

pub fn preset(code: &str) -> Option<Preset> {
    let (_, source) = FILES.iter().find(|(known, _)| *known == code)?;
    let policy = check(source, &HolidayFiles::new()).policy?;
    Some(Preset { policy, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_without_a_fault_or_a_doubt() {
        for (code, source) in FILES {
            let checked = check(source, &HolidayFiles::new());
            assert_eq!(checked.findings, [], "{code}");
            assert_eq!(checked.policy.expect("a policy").name.code, *code);
        }
        assert_eq!(presets().len(), FILES.len());
    }

    #[test]
    fn the_file_of_the_default_is_the_default() {
        assert_eq!(preset("standard").expect("it is there").policy, Policy::standard());
    }
}
