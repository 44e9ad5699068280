//! The plugin's answers into our words. What a plugin says is not trusted: texts are masked and
//! cut, an amount that is none makes the outcome unknown.

use crate::app::ports::{
    Cancellation, ChargeFinding, HostedPage, PspError, PspEvent, PspNews, Translation,
    WebhookRefusal,
};
use crate::domain::attempt::{Action, ChargeAnswer, Outcome};
use crate::domain::connection::Mode;
use crate::domain::decline::{Decline, DeclineClass, RetryClass};
use crate::domain::money::Money;
use crate::domain::payment_method::MethodDetails;
use crate::domain::refund::{RefundAnswer, RefundOutcome};
use crate::domain::session::SessionFinding;
use crate::domain::time::{Span, Timestamp};

use super::super::mask::Mask;
use super::exports::recoup::psp::{charging, checkout, gateway, refunds, webhooks};
use super::recoup::psp::types;

/// Longer texts for operators are cut.
const TEXT_BYTES_MAX: usize = 2_000;

/// Reads the answers of one call, whose secrets it masks.
pub struct Words<'a>(pub &'a Mask);

impl Words<'_> {
    /// A text for operators.
    fn text(&self, text: &str) -> String {
        self.0.text(text, TEXT_BYTES_MAX)
    }

    /// An amount that cannot be read leaves only one safe thing to say.
    pub fn charge_answer(&self, answer: types::ChargeAnswer) -> ChargeAnswer {
        let (outcome, amount) = match answer.amount.map(money).transpose() {
            Ok(amount) => (self.outcome(answer.outcome), amount),
            Err(NotMoney) => (Outcome::Unknown(NotMoney.to_string()), None),
        };
        ChargeAnswer {
            outcome,
            charge_id: answer.charge_id,
            status: self.text(&answer.status),
            amount,
            method: answer.method.map(method),
        }
    }

    fn outcome(&self, outcome: types::Outcome) -> Outcome {
        match outcome {
            types::Outcome::Paid => Outcome::Paid,
            types::Outcome::Declined(decline) => Outcome::Declined(self.decline(decline)),
            types::Outcome::NeedsAction(action) => Outcome::NeedsAction(Action {
                kind: self.text(&action.kind),
                url: action.url.filter(|url| is_web_address(url)),
            }),
            types::Outcome::Pending => Outcome::Pending,
            types::Outcome::NotSent(reason) => Outcome::NotSent(self.text(&reason)),
            types::Outcome::Unknown(reason) => Outcome::Unknown(self.text(&reason)),
        }
    }

    fn decline(&self, decline: types::Decline) -> Decline {
        Decline {
            class: decline_class(decline.class),
            retry: retry_class(decline.retry),
            code: self.text(&decline.code),
            network_code: decline.network_code,
            advice_code: decline.advice_code,
            retry_after: decline.retry_after_s.map(span),
            message: self.text(&decline.message),
        }
    }

    pub fn finding(&self, finding: charging::ChargeFinding) -> ChargeFinding {
        match finding {
            charging::ChargeFinding::Found(answer) => {
                ChargeFinding::Found(self.charge_answer(answer))
            }
            charging::ChargeFinding::Absent => ChargeFinding::Absent,
            charging::ChargeFinding::CannotTell(reason) => {
                ChargeFinding::CannotTell(self.text(&reason))
            }
        }
    }

    pub fn cancellation(&self, cancellation: charging::Cancellation) -> Cancellation {
        match cancellation {
            charging::Cancellation::Cancelled(answer) => {
                Cancellation::Cancelled(self.charge_answer(answer))
            }
            charging::Cancellation::Final(answer) => {
                Cancellation::Final(self.charge_answer(answer))
            }
            charging::Cancellation::CannotTell(reason) => {
                Cancellation::CannotTell(self.text(&reason))
            }
        }
    }

    pub fn refund(&self, answer: refunds::RefundAnswer) -> RefundAnswer {
        let outcome = match answer.status {
            refunds::RefundStatus::Pending => RefundOutcome::Pending,
            refunds::RefundStatus::Succeeded => RefundOutcome::Succeeded,
            refunds::RefundStatus::Failed => {
                let code = answer
                    .reason
                    .map_or_else(|| "refund_failed".to_owned(), |reason| self.text(&reason));
                let message = "the provider could not give the money back".to_owned();
                RefundOutcome::Failed { code, message }
            }
        };
        RefundAnswer { provider_refund_id: Some(answer.id), outcome }
    }

    pub fn failure(&self, failure: types::Failure) -> PspError {
        match failure {
            types::Failure::Refused(refusal) => PspError::Refused {
                code: self.text(&refusal.code),
                message: self.text(&refusal.message),
            },
            types::Failure::Throttled(reason) => PspError::Throttled(self.text(&reason)),
            types::Failure::Misconfigured(refusal) => PspError::Misconfigured {
                code: self.text(&refusal.code),
                message: self.text(&refusal.message),
            },
            types::Failure::NotSent(reason) => PspError::NotSent(self.text(&reason)),
            types::Failure::Unknown(reason) => PspError::Unknown(self.text(&reason)),
        }
    }

    /// Payers are sent there, so anything but a web address is refused.
    pub fn hosted_page(&self, session: checkout::Session) -> Result<HostedPage, PspError> {
        if !is_web_address(&session.url) {
            let reason = "the plugin answered a page whose address is not http or https";
            return Err(PspError::Unknown(reason.into()));
        }
        Ok(HostedPage {
            provider_session_id: session.id,
            url: session.url,
            expires_at: session.expires_at_ms.map(timestamp),
        })
    }

    pub fn session(&self, state: checkout::SessionState) -> SessionFinding {
        match state {
            checkout::SessionState::Open => SessionFinding::Open,
            checkout::SessionState::InProgress(answer) => {
                SessionFinding::InProgress(answer.map(|answer| self.charge_answer(answer)))
            }
            checkout::SessionState::SetUp(details) => SessionFinding::SetUp(method(details)),
            checkout::SessionState::Paid(answer) => {
                SessionFinding::Paid(self.charge_answer(answer))
            }
            checkout::SessionState::Expired => SessionFinding::Expired,
        }
    }

    pub fn translation(&self, translation: webhooks::Translation) -> Translation {
        Translation {
            events: translation
                .events
                .into_iter()
                .map(|event| PspEvent {
                    id: event.id,
                    occurred_at: timestamp(event.occurred_at_ms),
                    news: self.news(event.kind),
                })
                .collect(),
            reply: translation.reply,
        }
    }

    fn news(&self, kind: webhooks::EventKind) -> PspNews {
        match kind {
            webhooks::EventKind::ChargeChanged(event) => PspNews::ChargeChanged {
                reference: event.reference,
                session_reference: event.session_reference,
                answer: self.charge_answer(event.answer),
            },
            webhooks::EventKind::MethodStored(event) => PspNews::MethodStored {
                provider_customer_id: event.customer_id,
                method: method(event.method),
                make_default: event.make_default,
            },
            webhooks::EventKind::MethodRemoved(provider_method_id) => {
                PspNews::MethodRemoved { provider_method_id }
            }
            webhooks::EventKind::SessionEnded(event) => PspNews::SessionEnded {
                provider_session_id: event.session_id,
                reference: event.reference,
            },
            webhooks::EventKind::DisputeLost(event) => PspNews::DisputeLost {
                charge_id: event.charge_id,
                reason: self.text(&event.reason),
            },
            webhooks::EventKind::RefundChanged(event) => PspNews::RefundChanged {
                refund_id: event.refund_id,
                charge_id: event.charge_id,
                succeeded: event.succeeded,
            },
            webhooks::EventKind::Ignored(kind) => PspNews::Ignored { kind: self.text(&kind) },
        }
    }

    pub fn refusal(&self, refusal: webhooks::Refusal) -> WebhookRefusal {
        match refusal {
            webhooks::Refusal::BadSignature(reason) => {
                WebhookRefusal::BadSignature(self.text(&reason))
            }
            webhooks::Refusal::Unreadable(reason) => WebhookRefusal::Unreadable(self.text(&reason)),
        }
    }
}

pub fn mode(mode: gateway::Mode) -> Mode {
    match mode {
        gateway::Mode::Test => Mode::Test,
        gateway::Mode::Live => Mode::Live,
    }
}

pub fn method(method: types::PaymentMethod) -> MethodDetails {
    MethodDetails {
        provider_method_id: method.id,
        kind: method.kind,
        brand: method.brand,
        last4: method.last4,
        expiry_month: method.expiry_month,
        expiry_year: method.expiry_year,
        fingerprint: method.fingerprint,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the plugin answered an amount that is no money")]
struct NotMoney;

fn money(money: types::Money) -> Result<Money, NotMoney> {
    let minor_units = i64::try_from(money.minor_units).map_err(|_| NotMoney)?;
    let currency = money.currency.parse().map_err(|_| NotMoney)?;
    Ok(Money::new(minor_units, currency))
}

/// Longer than `Span::seconds` can say is as good as for ever.
pub fn span(seconds: u64) -> Span {
    Span::seconds(u32::try_from(seconds).unwrap_or(u32::MAX))
}

fn timestamp(unix_ms: u64) -> Timestamp {
    Timestamp::from_unix_ms(i64::try_from(unix_ms).unwrap_or(i64::MAX))
}

fn is_web_address(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "https" | "http"))
}

fn decline_class(class: types::DeclineClass) -> DeclineClass {
    match class {
        types::DeclineClass::InsufficientFunds => DeclineClass::InsufficientFunds,
        types::DeclineClass::LimitExceeded => DeclineClass::LimitExceeded,
        types::DeclineClass::IssuerUnavailable => DeclineClass::IssuerUnavailable,
        types::DeclineClass::ProcessingError => DeclineClass::ProcessingError,
        types::DeclineClass::DoNotHonor => DeclineClass::DoNotHonor,
        types::DeclineClass::Unclassified => DeclineClass::Unclassified,
        types::DeclineClass::AuthenticationRequired => DeclineClass::AuthenticationRequired,
        types::DeclineClass::ExpiredCard => DeclineClass::ExpiredCard,
        types::DeclineClass::InvalidAccount => DeclineClass::InvalidAccount,
        types::DeclineClass::IncorrectDetails => DeclineClass::IncorrectDetails,
        types::DeclineClass::LostOrStolen => DeclineClass::LostOrStolen,
        types::DeclineClass::Fraud => DeclineClass::Fraud,
        types::DeclineClass::NotPermitted => DeclineClass::NotPermitted,
        types::DeclineClass::RevokedAuthorization => DeclineClass::RevokedAuthorization,
        types::DeclineClass::MandateCancelled => DeclineClass::MandateCancelled,
        types::DeclineClass::Disputed => DeclineClass::Disputed,
        types::DeclineClass::Cancelled => DeclineClass::Cancelled,
        types::DeclineClass::InvalidConfiguration => DeclineClass::InvalidConfiguration,
    }
}

fn retry_class(class: types::RetryClass) -> RetryClass {
    match class {
        types::RetryClass::Soft => RetryClass::Soft,
        types::RetryClass::SoftShort => RetryClass::SoftShort,
        types::RetryClass::Limited => RetryClass::Limited,
        types::RetryClass::CustomerAction => RetryClass::CustomerAction,
        types::RetryClass::NewMethod => RetryClass::NewMethod,
        types::RetryClass::Stop => RetryClass::Stop,
        types::RetryClass::Merchant => RetryClass::Merchant,
        types::RetryClass::Hold => RetryClass::Hold,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paid(amount: Option<types::Money>) -> types::ChargeAnswer {
        types::ChargeAnswer {
            outcome: types::Outcome::Paid,
            charge_id: Some("ch_1".into()),
            status: "succeeded".into(),
            amount,
            method: None,
        }
    }

    fn amount(minor_units: u64, currency: &str) -> types::Money {
        types::Money { minor_units, currency: currency.into() }
    }

    #[test]
    fn an_amount_that_is_no_money_makes_the_outcome_unknown() {
        let mask = Mask::default();
        let words = Words(&mask);
        for bad in [amount(u64::MAX, "EUR"), amount(1, "eur"), amount(1, "XXX")] {
            let answer = words.charge_answer(paid(Some(bad)));
            assert!(matches!(answer.outcome, Outcome::Unknown(_)), "{answer:?}");
            assert_eq!(answer.charge_id.as_deref(), Some("ch_1"));
        }
        let good = words.charge_answer(paid(Some(amount(4900, "EUR"))));
        assert_eq!(good.outcome, Outcome::Paid);
        assert_eq!(good.amount.map(|money| money.minor_units), Some(4900));
    }

    #[test]
    fn secrets_do_not_come_back_in_texts() {
        let mask = Mask::of(["sk_test_secret"]);
        let said = Words(&mask).failure(types::Failure::Unknown("bad sk_test_secret".into()));
        assert_eq!(said, PspError::Unknown("bad ***".into()));
    }

    #[test]
    fn payers_are_only_sent_to_web_addresses() {
        let mask = Mask::default();
        let page = checkout::Session {
            id: "cs_1".into(),
            url: "javascript:alert(1)".into(),
            expires_at_ms: None,
        };
        assert!(Words(&mask).hosted_page(page).is_err());
    }
}
