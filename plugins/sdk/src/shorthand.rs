//! Short ways to write what plugins say most.

use crate::gateway::Setting;
use crate::types::{
    ChargeAnswer, Decline, DeclineClass, Failure, Outcome, PaymentMethod, Refusal, RetryClass,
};

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
    /// What a status says that is no success.
    pub fn of_status(status: u16) -> Self {
        let told = format!("HTTP {status}");
        match status {
            401 | 403 => Self::misconfigured(status.to_string(), told),
            429 => Self::Throttled(told),
            400 | 404 | 405 | 410 | 422 => Self::refused(status.to_string(), told),
            _ => Self::Unknown(told),
        }
    }

    /// The sentence in it.
    pub fn reason(&self) -> &str {
        match self {
            Self::Refused(refusal) | Self::Misconfigured(refusal) => &refusal.message,
            Self::Throttled(reason) | Self::NotSent(reason) | Self::Unknown(reason) => reason,
        }
    }

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

impl Outcome {
    /// What the status of a charge says when its body says nothing. Only wrong
    /// credentials are certain; everything else may have taken the money.
    pub fn of_status(status: u16) -> Self {
        let told = format!("HTTP {status}");
        match status {
            401 | 403 => Self::Declined(Decline::misconfigured(status.to_string(), told)),
            _ => Self::Unknown(told),
        }
    }
}

impl Decline {
    /// This one debt cannot be charged as it stands: its amount, say.
    pub fn on_hold(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { retry: RetryClass::Hold, ..Self::misconfigured(code, message) }
    }

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

impl PaymentMethod {
    /// A method of which only the PSP's id and its kind are known.
    pub fn of(id: &str, kind: &str) -> Self {
        Self {
            id: id.to_owned(),
            kind: kind.to_owned(),
            brand: None,
            last4: None,
            expiry_month: None,
            expiry_year: None,
            fingerprint: None,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_alone_never_declines_for_the_payer() {
        for status in [200, 202, 302, 400, 402, 404, 409, 429, 500, 502, 503] {
            assert!(matches!(Outcome::of_status(status), Outcome::Unknown(_)), "{status}");
        }
        let Outcome::Declined(decline) = Outcome::of_status(401) else {
            panic!("the credentials are wrong")
        };
        assert_eq!(decline.retry, RetryClass::Merchant);
    }

    #[test]
    fn what_may_have_been_made_is_not_refused() {
        assert!(matches!(Failure::of_status(500), Failure::Unknown(_)));
        assert!(matches!(Failure::of_status(409), Failure::Unknown(_)));
        assert!(matches!(Failure::of_status(404), Failure::Refused(_)));
        assert!(matches!(Failure::of_status(429), Failure::Throttled(_)));
        assert_eq!(Failure::of_status(403).reason(), "HTTP 403");
    }
}
