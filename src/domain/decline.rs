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
