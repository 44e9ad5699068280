//! Why the PSP declined, in our words: one table of its codes. Nothing here
//! decides when to try again.

use recoup_plugin::types::{Decline, DeclineClass as Class, RetryClass as Retry};

use crate::objects;

const CODES: &[(&str, Class, Retry)] = &[
    ("insufficient_funds", Class::InsufficientFunds, Retry::Soft),
    ("try_again_later", Class::InsufficientFunds, Retry::Soft),
    ("limit_exceeded", Class::LimitExceeded, Retry::Soft),
    ("withdrawal_count_limit_exceeded", Class::LimitExceeded, Retry::Soft),
    ("issuer_unavailable", Class::IssuerUnavailable, Retry::SoftShort),
    ("processing_error", Class::ProcessingError, Retry::SoftShort),
    ("do_not_honor", Class::DoNotHonor, Retry::Limited),
    ("generic_decline", Class::DoNotHonor, Retry::Limited),
    ("call_issuer", Class::DoNotHonor, Retry::Limited),
    ("do_not_try_again", Class::DoNotHonor, Retry::Stop),
    ("authentication_required", Class::AuthenticationRequired, Retry::CustomerAction),
    ("expired_card", Class::ExpiredCard, Retry::NewMethod),
    ("invalid_account", Class::InvalidAccount, Retry::NewMethod),
    ("invalid_number", Class::InvalidAccount, Retry::NewMethod),
    ("account_closed", Class::InvalidAccount, Retry::NewMethod),
    ("incorrect_cvc", Class::IncorrectDetails, Retry::NewMethod),
    ("incorrect_pin", Class::IncorrectDetails, Retry::NewMethod),
    ("lost_card", Class::LostOrStolen, Retry::NewMethod),
    ("stolen_card", Class::LostOrStolen, Retry::NewMethod),
    ("pickup_card", Class::LostOrStolen, Retry::NewMethod),
    ("fraudulent", Class::Fraud, Retry::NewMethod),
    ("not_permitted", Class::NotPermitted, Retry::NewMethod),
    ("transaction_not_allowed", Class::NotPermitted, Retry::NewMethod),
    ("restricted_card", Class::NotPermitted, Retry::NewMethod),
    ("revoked_authorization", Class::RevokedAuthorization, Retry::Stop),
    ("stop_payment_order", Class::RevokedAuthorization, Retry::Stop),
    ("subscription_cancelled", Class::RevokedAuthorization, Retry::Stop),
    ("mandate_cancelled", Class::MandateCancelled, Retry::NewMethod),
    ("payment_disputed", Class::Disputed, Retry::Stop),
    ("cancelled", Class::Cancelled, Retry::Hold),
    ("merchant_suspended", Class::InvalidConfiguration, Retry::Merchant),
    ("amount_too_large", Class::InvalidConfiguration, Retry::Hold),
];

/// A code that is not in the table is unclassified.
pub fn decline(told: &objects::Decline) -> Decline {
    let known = CODES.iter().find(|(code, _, _)| *code == told.code);
    let (class, retry) =
        known.map_or((Class::Unclassified, Retry::Limited), |(_, class, retry)| (*class, *retry));
    Decline {
        class,
        retry,
        code: told.code.clone(),
        network_code: told.network_code.clone(),
        advice_code: told.advice_code.clone(),
        retry_after_s: told.retry_after_s,
        message: told.message.clone(),
    }
}

/// A charge that we or somebody at the PSP cancelled.
pub fn cancelled() -> Decline {
    Decline {
        class: Class::Cancelled,
        retry: Retry::Hold,
        code: "canceled".to_owned(),
        network_code: None,
        advice_code: None,
        retry_after_s: None,
        message: "the charge was cancelled".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(code: &str) -> objects::Decline {
        objects::Decline {
            code: code.to_owned(),
            message: "No.".to_owned(),
            network_code: Some("51".to_owned()),
            advice_code: Some("24".to_owned()),
            retry_after_s: Some(3_600),
        }
    }

    #[test]
    fn every_class_can_be_provoked() {
        let classes = [
            Class::InsufficientFunds,
            Class::LimitExceeded,
            Class::IssuerUnavailable,
            Class::ProcessingError,
            Class::DoNotHonor,
            Class::AuthenticationRequired,
            Class::ExpiredCard,
            Class::InvalidAccount,
            Class::IncorrectDetails,
            Class::LostOrStolen,
            Class::Fraud,
            Class::NotPermitted,
            Class::RevokedAuthorization,
            Class::MandateCancelled,
            Class::Disputed,
            Class::Cancelled,
            Class::InvalidConfiguration,
        ];
        for class in classes {
            assert!(CODES.iter().any(|(_, known, _)| *known == class), "{class:?}");
        }
        let unheard_of = decline(&told("unheard_of"));
        assert_eq!((unheard_of.class, unheard_of.retry), (Class::Unclassified, Retry::Limited));
    }

    #[test]
    fn what_the_network_says_is_passed_on() {
        let decline = decline(&told("try_again_later"));
        assert_eq!(decline.network_code.as_deref(), Some("51"));
        assert_eq!(decline.advice_code.as_deref(), Some("24"));
        assert_eq!(decline.retry_after_s, Some(3_600));
    }

    #[test]
    fn consent_that_is_withdrawn_stops_everything() {
        for code in ["revoked_authorization", "subscription_cancelled", "payment_disputed"] {
            assert_eq!(decline(&told(code)).retry, Retry::Stop, "{code}");
        }
    }
}
