//! The port `Psps`, spoken through plugins: each function asks one exported function of one
//! plugin. What an answer is worth is judged in `verdict.rs`.

use crate::app::ports::{
    Cancellation, ChargeFinding, ChargeQuery, ChargeRequest, CustomerData, HostedPage,
    InboundWebhook, LinkRequest, PspError, Psps, RefundRequest, SetupRequest, Translation,
    WebhookRefusal,
};
use crate::domain::attempt::ChargeAnswer;
use crate::domain::connection::{Connection, Mode, Provider};
use crate::domain::payment_method::MethodDetails;
use crate::domain::plugin::InstalledPlugin;
use crate::domain::refund::RefundAnswer;
use crate::domain::session::SessionFinding;

use super::host::{PluginHost, Prepared};
use super::v1;
use super::v1::Words;
use super::v1::exports::recoup::psp::{charging, checkout, gateway, refunds, webhooks};
use super::v1::recoup::psp::types;
use super::verdict::{
    Fallible, UNANSWERED, answered, doubted, fallible, no_answer, no_refund, refunded, session,
};

impl Psps for PluginHost {
    fn providers(&self) -> Vec<Provider> {
        self.plugins().into_values().map(|plugin| plugin.provider.clone()).collect()
    }

    fn provider(&self, name: &str) -> Option<Provider> {
        self.plugin(name).map(|plugin| plugin.provider.clone())
    }

    fn use_plugins(&self, installed: &[InstalledPlugin]) {
        if let Err(error) = self.put(installed) {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "what is installed cannot be used: all stays as it was");
        }
    }

    fn mode_of(&self, connection: &Connection) -> Result<Mode, PspError> {
        let Prepared { call, settings, .. } = self.prepare(connection, "mode-of", None)?;
        let function = &call.exports().gateway.mode_of;
        let called = call.without_reach().run::<_, (gateway::Mode,)>(function, (&settings[..],));
        let (mode,) = answered(called)?;
        Ok(v1::mode(mode))
    }

    fn check(&self, connection: &Connection) -> Result<(), PspError> {
        let Prepared { call, settings, mask } = self.prepare(connection, "check", None)?;
        let function = &call.exports().gateway.check;
        let called = call.run::<_, Fallible<()>>(function, (&settings[..],));
        fallible(called, &Words(&mask))
    }

    fn charge(&self, connection: &Connection, request: &ChargeRequest) -> ChargeAnswer {
        self.charged(connection, request).unwrap_or_else(no_answer)
    }

    fn find_charge(&self, connection: &Connection, query: &ChargeQuery) -> ChargeFinding {
        self.found(connection, query)
            .unwrap_or_else(|error| ChargeFinding::CannotTell(error.to_string()))
    }

    fn cancel_charge(&self, connection: &Connection, query: &ChargeQuery) -> Cancellation {
        self.cancelled(connection, query)
            .unwrap_or_else(|error| Cancellation::CannotTell(error.to_string()))
    }

    fn refund(&self, connection: &Connection, request: &RefundRequest) -> RefundAnswer {
        self.given_back(connection, request).unwrap_or_else(no_refund)
    }

    fn create_customer(
        &self,
        connection: &Connection,
        key: &str,
        customer: &CustomerData,
    ) -> Result<String, PspError> {
        let reference = Some(customer.reference.as_str());
        let Prepared { call, settings, mask } =
            self.prepare(connection, "create-customer", reference)?;
        let exports = call.exports().customers;
        let function = &exports.ok_or(PspError::Unable("customers"))?.create_customer;
        let parameters = (&settings[..], key, &v1::customer(customer));
        let called = call.run::<_, Fallible<String>>(function, parameters);
        fallible(called, &Words(&mask))
    }

    fn update_customer(
        &self,
        connection: &Connection,
        provider_customer_id: &str,
        customer: &CustomerData,
    ) -> Result<(), PspError> {
        let reference = Some(customer.reference.as_str());
        let Prepared { call, settings, mask } =
            self.prepare(connection, "update-customer", reference)?;
        let exports = call.exports().customers;
        let function = &exports.ok_or(PspError::Unable("customers"))?.update_customer;
        let parameters = (&settings[..], provider_customer_id, &v1::customer(customer));
        let called = call.run::<_, Fallible<()>>(function, parameters);
        fallible(called, &Words(&mask))
    }

    fn list_methods(
        &self,
        connection: &Connection,
        provider_customer_id: &str,
    ) -> Result<Vec<MethodDetails>, PspError> {
        let Prepared { call, settings, mask } = self.prepare(connection, "list-methods", None)?;
        let exports = call.exports().methods;
        let function = &exports.ok_or(PspError::Unable("methods"))?.list_methods;
        let parameters = (&settings[..], provider_customer_id);
        let called = call.run::<_, Fallible<Vec<types::PaymentMethod>>>(function, parameters);
        let methods = fallible(called, &Words(&mask))?;
        Ok(methods.into_iter().map(v1::method).collect())
    }

    fn default_method(
        &self,
        connection: &Connection,
        provider_customer_id: &str,
    ) -> Result<Option<MethodDetails>, PspError> {
        let Prepared { call, settings, mask } = self.prepare(connection, "default-method", None)?;
        let exports = call.exports().methods;
        let function = &exports.ok_or(PspError::Unable("methods"))?.default_method;
        let parameters = (&settings[..], provider_customer_id);
        let called = call.run::<_, Fallible<Option<types::PaymentMethod>>>(function, parameters);
        Ok(fallible(called, &Words(&mask))?.map(v1::method))
    }

    fn set_default_method(
        &self,
        connection: &Connection,
        provider_customer_id: &str,
        provider_method_id: &str,
    ) -> Result<(), PspError> {
        let Prepared { call, settings, mask } =
            self.prepare(connection, "set-default-method", None)?;
        let exports = call.exports().methods;
        let function = &exports.ok_or(PspError::Unable("methods"))?.set_default_method;
        let parameters = (&settings[..], provider_customer_id, provider_method_id);
        let called = call.run::<_, Fallible<()>>(function, parameters);
        fallible(called, &Words(&mask))
    }

    fn start_setup(
        &self,
        connection: &Connection,
        request: &SetupRequest,
    ) -> Result<HostedPage, PspError> {
        let reference = Some(request.reference.as_str());
        let Prepared { call, settings, mask } =
            self.prepare(connection, "start-setup", reference)?;
        let exports = call.exports().checkout;
        let function = &exports.ok_or(PspError::Unable("checkout"))?.start_setup;
        let parameters = (&settings[..], &v1::setup_request(request));
        let called = call.run::<_, Fallible<checkout::Session>>(function, parameters);
        let words = Words(&mask);
        words.hosted_page(fallible(called, &words)?)
    }

    fn start_payment(
        &self,
        connection: &Connection,
        request: &LinkRequest,
    ) -> Result<HostedPage, PspError> {
        let reference = Some(request.reference.as_str());
        let Prepared { call, settings, mask } =
            self.prepare(connection, "start-payment", reference)?;
        let exports = call.exports().checkout;
        let function = &exports.ok_or(PspError::Unable("checkout"))?.start_payment;
        let link = v1::link_request(request).map_err(|e| PspError::NotSent(e.to_string()))?;
        let called = call.run::<_, Fallible<checkout::Session>>(function, (&settings[..], &link));
        let words = Words(&mask);
        words.hosted_page(fallible(called, &words)?)
    }

    fn find_session(
        &self,
        connection: &Connection,
        provider_session_id: &str,
    ) -> Result<SessionFinding, PspError> {
        let Prepared { call, settings, mask } = self.prepare(connection, "find-session", None)?;
        let exports = call.exports().checkout;
        let function = &exports.ok_or(PspError::Unable("checkout"))?.find_session;
        let parameters = (&settings[..], provider_session_id);
        let called = call.run::<_, Fallible<checkout::SessionState>>(function, parameters);
        session(called, &Words(&mask))
    }

    fn expire_session(
        &self,
        connection: &Connection,
        provider_session_id: &str,
    ) -> Result<SessionFinding, PspError> {
        let Prepared { call, settings, mask } = self.prepare(connection, "expire-session", None)?;
        let exports = call.exports().checkout;
        let function = &exports.ok_or(PspError::Unable("checkout"))?.expire_session;
        let parameters = (&settings[..], provider_session_id);
        let called = call.run::<_, Fallible<checkout::SessionState>>(function, parameters);
        session(called, &Words(&mask))
    }

    fn translate_webhook(
        &self,
        connection: &Connection,
        inbound: &InboundWebhook,
    ) -> Result<Translation, WebhookRefusal> {
        self.translated(connection, inbound).map_err(WebhookRefusal::Failed)?
    }
}

impl PluginHost {
    fn charged(
        &self,
        connection: &Connection,
        request: &ChargeRequest,
    ) -> Result<ChargeAnswer, PspError> {
        let Prepared { call, settings, mask } =
            self.prepare(connection, "charge", Some(&request.reference))?;
        let exports = call.exports().charging;
        let function = &exports.ok_or(PspError::Unable("charging"))?.charge;
        let request = v1::charge_request(request).map_err(|e| PspError::NotSent(e.to_string()))?;
        let called = call.run::<_, (types::ChargeAnswer,)>(function, (&settings[..], &request));
        let traces = called.traces;
        let (answer,) = answered(called)?;
        Ok(doubted(Words(&mask).charge_answer(answer), traces))
    }

    fn found(
        &self,
        connection: &Connection,
        query: &ChargeQuery,
    ) -> Result<ChargeFinding, PspError> {
        let Prepared { call, settings, mask } =
            self.prepare(connection, "find-charge", Some(&query.reference))?;
        let exports = call.exports().charging;
        let function = &exports.ok_or(PspError::Unable("charging"))?.find_charge;
        let parameters = (&settings[..], &v1::charge_query(query));
        let called = call.run::<_, (charging::ChargeFinding,)>(function, parameters);
        let traces = called.traces;
        let (finding,) = answered(called)?;
        Ok(match Words(&mask).finding(finding) {
            ChargeFinding::Found(answer) => ChargeFinding::Found(doubted(answer, traces)),
            // Absence is proved by an answer, and there was none.
            ChargeFinding::Absent if !traces.sent || traces.unanswered => {
                ChargeFinding::CannotTell(UNANSWERED.into())
            }
            ChargeFinding::Absent => ChargeFinding::Absent,
            ChargeFinding::CannotTell(reason) => ChargeFinding::CannotTell(reason),
        })
    }

    fn given_back(
        &self,
        connection: &Connection,
        request: &RefundRequest,
    ) -> Result<RefundAnswer, PspError> {
        let Prepared { call, settings, mask } =
            self.prepare(connection, "refund", Some(&request.reference))?;
        let exports = call.exports().refunds;
        let function = &exports.ok_or(PspError::Unable("refunds"))?.refund;
        let request = v1::refund_request(request).map_err(|e| PspError::NotSent(e.to_string()))?;
        let called =
            call.run::<_, Fallible<refunds::RefundAnswer>>(function, (&settings[..], &request));
        let traces = called.traces;
        let words = Words(&mask);
        Ok(refunded(words.refund(fallible(called, &words)?), traces))
    }

    fn cancelled(
        &self,
        connection: &Connection,
        query: &ChargeQuery,
    ) -> Result<Cancellation, PspError> {
        let Prepared { call, settings, mask } =
            self.prepare(connection, "cancel-charge", Some(&query.reference))?;
        let exports = call.exports().charging;
        let function = &exports.ok_or(PspError::Unable("charging"))?.cancel_charge;
        let parameters = (&settings[..], &v1::charge_query(query));
        let called = call.run::<_, (charging::Cancellation,)>(function, parameters);
        let traces = called.traces;
        let (cancellation,) = answered(called)?;
        Ok(match Words(&mask).cancellation(cancellation) {
            Cancellation::Cancelled(_) if traces.unanswered => {
                Cancellation::CannotTell(UNANSWERED.into())
            }
            Cancellation::Cancelled(answer) => Cancellation::Cancelled(answer),
            Cancellation::Final(answer) => Cancellation::Final(doubted(answer, traces)),
            Cancellation::CannotTell(reason) => Cancellation::CannotTell(reason),
        })
    }

    fn translated(
        &self,
        connection: &Connection,
        inbound: &InboundWebhook,
    ) -> Result<Result<Translation, WebhookRefusal>, PspError> {
        let Prepared { call, settings, mask } = self.prepare(connection, "translate", None)?;
        let exports = call.exports().webhooks;
        let function = &exports.ok_or(PspError::Unable("webhooks"))?.translate;
        let parameters = (&settings[..], &v1::inbound(inbound));
        let called = call
            .run::<_, (Result<webhooks::Translation, webhooks::Refusal>,)>(function, parameters);
        let (answer,) = answered(called)?;
        let words = Words(&mask);
        Ok(answer
            .map(|translation| words.translation(translation))
            .map_err(|refusal| words.refusal(refusal)))
    }
}
