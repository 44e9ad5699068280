//! Why Adyen declined, in our words: one table of its refusal reasons, then
//! what the card networks' codes add. Nothing here decides when to try again.

use recoup_plugin::declines::{DAY_S, Table, Verdict};
use recoup_plugin::types::{Decline, DeclineClass as Class, RetryClass as Retry};

use crate::objects::{AdditionalData, ApiError};

/// Adyen blocks a card that was tried too often.
const BLOCKED_S: u64 = 30 * DAY_S;

/// `refusalReasonCode`; several in a row.
const CODES: Table = &[
    (Class::DoNotHonor, Retry::Limited, "2 27 3"),
    (Class::ProcessingError, Retry::SoftShort, "4 21"),
    (Class::LostOrStolen, Retry::NewMethod, "5"),
    (Class::ExpiredCard, Retry::NewMethod, "6"),
    // A wrong amount is a matter of one debt, not of the connection.
    (Class::InvalidConfiguration, Retry::Hold, "7"),
    (Class::InvalidAccount, Retry::NewMethod, "8 34 35 50"),
    (Class::IssuerUnavailable, Retry::SoftShort, "9"),
    (Class::NotPermitted, Retry::NewMethod, "10 23 25"),
    (Class::AuthenticationRequired, Retry::CustomerAction, "11 33 36 38 39 41 42"),
    (Class::InsufficientFunds, Retry::Soft, "12"),
    (Class::Fraud, Retry::NewMethod, "14 20 22 31"),
    (Class::Cancelled, Retry::Hold, "15 16"),
    (Class::IncorrectDetails, Retry::NewMethod, "17 24 32"),
    (Class::LimitExceeded, Retry::Soft, "18 28 29"),
    (Class::ProcessingError, Retry::Limited, "19 37 40"),
    (Class::RevokedAuthorization, Retry::Stop, "26"),
    (Class::LimitExceeded, Retry::Limited, BLOCKED),
];

/// "Transaction blocked by Adyen to prevent excessive retry fees".
const BLOCKED: &str = "46";

/// Webhooks tell a reason by its name and not by its code.
const NAMES: &[(&str, &str)] = &[
    ("refused", "2"),
    ("referral", "3"),
    ("acquirer error", "4"),
    ("blocked card", "5"),
    ("expired card", "6"),
    ("invalid amount", "7"),
    ("invalid card number", "8"),
    ("issuer unavailable", "9"),
    ("not supported", "10"),
    ("3d not authenticated", "11"),
    ("not enough balance", "12"),
    ("acquirer fraud", "14"),
    ("cancelled", "15"),
    ("shopper cancelled", "16"),
    ("invalid pin", "17"),
    ("pin tries exceeded", "18"),
    ("pin validation not possible", "19"),
    ("fraud", "20"),
    ("not submitted", "21"),
    ("fraud-cancelled", "22"),
    ("transaction not permitted", "23"),
    ("cvc declined", "24"),
    ("restricted card", "25"),
    ("revocation of auth", "26"),
    ("declined non generic", "27"),
    ("withdrawal amount exceeded", "28"),
    ("withdrawal count exceeded", "29"),
    ("issuer suspected fraud", "31"),
    ("avs declined", "32"),
    ("card requires online pin", "33"),
    ("no checking account available on card", "34"),
    ("no savings account available on card", "35"),
    ("mobile pin required", "36"),
    ("contactless fallback", "37"),
    ("authentication required", "38"),
    ("rreq not received from ds", "39"),
    ("current aid is in penalty box.", "40"),
    ("cvm required restart payment", "41"),
    ("3ds authentication error", "42"),
    ("transaction blocked by adyen to prevent excessive retry fees.", BLOCKED),
    ("transaction blocked by adyen to prevent excessive retry fees", BLOCKED),
    ("token revoked", "50"),
];

/// Reads a refusal. `code` wins over `reason`, which is its name.
pub fn decline(code: Option<&str>, reason: Option<&str>, more: &AdditionalData) -> Decline {
    let named = || {
        let reason = reason?.trim().to_ascii_lowercase();
        NAMES.iter().find(|(name, _)| *name == reason).map(|(_, code)| *code)
    };
    let code = code.filter(|code| !code.is_empty()).or_else(named).unwrap_or("unknown");
    let network_code =
        leading(more, "refusalReasonRaw").or_else(|| leading(more, "refusalCodeRaw"));
    let advice = leading(more, "merchantAdviceCode");
    let mut verdict = Verdict::look_up(CODES, code);
    if code == BLOCKED {
        verdict.wait(BLOCKED_S);
    }
    verdict.heed_network(network_code.unwrap_or(""));
    verdict.heed_mastercard(advice.unwrap_or(""));
    Decline {
        class: verdict.class,
        retry: verdict.retry,
        code: code.to_owned(),
        network_code: network_code.map(str::to_owned),
        advice_code: advice.map(str::to_owned),
        retry_after_s: verdict.retry_after_s,
        message: reason.unwrap_or("").to_owned(),
    }
}

/// `resultCode` Error without a reason: something failed on the way.
pub fn technical() -> Decline {
    decline(Some("4"), Some("Error"), &AdditionalData::new())
}

/// A payment that Adyen did not even try.
pub fn refused(error: &ApiError) -> Decline {
    let (class, retry) = match error.error_code.as_str() {
        // The stored method is gone.
        "800" | "803" => (Class::InvalidAccount, Retry::NewMethod),
        "137" => (Class::InvalidConfiguration, Retry::Hold),
        _ => (Class::InvalidConfiguration, Retry::Merchant),
    };
    let told = Decline::misconfigured(error.error_code.clone(), error.describe());
    Decline { class, retry, ..told }
}

/// `51 : Insufficient funds` begins with `51`.
fn leading<'a>(more: &'a AdditionalData, name: &str) -> Option<&'a str> {
    let code = more.get(name)?.split(':').next()?.trim();
    (!code.is_empty() && code.len() <= 3).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use recoup_plugin::declines::{HOUR_S, codes_that_stand_twice};

    fn told(code: &str, more: &[(&str, &str)]) -> Decline {
        let more = more.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        decline(Some(code), None, &more.collect())
    }

    #[test]
    fn no_code_stands_in_the_table_twice() {
        assert_eq!(codes_that_stand_twice(CODES), Vec::<&str>::new());
    }

    #[test]
    fn each_code_has_the_class_of_the_taxonomy() {
        for (codes, class, retry) in [
            ("2 3 27", Class::DoNotHonor, Retry::Limited),
            ("4 21", Class::ProcessingError, Retry::SoftShort),
            ("5", Class::LostOrStolen, Retry::NewMethod),
            ("6", Class::ExpiredCard, Retry::NewMethod),
            ("8 34 35 50", Class::InvalidAccount, Retry::NewMethod),
            ("9", Class::IssuerUnavailable, Retry::SoftShort),
            ("10 23 25", Class::NotPermitted, Retry::NewMethod),
            ("11 33 36 38 39 41 42", Class::AuthenticationRequired, Retry::CustomerAction),
            ("12", Class::InsufficientFunds, Retry::Soft),
            ("14 20 22 31", Class::Fraud, Retry::NewMethod),
            ("17 24 32", Class::IncorrectDetails, Retry::NewMethod),
            ("18 28 29", Class::LimitExceeded, Retry::Soft),
            ("26", Class::RevokedAuthorization, Retry::Stop),
            ("0 99", Class::Unclassified, Retry::Limited),
        ] {
            for code in codes.split(' ') {
                let decline = told(code, &[]);
                assert_eq!((decline.class, decline.retry), (class, retry), "{code}");
            }
        }
        let blocked = told("46", &[]);
        assert_eq!((blocked.retry, blocked.retry_after_s), (Retry::Limited, Some(BLOCKED_S)));
    }

    #[test]
    fn a_reason_is_known_by_its_name() {
        for (name, code) in NAMES {
            let name = name.to_ascii_uppercase();
            let decline = decline(None, Some(&name), &AdditionalData::new());
            assert_eq!(decline.code, *code, "{name}");
            assert_ne!(decline.class, Class::Unclassified, "{name}");
        }
        let unnamed = decline(None, Some("A reason of tomorrow"), &AdditionalData::new());
        assert_eq!((unnamed.class, unnamed.code.as_str()), (Class::Unclassified, "unknown"));
    }

    #[test]
    fn the_networks_codes_make_stricter_and_advice_says_when() {
        let decline = told(
            "12",
            &[
                ("refusalReasonRaw", "51 : Insufficient funds"),
                ("merchantAdviceCode", "24 : Retry"),
            ],
        );
        assert_eq!(decline.network_code.as_deref(), Some("51"));
        assert_eq!(decline.advice_code.as_deref(), Some("24"));
        assert_eq!((decline.retry, decline.retry_after_s), (Retry::Soft, Some(HOUR_S)));
        let stolen = told("2", &[("refusalReasonRaw", "43 : Stolen card, pick up")]);
        assert_eq!((stolen.class, stolen.retry), (Class::LostOrStolen, Retry::NewMethod));
        let never = told("12", &[("merchantAdviceCode", "03 : Do not try again")]);
        assert_eq!(never.retry, Retry::Stop);
        assert_eq!(told("2", &[("refusalReasonRaw", "DECLINED")]).network_code, None);
    }
}
