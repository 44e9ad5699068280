//! What SQLite does for further lists of the dashboard: it walks an index. A test only.

use super::After;
use super::query_plans::{faults, nobody};
use crate::domain::bulk_retry::{BulkFilter, BulkResult};
use crate::domain::id::{AttemptId, BulkRetryId, CustomerId, EventId, PaymentMethodId};
use crate::domain::place::Place;
use crate::domain::recovery::IdleReason;
use crate::domain::time::Timestamp;
use crate::domain::view::SliceRequest;

#[test]
fn customers_and_payments_are_looked_through_by_an_index() {
    let now = Timestamp::from_unix_ms(0);
    let (customer, method) = (CustomerId::at(now), PaymentMethodId::at(now));
    let after = Some(Place { at: now, id: customer.uuid() });
    let found = faults(|read| {
        read.customer_page(nobody(), None, None, 10)?;
        read.customer_page(nobody(), Some("a"), after, 10)?;
        read.balances(customer)?;
        read.setup_page(customer)?;
        read.method_uses(method)?;
        read.payment_list(nobody(), None, after, 10)?;
        read.payment_list(nobody(), Some(customer), after, 10)?;
        Ok(())
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn bulk_retries_are_looked_through_by_an_index() {
    let now = Timestamp::from_unix_ms(0);
    let bulk = BulkRetryId::at(now);
    let found = faults(|read| {
        read.bulk_retries_after(nobody(), SliceRequest::default())?;
        read.bulk_invoices_after(bulk, None, 3, 10)?;
        read.bulk_invoices_after(bulk, Some(BulkResult::Refused), 3, 10)?;
        let filter = BulkFilter { search_term: Some("a".to_owned()), ..BulkFilter::default() };
        read.invoices_meant(nobody(), &filter, After { invoice: None, made_until: now }, 10)?;
        Ok(())
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn debts_that_wait_and_what_was_told_are_read_by_an_index() {
    let now = Timestamp::from_unix_ms(0);
    let after = Some(CustomerId::at(now).uuid());
    let found = faults(|read| {
        for request in [SliceRequest::default(), SliceRequest { after, limit: 10 }] {
            read.idle_recoveries(nobody(), IdleReason::NeedsMethod, request)?;
        }
        read.told_of(&[AttemptId::at(now)], 10)?;
        read.deliveries_of(&[EventId::at(now)])?;
        Ok(())
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn figures_and_the_calendar_are_read_by_an_index() {
    let now = Timestamp::from_unix_ms(0);
    let found = faults(|read| {
        read.aged_debts(nobody(), now.utc().date_naive())?;
        read.connection_days(nobody(), now, chrono_tz::Tz::UTC)?;
        read.calendar(nobody(), (now, now), chrono_tz::Tz::UTC)?;
        read.planned_attempts(nobody(), (now, now), 10)?;
        Ok(())
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}
