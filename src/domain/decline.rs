//! Why a charge was declined, and what that allows next. The same enums stand in `wit/psp.wit`;
//! a released interface does not grow, so neither do these without a new version of it.

use super::time::Span;

/// Gives an enum its stable text, for tables, logs and dialects.
macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident {
        $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)?
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }

            /// None when the text names no variant.
            pub fn parse(text: &str) -> Option<$name> {
                match text { $($text => Some($name::$variant),)+ _ => None }
            }
        }
    };
}
pub(crate) use text_enum;

text_enum!(
    /// Why, in our words. An operator reads it; a payer never sees fraud, lost or stolen.
    DeclineClass {
        InsufficientFunds = "insufficient_funds",
        LimitExceeded = "limit_exceeded",
        IssuerUnavailable = "issuer_unavailable",
        ProcessingError = "processing_error",
        DoNotHonor = "do_not_honor",
        /// The provider's code is in no table of the plugin.
        Unclassified = "unclassified",
        AuthenticationRequired = "authentication_required",
        ExpiredCard = "expired_card",
        InvalidAccount = "invalid_account",
        IncorrectDetails = "incorrect_details",
        LostOrStolen = "lost_or_stolen",
        Fraud = "fraud",
        NotPermitted = "not_permitted",
        RevokedAuthorization = "revoked_authorization",
        MandateCancelled = "mandate_cancelled",
        Disputed = "disputed",
        /// We or the payer cancelled: nobody declined anything.
        Cancelled = "cancelled",
        InvalidConfiguration = "invalid_configuration",
    }
);

text_enum!(
    /// What a decline allows next.
    RetryClass {
        Soft = "soft",
        SoftShort = "soft_short",
        Limited = "limited",
        CustomerAction = "customer_action",
        NewMethod = "new_method",
        Stop = "stop",
        Merchant = "merchant",
        Hold = "hold",
    }
);

impl DeclineClass {
    /// For operators, in a sentence. Payers are never shown it.
    pub const fn words(self) -> &'static str {
        match self {
            DeclineClass::InsufficientFunds => "there is not enough money now",
            DeclineClass::LimitExceeded => "a limit of the card or account is reached",
            DeclineClass::IssuerUnavailable => "the bank did not answer",
            DeclineClass::ProcessingError => "there was a technical failure",
            DeclineClass::DoNotHonor => "the bank said no without a reason",
            DeclineClass::Unclassified => "for a reason that recoup does not know",
            DeclineClass::AuthenticationRequired => "the payer must confirm it",
            DeclineClass::ExpiredCard => "the card has expired",
            DeclineClass::InvalidAccount => "the number or account is wrong or closed",
            DeclineClass::IncorrectDetails => "the details of the card are wrong",
            DeclineClass::LostOrStolen => "the card is reported lost or stolen",
            DeclineClass::Fraud => "fraud is suspected",
            DeclineClass::NotPermitted => "the card cannot make this kind of payment",
            DeclineClass::RevokedAuthorization => "the payer has withdrawn consent",
            DeclineClass::MandateCancelled => "the mandate is gone",
            DeclineClass::Disputed => "the payer has disputed it",
            DeclineClass::Cancelled => "it was cancelled",
            DeclineClass::InvalidConfiguration => "our keys, account or amount are wrong",
        }
    }

    /// What such a decline allows next, where the provider says no more than that.
    pub const fn usual_retry(self) -> RetryClass {
        match self {
            DeclineClass::InsufficientFunds | DeclineClass::LimitExceeded => RetryClass::Soft,
            DeclineClass::IssuerUnavailable | DeclineClass::ProcessingError => {
                RetryClass::SoftShort
            }
            DeclineClass::DoNotHonor | DeclineClass::Unclassified => RetryClass::Limited,
            DeclineClass::AuthenticationRequired => RetryClass::CustomerAction,
            DeclineClass::ExpiredCard
            | DeclineClass::InvalidAccount
            | DeclineClass::IncorrectDetails
            | DeclineClass::LostOrStolen
            | DeclineClass::Fraud
            | DeclineClass::NotPermitted
            | DeclineClass::MandateCancelled => RetryClass::NewMethod,
            DeclineClass::RevokedAuthorization | DeclineClass::Disputed => RetryClass::Stop,
            DeclineClass::Cancelled => RetryClass::Hold,
            DeclineClass::InvalidConfiguration => RetryClass::Merchant,
        }
    }
}

impl RetryClass {
    /// The instrument must not be tried again for this debt.
    pub const fn is_hard(self) -> bool {
        matches!(self, RetryClass::NewMethod | RetryClass::Stop)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decline {
    pub class: DeclineClass,
    pub retry: RetryClass,
    /// The provider's own code, as it is.
    pub code: String,
    pub network_code: Option<String>,
    pub advice_code: Option<String>,
    /// The provider asks not to try earlier than this.
    pub retry_after: Option<Span>,
    /// For operators.
    pub message: String,
}

/// What operators say of codes that no plugin knows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeclineMap(Vec<(String, DeclineClass)>);

impl DeclineMap {
    /// Keys are `provider:code`.
    pub fn new(entries: Vec<(String, DeclineClass)>) -> DeclineMap {
        DeclineMap(entries)
    }

    /// The decline as the operator knows it. One that the plugin knows stays as it is.
    pub fn read(&self, decline: &Decline, provider: &str) -> Option<Decline> {
        if decline.class != DeclineClass::Unclassified {
            return None;
        }
        let is_it = |key: &str| {
            key.split_once(':')
                .is_some_and(|(whose, code)| whose == provider && code == decline.code)
        };
        let (_, class) = self.0.iter().find(|(key, _)| is_it(key))?;
        Some(Decline { class: *class, retry: class.usual_retry(), ..decline.clone() })
    }
}
