//! Why a debit failed, in our words: GoCardless's causes, refined by the
//! scheme's reason codes. Nothing here decides when to try again.

use recoup_plugin::declines::{DAY_S, Table, Verdict};
use recoup_plugin::types::{Decline, DeclineClass as Class, RetryClass as Retry};

use crate::objects::{ApiError, Details};

/// A mandate at another bank becomes active there within a week.
const TRANSFER_S: u64 = 7 * DAY_S;
/// Small banks are slow to know a new instruction.
const SLOW_BANK_S: u64 = 5 * DAY_S;

const CAUSES: Table = &[
    (Class::InsufficientFunds, Retry::Soft, "insufficient_funds"),
    (Class::LimitExceeded, Retry::Soft, "daily_payment_limit_reached"),
    (
        Class::DoNotHonor,
        Retry::Limited,
        "refer_to_payer bank_declined_payment insufficient_payment_permissions",
    ),
    (Class::NotPermitted, Retry::NewMethod, "payment_violated_mandate_parameters"),
    (
        Class::InvalidAccount,
        Retry::NewMethod,
        "bank_account_closed invalid_bank_details direct_debit_not_enabled \
         account_blocked_for_any_financial_transaction payer_deceased bank_account_disabled",
    ),
    // It may be tried once more, a week later: see `Decline::retry_after_s`.
    (Class::InvalidAccount, Retry::Limited, "bank_account_transferred"),
    (
        Class::MandateCancelled,
        Retry::NewMethod,
        "mandate_cancelled mandate_expired mandate_blocked mandate_blocked_by_gocardless \
         initial_one_off_payment_failed customer_approval_denied",
    ),
    (Class::MandateCancelled, Retry::Hold, "mandate_suspended_by_payer"),
    (
        Class::Disputed,
        Retry::Stop,
        "authorisation_disputed return_on_odfi_request refund_requested",
    ),
    (Class::RevokedAuthorization, Retry::Stop, "payment_stopped"),
    (Class::ProcessingError, Retry::Limited, "test_failure"),
    (Class::Cancelled, Retry::Hold, "payment_cancelled instalment_schedule_cancelled"),
];

/// Reason codes that say more than `refer_to_payer` or `other`: scheme and
/// code, without the prefix of the report they came in.
const REASONS: Table = &[
    (
        Class::InsufficientFunds,
        Retry::Soft,
        "ach:R01 ach:R09 bacs:0 becs:6 pad:901 pad:908 pad:909 becs_nz:AM04 sepa_core:AM04",
    ),
    (
        Class::RevokedAuthorization,
        Retry::Stop,
        "ach:R08 ach:R23 ach:R29 sepa_core:MS02 becs_nz:MS01 betalingsservice:0237",
    ),
    (
        Class::Disputed,
        Retry::Stop,
        "ach:R05 pad:916 pad:918 pad:919 pad:921 becs:UCDUOTHR becs_nz:BE05 sepa_core:MD06",
    ),
    (
        Class::InvalidAccount,
        Retry::NewMethod,
        "ach:R16 ach:R20 ach:R34 ach:C01 ach:C02 ach:C03 ach:C05 ach:C06 ach:C07 ach:C08 ach:C09",
    ),
    (
        Class::ProcessingError,
        Retry::Limited,
        "bacs:6 ach:R17 ach:R24 ach:R81 ach:R83 ach:R84 ach:R85 becs:INT_ERR pay_to:INT_ERR",
    ),
];

/// Reads the details of an event. `scheme` is the payment's, should the event
/// not name it.
pub fn decline(details: &Details, scheme: Option<&str>) -> Decline {
    let cause = details.cause.as_deref().unwrap_or("other");
    let scheme = details.scheme.as_deref().or(scheme).unwrap_or("");
    let code = details.reason_code.as_deref().map(without_prefix);
    let mut verdict = Verdict::look_up(CAUSES, cause);
    if matches!(cause, "refer_to_payer" | "other") {
        let refined = Verdict::look_up(REASONS, &format!("{scheme}:{}", code.unwrap_or("")));
        if refined.class != Class::Unclassified {
            verdict = refined;
        }
    }
    match (cause, scheme, code) {
        ("bank_account_transferred", _, _) => verdict.wait(TRANSFER_S),
        (_, "bacs", Some("6")) => verdict.wait(SLOW_BANK_S),
        _ => {}
    }
    Decline {
        class: verdict.class,
        retry: verdict.retry,
        code: cause.to_owned(),
        network_code: code.map(str::to_owned),
        advice_code: None,
        retry_after_s: verdict.retry_after_s,
        message: details.description.clone().unwrap_or_default(),
    }
}

/// A payment that GoCardless did not even take.
pub fn refused(error: &ApiError) -> Decline {
    let (class, retry) = match (error.status, error.reason(), error.field()) {
        (401 | 403 | 400, _, _) => (Class::InvalidConfiguration, Retry::Merchant),
        (_, "mandate_is_inactive" | "mandate_replaced", _) => {
            (Class::MandateCancelled, Retry::NewMethod)
        }
        (_, "bank_account_disabled" | "customer_data_removed", _) => {
            (Class::InvalidAccount, Retry::NewMethod)
        }
        // The mandate's scheme has another currency.
        (_, _, Some("currency")) => (Class::NotPermitted, Retry::NewMethod),
        (404, _, _) | (_, _, Some("mandate" | "links")) => {
            (Class::InvalidAccount, Retry::NewMethod)
        }
        // A wrong amount is a matter of one debt, not of the connection.
        (_, _, Some("amount")) => (Class::InvalidConfiguration, Retry::Hold),
        (_, _, _) => (Class::InvalidConfiguration, Retry::Merchant),
    };
    Decline {
        class,
        retry,
        code: error.reason().to_owned(),
        network_code: None,
        advice_code: None,
        retry_after_s: None,
        message: error.describe(),
    }
}

/// `ARUDD-0` and `ACH_RETURN-R01` are `0` and `R01`.
fn without_prefix(code: &str) -> &str {
    code.rsplit_once('-').map_or(code, |(_, code)| code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use recoup_plugin::declines::codes_that_stand_twice;

    #[test]
    fn no_code_stands_in_the_tables_twice() {
        for table in [CAUSES, REASONS] {
            assert_eq!(codes_that_stand_twice(table), Vec::<&str>::new());
        }
    }

    fn told(cause: &str, scheme: &str, reason_code: &str) -> Decline {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let (cause, reason_code) = (some(cause), some(reason_code));
        decline(&Details { cause, reason_code, ..Details::default() }, Some(scheme))
    }

    #[test]
    fn each_cause_has_the_retry_of_the_taxonomy() {
        for (cause, scheme, code, class, retry) in [
            ("insufficient_funds", "sepa_core", "AM04", Class::InsufficientFunds, Retry::Soft),
            ("refer_to_payer", "bacs", "ARUDD-0", Class::InsufficientFunds, Retry::Soft),
            ("refer_to_payer", "ach", "ACH_RETURN-R01", Class::InsufficientFunds, Retry::Soft),
            ("refer_to_payer", "ach", "ACH_RETURN-R08", Class::RevokedAuthorization, Retry::Stop),
            ("refer_to_payer", "ach", "R05", Class::Disputed, Retry::Stop),
            (
                "refer_to_payer",
                "ach",
                "NOTIFICATION_OF_CHANGE-C03",
                Class::InvalidAccount,
                Retry::NewMethod,
            ),
            ("refer_to_payer", "sepa_core", "MS03", Class::DoNotHonor, Retry::Limited),
            ("refer_to_payer", "becs", "6", Class::InsufficientFunds, Retry::Soft),
            (
                "refer_to_payer",
                "pad",
                "PAYMENT_STATUS_REPORT-901",
                Class::InsufficientFunds,
                Retry::Soft,
            ),
            ("other", "pad", "PAYMENT_STATUS_REPORT-909", Class::InsufficientFunds, Retry::Soft),
            ("other", "becs_nz", "DISHONOUR-BE05", Class::Disputed, Retry::Stop),
            ("other", "becs", "INT_ERR", Class::ProcessingError, Retry::Limited),
            ("other", "sepa_core", "", Class::Unclassified, Retry::Limited),
            ("bank_account_closed", "bacs", "ARUDD-B", Class::InvalidAccount, Retry::NewMethod),
            ("mandate_cancelled", "sepa_core", "MD01", Class::MandateCancelled, Retry::NewMethod),
            ("mandate_suspended_by_payer", "pay_to", "SBP", Class::MandateCancelled, Retry::Hold),
            ("payment_stopped", "becs", "2", Class::RevokedAuthorization, Retry::Stop),
            ("a_cause_of_tomorrow", "bacs", "", Class::Unclassified, Retry::Limited),
        ] {
            let decline = told(cause, scheme, code);
            assert_eq!((decline.class, decline.retry), (class, retry), "{cause} {scheme} {code}");
            assert_eq!(decline.code, cause);
        }
    }

    #[test]
    fn some_wait_until_a_bank_has_caught_up() {
        assert_eq!(told("bank_account_transferred", "bacs", "3").retry_after_s, Some(TRANSFER_S));
        let slow = told("other", "bacs", "ARUDD-6");
        assert_eq!((slow.class, slow.retry_after_s), (Class::ProcessingError, Some(SLOW_BANK_S)));
        assert_eq!(told("insufficient_funds", "bacs", "ARUDD-0").retry_after_s, None);
    }
}
