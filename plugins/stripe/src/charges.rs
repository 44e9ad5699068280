//! Charging a stored method, finding a charge again, cancelling it.

use recoup_plugin::charging::{Cancellation, ChargeFinding, ChargeQuery, ChargeRequest, Guest};
use recoup_plugin::form::path_segment;
use recoup_plugin::types::{ChargeAnswer, Decline, DeclineClass, Outcome, Settings};
use recoup_plugin::{Form, clock};

use crate::Stripe;
use crate::answers;
use crate::api::{Connection, KINDS, Key, Listing, Trouble, metadata};
use crate::objects::PaymentIntent;

/// Where the id of the attempt is kept at Stripe.
pub const REFERENCE: &str = "recoup_attempt";

/// A request begun this long ago is at Stripe by now, if it ever gets there.
const SETTLED_AFTER_MS: u64 = 60 * 1000;

impl Guest for Stripe {
    fn charge(settings: Settings, request: ChargeRequest) -> ChargeAnswer {
        let connection = match Connection::of(&settings) {
            Ok(connection) => connection,
            Err(failure) => return ChargeAnswer::only(Outcome::unusable(failure)),
        };
        let key = Key::of("charge", &request.idempotency_key);
        let form = charge_form(&connection, &request);
        match connection.post::<PaymentIntent>("/v1/payment_intents", &key, &form) {
            Ok(intent) => answers::charge(&intent),
            Err(trouble) => answers::troubled_charge(trouble),
        }
    }

    fn find_charge(settings: Settings, query: ChargeQuery) -> ChargeFinding {
        let found = match Connection::of(&settings) {
            Ok(connection) => find(&connection, &query),
            Err(failure) => return ChargeFinding::CannotTell(failure.into_reason()),
        };
        match found {
            Found::Intent(intent) => ChargeFinding::Found(answers::charge(&intent)),
            Found::Absent => ChargeFinding::Absent,
            Found::CannotTell(reason) => ChargeFinding::CannotTell(reason),
        }
    }

    fn cancel_charge(settings: Settings, query: ChargeQuery) -> Cancellation {
        let connection = match Connection::of(&settings) {
            Ok(connection) => connection,
            Err(failure) => return Cancellation::CannotTell(failure.into_reason()),
        };
        let id = match &query.charge_id {
            Some(id) => id.clone(),
            None => match find(&connection, &query) {
                Found::Intent(intent) => intent.id,
                Found::Absent => return Cancellation::CannotTell("no such charge".to_owned()),
                Found::CannotTell(reason) => return Cancellation::CannotTell(reason),
            },
        };
        cancel(&connection, &id)
    }
}

fn charge_form(connection: &Connection, request: &ChargeRequest) -> Form {
    let form = Form::new()
        .set("amount", request.amount.minor_units)
        .set("currency", request.amount.currency.to_ascii_lowercase())
        .set("customer", &request.customer_id)
        .set("payment_method", &request.method_id)
        .set("confirm", true);
    // Without a type, Stripe allows redirects and then wants a place to return to.
    let form = if request.method_kind.is_empty() {
        form.set("automatic_payment_methods[enabled]", true)
            .set("automatic_payment_methods[allow_redirects]", "never")
    } else {
        form.list(KINDS, [&request.method_kind])
    };
    // Cards of Indian payers need a mandate for what is taken off session, so
    // there the payer is asked.
    let is_asked = request.country.as_deref() == Some("IN");
    let form = form.set("off_session", !is_asked);
    let form = match (connection.is_reduced, is_asked) {
        (true, _) => form,
        (false, true) => form.set_some("return_url", connection.success_url.as_ref()),
        (false, false) => form.set("error_on_requires_action", true),
    };
    let description = Some(&request.description)
        .filter(|description| !connection.is_reduced && !description.is_empty());
    let form = form.set_some("description", description);
    metadata(form, "metadata", &request.metadata)
        .set(format!("metadata[{REFERENCE}]"), &request.reference)
        .list("expand", ["latest_charge"])
}

enum Found {
    Intent(Box<PaymentIntent>),
    Absent,
    CannotTell(String),
}

fn find(connection: &Connection, query: &ChargeQuery) -> Found {
    if let Some(id) = &query.charge_id {
        return match read(connection, id) {
            Ok(intent) => Found::Intent(Box::new(intent)),
            Err(trouble) => Found::CannotTell(answers::why(&trouble)),
        };
    }
    let Some(customer) = &query.customer_id else {
        return Found::CannotTell("neither the charge nor the customer is known".to_owned());
    };
    // By list, not by search: lists know what was just written. All of them,
    // because "since the attempt" would trust two clocks to agree.
    let filter = Form::new()
        .set("customer", customer)
        .set("limit", 100)
        .list("expand", ["data.latest_charge"]);
    let listing: Listing<PaymentIntent> = match connection.list("/v1/payment_intents", &filter) {
        Ok(listing) => listing,
        Err(trouble) => return Found::CannotTell(answers::why(&trouble)),
    };
    let is_ours = |intent: &PaymentIntent| intent.metadata.get(REFERENCE) == Some(&query.reference);
    if let Some(intent) = listing.items.into_iter().find(is_ours) {
        return Found::Intent(Box::new(intent));
    }
    if !listing.is_complete {
        return Found::CannotTell("the customer has too many payments to read".to_owned());
    }
    if clock::now_ms() < query.started_at_ms.saturating_add(SETTLED_AFTER_MS) {
        return Found::CannotTell("the request may still be on its way".to_owned());
    }
    Found::Absent
}

fn cancel(connection: &Connection, id: &str) -> Cancellation {
    let path = format!("/v1/payment_intents/{}/cancel", path_segment(id));
    let form = match connection.is_reduced {
        true => Form::new(),
        false => Form::new().set("cancellation_reason", "abandoned"),
    };
    let answered = connection.post::<PaymentIntent>(&path, &Key::fresh("cancel"), &form);
    // Refused, or not known: the PaymentIntent itself says what became of it.
    let intent = match answered.or_else(|_| read(connection, id)) {
        Ok(intent) => intent,
        Err(trouble) => return Cancellation::CannotTell(answers::why(&trouble)),
    };
    let answer = answers::charge(&intent);
    match &answer.outcome {
        Outcome::Declined(Decline { class: DeclineClass::Cancelled, .. }) => {
            Cancellation::Cancelled(answer)
        }
        Outcome::Paid => Cancellation::Final(answer),
        Outcome::Pending if intent.status == "processing" => Cancellation::Final(answer),
        Outcome::Declined(_)
        | Outcome::NeedsAction(_)
        | Outcome::Pending
        | Outcome::NotSent(_)
        | Outcome::Unknown(_) => {
            Cancellation::CannotTell(format!("the PaymentIntent is still {:?}", intent.status))
        }
    }
}

/// Reads a PaymentIntent as it is now.
pub fn read(connection: &Connection, id: &str) -> Result<PaymentIntent, Trouble> {
    let path = format!("/v1/payment_intents/{}", path_segment(id));
    connection.get(&path, &Form::new().list("expand", ["latest_charge"]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{
        NOW_MS, card_error, declined_intent, intent, list, reduced, settings, stripe_answers, with,
    };
    use recoup_plugin::http::Error;
    use recoup_plugin::types::Money;
    use serde_json::json;

    pub(crate) fn request() -> ChargeRequest {
        ChargeRequest {
            idempotency_key: "k1".to_owned(),
            reference: "att_1".to_owned(),
            amount: Money { minor_units: 1050, currency: "EUR".to_owned() },
            customer_id: "cus_1".to_owned(),
            method_id: "pm_1".to_owned(),
            method_kind: "card".to_owned(),
            description: "Acme - Invoice 1".to_owned(),
            country: Some("DE".to_owned()),
            metadata: vec![("lago_invoice_id".to_owned(), "inv 1".to_owned())],
        }
    }

    fn query() -> ChargeQuery {
        ChargeQuery {
            idempotency_key: "k1".to_owned(),
            reference: "att_1".to_owned(),
            charge_id: None,
            customer_id: Some("cus_1".to_owned()),
            started_at_ms: NOW_MS - 10 * SETTLED_AFTER_MS,
        }
    }

    #[test]
    fn a_charge_is_one_form_under_its_own_key() {
        let sent = stripe_answers(vec![Ok((200, intent("succeeded")))]);
        let answer = Stripe::charge(settings(), request());
        assert_eq!(answer.outcome, Outcome::Paid);
        assert_eq!(sent.calls(), ["POST https://api.stripe.com/v1/payment_intents"]);
        assert_eq!(sent.header(0, "idempotency-key").as_deref(), Some("recoup:charge:k1"));
        assert_eq!(
            sent.body(0),
            "amount=1050&currency=eur&customer=cus_1&payment_method=pm_1&confirm=true\
             &payment_method_types[0]=card&off_session=true&error_on_requires_action=true\
             &description=Acme%20-%20Invoice%201&metadata[lago_invoice_id]=inv%201\
             &metadata[recoup_attempt]=att_1&expand[0]=latest_charge"
        );
    }

    #[test]
    fn a_small_peer_gets_only_what_it_knows() {
        let sent = stripe_answers(vec![Ok((200, intent("succeeded")))]);
        Stripe::charge(reduced(), request());
        assert_eq!(
            sent.body(0),
            "amount=1050&currency=eur&customer=cus_1&payment_method=pm_1&confirm=true\
             &payment_method_types[0]=card&off_session=true&metadata[lago_invoice_id]=inv%201\
             &metadata[recoup_attempt]=att_1&expand[0]=latest_charge"
        );
    }

    #[test]
    fn payers_in_india_are_asked() {
        let sent = stripe_answers(vec![Ok((200, intent("requires_action")))]);
        let request = ChargeRequest { country: Some("IN".to_owned()), ..request() };
        let settings = with("success_url", "https://shop.example/", settings());
        let answer = Stripe::charge(settings, request);
        assert!(matches!(answer.outcome, Outcome::NeedsAction(_)));
        assert!(sent.body(0).contains("&off_session=false&return_url=https%3A%2F%2Fshop.example"));
        assert!(!sent.body(0).contains("error_on_requires_action"));
    }

    #[test]
    fn a_lost_answer_is_unknown_and_a_decline_is_not() {
        stripe_answers(vec![Err(Error::MaybeSent("cut".to_owned()))]);
        let answer = Stripe::charge(settings(), request());
        assert!(matches!(answer.outcome, Outcome::Unknown(_)));

        let mut error = card_error("card_declined", Some("generic_decline"));
        error["payment_intent"] = declined_intent(error.clone());
        stripe_answers(vec![Ok((402, json!({"error": error})))]);
        let answer = Stripe::charge(settings(), request());
        assert!(matches!(answer.outcome, Outcome::Declined(_)));
    }

    #[test]
    fn a_charge_is_found_by_its_id() {
        let sent = stripe_answers(vec![Ok((200, intent("processing")))]);
        let query = ChargeQuery { charge_id: Some("pi_1".to_owned()), ..query() };
        let ChargeFinding::Found(answer) = Stripe::find_charge(settings(), query) else {
            panic!("it is there");
        };
        assert_eq!(answer.outcome, Outcome::Pending);
        let call = "GET https://api.stripe.com/v1/payment_intents/pi_1?expand[0]=latest_charge";
        assert_eq!(sent.calls(), [call]);
    }

    #[test]
    fn a_charge_is_found_by_our_reference_on_a_later_page() {
        let mut other = intent("succeeded");
        other["id"] = json!("pi_0");
        other["metadata"] = json!({});
        let sent = stripe_answers(vec![
            Ok((200, list(&[other], true))),
            Ok((200, list(&[intent("succeeded")], false))),
        ]);
        let ChargeFinding::Found(answer) = Stripe::find_charge(settings(), query()) else {
            panic!("it is there");
        };
        assert_eq!(answer.charge_id.as_deref(), Some("pi_1"));
        assert!(sent.calls()[1].ends_with("&starting_after=pi_0"), "{:?}", sent.calls());
    }

    #[test]
    fn absent_is_said_only_when_it_is_sure() {
        stripe_answers(vec![Ok((200, list(&[], false)))]);
        assert_eq!(Stripe::find_charge(settings(), query()), ChargeFinding::Absent);

        let unsure = |finding| assert!(matches!(finding, ChargeFinding::CannotTell(_)));
        stripe_answers(vec![Ok((200, list(&[], false)))]);
        let just_now = ChargeQuery { started_at_ms: NOW_MS - 1000, ..query() };
        unsure(Stripe::find_charge(settings(), just_now));

        stripe_answers(vec![Ok((400, json!({"error": {"message": "no such list"}})))]);
        unsure(Stripe::find_charge(reduced(), query()));

        let nobody = ChargeQuery { customer_id: None, ..query() };
        unsure(Stripe::find_charge(settings(), nobody));

        let missing = json!({"error": {"code": "resource_missing"}});
        stripe_answers(vec![Ok((404, missing))]);
        let by_id = ChargeQuery { charge_id: Some("pi_9".to_owned()), ..query() };
        unsure(Stripe::find_charge(settings(), by_id));
    }

    #[test]
    fn a_list_without_end_proves_nothing() {
        let mut other = intent("succeeded");
        other["metadata"] = json!({});
        let page = list(&[other], true);
        stripe_answers((0..10).map(|_| Ok((200, page.clone()))).collect());
        let finding = Stripe::find_charge(settings(), query());
        assert!(matches!(finding, ChargeFinding::CannotTell(_)));
    }

    #[test]
    fn cancelling_says_what_became_of_the_charge() {
        let query = || ChargeQuery { charge_id: Some("pi_1".to_owned()), ..query() };
        let sent = stripe_answers(vec![Ok((200, intent("canceled")))]);
        let cancellation = Stripe::cancel_charge(settings(), query());
        assert!(matches!(cancellation, Cancellation::Cancelled(_)));
        assert_eq!(sent.calls(), ["POST https://api.stripe.com/v1/payment_intents/pi_1/cancel"]);
        assert_eq!(sent.body(0), "cancellation_reason=abandoned");

        let too_late = json!({"error": {"code": "payment_intent_unexpected_state"}});
        for (status, is_final) in
            [("succeeded", true), ("processing", true), ("requires_action", false)]
        {
            stripe_answers(vec![Ok((400, too_late.clone())), Ok((200, intent(status)))]);
            let cancellation = Stripe::cancel_charge(settings(), query());
            assert_eq!(matches!(cancellation, Cancellation::Final(_)), is_final, "{status}");
        }
    }
}
