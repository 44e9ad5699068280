//! What SQLite does for every list that we serve: it walks an index, however long the table is.
//! A test only.

use std::cell::RefCell;

use rusqlite::Connection;

use super::schema::migrate;
use super::{After, MasterKey, Reader, Sealer, StoreError, Tx};
use crate::domain::bulk_retry::{BulkFilter, BulkResult, BulkRetry};
use crate::domain::currency::Currency;
use crate::domain::customer::CustomerFilter;
use crate::domain::decline::DeclineClass;
use crate::domain::event::WebhookName;
use crate::domain::filter::{
    DeliveryFilter, FeeFilter, InvoiceFilter, PaymentRequestFilter, RecoveryFilter, SettledBy,
    WalletTransactionFilter,
};
use crate::domain::id::{
    CustomerId, InvoiceId, OrganizationId, PaymentRequestId, PolicyVersionId, RecoveryId, WalletId,
    WebhookEndpointId,
};
use crate::domain::invoice::{InvoiceStatus, PaymentStatus};
use crate::domain::payment::PayableId;
use crate::domain::payment_method::MethodFilter;
use crate::domain::subscription::{SubscriptionFilter, SubscriptionStatus};
use crate::domain::time::Timestamp;
use crate::domain::view::PageRequest;
use crate::domain::wallet::transaction::{TransactionKind, TransactionStatus};
use crate::domain::webhook::{DeliveryState, ToldName};

thread_local! {
    static HEARD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Called with every statement that a list runs.
pub fn hear(sql: &str) {
    HEARD.with_borrow_mut(|heard| heard.push(sql.to_owned()));
}

/// Short by nature: a row or a few for one installation.
const SHORT: &[&str] = &["organizations", "connections", "webhook_endpoints", "installation"];

/// How SQLite goes about it, step by step.
fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement =
        connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("a statement");
    let steps = statement.raw_query().mapped(|row| row.get::<_, String>("detail"));
    steps.map(|step| step.expect("a step")).collect()
}

/// Steps of a plan that read a table from one end to the other.
fn scans(plan: &[String]) -> Vec<String> {
    let whole = |step: &&String| {
        let table = step.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next());
        // A constant row is no table, nor is a list that was given; a subquery is looked at in its
        // own steps.
        table.is_some_and(|table| {
            let is_given = ["CONSTANT", "json_each"].contains(&table);
            !SHORT.contains(&table) && !is_given && !table.starts_with('(')
        })
    };
    plan.iter().filter(whole).cloned().collect()
}

/// Runs `lists` on an empty database and answers each statement that would scan, with its scans.
pub(super) fn faults(lists: impl FnOnce(&Reader<'_>) -> Result<(), StoreError>) -> Vec<String> {
    let found = heard(lists).into_iter().map(|(sql, plan)| (sql, scans(&plan)));
    found.filter(|(_, scans)| !scans.is_empty()).map(|(sql, it)| format!("{it:?}: {sql}")).collect()
}

pub(super) fn plans(lists: impl FnOnce(&Reader<'_>) -> Result<(), StoreError>) -> Vec<Vec<String>> {
    heard(lists).into_iter().map(|(_, plan)| plan).collect()
}

/// Each statement that `lists` run on an empty database, with its plan.
fn heard(lists: impl FnOnce(&Reader<'_>) -> Result<(), StoreError>) -> Vec<(String, Vec<String>)> {
    let mut connection = Connection::open_in_memory().expect("memory");
    migrate(&mut connection).expect("the schema");
    let sealer = Sealer::new(&MasterKey([1; 32]));
    HEARD.with_borrow_mut(Vec::clear);
    lists(&Reader { connection: &connection, sealer: &sealer }).expect("lists of nothing");
    let heard = HEARD.take();
    assert!(!heard.is_empty(), "no statement was heard");
    heard.into_iter().map(|sql| (sql.clone(), plan(&connection, &sql))).collect()
}

pub(super) fn nobody() -> OrganizationId {
    OrganizationId::at(Timestamp::from_unix_ms(0))
}

#[test]
fn a_scan_is_noticed() {
    let found = faults(|read| {
        super::row::rows!(
            read,
            "attempts",
            "SELECT id FROM attempts ORDER BY amount",
            [],
            |columns: &super::row::Columns<'_>| columns.get::<String>("id")
        )?;
        Ok(())
    });
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn lists_of_customers_and_of_what_they_owe_walk_an_index() {
    let page = PageRequest::default();
    let customer = CustomerId::at(Timestamp::from_unix_ms(0));
    let called = || Some("a".to_owned());
    let found = faults(|read| {
        read.customer_views(nobody(), &CustomerFilter::default(), page)?;
        let term = CustomerFilter { search_term: called(), ..CustomerFilter::default() };
        read.customer_views(nobody(), &term, page)?;
        let words = || Some(vec!["a".to_owned(), "b".to_owned()]);
        let many = CustomerFilter {
            external_id: called(),
            currencies: words(),
            countries: words(),
            states: words(),
            zipcodes: words(),
            customer_type: called(),
            has_customer_type: Some(true),
            has_tax_number: Some(false),
            metadata: vec![("k".into(), String::new())],
            ..CustomerFilter::default()
        };
        read.customer_views(nobody(), &many, page)?;
        read.method_views(customer, MethodFilter::All, page)?;
        read.invoices_for_payer(customer)?;
        for filter in [
            InvoiceFilter::default(),
            InvoiceFilter { external_customer_id: called(), ..InvoiceFilter::default() },
            InvoiceFilter { search_term: called(), ..InvoiceFilter::default() },
            InvoiceFilter { statuses: Some(vec![InvoiceStatus::Draft]), ..Default::default() },
            InvoiceFilter {
                payment_statuses: Some(vec![PaymentStatus::Failed]),
                payment_overdue: Some(true),
                ..InvoiceFilter::default()
            },
            InvoiceFilter { purchase_order_number: called(), ..InvoiceFilter::default() },
            InvoiceFilter { settled_by: Some(SettledBy::Payment), ..InvoiceFilter::default() },
            InvoiceFilter { metadata: vec![("k".into(), "v".into())], ..Default::default() },
        ] {
            read.invoice_views(nobody(), &filter, page)?;
        }
        Ok(())
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn payment_requests_and_whom_to_ask_are_found_by_an_index() {
    let page = PageRequest::default();
    let customer = CustomerId::at(Timestamp::from_unix_ms(0));
    let found = faults(|read| {
        for filter in [
            PaymentRequestFilter::default(),
            PaymentRequestFilter {
                external_customer_id: Some("a".to_owned()),
                ..PaymentRequestFilter::default()
            },
        ] {
            read.payment_request_views(nobody(), &filter, page)?;
        }
        let request = PaymentRequestId::at(Timestamp::from_unix_ms(0));
        let invoice = InvoiceId::at(Timestamp::from_unix_ms(0));
        read.requested(nobody(), request)?;
        read.open_payment_sessions(PayableId::PaymentRequest(request))?;
        read.timeline(PayableId::PaymentRequest(request), 10)?;
        read.request_collecting(invoice)?;
        read.is_in_paid_request(invoice)?;
        read.is_hard_declined(invoice, "card")?;
        read.was_dunned(invoice)?;
        read.campaigns(nobody(), page)?;
        read.campaign_for(nobody(), &read.customer_dunning(customer)?)?;
        read.customers_overdue_of_every_organization(Some(customer), 10)?;
        read.customers_being_dunned(nobody(), Some(customer), 10)?;
        read.overdue_balances(customer)?;
        read.overdue_invoices(customer, Currency::EUR)?;
        Ok(())
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn lists_of_the_catalog_walk_an_index() {
    let page = PageRequest::default();
    let found = faults(|read| {
        read.add_ons(nobody(), page)?;
        read.taxes(nobody(), page)?;
        read.plan_views(nobody(), page)?;
        Ok(())
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn lists_of_wallets_walk_an_index() {
    let page = PageRequest::default();
    let customer = CustomerId::at(Timestamp::from_unix_ms(0));
    let wallet = WalletId::at(Timestamp::from_unix_ms(0));
    let now = Timestamp::from_unix_ms(0);
    let found = faults(|read| {
        read.wallet_views(nobody(), None, None, page)?;
        read.wallet_views(nobody(), Some(customer), Some("EUR"), page)?;
        for filter in [
            WalletTransactionFilter::default(),
            WalletTransactionFilter {
                status: Some(TransactionStatus::Pending),
                kinds: Some(vec![TransactionKind::Purchased]),
                metadata: vec![("k".into(), "v".into())],
            },
        ] {
            read.wallet_transactions(wallet, &filter, page)?;
        }
        read.active_wallets(customer)?;
        read.wallet_by_code(customer, "a")?;
        read.wallets_to_expire_of_every_organization(now, 10)?;
        read.rules_to_look_at_of_every_organization(now, 10)?;
        read.credits_left(wallet)?;
        read.pending_purchases(wallet)?;
        read.threshold_purchases_still_collected(wallet, 10)?;
        read.automatic_declines_after(wallet, now)?;
        read.last_purchase_settled_at(wallet)?;
        Ok(())
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn what_is_due_is_found_by_an_index() {
    let now = Timestamp::from_unix_ms(0);
    let found = faults(|read| {
        read.next_due_after(now)?;
        read.is_anything_due(now)?;
        read.due_recoveries(now, &[], 10)?;
        read.customers_to_bill_of_every_organization(now, None, 10)?;
        read.first_due_subscriptions_of(CustomerId::at(now), now, 10)?;
        read.drafts_to_finalize_of_every_organization(now, 10)?;
        Ok(())
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn lists_of_subscriptions_walk_an_index() {
    let page = (PageRequest::default(), Timestamp::from_unix_ms(0));
    let called = || Some("a".to_owned());
    let none = SubscriptionFilter::default;
    let found = faults(|read| {
        for filter in [
            none(),
            SubscriptionFilter { external_customer_id: called(), ..none() },
            SubscriptionFilter { plan_code: called(), ..none() },
            SubscriptionFilter { external_id: called(), ..none() },
            SubscriptionFilter { currency: called(), ..none() },
            SubscriptionFilter { statuses: Some(SubscriptionStatus::ALL.to_vec()), ..none() },
        ] {
            read.subscription_views(nobody(), &filter, page)?;
        }
        Ok(())
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn lists_of_fees_and_receipts_walk_an_index() {
    let page = PageRequest::default();
    let found = faults(|read| {
        for filter in [
            FeeFilter::default(),
            FeeFilter { external_customer_id: Some("a".to_owned()), ..FeeFilter::default() },
            FeeFilter { external_subscription_id: Some("a".to_owned()), ..FeeFilter::default() },
            FeeFilter { payment_status: Some("failed".to_owned()), ..FeeFilter::default() },
        ] {
            read.fee_views(nobody(), &filter, page)?;
        }
        read.receipt_views(nobody(), None, page)?;
        read.receipt_views(nobody(), Some(InvoiceId::at(Timestamp::from_unix_ms(0))), page)?;
        Ok(())
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn lists_of_bulk_retries_walk_an_index() {
    let page = PageRequest::default();
    let now = Timestamp::from_unix_ms(0);
    let bulk = BulkRetry::new(nobody(), BulkFilter::default(), None, now);
    let found = faults(|read| {
        read.bulk_retries(nobody(), page)?;
        read.bulk_counts(bulk.id)?;
        read.bulk_invoice_views(bulk.id, None, page)?;
        read.bulk_invoice_views(bulk.id, Some(BulkResult::Refused), page)?;
        read.bulk_invoices_next(&bulk, 10)?;
        read.unfinished_bulk_retries_of_every_organization(10)?;
        for filter in [
            BulkFilter::default(),
            BulkFilter { external_customer_id: Some("a".to_owned()), ..BulkFilter::default() },
            BulkFilter {
                decline_classes: Some(vec![DeclineClass::Fraud]),
                amount_from: Some(1),
                ..BulkFilter::default()
            },
        ] {
            let after = After { invoice: None, made_until: now };
            read.invoices_meant(nobody(), &filter, after, 10)?;
        }
        Ok(())
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn lists_of_deliveries_walk_an_index() {
    let page = PageRequest::default();
    let endpoint = WebhookEndpointId::at(Timestamp::from_unix_ms(0));
    let found = faults(|read| {
        for filter in [
            DeliveryFilter::default(),
            DeliveryFilter { state: Some(DeliveryState::Failed), ..DeliveryFilter::default() },
            DeliveryFilter { endpoint_id: Some(endpoint), ..DeliveryFilter::default() },
            DeliveryFilter {
                webhook: Some(ToldName::Webhook(WebhookName::PaymentSucceeded)),
                ..DeliveryFilter::default()
            },
        ] {
            read.deliveries(nobody(), &filter, page)?;
        }
        read.failed_deliveries(endpoint, None, 10)?;
        Ok(())
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn lists_of_policies_and_of_recoveries_walk_an_index() {
    let nothing = Timestamp::from_unix_ms(0);
    let (version, customer) = (PolicyVersionId::at(nothing), CustomerId::at(nothing));
    let called = || Some("a".to_owned());
    let found = faults(|read| {
        read.policies(nobody())?;
        read.policy_version(nobody(), "a", None)?;
        read.policy_versions(nobody(), "a")?;
        read.policy_assignments(nobody(), 10)?;
        let targets = read.policy_targets(customer, None, Some(InvoiceId::at(nothing)))?;
        read.policy_assignments_for(nobody(), &targets)?;
        read.recoveries_affected((nobody(), "a"), version, 10)?;
        read.unmapped_declines(nobody(), 10)?;
        read.recovery_page(nobody(), &RecoveryFilter::default(), 10)?;
        let all = RecoveryFilter {
            state: called(),
            reason: called(),
            external_customer_id: called(),
            policy: called(),
            after: Some(RecoveryId::at(nothing)),
        };
        read.recovery_page(nobody(), &all, 10)?;
        read.decisions_of(RecoveryId::at(nothing))?;
        read.declines_of(RecoveryId::at(nothing))?;
        Ok(())
    });
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn what_is_forgotten_is_found_by_an_index() {
    let now = Timestamp::from_unix_ms(0);
    let found = faults(|read| {
        let tx = Tx(Reader { connection: read.connection, sealer: read.sealer });
        tx.forget_deliveries(now)?;
        tx.forget_pages(now)?;
        Ok(())
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}
