//! How an instrument behaves, read from its name, and the amounts that make a well-behaved one
//! misbehave. Nothing is looked up: the name says it all.

use std::str::FromStr;

const SECONDS_MAX: u32 = 31 * 86_400;
const DELAY_MS_MAX: u32 = 120_000;

/// What happens to a charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Behaviour {
    Ok,
    Declined {
        code: String,
    },
    /// Declined so many times for one order, then well.
    Fails {
        times: u32,
        code: String,
    },
    Pending {
        seconds: u32,
        /// Declined with it in the end; none: succeeds.
        code: Option<String>,
    },
    Action,
    Slow {
        delay_ms: u32,
    },
    Lost,
    Error500,
    Unreachable,
    Duplicate,
    Late,
    Reordered,
    NoMethod,
}

/// The name says no behaviour that exists.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "`{0}` is no behaviour; there are ok, declined_<code>, fails_<n>_<code>, pending_<seconds>, \
     pending_<seconds>_<code>, action, slow_<ms>, lost, error500, unreachable, duplicate, late, \
     reordered and no_method"
)]
pub struct NoSuchBehaviour(String);

impl FromStr for Behaviour {
    type Err = NoSuchBehaviour;

    fn from_str(text: &str) -> Result<Self, NoSuchBehaviour> {
        let wrong = || NoSuchBehaviour(text.chars().take(80).collect());
        let (word, rest) = match text.split_once('_') {
            Some((word, rest)) => (word, Some(rest)),
            None => (text, None),
        };
        let behaviour = match (word, rest) {
            ("ok", None) => Some(Self::Ok),
            ("action", None) => Some(Self::Action),
            ("lost", None) => Some(Self::Lost),
            ("error500", None) => Some(Self::Error500),
            ("unreachable", None) => Some(Self::Unreachable),
            ("duplicate", None) => Some(Self::Duplicate),
            ("late", None) => Some(Self::Late),
            ("reordered", None) => Some(Self::Reordered),
            ("no", Some("method")) => Some(Self::NoMethod),
            ("declined", Some(rest)) => code(rest).map(|code| Self::Declined { code }),
            ("fails", Some(rest)) => rest.split_once('_').and_then(|(times, rest)| {
                Some(Self::Fails { times: number(times, 10_000)?, code: code(rest)? })
            }),
            ("pending", Some(rest)) => match rest.split_once('_') {
                None => {
                    number(rest, SECONDS_MAX).map(|seconds| Self::Pending { seconds, code: None })
                }
                Some((seconds, rest)) => number(seconds, SECONDS_MAX)
                    .zip(code(rest))
                    .map(|(seconds, code)| Self::Pending { seconds, code: Some(code) }),
            },
            ("slow", Some(rest)) => {
                number(rest, DELAY_MS_MAX).map(|delay_ms| Self::Slow { delay_ms })
            }
            _ => None,
        };
        behaviour.ok_or_else(wrong)
    }
}

fn code(text: &str) -> Option<String> {
    let fits = !text.is_empty()
        && text.len() <= 64
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    fits.then(|| text.to_owned())
}

fn number(text: &str, max: u32) -> Option<u32> {
    text.parse().ok().filter(|number| *number <= max)
}

/// The part of `cus_<behaviour>__<anything>` or `pm_<behaviour>__<anything>` that says how it
/// behaves, without the prefix.
pub fn spoken(name_without_prefix: &str) -> &str {
    name_without_prefix.split_once("__").map_or(name_without_prefix, |(spoken, _)| spoken)
}

/// Amounts of 9001.NN (in minor units) that make a method which would succeed misbehave.
pub const MAGIC_AMOUNTS: &[(u64, &str)] = &[
    (900_102, "fails_2_insufficient_funds"),
    (900_105, "declined_do_not_honor"),
    (900_113, "declined_amount_too_large"),
    (900_114, "declined_invalid_account"),
    (900_120, "pending_5"),
    (900_121, "pending_5_insufficient_funds"),
    (900_124, "declined_try_again_later"),
    (900_130, "action"),
    (900_141, "declined_lost_card"),
    (900_143, "declined_stolen_card"),
    (900_151, "declined_insufficient_funds"),
    (900_154, "declined_expired_card"),
    (900_157, "declined_not_permitted"),
    (900_159, "declined_fraudulent"),
    (900_161, "declined_limit_exceeded"),
    (900_165, "declined_authentication_required"),
    (900_170, "declined_revoked_authorization"),
    (900_171, "declined_mandate_cancelled"),
    (900_172, "declined_payment_disputed"),
    (900_173, "declined_cancelled"),
    (900_174, "declined_merchant_suspended"),
    (900_175, "declined_unheard_of"),
    (900_180, "slow_3000"),
    (900_181, "lost"),
    (900_182, "declined_incorrect_cvc"),
    (900_183, "error500"),
    (900_184, "unreachable"),
    (900_185, "duplicate"),
    (900_186, "late"),
    (900_187, "reordered"),
    (900_191, "declined_issuer_unavailable"),
    (900_196, "declined_processing_error"),
];

/// A refund of exactly this much is pending for a minute, then succeeds.
pub const REFUND_PENDING_AMOUNT: u64 = 900_201;
/// A refund of exactly this much fails.
pub const REFUND_FAILING_AMOUNT: u64 = 900_202;

/// How a charge of this amount goes on a method that behaves like this.
pub fn of_charge(method: Behaviour, amount: u64) -> Behaviour {
    if method != Behaviour::Ok {
        return method;
    }
    MAGIC_AMOUNTS
        .iter()
        .find(|(magic, _)| *magic == amount)
        .and_then(|(_, name)| name.parse().ok())
        .unwrap_or(method)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_of_the_documentation_is_understood() {
        let code = || "insufficient_funds".to_owned();
        for (name, behaviour) in [
            ("ok", Behaviour::Ok),
            ("declined_insufficient_funds", Behaviour::Declined { code: code() }),
            ("fails_2_insufficient_funds", Behaviour::Fails { times: 2, code: code() }),
            ("pending_5", Behaviour::Pending { seconds: 5, code: None }),
            ("pending_5_insufficient_funds", Behaviour::Pending { seconds: 5, code: Some(code()) }),
            ("slow_250", Behaviour::Slow { delay_ms: 250 }),
            ("no_method", Behaviour::NoMethod),
        ] {
            assert_eq!(name.parse(), Ok(behaviour), "{name}");
        }
    }

    #[test]
    fn a_name_that_says_nothing_is_refused() {
        for name in [
            "",
            "okay",
            "ok_",
            "declined",
            "declined_",
            "fails_2",
            "fails_x_lost_card",
            "pending",
            "pending_-1",
            "slow_999999999",
            "no_methods",
            "declined_Lost Card",
        ] {
            assert!(name.parse::<Behaviour>().is_err(), "{name}");
        }
    }

    #[test]
    fn every_magic_amount_names_a_behaviour_other_than_success() {
        for (amount, name) in MAGIC_AMOUNTS {
            assert_ne!(name.parse(), Ok(Behaviour::Ok), "{amount}");
            assert_eq!(Ok(of_charge(Behaviour::Ok, *amount)), name.parse(), "{amount}");
        }
        assert_eq!(of_charge(Behaviour::Ok, 900_100), Behaviour::Ok);
        assert_eq!(of_charge(Behaviour::Lost, 900_151), Behaviour::Lost);
    }
}
