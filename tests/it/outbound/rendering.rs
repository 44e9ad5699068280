//! What every event looks like when it is said: the envelope, the object in it, and never a
//! secret of a connection.

use std::sync::Arc;

use recoup::app::ports::WebhookSender;
use recoup::clock::SystemClock;
use recoup::domain::event::{EventKind, WebhookName};
use recoup::domain::view::{PaymentSource, Snapshot};
use recoup::domain::webhook::Dialect;
use recoup::outbound::{WebhookOptions, WebhookOut};
use serde_json::Value;

use super::snapshots::{self, ATTEMPT, CONNECTION, CUSTOMER, INVOICE, METHOD, ORGANIZATION};

fn text(snapshot: &Snapshot) -> Option<String> {
    let options = WebhookOptions::new("https://billing.example");
    WebhookOut::new(options, Arc::new(SystemClock)).render(snapshot, &Dialect::Lago)
}

fn envelope(snapshot: &Snapshot) -> Value {
    serde_json::from_str(&text(snapshot).expect("a webhook")).expect("JSON")
}

/// The object, after a look at its envelope.
fn object(snapshot: &Snapshot, webhook_type: &str, object_type: &str) -> Value {
    let mut envelope = envelope(snapshot);
    assert_eq!(keys(&envelope), ["webhook_type", "object_type", "organization_id", object_type]);
    assert_eq!(envelope["webhook_type"], webhook_type);
    assert_eq!(envelope["object_type"], object_type);
    assert_eq!(envelope["organization_id"], ORGANIZATION.to_string());
    envelope[object_type].take()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

fn has(value: &Value, key: &str) -> bool {
    value.as_object().expect("an object").contains_key(key)
}

fn failed(code: Option<&str>, message: Option<&str>) -> Snapshot {
    let mut snapshot = snapshots::snapshot(EventKind::AttemptFailed);
    snapshot.event.code = code.map(str::to_owned);
    snapshot.event.message = message.map(str::to_owned);
    snapshot
}

#[test]
fn every_event_with_a_webhook_renders_and_no_other_does() {
    for kind in EventKind::ALL {
        let mut snapshot = snapshots::snapshot(*kind);
        snapshot.event.message = Some("https://pay.example/1".to_owned());
        let text = text(&snapshot);
        assert_eq!(text.is_some(), kind.webhook().is_some(), "{kind:?}");
        let Some(text) = text else { continue };
        assert!(!text.contains("sk_test_never_shown"), "{kind:?}");
        let read: Value = serde_json::from_str(&text).expect("JSON");
        let name = kind.webhook().map(WebhookName::as_str);
        assert_eq!(read["webhook_type"].as_str(), name);
    }
}

#[test]
fn an_event_whose_object_is_gone_has_nothing_to_say() {
    for kind in EventKind::ALL {
        let bare = Snapshot {
            customer: None,
            invoice: None,
            payment: None,
            connection: None,
            receipt: None,
            surplus: None,
            refund: None,
            wallet: None,
            wallet_transaction: None,
            subscription: None,
            payment_request: None,
            recovery: None,
            ..snapshots::snapshot(*kind)
        };
        assert_eq!(text(&bare), None, "{kind:?}");
    }
}

#[test]
fn a_declined_payment_is_told_byte_for_byte() {
    let snapshot = failed(Some("card_declined"), Some("Your card was <declined> & refused."));
    let error = r#"Your card was \u003cdeclined\u003e \u0026 refused."#;
    let expected = format!(
        concat!(
            r#"{{"webhook_type":"invoice.payment_failure","#,
            r#""object_type":"payment_provider_invoice_payment_error","#,
            r#""organization_id":"{organization}","#,
            r#""payment_provider_invoice_payment_error":{{"lago_invoice_id":"{invoice}","#,
            r#""lago_customer_id":"{customer}","external_customer_id":"shop|1","#,
            r#""provider_customer_id":"cus_charged","payment_provider":"stripe","#,
            r#""payment_provider_code":"stripe_1","#,
            r#""provider_error":{{"message":"{error}","error_code":"card_declined"}},"#,
            r#""error_details":{{"code":"card_declined","message":"{error}"}}}}}}"#,
        ),
        organization = ORGANIZATION,
        invoice = INVOICE,
        customer = CUSTOMER,
        error = error,
    );
    assert_eq!(text(&snapshot).expect("a webhook"), expected);
    assert_eq!(text(&snapshot), text(&snapshot.clone()));
}

#[test]
fn a_charge_without_a_provider_says_why_in_our_code() {
    let mut snapshot = failed(Some("customer_must_have_payment_provider"), None);
    snapshot.event.kind = EventKind::AttemptImpossible;
    (snapshot.payment, snapshot.connection) = (None, None);
    snapshot.customer.as_mut().expect("a customer").customer.link = None;
    let error =
        object(&snapshot, "invoice.payment_failure", "payment_provider_invoice_payment_error");
    for key in ["provider_customer_id", "payment_provider", "payment_provider_code"] {
        assert_eq!(error[key], Value::Null);
    }
    assert_eq!(error["provider_error"], Value::Null);
    assert_eq!(
        error["error_details"].to_string(),
        r#"{"code":"customer_must_have_payment_provider"}"#
    );
}

#[test]
fn a_charge_without_a_method_names_the_provider() {
    let mut snapshot = failed(Some("customer_has_no_payment_method"), None);
    snapshot.event.kind = EventKind::AttemptImpossible;
    (snapshot.payment, snapshot.connection) = (None, None);
    let error =
        object(&snapshot, "invoice.payment_failure", "payment_provider_invoice_payment_error");
    assert_eq!(error["payment_provider"], "stripe");
    assert_eq!(error["provider_customer_id"], "cus_linked");
    assert_eq!(error["provider_error"], Value::Null);
    assert_eq!(error["error_details"]["code"], "customer_has_no_payment_method");
}

#[test]
fn a_provider_that_is_not_reached_has_an_error_too() {
    let mut snapshot = failed(Some("connection_error"), Some("connection refused"));
    snapshot.event.kind = EventKind::AttemptImpossible;
    let error =
        object(&snapshot, "invoice.payment_failure", "payment_provider_invoice_payment_error");
    assert_eq!(error["provider_error"]["error_code"], "connection_error");
    assert_eq!(error["provider_error"]["message"], "connection refused");
}

#[test]
fn an_attempt_given_up_by_us_has_no_error() {
    let error = object(
        &failed(None, None),
        "invoice.payment_failure",
        "payment_provider_invoice_payment_error",
    );
    assert_eq!(error["provider_error"], Value::Null);
    assert_eq!(error["error_details"].to_string(), "{}");
}

#[test]
fn an_id_at_another_connection_is_not_told() {
    let mut snapshot = failed(Some("live_in_test_mode"), Some("not now"));
    snapshot.event.kind = EventKind::AttemptImpossible;
    snapshot.payment = None;
    snapshot.connection.as_mut().expect("a connection").code = "stripe_2".to_owned();
    let error =
        object(&snapshot, "invoice.payment_failure", "payment_provider_invoice_payment_error");
    assert_eq!(error["payment_provider_code"], "stripe_2");
    assert_eq!(error["provider_customer_id"], Value::Null);
}

#[test]
fn customers_are_told_without_their_taxes() {
    for (kind, name) in [
        (EventKind::CustomerCreated, "customer.created"),
        (EventKind::CustomerUpdated, "customer.updated"),
        (EventKind::CustomerLinked, "customer.payment_provider_created"),
    ] {
        let customer = object(&snapshots::snapshot(kind), name, "customer");
        assert_eq!(customer["lago_id"], CUSTOMER.to_string());
        assert_eq!(customer["name"], "Tom & <Jerry>, café/bar");
        for key in ["taxes", "applicable_invoice_custom_sections", "error_details"] {
            assert!(!has(&customer, key), "{key}");
        }
    }
}

#[test]
fn a_provider_that_refuses_a_customer_says_why() {
    let mut snapshot = snapshots::snapshot(EventKind::CustomerLinkFailed);
    snapshot.event.code = Some("email_invalid".to_owned());
    snapshot.event.message = Some("Invalid email address".to_owned());
    snapshot.payment = None;
    let error =
        object(&snapshot, "customer.payment_provider_error", "payment_provider_customer_error");
    let expected = format!(
        concat!(
            r#"{{"lago_customer_id":"{}","external_customer_id":"shop|1","#,
            r#""payment_provider":"stripe","payment_provider_code":"stripe_1","#,
            r#""provider_error":{{"message":"Invalid email address","#,
            r#""error_code":"email_invalid"}}}}"#,
        ),
        CUSTOMER
    );
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_checkout_link_is_told_with_its_address() {
    let mut snapshot = snapshots::snapshot(EventKind::CheckoutLinkMade);
    snapshot.event.message = Some("https://pay.example/c?a=1&b=2".to_owned());
    snapshot.payment = None;
    let link = object(
        &snapshot,
        "customer.checkout_url_generated",
        "payment_provider_customer_checkout_url",
    );
    let expected = format!(
        concat!(
            r#"{{"lago_customer_id":"{}","external_customer_id":"shop|1","#,
            r#""payment_provider":"stripe","payment_provider_code":"stripe_1","#,
            r#""checkout_url":"https://pay.example/c?a=1&b=2"}}"#,
        ),
        CUSTOMER
    );
    assert_eq!(link.to_string(), expected);
}

#[test]
fn invoices_are_told_with_the_parts_of_their_event() {
    for (kind, name, has_taxes) in [
        (EventKind::InvoiceIssued, "invoice.one_off_created", true),
        (EventKind::InvoiceOverdue, "invoice.payment_overdue", true),
        (EventKind::PaymentStatusChanged, "invoice.payment_status_updated", false),
    ] {
        let invoice = object(&snapshots::snapshot(kind), name, "invoice");
        assert_eq!(invoice["lago_id"], INVOICE.to_string());
        assert_eq!(invoice["total_due_amount_cents"], 4_800);
        assert_eq!(invoice["customer"]["lago_id"], CUSTOMER.to_string());
        assert!(!has(&invoice["customer"], "taxes"));
        assert_eq!(invoice["fees"][0]["amount_cents"], 4_000);
        assert_eq!(has(&invoice, "applied_taxes"), has_taxes, "{name}");
        for key in ["subscriptions", "billing_periods", "credits", "metadata", "error_details"] {
            assert!(!has(&invoice, key), "{name}: {key}");
        }
    }
}

#[test]
fn a_request_is_told_whole_and_its_failure_names_its_invoices() {
    let mut snapshot = snapshots::snapshot(EventKind::PaymentRequestStatusChanged);
    snapshot.invoice = None;
    let name = "payment_request.payment_status_updated";
    let told = object(&snapshot, name, "payment_request");
    let expected = "lago_id amount_cents amount_currency email payment_status created_at customer \
        invoices";
    assert_eq!(keys(&told), expected.split_whitespace().collect::<Vec<_>>());
    assert_eq!(told["invoices"][0]["lago_id"], INVOICE.to_string());
    assert!(!has(&told["invoices"][0], "customer"));
    snapshot.event.kind = EventKind::PaymentRequestFailed;
    snapshot.event.code = Some("card_declined".to_owned());
    snapshot.event.message = Some("Your card was declined.".to_owned());
    let key = "payment_provider_payment_request_payment_error";
    let failed = object(&snapshot, "payment_request.payment_failure", key);
    let expected = format!(
        concat!(
            r#"{{"lago_payment_request_id":"{}","lago_invoice_ids":["{}"],"#,
            r#""lago_customer_id":"{}","external_customer_id":"shop|1","#,
            r#""provider_customer_id":"cus_charged","payment_provider":"stripe","#,
            r#""payment_provider_code":"stripe_1","#,
            r#""provider_error":{{"message":"Your card was declined.","#,
            r#""error_code":"card_declined"}},"#,
            r#""error_details":{{"code":"card_declined","message":"Your card was declined."}}}}"#,
        ),
        snapshots::REQUEST,
        INVOICE,
        CUSTOMER
    );
    assert_eq!(failed.to_string(), expected);
}

#[test]
fn a_lost_dispute_has_a_reason_only_from_a_provider() {
    let mut snapshot = snapshots::snapshot(EventKind::DisputeLost);
    let name = "invoice.payment_dispute_lost";
    let by_hand = object(&snapshot, name, "payment_dispute_lost");
    assert_eq!(keys(&by_hand), ["invoice"]);
    assert_eq!(by_hand["invoice"]["customer"]["external_id"], "shop|1");
    assert!(!has(&by_hand["invoice"], "fees"));
    snapshot.event.message = Some("fraudulent".to_owned());
    let told = object(&snapshot, name, "payment_dispute_lost");
    assert_eq!(told["provider_error"], "fraudulent");
}

#[test]
fn a_payment_is_told_and_its_method_once_it_succeeded() {
    let snapshot = snapshots::snapshot(EventKind::AttemptPaid);
    let payment = object(&snapshot, "payment.succeeded", "payment");
    assert_eq!(payment["lago_id"], ATTEMPT.to_string());
    assert_eq!(payment["invoice_ids"][0], INVOICE.to_string());
    assert_eq!(payment["payment_method"]["lago_id"], METHOD.to_string());
    assert_eq!(payment["payment_method"]["provider_method_id"], "pm_1");

    let mut unknown = snapshots::snapshot(EventKind::AttemptPaid);
    if let Some(PaymentSource::Provider { method, .. }) =
        unknown.payment.as_mut().map(|it| &mut it.source)
    {
        *method = None;
    }
    let payment = object(&unknown, "payment.succeeded", "payment");
    assert!(has(&payment, "payment_method") && payment["payment_method"].is_null());

    let waits = snapshots::snapshot(EventKind::AttemptNeedsPayer);
    let payment = object(&waits, "payment.requires_action", "payment");
    assert_eq!(payment["provider_payment_id"], "pi_1");
    assert!(!has(&payment, "payment_method"));
}

#[test]
fn a_paused_connection_is_told_without_its_settings() {
    let mut snapshot = snapshots::snapshot(EventKind::ConnectionPaused);
    snapshot.event.code = Some("api_key_expired".to_owned());
    snapshot.event.message = Some("the key has expired".to_owned());
    let error = object(&snapshot, "payment_provider.error", "payment_provider_error");
    let expected = format!(
        concat!(
            r#"{{"lago_payment_provider_id":"{}","payment_provider_code":"stripe_1","#,
            r#""payment_provider_name":"Stripe","source":"stripe","#,
            r#""action":"payment_provider.charge","#,
            r#""provider_error":{{"message":"the key has expired","code":"api_key_expired"}}}}"#,
        ),
        CONNECTION
    );
    assert_eq!(error.to_string(), expected);
}

/// Each webhook, the object in it, and what that has beside its plain fields. Clients know no other
/// objects than these.
#[test]
fn every_webhook_has_the_object_and_the_parts_of_its_name() {
    use EventKind as Kind;
    let with_periods = "customer subscriptions billing_periods fees credits applied_taxes";
    let drafted = "customer subscriptions billing_periods fees credits applied_taxes error_details";
    let rows = [
        (Kind::InvoiceIssued, "invoice.one_off_created", "invoice", "customer fees applied_taxes"),
        (Kind::SubscriptionInvoiceIssued, "invoice.created", "invoice", with_periods),
        (Kind::InvoiceDrafted, "invoice.drafted", "invoice", drafted),
        (
            Kind::CreditInvoiceIssued,
            "invoice.paid_credit_added",
            "invoice",
            "customer fees applied_taxes",
        ),
        (Kind::InvoiceVoided, "invoice.voided", "invoice", with_periods),
        (Kind::InvoiceDeleted, "invoice.deleted", "invoice", with_periods),
        (Kind::SubscriptionStarted, "subscription.started", "subscription", "plan customer"),
        (Kind::SubscriptionUpdated, "subscription.updated", "subscription", "plan customer"),
        (Kind::SubscriptionTerminated, "subscription.terminated", "subscription", "plan customer"),
        (Kind::SubscriptionCanceled, "subscription.canceled", "subscription", "plan customer"),
        (Kind::WalletCreated, "wallet.created", "wallet", "recurring_transaction_rules"),
        (Kind::WalletUpdated, "wallet.updated", "wallet", "recurring_transaction_rules"),
        (Kind::WalletTerminated, "wallet.terminated", "wallet", "recurring_transaction_rules"),
        (
            Kind::WalletTransactionCreated,
            "wallet_transaction.created",
            "wallet_transaction",
            "wallet",
        ),
        (
            Kind::WalletTransactionUpdated,
            "wallet_transaction.updated",
            "wallet_transaction",
            "wallet",
        ),
        (
            Kind::PaymentRequestCreated,
            "payment_request.created",
            "payment_request",
            "customer invoices",
        ),
        (Kind::ReceiptCreated, "payment_receipt.created", "payment_receipt", "payment"),
        (Kind::ReceiptGenerated, "payment_receipt.generated", "payment_receipt", "payment"),
    ];
    let all_parts = [with_periods, drafted, "metadata applied_invoice_custom_sections"];
    for (kind, name, object_type, parts) in rows {
        let told = object(&snapshots::snapshot(kind), name, object_type);
        for part in parts.split_whitespace() {
            assert!(told[part].is_object() || told[part].is_array(), "{name}: {part}: {told}");
        }
        if object_type == "invoice" {
            let left_out = all_parts.iter().flat_map(|parts| parts.split_whitespace());
            for part in left_out.filter(|part| !parts.contains(part)) {
                assert!(!has(&told, part), "{name}: {part}");
            }
        }
    }
    let wallet = object(&snapshots::snapshot(Kind::WalletCreated), "wallet.created", "wallet");
    assert!(!has(&wallet, "applies_to"), "{wallet}");
}

#[test]
fn a_top_up_that_failed_names_its_transaction_and_not_its_invoice() {
    let mut snapshot = snapshots::snapshot(EventKind::WalletTransactionFailed);
    snapshot.event.code = Some("card_declined".to_owned());
    snapshot.event.message = Some("Your card was declined.".to_owned());
    let name = "wallet_transaction.payment_failure";
    let failed = object(&snapshot, name, "payment_provider_wallet_transaction_payment_error");
    let transaction = snapshot.wallet_transaction.expect("a transaction").id;
    let expected = format!(
        concat!(
            r#"{{"lago_wallet_transaction_id":"{}","lago_customer_id":"{}","#,
            r#""external_customer_id":"shop|1","provider_customer_id":"cus_charged","#,
            r#""payment_provider":"stripe","payment_provider_code":"stripe_1","#,
            r#""provider_error":{{"message":"Your card was declined.","#,
            r#""error_code":"card_declined"}}}}"#,
        ),
        transaction, CUSTOMER
    );
    assert_eq!(failed.to_string(), expected);
}

#[test]
fn a_campaign_that_is_over_says_what_is_still_owed() {
    let mut snapshot = snapshots::snapshot(EventKind::DunningFinished);
    snapshot.event.code = Some("gentle".to_owned());
    let told = object(&snapshot, "dunning_campaign.finished", "dunning_campaign");
    let expected = concat!(
        r#"{"external_customer_id":"shop|1","customer_external_id":"shop|1","#,
        r#""dunning_campaign_code":"gentle","overdue_balance_cents":4800,"#,
        r#""overdue_balance_currency":"EUR","#,
        r#""overdue_balances":[{"currency":"EUR","amount_cents":4800}]}"#,
    );
    assert_eq!(told.to_string(), expected);
}
