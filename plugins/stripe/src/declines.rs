//! Why Stripe declined, in our words: one table of its codes, then what the
//! card networks' codes add. Nothing here decides when to try again.

use recoup_plugin::declines::{DAY_S, Table, Verdict};
use recoup_plugin::types::{Decline, DeclineClass as Class, RetryClass as Retry};

use crate::objects::{ApiError, ChargeOutcome};

/// Stripe's `decline_code`, or `code` where there is none; several in a row.
const CODES: Table = &[
    (Class::InsufficientFunds, Retry::Soft, "insufficient_funds"),
    (
        Class::LimitExceeded,
        Retry::Soft,
        "card_velocity_exceeded withdrawal_count_limit_exceeded \
         charge_exceeds_source_limit charge_exceeds_transaction_limit",
    ),
    (
        Class::IssuerUnavailable,
        Retry::SoftShort,
        "issuer_not_available payment_method_provider_timeout",
    ),
    (
        Class::ProcessingError,
        Retry::SoftShort,
        "processing_error reenter_transaction approve_with_id try_again_later",
    ),
    (
        Class::DoNotHonor,
        Retry::Limited,
        "generic_decline do_not_honor call_issuer no_action_taken service_not_allowed \
         payment_method_provider_decline card_declined refer_to_customer",
    ),
    (
        Class::AuthenticationRequired,
        Retry::CustomerAction,
        "authentication_required authentication_not_handled \
         mobile_device_authentication_required online_or_offline_pin_required \
         offline_pin_required payment_intent_authentication_failure \
         payment_intent_action_required",
    ),
    (
        Class::ExpiredCard,
        Retry::NewMethod,
        "expired_card expired_payment_method invalid_expiry_month invalid_expiry_year",
    ),
    (
        Class::InvalidAccount,
        Retry::NewMethod,
        "incorrect_number invalid_number invalid_account \
         new_account_information_available account_closed no_account \
         account_number_invalid routing_number_invalid bank_account_unusable \
         bank_account_restricted sepa_unsupported_account \
         payment_method_bank_account_blocked",
    ),
    (
        Class::IncorrectDetails,
        Retry::NewMethod,
        "incorrect_cvc invalid_cvc incorrect_zip incorrect_address incorrect_pin \
         invalid_pin pin_try_exceeded",
    ),
    (Class::LostOrStolen, Retry::NewMethod, "lost_card stolen_card pickup_card"),
    (Class::Fraud, Retry::NewMethod, "fraudulent merchant_blacklist security_violation"),
    (
        Class::NotPermitted,
        Retry::NewMethod,
        "card_not_supported currency_not_supported transaction_not_allowed not_permitted \
         restricted_card payment_method_currency_mismatch invalid_card_type",
    ),
    (
        Class::RevokedAuthorization,
        Retry::Stop,
        "revocation_of_authorization revocation_of_all_authorizations stop_payment_order \
         debit_not_authorized payment_method_customer_decline do_not_try_again",
    ),
    (
        Class::MandateCancelled,
        Retry::NewMethod,
        "payment_intent_mandate_invalid setup_intent_mandate_invalid \
         india_recurring_payment_mandate_canceled billing_invalid_mandate",
    ),
    // Both of the next two wait at least a day: see `retry_after_s`.
    (Class::ProcessingError, Retry::Limited, "duplicate_transaction"),
    (Class::LimitExceeded, Retry::Limited, "card_decline_rate_limit_exceeded"),
    // A wrong amount is a matter of one debt, not of the connection.
    (Class::InvalidConfiguration, Retry::Hold, "invalid_amount amount_too_small amount_too_large"),
    (
        Class::InvalidConfiguration,
        Retry::Merchant,
        "testmode_decline api_key_expired resource_missing payment_method_unactivated",
    ),
];

/// Reads a decline. `outcome` is that of the charge, where it is known.
pub fn decline(error: &ApiError, outcome: Option<&ChargeOutcome>) -> Decline {
    let of_outcome =
        |field: fn(&ChargeOutcome) -> &Option<String>| outcome.and_then(|o| field(o).as_ref());
    let advice = error.advice_code.as_ref().or(of_outcome(|o| &o.advice_code));
    let network_code =
        error.network_decline_code.as_ref().or(of_outcome(|o| &o.network_decline_code));
    let network_advice =
        error.network_advice_code.as_ref().or(of_outcome(|o| &o.network_advice_code));

    let code = error.decline_code.as_ref().or(error.code.as_ref());
    let mut verdict = of_code(code.map_or("", String::as_str), error);
    // The later rule is the stronger one: Stripe's advice, then the network's.
    if outcome.and_then(|o| o.kind.as_deref()) == Some("blocked") {
        verdict.tighten(Class::Fraud, Retry::NewMethod);
    }
    heed_stripe(&mut verdict, advice.map_or("", String::as_str));
    verdict.heed_network(network_code.map_or("", String::as_str));
    verdict.heed_mastercard(network_advice.map_or("", String::as_str));

    Decline {
        class: verdict.class,
        retry: verdict.retry,
        code: code.cloned().unwrap_or_else(|| "unknown".to_owned()),
        network_code: network_code.cloned(),
        advice_code: network_advice.or(advice).cloned(),
        retry_after_s: verdict.retry_after_s,
        message: error.message.clone().unwrap_or_default(),
    }
}

/// What the code alone says.
fn of_code(code: &str, error: &ApiError) -> Verdict {
    if code == "resource_missing" && error.param.as_deref() == Some("payment_method") {
        return Verdict::new(Class::InvalidAccount, Retry::NewMethod);
    }
    let mut verdict = Verdict::look_up(CODES, code);
    if code == "duplicate_transaction" || code == "card_decline_rate_limit_exceeded" {
        verdict.wait(DAY_S);
    }
    verdict
}

fn heed_stripe(verdict: &mut Verdict, advice: &str) {
    match advice {
        "try_again_later" => verdict.soften(),
        "confirm_card_data" => verdict.tighten(Class::IncorrectDetails, Retry::NewMethod),
        "do_not_try_again" => verdict.tighten(verdict.class, Retry::NewMethod),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use recoup_plugin::declines::{HOUR_S, codes_that_stand_twice};

    fn read(decline_code: &str) -> Decline {
        let decline_code = Some(decline_code.to_owned());
        decline(&ApiError { decline_code, ..ApiError::default() }, None)
    }

    #[test]
    fn no_code_stands_in_the_table_twice() {
        assert_eq!(codes_that_stand_twice(CODES), Vec::<&str>::new());
    }

    #[test]
    fn each_class_has_the_retry_of_the_taxonomy() {
        for (code, class, retry) in [
            ("insufficient_funds", Class::InsufficientFunds, Retry::Soft),
            ("card_velocity_exceeded", Class::LimitExceeded, Retry::Soft),
            ("issuer_not_available", Class::IssuerUnavailable, Retry::SoftShort),
            ("processing_error", Class::ProcessingError, Retry::SoftShort),
            ("generic_decline", Class::DoNotHonor, Retry::Limited),
            ("refer_to_customer", Class::DoNotHonor, Retry::Limited),
            ("authentication_required", Class::AuthenticationRequired, Retry::CustomerAction),
            ("expired_card", Class::ExpiredCard, Retry::NewMethod),
            ("account_closed", Class::InvalidAccount, Retry::NewMethod),
            ("incorrect_cvc", Class::IncorrectDetails, Retry::NewMethod),
            ("lost_card", Class::LostOrStolen, Retry::NewMethod),
            ("fraudulent", Class::Fraud, Retry::NewMethod),
            ("card_not_supported", Class::NotPermitted, Retry::NewMethod),
            ("stop_payment_order", Class::RevokedAuthorization, Retry::Stop),
            ("billing_invalid_mandate", Class::MandateCancelled, Retry::NewMethod),
            ("amount_too_small", Class::InvalidConfiguration, Retry::Hold),
            ("api_key_expired", Class::InvalidConfiguration, Retry::Merchant),
            ("a_code_of_tomorrow", Class::Unclassified, Retry::Limited),
        ] {
            let decline = read(code);
            assert_eq!((decline.class, decline.retry), (class, retry), "{code}");
            assert_eq!(decline.code, code);
        }
    }

    #[test]
    fn a_repeated_payment_waits_a_day() {
        for code in ["duplicate_transaction", "card_decline_rate_limit_exceeded"] {
            let decline = read(code);
            assert_eq!((decline.retry, decline.retry_after_s), (Retry::Limited, Some(DAY_S)));
        }
    }

    #[test]
    fn a_method_that_is_gone_needs_another_one() {
        let gone = |param: &str| {
            let code = Some("resource_missing".to_owned());
            let param = Some(param.to_owned());
            decline(&ApiError { code, param, ..ApiError::default() }, None).retry
        };
        assert_eq!(gone("payment_method"), Retry::NewMethod);
        assert_eq!(gone("customer"), Retry::Merchant);
    }

    /// Decline code, Stripe's advice, network code, network advice.
    fn advised([code, advice, network, mastercard]: [&str; 4]) -> Decline {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let error = ApiError {
            decline_code: some(code),
            advice_code: some(advice),
            network_decline_code: some(network),
            network_advice_code: some(mastercard),
            ..ApiError::default()
        };
        decline(&error, None)
    }

    #[test]
    fn advice_makes_stricter_and_only_some_makes_laxer() {
        for (told, class, retry, retry_after_s) in [
            // Stripe's advice.
            (["do_not_honor", "try_again_later", "", ""], Class::DoNotHonor, Retry::Soft, None),
            (["lost_card", "try_again_later", "", ""], Class::LostOrStolen, Retry::NewMethod, None),
            (
                ["do_not_honor", "confirm_card_data", "", ""],
                Class::IncorrectDetails,
                Retry::NewMethod,
                None,
            ),
            (
                ["insufficient_funds", "do_not_try_again", "", ""],
                Class::InsufficientFunds,
                Retry::NewMethod,
                None,
            ),
            (
                ["stop_payment_order", "do_not_try_again", "", ""],
                Class::RevokedAuthorization,
                Retry::Stop,
                None,
            ),
            // The network's code: a reason for the nameless, never laxer.
            (["generic_decline", "", "51", ""], Class::InsufficientFunds, Retry::Limited, None),
            (["insufficient_funds", "", "41", ""], Class::LostOrStolen, Retry::NewMethod, None),
            (["expired_card", "", "05", ""], Class::ExpiredCard, Retry::NewMethod, None),
            (["do_not_honor", "", "R1", ""], Class::RevokedAuthorization, Retry::Stop, None),
            // Mastercard's advice.
            (
                ["insufficient_funds", "", "51", "24"],
                Class::InsufficientFunds,
                Retry::Soft,
                Some(HOUR_S),
            ),
            (["do_not_honor", "", "05", "30"], Class::DoNotHonor, Retry::Soft, Some(10 * DAY_S)),
            (["do_not_honor", "", "", "02"], Class::DoNotHonor, Retry::Limited, Some(3 * DAY_S)),
            (["do_not_honor", "try_again_later", "", "03"], Class::DoNotHonor, Retry::Stop, None),
            (["do_not_honor", "", "", "21"], Class::RevokedAuthorization, Retry::Stop, None),
            (["do_not_honor", "", "", "22"], Class::InvalidConfiguration, Retry::Merchant, None),
            (["lost_card", "", "", "43"], Class::LostOrStolen, Retry::NewMethod, None),
        ] {
            let decline = advised(told);
            assert_eq!(
                (decline.class, decline.retry, decline.retry_after_s),
                (class, retry, retry_after_s),
                "{told:?}"
            );
        }
    }

    #[test]
    fn what_radar_blocked_is_fraud() {
        let outcome = ChargeOutcome {
            kind: Some("blocked".to_owned()),
            advice_code: None,
            network_advice_code: None,
            network_decline_code: None,
        };
        let code = Some("card_declined".to_owned());
        let decline = decline(&ApiError { code, ..ApiError::default() }, Some(&outcome));
        assert_eq!((decline.class, decline.retry), (Class::Fraud, Retry::NewMethod));
    }
}
