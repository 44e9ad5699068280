//! Adyen's published examples of answers, read as charges. They are not part
//! of this repository: where they do not lie beside it, this test says so and
//! passes.

use std::fs;
use std::path::Path;

use recoup_plugin::types::{DeclineClass, Outcome, RetryClass};
use serde_json::Value;

use crate::answers;

#[test]
fn every_published_answer_to_a_payment_has_the_expected_outcome() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = root.join("../shared/contracts/openapi/adyen-checkout-slice.json");
    let Ok(text) = fs::read_to_string(path) else {
        eprintln!("SKIPPED: adyen-checkout-slice.json does not lie beside this repository");
        return;
    };
    let document: Value = serde_json::from_str(&text).expect("the description is JSON");
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
    let expected: [(&str, &dyn Fn(&Outcome) -> bool); 10] = [
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
