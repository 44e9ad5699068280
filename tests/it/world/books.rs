//! What must be true of the database whenever a story ends: the audit finds nothing, and the
//! ledger says what invoices, surplus payments and refunds say.

use std::path::Path;

use recoup::domain::policy::NetworkLimit;
use recoup::store::{DATABASE_FILE, audit_file};
use rusqlite::{Connection, OpenFlags};

/// What is asked, and what it would mean if there were any.
const FAULTS: &[(&str, &str)] = &[
    (
        "an invoice was paid something else than the ledger says",
        "SELECT COUNT(*) FROM invoices AS i
          WHERE i.paid_amount <> COALESCE((
                SELECT SUM(l.amount) FROM ledger_entries AS l
                 WHERE l.invoice_id = i.id
                   AND l.kind IN ('charge', 'manual_payment', 'surplus', 'correction')), 0)",
    ),
    (
        "a charge is not in the ledger, or one is that was none",
        "SELECT COUNT(*) FROM attempts AS a
          WHERE (CASE a.state WHEN 'paid' THEN a.amount ELSE 0 END) <> COALESCE((
                SELECT SUM(l.amount) FROM ledger_entries AS l
                 WHERE l.payment_id = a.id AND l.kind IN ('charge', 'correction')), 0)",
    ),
    (
        "more went out of a payment than came in",
        "SELECT COUNT(*) FROM (SELECT payment_id FROM ledger_entries
                                WHERE kind <> 'surplus'
                                GROUP BY payment_id HAVING SUM(amount) < 0)",
    ),
    (
        "a surplus in the ledger waits for nobody, or the other way round",
        "SELECT COUNT(*) FROM surplus_payments AS s
          WHERE NOT EXISTS (SELECT 1 FROM ledger_entries AS l
                             WHERE l.payment_id = s.payment_id AND l.kind = 'surplus'
                               AND l.amount = -s.amount
                               AND l.invoice_id IS s.invoice_id)
             OR NOT EXISTS (SELECT 1 FROM events AS e
                             WHERE e.kind = 'duplicate_paid' AND e.surplus_id = s.id)",
    ),
    (
        "a surplus was told and not recorded",
        "SELECT (SELECT COUNT(*) FROM events WHERE kind = 'duplicate_paid')
              - (SELECT COUNT(*) FROM surplus_payments)",
    ),
    (
        "a refund that went out is not in the ledger",
        "SELECT COUNT(*) FROM refunds AS r
          WHERE (CASE r.state WHEN 'succeeded' THEN -r.amount ELSE 0 END) <> COALESCE((
                SELECT SUM(l.amount) FROM ledger_entries AS l WHERE l.refund_id = r.id), 0)",
    ),
    (
        "a surplus does not say what became of its refunds",
        "SELECT COUNT(*) FROM surplus_payments AS s
          WHERE s.refunded_amount <> COALESCE((
                SELECT SUM(r.amount) FROM refunds AS r
                 WHERE r.surplus_id = s.id AND r.state <> 'failed'), 0)",
    ),
];

pub fn add_up(data_dir: &Path) {
    let limit = NetworkLimit::CARDS;
    let found = audit_file(&data_dir.join(DATABASE_FILE), limit).expect("an audit");
    let told: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let database = Connection::open_with_flags(data_dir.join(DATABASE_FILE), flags).expect("opens");
    for (fault, sql) in FAULTS {
        let count: i64 = database.query_row(sql, [], |row| row.get(0)).expect("an answer");
        assert_eq!(count, 0, "{fault}");
    }
}
