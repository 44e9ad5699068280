//! Adyen's published description and examples against what the plugin says.
//! They are not part of this repository: where they do not lie beside it,
//! these tests say so and pass.

use std::fs;
use std::path::Path;

use recoup_plugin::charging::{ChargeQuery, Guest as Charging};
use recoup_plugin::checkout::Guest as Checkout;
use recoup_plugin::gateway::Guest as Gateway;
use recoup_plugin::http::Request;
use recoup_plugin::methods::Guest as Methods;
use recoup_plugin::openapi::violations;
use recoup_plugin::refunds::{Guest as Refunds, RefundRequest};
use recoup_plugin::testing::{self, Call, requests_of};
use recoup_plugin::types::{DeclineClass, Outcome, RetryClass};
use serde_json::{Value, json};

use crate::Adyen;
use crate::answers;
use crate::api::BASE_URL;
use crate::fixtures::{
    NOW_MS, charge_query, charge_request, link, payment, payment_request, received, refund_request,
    settings, setup_request, stored_list,
};

fn document() -> Option<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = root.join("../shared/contracts/openapi/adyen-checkout-slice.json");
    let Ok(text) = fs::read_to_string(path) else {
        eprintln!("NOT RUN: adyen-checkout-slice.json does not lie beside this repository");
        return None;
    };
    Some(serde_json::from_str(&text).expect("the description is JSON"))
}

/// Every request that the plugin makes.
fn requests() -> Vec<Request> {
    let id = || "X1".to_owned();
    let by_id = move || ChargeQuery { charge_id: Some(id()), ..charge_query() };
    let reason = || Some("requested_by_customer".to_owned());
    let taken = || (201, received());
    let part = || (200, payment("PartiallyAuthorised"));
    let s = settings;
    let calls: Vec<Call> = vec![
        (vec![(200, json!({}))], Box::new(move || drop(Adyen::check(s())))),
        (vec![part(), taken()], Box::new(move || drop(Adyen::charge(s(), charge_request())))),
        (vec![taken()], Box::new(move || drop(Adyen::cancel_charge(s(), by_id())))),
        (vec![taken()], Box::new(move || drop(Adyen::cancel_charge(s(), charge_query())))),
        (vec![(200, stored_list(&[]))], Box::new(move || drop(Adyen::list_methods(s(), id())))),
        (
            vec![(201, link("active", 0))],
            Box::new(move || drop(Adyen::start_setup(s(), setup_request()))),
        ),
        (
            vec![(201, link("active", 1050))],
            Box::new(move || drop(Adyen::start_payment(s(), payment_request()))),
        ),
        (vec![(200, link("paid", 1050))], Box::new(move || drop(Adyen::find_session(s(), id())))),
        (
            vec![(200, link("expired", 1050))],
            Box::new(move || drop(Adyen::expire_session(s(), id()))),
        ),
        (
            vec![taken()],
            Box::new(move || {
                drop(Adyen::refund(s(), RefundRequest { reason: reason(), ..refund_request() }));
            }),
        ),
    ];
    testing::set_now_ms(NOW_MS);
    requests_of(calls)
}

#[test]
fn every_request_is_one_that_adyen_describes() {
    let requests = requests();
    assert!(requests.len() > 10, "{}", requests.len());
    let Some(document) = document() else { return };
    let found: Vec<_> =
        requests.iter().flat_map(|request| violations(&document, BASE_URL, request)).collect();
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn every_published_answer_to_a_payment_has_the_expected_outcome() {
    let Some(document) = document() else { return };
    let place = "/paths/~1payments/post/responses/200/content/application~1json/examples";
    let examples = document.pointer(place).and_then(Value::as_object).expect("named examples");
    let declined = |class, retry| {
        move |outcome: &Outcome| match outcome {
            Outcome::Declined(decline) => (decline.class, decline.retry) == (class, retry),
            _ => false,
        }
    };
    let insufficient = declined(DeclineClass::InsufficientFunds, RetryClass::Soft);
    let expired = declined(DeclineClass::ExpiredCard, RetryClass::NewMethod);
    let blocked = declined(DeclineClass::LimitExceeded, RetryClass::Limited);
    let unproven = declined(DeclineClass::AuthenticationRequired, RetryClass::CustomerAction);
    let technical = declined(DeclineClass::ProcessingError, RetryClass::SoftShort);
    let cancelled = declined(DeclineClass::Cancelled, RetryClass::Hold);
    type IsExpected<'a> = &'a dyn Fn(&Outcome) -> bool;
    let expected: [(&str, IsExpected<'_>); 10] = [
        ("authorised", &|outcome| *outcome == Outcome::Paid),
        ("received", &|outcome| *outcome == Outcome::Pending),
        ("pending", &|outcome| *outcome == Outcome::Pending),
        ("redirect", &|outcome| matches!(outcome, Outcome::NeedsAction(_))),
        ("refused_not_enough_balance", &insufficient),
        ("refused_expired_card", &expired),
        ("refused_blocked_retry", &blocked),
        ("refused_authentication_required", &unproven),
        ("error_acquirer", &technical),
        ("cancelled", &cancelled),
    ];
    for (name, is_expected) in expected {
        let example = &examples[name]["value"];
        let payment = serde_json::from_value(example.clone()).expect("it has Adyen's shape");
        let answer = answers::charge(&payment);
        assert!(is_expected(&answer.outcome), "{name}: {answer:?}");
    }
}
