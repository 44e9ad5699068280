//! What SQLite does for lists of payments, of which there are more than of anything else that is
//! listed: it walks the index that leads to the fewest rows. A test only.

use super::query_plans::{faults, nobody, plans};
use crate::domain::filter::PaymentFilter;
use crate::domain::id::InvoiceId;
use crate::domain::time::Timestamp;
use crate::domain::view::PageRequest;

#[test]
fn lists_of_payments_walk_an_index() {
    let page = PageRequest::default();
    let invoice = InvoiceId::at(Timestamp::from_unix_ms(0));
    let found = faults(|read| {
        for filter in [
            PaymentFilter::default(),
            PaymentFilter { external_customer_id: Some("a".to_owned()), ..Default::default() },
            PaymentFilter { invoice_id: Some(invoice), ..PaymentFilter::default() },
        ] {
            read.payment_views(nobody(), &filter, page)?;
        }
        Ok(())
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Walking all payments in their order is an index too, and reads a million to find ten.
#[test]
fn the_payments_of_one_debt_are_not_looked_for_among_all() {
    let invoice = InvoiceId::at(Timestamp::from_unix_ms(0));
    let plans = plans(|read| {
        let filter = PaymentFilter { invoice_id: Some(invoice), ..PaymentFilter::default() };
        read.payment_views(nobody(), &filter, PageRequest::default())?;
        Ok(())
    });
    let walks_all = |step: &&String| step.contains("_newest") || step.contains("_at_requests");
    let found: Vec<&String> = plans.iter().flatten().filter(walks_all).collect();
    assert!(found.is_empty(), "{found:#?}");
}

/// Those of requests are few: walking past all the others to find them would be a scan too.
#[test]
fn payments_of_requests_are_not_looked_for_among_all() {
    let plans = plans(|read| {
        read.payment_views(nobody(), &PaymentFilter::default(), PageRequest::default())?;
        Ok(())
    });
    let plan: Vec<String> = plans.concat();
    let uses = |index: &str| plan.iter().any(|step| step.contains(index));
    assert!(uses("attempts_at_requests"), "{plan:?}");
}
