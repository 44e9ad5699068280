//! The published list of events against the table of causes. The list is not
//! part of this repository: where it does not lie beside it, this test says so
//! and passes.

use std::fs;
use std::path::Path;

use recoup_plugin::types::DeclineClass;
use serde_json::Value;

use crate::declines;
use crate::objects::Details;

fn combinations() -> Option<Vec<Value>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = root.join("../shared/contracts/openapi/gocardless-event-causes.json");
    let Ok(text) = fs::read_to_string(&path) else {
        eprintln!("SKIPPED: gocardless-event-causes.json does not lie beside this repository");
        return None;
    };
    let document: Value = serde_json::from_str(&text).expect("the list is JSON");
    Some(document["combinations"].as_array().expect("a list of combinations").clone())
}

#[test]
fn every_published_failure_of_a_payment_has_a_class() {
    let Some(combinations) = combinations() else { return };
    let mut seen = 0;
    for row in combinations {
        let text = |field: &str| row[field].as_str().map(str::to_owned);
        let action = text("action").expect("an action");
        let is_failure = matches!(action.as_str(), "failed" | "charged_back" | "cancelled");
        if text("resource_type").as_deref() != Some("payments") || !is_failure {
            continue;
        }
        let codes: Vec<Option<String>> = match row["reason_codes"].as_array() {
            Some(codes) => codes.iter().map(|code| code.as_str().map(str::to_owned)).collect(),
            None => vec![None],
        };
        for reason_code in codes {
            let details = Details {
                cause: text("cause"),
                scheme: text("scheme"),
                reason_code,
                ..Details::default()
            };
            let decline = declines::decline(&details, None);
            let is_known = decline.class != DeclineClass::Unclassified;
            assert!(is_known || decline.code == "other", "{details:?}");
            seen += 1;
        }
    }
    assert!(seen > 200, "only {seen} combinations of a payment that failed");
}
