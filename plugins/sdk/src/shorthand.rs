//! Short ways to write what plugins say most.

use crate::gateway::Setting;
use crate::types::{ChargeAnswer, Decline, DeclineClass, Failure, Outcome, Refusal, RetryClass};

impl Failure {
    /// The PSP said no, and will say no again.
    pub fn refused(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Refused(Refusal { code: code.into(), message: message.into() })
    }

    /// The credentials or the account do not permit it.
    pub fn misconfigured(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Misconfigured(Refusal { code: code.into(), message: message.into() })
    }
}

impl Failure {
    /// The sentence in it.
    pub fn into_reason(self) -> String {
        match self {
            Self::Refused(refusal) | Self::Misconfigured(refusal) => refusal.message,
            Self::Throttled(reason) | Self::NotSent(reason) | Self::Unknown(reason) => reason,
        }
    }
}

impl Outcome {
    /// The settings of the connection do not permit a charge: nothing was sent.
    pub fn unusable(failure: Failure) -> Self {
        Self::Declined(Decline::misconfigured("bad_setting", failure.into_reason()))
    }
}

impl Decline {
    /// Nobody declined: we or the payer cancelled, and nobody shall charge
    /// again by themselves.
    pub fn cancelled(code: impl Into<String>, message: impl Into<String>) -> Self {
        let (class, retry) = (DeclineClass::Cancelled, RetryClass::Hold);
        Self { class, retry, ..Self::misconfigured(code, message) }
    }

    /// Nothing works on this connection until the operator mends it.
    pub fn misconfigured(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            class: DeclineClass::InvalidConfiguration,
            retry: RetryClass::Merchant,
            code: code.into(),
            network_code: None,
            advice_code: None,
            retry_after_s: None,
            message: message.into(),
        }
    }
}

impl ChargeAnswer {
    /// An answer of which nothing but the outcome is known.
    pub fn only(outcome: Outcome) -> Self {
        Self { outcome, charge_id: None, status: String::new(), amount: None, method: None }
    }
}

impl Setting {
    /// A setting that is shown to the operator as it is.
    pub fn plain(key: &str, help: &str) -> Self {
        let (key, help) = (key.to_owned(), help.to_owned());
        Self { key, help, secret: false, required: false, default_value: None }
    }

    /// A setting that is sealed at rest and masked everywhere.
    pub fn secret(key: &str, help: &str) -> Self {
        Self { secret: true, ..Self::plain(key, help) }
    }

    #[must_use]
    pub fn required(self) -> Self {
        Self { required: true, ..self }
    }

    #[must_use]
    pub fn or(self, default_value: &str) -> Self {
        Self { default_value: Some(default_value.to_owned()), ..self }
    }
}
