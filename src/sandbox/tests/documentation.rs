//! `docs/sandbox.md` names every code, amount and event that there is, and no other.

use std::collections::BTreeSet;

use crate::sandbox::behaviour::{MAGIC_AMOUNTS, REFUND_FAILING_AMOUNT, REFUND_PENDING_AMOUNT};
use crate::sandbox::declines::DECLINE_CODES;

const PAGE: &str = include_str!("../../../docs/sandbox.md");

#[test]
fn every_decline_code_has_its_row() {
    for row in DECLINE_CODES {
        let network = row.network_code.map_or(" ".to_owned(), |code| format!(" {code} "));
        let begins = format!("| `{}` |{network}|", row.code);
        let found = PAGE.lines().find(|line| line.starts_with(&begins));
        let found = found.unwrap_or_else(|| panic!("no row begins with {begins}"));
        let advice = found.split('|').nth(3).unwrap().trim();
        assert_eq!(
            advice.split(',').next().unwrap(),
            row.advice_code.unwrap_or(""),
            "{}",
            row.code
        );
    }
    let rows =
        PAGE.lines().filter(|line| line.starts_with("| `") && line.matches('|').count() == 6);
    assert_eq!(rows.count(), DECLINE_CODES.len());
}

#[test]
fn every_magic_amount_is_told_with_what_it_does() {
    for (amount, behaviour) in MAGIC_AMOUNTS {
        assert!(PAGE.contains(&format!("| {amount} | `{behaviour}` |")), "{amount}");
    }
    let told: BTreeSet<u64> = PAGE
        .split(|c: char| !c.is_ascii_digit())
        .filter(|number| number.len() == 6 && number.starts_with("900"))
        .map(|number| number.parse().unwrap())
        .collect();
    let refunds = [REFUND_PENDING_AMOUNT, REFUND_FAILING_AMOUNT];
    let known = MAGIC_AMOUNTS.iter().map(|(amount, _)| *amount).chain(refunds).collect();
    assert_eq!(told, known);
}
