//! What SQLite does for the lists of the dashboard: it walks an index. A test only.

use super::query_plans::{faults, nobody, plans};
use super::{Reader, Tx};
use crate::domain::api_key::KeyHash;
use crate::domain::currency::Currency;
use crate::domain::decline::DeclineClass;
use crate::domain::filter::PaymentFilter;
use crate::domain::id::{AttemptId, InvoiceId, UserId};
use crate::domain::invoice_list::{InvoicePlace, InvoiceSearch, InvoiceTab};
use crate::domain::time::Timestamp;
use crate::domain::view::PageRequest;

#[test]
fn people_are_found_by_an_index() {
    let now = Timestamp::from_unix_ms(0);
    let (user, hash) = (UserId::at(now), KeyHash([0; 32]));
    let email = "a@example.com".parse().expect("an address");
    let found = faults(|read| {
        read.users(nobody())?;
        read.user_by_email(nobody(), &email)?;
        read.password_of(user)?;
        read.user_link_by_hash(&hash, now)?;
        read.sign_in_by_hash(&hash)?;
        read.sign_ins_of(user)?;
        let tx = Tx(Reader { connection: read.connection, sealer: read.sealer });
        tx.forget_sign_ins(now)?;
        tx.forget_user_links(now)?;
        Ok(())
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_first_page_and_an_attempt_walk_indexes() {
    let now = Timestamp::from_unix_ms(0);
    let found = faults(|read| {
        read.month_figures(nobody(), now)?;
        read.to_do(nobody(), 10)?;
        read.ahead(nobody(), now)?;
        read.tried_next(nobody(), 10)?;
        read.recovery_views(nobody(), 10)?;
        read.exchanges_of(AttemptId::at(now))?;
        Ok(())
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Nearly all rows are of the one organization: an index that is led to by it alone finds nothing
/// faster, and it was taken before the index that does.
#[test]
fn few_are_not_looked_for_among_all_of_the_organization() {
    let plans = plans(|read| {
        read.payment_views(nobody(), &PaymentFilter::default(), PageRequest::default())?;
        read.customers_called_like(nobody(), "a")?;
        Ok(())
    });
    let of_all = |step: &&String| {
        let is_whole = step.contains("(organization_id=?)");
        let ordered = ["invoices_hidden", "attempts_newest", "attempts_at_requests"];
        let searched = ["manual_payments_newest", "customers_to_search"];
        is_whole && !ordered.iter().chain(&searched).any(|index| step.contains(index))
    };
    let found: Vec<&String> = plans.iter().flatten().filter(of_all).collect();
    assert!(found.is_empty(), "{found:#?}");
}

/// Under every tab, however it is narrowed, and from any place on.
#[test]
fn pages_of_invoices_walk_the_index_of_their_tab() {
    let now = Timestamp::from_unix_ms(0);
    let place = InvoicePlace {
        issuing_date: now.utc().date_naive(),
        created_at: now,
        id: InvoiceId::at(now),
    };
    let called = || Some("a".to_owned());
    let narrow = InvoiceSearch {
        currency: Some(Currency::EUR),
        amount_from: Some(1),
        amount_to: Some(2),
        issued_from: Some(place.issuing_date),
        issued_to: Some(place.issuing_date),
        decline_class: Some(DeclineClass::Fraud),
        ..InvoiceSearch::default()
    };
    let searches = [
        InvoiceSearch::default(),
        InvoiceSearch { term: called(), ..InvoiceSearch::default() },
        InvoiceSearch { external_customer_id: called(), ..InvoiceSearch::default() },
        narrow,
    ];
    let found = faults(|read| {
        for tab in InvoiceTab::ALL {
            for search in &searches {
                read.invoice_page(nobody(), (*tab, search), None, 10)?;
                read.invoice_page(nobody(), (*tab, search), Some(place), 10)?;
                read.invoices_counted(nobody(), (*tab, search), 10)?;
            }
        }
        Ok(())
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}
