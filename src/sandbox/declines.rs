//! The decline codes that this PSP documents, each with what a card network would say beside it.
//! A code that is not listed is declined all the same, with that very code: so a plugin can be
//! tried on one that it has never heard of.

use serde::Serialize;

/// One documented decline code.
pub struct DeclineCode {
    pub code: &'static str,
    pub message: &'static str,
    /// ISO 8583 response code, as card networks send it.
    pub network_code: Option<&'static str>,
    /// Merchant advice code, as Mastercard sends it.
    pub advice_code: Option<&'static str>,
    /// Do not try earlier than this.
    pub retry_after_s: Option<u64>,
}

/// What an answer says of a decline.
#[derive(Serialize)]
pub struct DeclineView<'a> {
    code: &'a str,
    message: &'a str,
    network_code: Option<&'static str>,
    advice_code: Option<&'static str>,
    retry_after_s: Option<u64>,
}

pub const DECLINE_CODES: &[DeclineCode] = &[
    networked("insufficient_funds", "The account does not have enough money.", "51"),
    networked("limit_exceeded", "The card's spending limit is reached.", "61"),
    networked("withdrawal_count_limit_exceeded", "The card was used too often.", "65"),
    networked("issuer_unavailable", "The bank did not answer.", "91"),
    networked("processing_error", "A technical failure on the way to the bank.", "96"),
    networked("do_not_honor", "The bank said no without a reason.", "05"),
    networked("generic_decline", "The bank said no without a reason.", "05"),
    networked("call_issuer", "The bank wants to be called.", "01"),
    networked("authentication_required", "The payer has to confirm with the bank.", "1A"),
    networked("expired_card", "The card has expired.", "54"),
    networked("invalid_account", "The account does not exist.", "14"),
    networked("invalid_number", "The card number is wrong.", "14"),
    networked("account_closed", "The account was closed.", "46"),
    networked("incorrect_cvc", "The security code is wrong.", "82"),
    networked("incorrect_pin", "The PIN is wrong.", "55"),
    networked("lost_card", "The card is reported lost.", "41"),
    networked("stolen_card", "The card is reported stolen.", "43"),
    networked("pickup_card", "The bank wants the card back.", "04"),
    networked("fraudulent", "The bank suspects fraud.", "59"),
    networked("not_permitted", "The card cannot be used for this.", "57"),
    networked("transaction_not_allowed", "The card cannot be used for this.", "57"),
    networked("restricted_card", "The card is restricted.", "62"),
    networked("revoked_authorization", "The payer withdrew consent to further charges.", "R1"),
    networked("stop_payment_order", "The payer stopped this payment.", "R0"),
    plain("mandate_cancelled", "The mandate for this account was cancelled."),
    plain("payment_disputed", "The payer contested the debit."),
    plain("cancelled", "The payer cancelled the payment."),
    plain("merchant_suspended", "Your account may not charge at the moment."),
    networked("amount_too_large", "The amount is above what the account may charge.", "13"),
    DeclineCode {
        advice_code: Some("24"),
        retry_after_s: Some(3_600),
        ..networked("try_again_later", "Not now: try again in an hour.", "51")
    },
    DeclineCode {
        advice_code: Some("03"),
        ..networked("do_not_try_again", "The bank asks not to try this card again.", "05")
    },
    DeclineCode {
        advice_code: Some("21"),
        ..networked("subscription_cancelled", "The payer ended the subscription at the bank.", "05")
    },
];

const fn networked(
    code: &'static str,
    message: &'static str,
    network_code: &'static str,
) -> DeclineCode {
    DeclineCode { network_code: Some(network_code), ..plain(code, message) }
}

const fn plain(code: &'static str, message: &'static str) -> DeclineCode {
    DeclineCode { code, message, network_code: None, advice_code: None, retry_after_s: None }
}

/// The decline as an answer tells it.
pub fn view(code: &str) -> DeclineView<'_> {
    match DECLINE_CODES.iter().find(|row| row.code == code) {
        Some(row) => DeclineView {
            code,
            message: row.message,
            network_code: row.network_code,
            advice_code: row.advice_code,
            retry_after_s: row.retry_after_s,
        },
        None => DeclineView {
            code,
            message: "Declined with a code that is not documented.",
            network_code: None,
            advice_code: None,
            retry_after_s: None,
        },
    }
}

/// What a payer may read: never that a card is thought lost, stolen or misused.
pub fn for_payer(code: &str) -> &'static str {
    match code {
        "insufficient_funds" => "There is not enough money in the account.",
        "expired_card" => "The card has expired.",
        "incorrect_cvc" | "incorrect_pin" | "invalid_number" => {
            "Something you typed does not match the card."
        }
        "authentication_required" => "The payment was not confirmed.",
        _ => "The card was declined. Please try another one.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_is_listed_twice_and_each_can_stand_in_a_name() {
        for (index, row) in DECLINE_CODES.iter().enumerate() {
            assert!(row.code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'));
            assert!(!row.code.contains("__"), "{} would end the behaviour", row.code);
            assert!(DECLINE_CODES[index + 1..].iter().all(|other| other.code != row.code));
        }
    }

    #[test]
    fn a_payer_never_reads_that_a_card_is_stolen() {
        for code in ["lost_card", "stolen_card", "pickup_card", "fraudulent"] {
            assert_eq!(for_payer(code), for_payer("do_not_honor"));
        }
    }
}
