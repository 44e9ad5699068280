//! Natively, with a stand-in for the host. `recoup plugin test` tries the component itself.

use recoup_plugin::http::Error;
use recoup_plugin::testing;
use recoup_plugin::types::{Money, RetryClass};

use super::*;

fn outcome_when(provider: Result<(u16, Value), Error>) -> Outcome {
    testing::answer_in_order(vec![provider]);
    let settings = vec![("secret_key".to_owned(), "sk_sandbox_1".to_owned())];
    let request = ChargeRequest {
        idempotency_key: "key-1".to_owned(),
        reference: "att-1".to_owned(),
        amount: Money { minor_units: 1050, currency: "EUR".to_owned() },
        customer_id: "cus_ok".to_owned(),
        method_id: "pm_ok".to_owned(),
        method_kind: "card".to_owned(),
        description: String::new(),
        country: None,
        metadata: Vec::new(),
    };
    <Acme as charging::Guest>::charge(settings, request).outcome
}

#[test]
fn a_refusal_is_a_decline_with_its_class() {
    let why = json!({"code": "insufficient_funds", "message": "too little money"});
    let refused = json!({"charge": {"id": "ch_1", "status": "declined", "decline": why}});
    let Outcome::Declined(decline) = outcome_when(Ok((402, refused))) else {
        panic!("it was refused")
    };
    assert_eq!((decline.retry, decline.code.as_str()), (RetryClass::Soft, "insufficient_funds"));
}

#[test]
fn what_may_have_taken_money_is_never_a_decline() {
    let cut = outcome_when(Err(Error::MaybeSent("the connection broke".to_owned())));
    assert!(matches!(cut, Outcome::Unknown(_)));
    let broken = outcome_when(Ok((500, json!({}))));
    assert!(matches!(broken, Outcome::Unknown(_)));
}
