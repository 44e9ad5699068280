//! Each question finds what it asks for: every kind of violation is planted in books that are
//! sound, as only damage or a bug could.

use rusqlite::{Connection, params_from_iter};

use super::{audit, checks};
use crate::domain::policy::NetworkLimit;
use crate::store::schema::migrate;

/// Saves a row; columns that must not be empty and are not named get nothing or nought.
fn insert(database: &Connection, table: &str, named: &[(&str, &str)]) {
    let sql = format!("SELECT name, type FROM pragma_table_info('{table}') WHERE \"notnull\" = 1");
    let mut statement = database.prepare(&sql).expect("a table");
    let needed: Vec<(String, String)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("columns")
        .collect::<Result<_, _>>()
        .expect("columns");
    let mut columns: Vec<&str> = named.iter().map(|(name, _)| *name).collect();
    let mut values: Vec<&str> = named.iter().map(|(_, value)| *value).collect();
    for (name, kind) in &needed {
        if !columns.contains(&name.as_str()) {
            columns.push(name);
            values.push(if kind == "INTEGER" { "0" } else { "" });
        }
    }
    let marks = vec!["?"; columns.len()].join(", ");
    let sql = format!("INSERT INTO {table} ({}) VALUES ({marks})", columns.join(", "));
    database.execute(&sql, params_from_iter(values)).expect("a row");
}

/// The same, in euros of one organization.
fn row(database: &Connection, table: &str, named: &[(&str, &str)]) {
    let common = [("currency", "EUR"), ("organization_id", "o")];
    insert(database, table, &[named, &common].concat());
}

/// An invoice that was declined once and then paid, one that is being paid by a request, and a
/// wallet that was filled and used. Nothing keeps a test from damaging it.
fn sound_books() -> Connection {
    let mut database = Connection::open_in_memory().expect("memory");
    migrate(&mut database).expect("the schema");
    database
        .execute_batch("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;")
        .expect("pragmas");
    debts(&database);
    attempts(&database);
    events(&database);
    wallet(&database);
    surplus(&database);
    database
}

/// The same, where a test may take away what the guards keep.
fn unguarded_books() -> Connection {
    let database = sound_books();
    database
        .execute_batch(
            "DROP TRIGGER events_never_change; DROP TRIGGER events_never_go;
             DROP TRIGGER ledger_entries_never_change; DROP TRIGGER ledger_entries_never_go;",
        )
        .expect("guards");
    database
}

/// A payer paid a voided invoice on a page, and has a part of that back.
fn surplus(database: &Connection) {
    let whose = [("payment_id", "a4"), ("payable_kind", "invoice"), ("payable_id", "i3")];
    let entry = |id: &str, kind: &str, amount: &str, refund: &[(&str, &str)]| {
        let named = [("id", id), ("invoice_id", "i3"), ("kind", kind), ("amount", amount)];
        row(database, "ledger_entries", &[whose.as_slice(), &named, refund].concat());
    };
    entry("l2", "charge", "100", &[]);
    entry("l3", "surplus", "-100", &[]);
    entry("l4", "refund", "-30", &[("refund_id", "b1")]);
    let named = [("id", "u1"), ("invoice_id", "i3"), ("amount", "100"), ("state", "open")];
    let rest = [("refunded_amount", "30"), ("reason", "debt_gone")];
    row(database, "surplus_payments", &[whose.as_slice(), &named, &rest].concat());
    let named = [("id", "b1"), ("payment_id", "a4"), ("surplus_id", "u1"), ("amount", "30")];
    let rest = [("state", "succeeded"), ("settled_at", "300"), ("number", "1")];
    row(database, "refunds", &[named.as_slice(), &rest].concat());
    let told = [("id", "e9"), ("kind", "duplicate_paid"), ("invoice_id", "i3")];
    insert(database, "events", &told);
}

fn debts(database: &Connection) {
    for (id, status, paid, payment_status) in [
        ("i1", "finalized", "100", "succeeded"),
        ("i2", "finalized", "0", "pending"),
        ("i3", "voided", "0", "pending"),
    ] {
        let states = [("status", status), ("payment_status", payment_status)];
        let amounts = [("total_amount", "100"), ("paid_amount", paid)];
        let whose = [("id", id), ("customer_id", id)];
        row(database, "invoices", &[whose, states, amounts].concat());
        let counted = [("organization_id", "o"), ("invoices", "1")];
        insert(database, "invoice_counts", &[states, counted].concat());
    }
    let recovery = |id: &str, (kind, payable): (&str, &str), more: &[(&str, &str)]| {
        let named =
            [("organization_id", "o"), ("id", id), ("payable_kind", kind), ("payable_id", payable)];
        insert(database, "recoveries", &[named.as_slice(), more].concat());
    };
    recovery("r1", ("invoice", "i1"), &[("state", "recovered"), ("reason", "attempt")]);
    recovery("r2", ("invoice", "i2"), &[("state", "idle")]);
    recovery("r4", ("invoice", "i3"), &[("state", "cancelled")]);
    let charging = [("state", "charging"), ("open_attempt_id", "a3")];
    recovery("r3", ("payment_request", "q1"), &charging);
    let request = [("id", "q1"), ("amount", "100"), ("payment_status", "pending")];
    row(database, "payment_requests", &request);
    let part = [
        ("payment_request_id", "q1"),
        ("invoice_id", "i2"),
        ("amount", "100"),
        ("collecting", "1"),
    ];
    insert(database, "payment_request_invoices", &part);
    row(database, "fees", &[("id", "f1"), ("invoice_id", "i1")]);
}

fn attempts(database: &Connection) {
    let attempt = |id: &str, recovery: &str, number: &str, more: &[&[(&str, &str)]]| {
        let named = [
            ("id", id),
            ("recovery_id", recovery),
            ("number", number),
            ("origin", "schedule"),
            ("amount", "100"),
            ("sends", "1"),
            ("idempotency_key", id),
            ("charge_id", id),
            ("limit_key", "card"),
            ("connection_id", "c"),
        ];
        row(database, "attempts", &[named.as_slice(), &more.concat()].concat());
    };
    let of_invoice = [("payable_kind", "invoice"), ("payable_id", "i1")];
    let declined = [("state", "declined"), ("decline_retry", "soft"), ("settled_at", "20")];
    attempt("a1", "r1", "1", &[&of_invoice, &declined, &[("begun_at", "10")]]);
    let paid = [("state", "paid"), ("settled_at", "220"), ("begun_at", "200")];
    attempt("a2", "r1", "2", &[&of_invoice, &paid]);
    let of_request = [("payable_kind", "payment_request"), ("payable_id", "q1")];
    attempt("a3", "r3", "1", &[&of_request, &[("state", "charging"), ("lease_until", "900")]]);
    let voided = [("payable_kind", "invoice"), ("payable_id", "i3")];
    attempt("a4", "r4", "1", &[&voided, &paid]);
    database.execute("UPDATE attempts SET origin = 'link' WHERE id = 'a4'", []).expect("a page");
    insert(database, "payment_counts", &[("organization_id", "o"), ("payments", "4")]);
    let named = [("id", "l1"), ("payment_id", "a2"), ("invoice_id", "i1")];
    let brought = [("kind", "charge"), ("amount", "100")];
    row(database, "ledger_entries", &[named.as_slice(), &of_invoice, &brought].concat());
}

fn events(database: &Connection) {
    for (id, kind, attempt, due) in [
        ("e1", "attempt_begun", "a1", "0"),
        ("e2", "attempt_failed", "a1", "0"),
        ("e3", "retry_planned", "a1", "200"),
        ("e4", "attempt_begun", "a2", "0"),
        ("e5", "attempt_paid", "a2", "0"),
        ("e6", "attempt_begun", "a3", "0"),
        ("e7", "attempt_begun", "a4", "0"),
        ("e8", "attempt_paid", "a4", "0"),
    ] {
        let named = [("id", id), ("kind", kind), ("attempt_id", attempt), ("due_at", due)];
        insert(database, "events", &named);
    }
}

fn wallet(database: &Connection) {
    row(database, "wallets", &[("id", "w1"), ("balance", "60")]);
    let moved = |id: &str, kind: &str, amount: &str, rest: &str| {
        let named = [
            ("id", id),
            ("wallet_id", "w1"),
            ("kind", kind),
            ("status", "settled"),
            ("amount", amount),
            ("remaining_amount", rest),
        ];
        row(database, "wallet_transactions", &named);
    };
    moved("t1", "granted", "100", "60");
    moved("t2", "voided", "40", "0");
    let taken = [("outbound_id", "t2"), ("inbound_id", "t1"), ("amount", "40")];
    insert(database, "wallet_consumptions", &taken);
}

/// Makes another attempt like `a2`, with changes.
macro_rules! another {
    ($($change:literal),*) => {
        concat!(
            "CREATE TEMP TABLE t AS SELECT * FROM attempts WHERE id = 'a2';
             UPDATE t SET id = 'a9', number = 9, idempotency_key = 'a9', charge_id = 'a9';",
            $("UPDATE t SET ", $change, ";",)*
            "INSERT INTO attempts SELECT * FROM t;
             UPDATE payment_counts SET payments = payments + 1;"
        )
    };
}

/// What is planted, and the question that must find it. Others may notice it too.
const PLANTED: &[(&str, &str)] = &[
    ("charged_beyond_due", another!()),
    ("surplus_untold", another!("origin = 'link'")),
    ("paid_beyond_total", "UPDATE invoices SET paid_amount = 101 WHERE id = 'i1'"),
    ("paid_amount_wrong", "UPDATE invoices SET paid_amount = 99 WHERE id = 'i1'"),
    ("request_money_astray", "UPDATE attempts SET state = 'paid' WHERE id = 'a3'"),
    ("attempt_in_other_currency", "UPDATE attempts SET currency = 'USD' WHERE id = 'a1'"),
    (
        "payment_in_other_currency",
        "INSERT INTO manual_payments VALUES ('m1', 'o', 'i2', 'i2', 1, 'USD', '', 0)",
    ),
    ("request_in_other_currency", "UPDATE payment_requests SET currency = 'USD'"),
    ("fee_in_other_currency", "UPDATE fees SET currency = 'USD'"),
    ("credits_in_other_currency", "UPDATE wallets SET currency = 'USD'"),
    (
        "charge_with_two_attempts",
        "DROP INDEX attempts_one_per_charge; UPDATE attempts SET charge_id = 'same'",
    ),
    ("attempt_astray", "UPDATE attempts SET payable_id = 'i2' WHERE id = 'a1'"),
    ("charged_without_intent", "UPDATE attempts SET sends = 0 WHERE id = 'a2'"),
    ("begin_untold", "DELETE FROM events WHERE id = 'e4'"),
    ("payment_untold", "DELETE FROM events WHERE id = 'e5'"),
    ("decline_untold", "DELETE FROM events WHERE id IN ('e2', 'e3')"),
    (
        "delivery_astray",
        "INSERT INTO webhook_deliveries (id, organization_id, event_id, endpoint_id, webhook,
                state, tries_made, created_at)
         VALUES ('d1', 'o', 'e1', 'x', '', 'pending', 0, 0)",
    ),
    (
        "webhook_astray",
        "INSERT INTO inbound_events (id, organization_id, connection_id, provider_event_id,
                occurred_at, kind, news, state, tries_made, received_at)
         VALUES ('n1', 'o', 'c', 'x', 0, '', '', 'new', 0, 0)",
    ),
    ("payment_taken_back", "UPDATE attempts SET state = 'cancelled' WHERE id = 'a2'"),
    (
        "paid_again",
        "INSERT INTO events (id, organization_id, kind, attempt_id, at)
                    VALUES ('e0', 'o', 'attempt_paid', 'a2', 0)",
    ),
    ("end_without_time", "UPDATE attempts SET settled_at = NULL WHERE id = 'a2'"),
    ("charging_forever", "UPDATE attempts SET lease_until = NULL WHERE id = 'a3'"),
    ("unsent_forgotten", "UPDATE attempts SET state = 'not_sent' WHERE id = 'a1'"),
    (
        "charged_after_hard_decline",
        "UPDATE attempts SET decline_retry = 'new_method' WHERE id = 'a1'",
    ),
    (
        "charged_above_network_limit",
        "WITH RECURSIVE n (n) AS (SELECT 10 UNION ALL SELECT n + 1 FROM n WHERE n < 30)
         INSERT INTO attempts (id, organization_id, recovery_id, payable_kind, payable_id,
                customer_id, connection_id, number, origin, amount, currency, idempotency_key,
                sends, state, lookups_made, status, begun_at, updated_at, limit_key, settled_at)
         SELECT 'x' || n, 'o', 'x', 'invoice', 'x', 'x', 'c', n, 'schedule', 1, 'EUR', 'x' || n,
                1, 'declined', 0, '', n, n, 'card', n + 1 FROM n",
    ),
    ("charged_before_its_time", "UPDATE events SET due_at = 201 WHERE id = 'e3'"),
    (
        "two_open_attempts",
        "DROP INDEX attempts_one_open;
         UPDATE attempts SET state = 'unknown' WHERE payable_id = 'i1'",
    ),
    ("charging_without_attempt", "UPDATE attempts SET state = 'declined' WHERE id = 'a3'"),
    ("open_attempt_apart", "UPDATE attempts SET state = 'unknown' WHERE id = 'a2'"),
    ("recovered_without_payment", "UPDATE attempts SET state = 'declined' WHERE id = 'a2'"),
    ("ended_though_owed", "UPDATE recoveries SET state = 'cancelled' WHERE id = 'r2'"),
    ("debt_without_collecting", "DELETE FROM recoveries WHERE id = 'r2'"),
    (
        "request_charged_again",
        another!("payable_kind = 'payment_request'", "payable_id = 'q1'", "recovery_id = 'r3'"),
    ),
    (
        "two_requests_collect",
        "DROP INDEX payment_request_invoices_one_collector;
         INSERT INTO payment_request_invoices VALUES ('q2', 'i2', 1, 100, 0, 1)",
    ),
    ("request_beside_attempt", "UPDATE recoveries SET state = 'charging' WHERE id = 'r2'"),
    (
        "page_beside_charge",
        "INSERT INTO sessions (id, organization_id, customer_id, connection_id, purpose,
                payable_kind, payable_id, progress, created_at, expires_at)
         VALUES ('s1', 'o', 'x', 'c', 'payment', 'payment_request', 'q1', 'open', 0, 0)",
    ),
    ("collecting_flag_wrong", "UPDATE payment_request_invoices SET collecting = 0"),
    ("wallet_rest_wrong", "UPDATE wallets SET balance = 61"),
    ("wallet_balance_wrong", "UPDATE wallet_transactions SET amount = 99 WHERE id = 't1'"),
    ("credits_from_nowhere", "DELETE FROM wallet_consumptions"),
    (
        "credits_missing",
        "UPDATE wallet_transactions SET kind = 'purchased', status = 'pending', invoice_id = 'i1'
          WHERE id = 't1'",
    ),
    (
        "day_billed_twice",
        "INSERT INTO billed_periods (invoice_id, position, subscription_id, plan_id, pay_when,
                reason, from_on, to_on, period_from_on, period_to_on, from_at, to_at, taken_off)
         VALUES ('i1', 1, 's', 'p', 'in_advance', '', '2026-01-01', '2026-02-01', '', '', 0, 0, 0),
                ('i2', 1, 's', 'p', 'in_advance', '', '2026-01-31', '2026-02-28', '', '', 0, 0, 0)",
    ),
    ("draft_forgotten", "UPDATE invoices SET status = 'draft' WHERE id = 'i2'"),
    ("invoice_total_wrong", "UPDATE invoice_counts SET invoices = 7"),
    ("payment_total_wrong", "UPDATE payment_counts SET payments = 7"),
    ("invoice_beside_ledger", "UPDATE ledger_entries SET amount = 99 WHERE id = 'l1'"),
    ("charge_beside_ledger", "DELETE FROM ledger_entries WHERE id = 'l1'"),
    ("more_out_than_in", "UPDATE ledger_entries SET amount = -130 WHERE id = 'l4'"),
    ("surplus_beside_ledger", "UPDATE surplus_payments SET amount = 99"),
    ("surplus_waits_for_nobody", "DELETE FROM surplus_payments"),
    ("refund_beside_ledger", "UPDATE refunds SET state = 'failed'"),
    ("surplus_refunds_wrong", "UPDATE surplus_payments SET refunded_amount = 40"),
    ("guard_missing", "DROP TRIGGER audit_log_never_goes"),
];

fn found(database: &Connection) -> Vec<String> {
    let limit = NetworkLimit::CARDS;
    let violations = audit(database, limit).expect("every question is answered");
    violations.iter().map(|violation| violation.code.to_owned()).collect()
}

#[test]
fn sound_books_have_no_violation() {
    assert_eq!(found(&sound_books()), Vec::<String>::new());
}

#[test]
fn every_violation_that_is_planted_is_found() {
    for (code, planted) in PLANTED {
        let database = unguarded_books();
        database.execute_batch(planted).unwrap_or_else(|error| panic!("{code}: {error}"));
        let found = found(&database);
        assert!(found.iter().any(|one| one == code), "{code} is not among {found:?}");
    }
}

#[test]
fn every_question_has_been_seen_to_find_something() {
    for check in checks() {
        let planted = PLANTED.iter().filter(|(code, _)| *code == check.code).count();
        assert_eq!(planted, 1, "{}", check.code);
    }
    assert_eq!(PLANTED.len(), checks().count());
}

#[test]
fn a_broken_database_is_not_told_whole() {
    let database = sound_books();
    for number in 0..300 {
        let id = format!("i{}", number + 10);
        let named =
            [("id", id.as_str()), ("total_amount", "1"), ("paid_amount", "2"), ("number", "n")];
        let named = [named.as_slice(), &[("customer_id", &id), ("status", "voided")]].concat();
        insert(&database, "invoices", &named);
    }
    let told = found(&database).iter().filter(|code| *code == "paid_beyond_total").count();
    assert_eq!(told, 100);
}

/// Fourteen declines leave room for one more. Its clock was set back before the answer came.
#[test]
fn an_attempt_is_not_counted_against_itself() {
    let database = sound_books();
    database
        .execute_batch(
            "WITH RECURSIVE n (n) AS (SELECT 11 UNION ALL SELECT n + 1 FROM n WHERE n < 25)
             INSERT INTO attempts (id, organization_id, recovery_id, payable_kind, payable_id,
                    customer_id, connection_id, number, origin, amount, currency, idempotency_key,
                    sends, state, lookups_made, status, begun_at, updated_at, limit_key, settled_at)
             SELECT 'x' || n, 'o', 'x', 'invoice', 'x', 'x', 'c', n, 'person', 1, 'EUR', 'x' || n,
                    1, 'declined', 0, '', n, n, 'another card', n - 1 FROM n",
        )
        .expect("attempts");
    let is_it = |code: &String| code == "charged_above_network_limit";
    assert!(!found(&database).iter().any(is_it));
}
