//! Collects through Acme Pay. As it stands it speaks to `recoup sandbox`: put your provider's
//! addresses, fields and codes in their places, one after the other.

use recoup_plugin::charging::{Cancellation, ChargeFinding, ChargeQuery, ChargeRequest};
use recoup_plugin::gateway::{Description, Idempotency, Mode, Setting};
use recoup_plugin::http::{Request, Response};
use recoup_plugin::types::{ChargeAnswer, Decline, Failure, Outcome, PaymentMethod, Settings};
use recoup_plugin::{Form, charging, clock, form::path_segment, gateway, methods, settings};
use serde_json::{Value, json};

struct Acme;
recoup_plugin::export!(Acme: gateway, charging, methods);

const BASE_URL: &str = "https://api.acme.example";
/// A request begun this long ago is at the provider by now, if it ever gets there.
const SETTLED_AFTER_MS: u64 = 10_000;

// Why the provider refused, in recoup's words. Nothing here decides when to try again.
recoup_plugin::declines! {
    InsufficientFunds, Soft: "insufficient_funds try_again_later";
    IssuerUnavailable, SoftShort: "issuer_unavailable";
    DoNotHonor, Limited: "do_not_honor generic_decline call_issuer";
    ExpiredCard, NewMethod: "expired_card";
    LostOrStolen, NewMethod: "lost_card stolen_card pickup_card";
    RevokedAuthorization, Stop: "revoked_authorization stop_payment_order";
}

impl gateway::Guest for Acme {
    fn describe() -> Description {
        Description {
            name: "acme".to_owned(),
            title: "Acme Pay".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            settings: vec![
                Setting::secret("secret_key", "The secret key of the account.").required(),
                Setting::plain("base_url", "Where the API is.").or(BASE_URL),
            ],
            hosts: vec!["api.acme.example".to_owned()],
            idempotency: Idempotency {
                key_lifetime_s: 24 * 60 * 60,
                replays_declines: true,
                finds_by_reference: true,
            },
            has_customers: false,
        }
    }

    fn mode_of(settings: Settings) -> Mode {
        match settings::text(&settings, "secret_key") {
            Some(key) if key.starts_with("sk_sandbox_") => Mode::Test,
            Some(_) | None => Mode::Live,
        }
    }

    fn check(settings: Settings) -> Result<(), Failure> {
        call(&settings, Request::get, "/v1/account")?.send()?.read::<Value>().map(|_| ())
    }
}

fn call(settings: &Settings, make: fn(String) -> Request, path: &str) -> Result<Request, Failure> {
    let base = settings::text(settings, "base_url").unwrap_or(BASE_URL).trim_end_matches('/');
    Ok(make(format!("{base}{path}")).bearer(settings::required(settings, "secret_key")?))
}

impl charging::Guest for Acme {
    fn charge(settings: Settings, request: ChargeRequest) -> ChargeAnswer {
        let call = match call(&settings, Request::post, "/v1/charges") {
            Ok(call) => call.header("idempotency-key", request.idempotency_key),
            Err(failure) => return ChargeAnswer::only(Outcome::unusable(failure)),
        };
        let sent = call.json(&json!({
            "amount": request.amount.minor_units,
            "currency": request.amount.currency,
            "customer": request.customer_id,
            "method": request.method_id,
            "reference": request.reference,
        }));
        match sent.send() {
            Ok(response) => answer(&response),
            // It says for itself whether the provider can have seen the request.
            Err(error) => ChargeAnswer::only(error.into()),
        }
    }

    fn find_charge(settings: Settings, query: ChargeQuery) -> ChargeFinding {
        let by_key = Form::new().set("idempotency_key", &query.idempotency_key);
        let found = call(&settings, Request::get, "/v1/charges")
            .and_then(|call| call.query(&by_key).send()?.read::<Value>());
        match found.as_ref().map(|list| list["data"].as_array().map(Vec::as_slice)) {
            Err(failure) => ChargeFinding::CannotTell(failure.reason().to_owned()),
            Ok(Some([charge, ..])) => ChargeFinding::Found(charged(charge)),
            // It may still be on its way; and an answer without a list proves nothing.
            Ok(Some([])) if clock::now_ms() >= query.started_at_ms + SETTLED_AFTER_MS => {
                ChargeFinding::Absent
            }
            Ok(_) => ChargeFinding::CannotTell("no list, or too early to tell".to_owned()),
        }
    }

    fn cancel_charge(_: Settings, _: ChargeQuery) -> Cancellation {
        Cancellation::CannotTell("charges cannot be cancelled here".to_owned())
    }
}

/// Only be sure when the provider is: all that is not understood may have taken the money.
fn answer(response: &Response) -> ChargeAnswer {
    let body: Value = response.json().unwrap_or_default();
    let text = |key: &str| body["error"][key].as_str().unwrap_or_default().to_owned();
    match (response.status, body["error"]["processed"].as_bool()) {
        (200, _) => charged(&body),
        (402, _) => charged(&body["charge"]),
        (400 | 404, Some(false)) => {
            ChargeAnswer::only(Outcome::Declined(Decline::on_hold(text("code"), text("message"))))
        }
        (_, Some(false)) => ChargeAnswer::only(Outcome::NotSent(text("message"))),
        (status, _) => ChargeAnswer::only(Outcome::of_status(status)),
    }
}

fn charged(charge: &Value) -> ChargeAnswer {
    let status = charge["status"].as_str().unwrap_or_default();
    let why = |key: &str| charge["decline"][key].as_str().unwrap_or_default();
    let outcome = match status {
        "succeeded" => Outcome::Paid,
        "pending" => Outcome::Pending,
        "declined" => Outcome::Declined(decline(why("code"), why("message"))),
        other => Outcome::Unknown(format!("the charge is {other:?}")),
    };
    let charge_id = charge["id"].as_str().map(str::to_owned);
    ChargeAnswer { charge_id, status: status.to_owned(), ..ChargeAnswer::only(outcome) }
}

impl methods::Guest for Acme {
    fn list_methods(settings: Settings, customer: String) -> Result<Vec<PaymentMethod>, Failure> {
        Ok(Self::default_method(settings, customer)?.into_iter().collect())
    }

    fn default_method(settings: Settings, of: String) -> Result<Option<PaymentMethod>, Failure> {
        let path = format!("/v1/customers/{}", path_segment(&of));
        let customer: Value = call(&settings, Request::get, &path)?.send()?.read()?;
        Ok(customer["default_method"]["id"].as_str().map(|id| PaymentMethod::of(id, "card")))
    }

    fn set_default_method(_: Settings, _: String, _: String) -> Result<(), Failure> {
        Err(Failure::refused("unsupported", "the default is set at Acme"))
    }

    fn detach_method(_: Settings, _: String) -> Result<(), Failure> {
        Err(Failure::refused("unsupported", "cards are removed at Acme"))
    }
}

#[cfg(test)]
mod tests;
