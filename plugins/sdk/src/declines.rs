//! What declines of different PSPs have in common: a table of codes, what the
//! card networks' codes and advice add, and that a later word may only make
//! the first one stricter. Nothing here decides when to try again.

use crate::types::{Decline, DeclineClass as Class, RetryClass as Retry};

pub const HOUR_S: u64 = 60 * 60;
pub const DAY_S: u64 = 24 * HOUR_S;

/// Codes by what they mean; several codes in a row, with a space between them.
pub type Table = &'static [(Class, Retry, &'static str)];

/// Makes the function `decline(code, message)` of a table of the PSP's codes:
/// class and retry class, then the codes with a space between them. A code
/// that stands twice fails a test; one that is in no row is unclassified.
///
/// ```
/// recoup_plugin::declines! {
///     InsufficientFunds, Soft: "NO_FUNDS LIMIT";
///     ExpiredCard, NewMethod: "EXPIRED";
/// }
///
/// assert_eq!(decline("EXPIRED", "no").retry, recoup_plugin::types::RetryClass::NewMethod);
/// let unheard_of = decline("MOON", "no");
/// assert_eq!(unheard_of.class, recoup_plugin::types::DeclineClass::Unclassified);
/// ```
#[macro_export]
macro_rules! declines {
    ($($class:ident, $retry:ident: $codes:literal;)+) => {
        const DECLINES: $crate::declines::Table = &[$((
            $crate::types::DeclineClass::$class,
            $crate::types::RetryClass::$retry,
            $codes,
        )),+];

        fn decline(code: &str, message: &str) -> $crate::types::Decline {
            $crate::declines::Verdict::look_up(DECLINES, code).decline(code, message)
        }

        #[cfg(test)]
        #[test]
        fn no_decline_code_stands_twice() {
            let twice = $crate::declines::codes_that_stand_twice(DECLINES);
            assert!(twice.is_empty(), "{twice:?}");
        }
    };
}

/// Response codes of the card networks (ISO 8583, field 39).
const NETWORK_CODES: Table = &[
    (Class::InsufficientFunds, Retry::Soft, "51"),
    (Class::LimitExceeded, Retry::Soft, "61 65 75"),
    (Class::IssuerUnavailable, Retry::SoftShort, "91 92"),
    (Class::ProcessingError, Retry::SoftShort, "96 19 06 68 30"),
    (Class::DoNotHonor, Retry::Limited, "05 01 02"),
    (Class::AuthenticationRequired, Retry::CustomerAction, "1A 70"),
    (Class::ExpiredCard, Retry::NewMethod, "54"),
    (Class::InvalidAccount, Retry::NewMethod, "14 15 78 46 52 53 39"),
    (Class::IncorrectDetails, Retry::NewMethod, "55 82 N7 6P"),
    (Class::LostOrStolen, Retry::NewMethod, "41 43 04 07"),
    (Class::Fraud, Retry::NewMethod, "59 34 63"),
    (Class::NotPermitted, Retry::NewMethod, "12 57 58 62 93"),
    (Class::RevokedAuthorization, Retry::Stop, "R0 R1 R3"),
    // An issuer's word about the merchant does not stop the connection.
    (Class::InvalidConfiguration, Retry::Limited, "03"),
    (Class::InvalidConfiguration, Retry::Hold, "13"),
];

/// What a decline means, while it is being read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    pub class: Class,
    pub retry: Retry,
    pub retry_after_s: Option<u64>,
}

impl Verdict {
    pub fn new(class: Class, retry: Retry) -> Self {
        Self { class, retry, retry_after_s: None }
    }

    /// What the PSP's own code says. A code that is not in the table may be
    /// tried again, but seldom.
    pub fn look_up(table: Table, code: &str) -> Self {
        let (class, retry) = look_up(table, code).unwrap_or((Class::Unclassified, Retry::Limited));
        Self::new(class, retry)
    }

    /// As it is told to recoup.
    pub fn decline(self, code: &str, message: &str) -> Decline {
        Decline {
            class: self.class,
            retry: self.retry,
            code: code.to_owned(),
            network_code: None,
            advice_code: None,
            retry_after_s: self.retry_after_s,
            message: message.to_owned(),
        }
    }

    /// A response code of the card network.
    pub fn heed_network(&mut self, code: &str) {
        let Some((class, retry)) = look_up(NETWORK_CODES, code) else {
            return;
        };
        if matches!(self.class, Class::DoNotHonor | Class::Unclassified) {
            self.class = class;
        }
        self.tighten(class, retry);
    }

    /// Mastercard's merchant advice codes.
    pub fn heed_mastercard(&mut self, advice: &str) {
        match advice {
            "01" => self.tighten(Class::InvalidAccount, Retry::NewMethod),
            "02" => self.wait(72 * HOUR_S),
            "03" | "42" => self.tighten(self.class, Retry::Stop),
            "04" | "40" | "41" => self.tighten(self.class, Retry::NewMethod),
            "05" | "43" => self.tighten(self.class, Retry::Limited),
            "21" => self.tighten(Class::RevokedAuthorization, Retry::Stop),
            "22" => {
                self.class = Class::InvalidConfiguration;
                self.retry = Retry::Merchant;
            }
            "24" => self.soften_for(HOUR_S),
            "25" => self.soften_for(DAY_S),
            "26" => self.soften_for(2 * DAY_S),
            "27" => self.soften_for(4 * DAY_S),
            "28" => self.soften_for(6 * DAY_S),
            "29" => self.soften_for(8 * DAY_S),
            "30" => self.soften_for(10 * DAY_S),
            _ => {}
        }
    }

    /// Makes the retry class stricter, never laxer; the reason for it becomes
    /// the class of the decline.
    pub fn tighten(&mut self, class: Class, retry: Retry) {
        if strictness(retry) > strictness(self.retry) {
            self.class = class;
            self.retry = retry;
        }
    }

    pub fn soften(&mut self) {
        if self.retry == Retry::Limited {
            self.retry = Retry::Soft;
        }
    }

    /// Asks not to try earlier than this many seconds from now.
    pub fn wait(&mut self, seconds: u64) {
        self.retry_after_s = Some(self.retry_after_s.unwrap_or(0).max(seconds));
    }

    fn soften_for(&mut self, seconds: u64) {
        self.soften();
        self.wait(seconds);
    }
}

fn look_up(table: Table, code: &str) -> Option<(Class, Retry)> {
    let has_code = |codes: &str| codes.split(' ').any(|known| known == code);
    let (class, retry, _) = table.iter().find(|(_, _, codes)| has_code(codes))?;
    Some((*class, *retry))
}

fn strictness(retry: Retry) -> u8 {
    match retry {
        Retry::Soft | Retry::SoftShort => 0,
        Retry::Limited => 1,
        Retry::CustomerAction => 2,
        Retry::Hold => 3,
        Retry::NewMethod => 4,
        Retry::Stop => 5,
        // Says nothing about the method, and nothing about it matters first.
        Retry::Merchant => 6,
    }
}

/// For a plugin's tests: no code means two things.
#[cfg(not(target_arch = "wasm32"))]
pub fn codes_that_stand_twice(table: Table) -> Vec<&'static str> {
    let codes: Vec<_> = table.iter().flat_map(|(_, _, codes)| codes.split(' ')).collect();
    let is_twice = |code: &&str| codes.iter().filter(|known| known == &code).count() > 1;
    codes.iter().copied().filter(is_twice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_network_code_stands_in_the_table_twice() {
        assert_eq!(codes_that_stand_twice(NETWORK_CODES), Vec::<&str>::new());
        let twice: Table = &[(Class::Fraud, Retry::Stop, "a b"), (Class::Fraud, Retry::Stop, "b")];
        assert_eq!(codes_that_stand_twice(twice), ["b", "b"]);
    }
}
