//! What must be true of the database whenever a story ends: the invariants that can be asked of
//! it.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

/// What is asked, and what it would mean if there were any.
const FAULTS: &[(&str, &str)] = &[
    (
        "a debt is being charged without an open attempt",
        "SELECT COUNT(*) FROM recoveries AS r
          WHERE r.state = 'charging' AND NOT EXISTS (
                SELECT 1 FROM attempts AS a
                 WHERE a.id = r.open_attempt_id
                   AND a.state IN ('charging', 'pending', 'needs_action', 'unknown'))",
    ),
    (
        "an attempt is open on a debt that does not know of it",
        "SELECT COUNT(*) FROM attempts AS a JOIN recoveries AS r ON r.id = a.recovery_id
          WHERE a.state IN ('charging', 'pending', 'needs_action', 'unknown')
            AND (r.state <> 'charging' OR r.open_attempt_id <> a.id)",
    ),
    (
        "more was taken than was due",
        "SELECT COUNT(*) FROM invoices AS i
          WHERE i.status <> 'voided' AND i.total_amount < (
                SELECT COALESCE(SUM(amount), 0) FROM attempts
                 WHERE payable_id = i.id AND state = 'paid')",
    ),
    (
        "a wallet is not worth what is left of what came in",
        "SELECT COUNT(*) FROM wallets AS w
          WHERE w.balance <> (SELECT COALESCE(SUM(remaining_amount), 0)
                                FROM wallet_transactions WHERE wallet_id = w.id)",
    ),
    (
        "a wallet is not worth what came in without what went out",
        "SELECT COUNT(*) FROM wallets AS w
          WHERE w.balance <> (SELECT COALESCE(SUM(CASE
                                     WHEN status <> 'settled' THEN 0
                                     WHEN kind IN ('purchased', 'granted') THEN amount
                                     ELSE -amount END), 0)
                                FROM wallet_transactions WHERE wallet_id = w.id)",
    ),
    (
        "what went out was not taken from what came in",
        "SELECT COUNT(*) FROM wallet_transactions AS t
          WHERE t.amount <> (SELECT COALESCE(SUM(amount), 0)
                               FROM wallet_consumptions WHERE outbound_id = t.id)
            AND t.kind IN ('voided', 'invoiced')",
    ),
    (
        "an invoice is paid and the credits that it bought are not there",
        "SELECT COUNT(*) FROM wallet_transactions AS t JOIN invoices AS i ON i.id = t.invoice_id
          WHERE t.kind = 'purchased' AND t.status <> 'settled'
            AND i.payment_status = 'succeeded'",
    ),
    (
        "an invoice was paid more than its total",
        "SELECT COUNT(*) FROM invoices WHERE paid_amount > total_amount",
    ),
    (
        "a charge for a request is neither an invoice's nor told as too much",
        "SELECT COUNT(*) FROM attempts AS a
          WHERE a.payable_kind = 'payment_request' AND a.state = 'paid'
            AND a.amount <> (SELECT SUM(paid_amount) FROM payment_request_invoices
                              WHERE payment_request_id = a.payable_id)
            AND NOT EXISTS (SELECT 1 FROM events AS e
                             WHERE e.kind = 'duplicate_paid' AND e.attempt_id = a.id)",
    ),
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
    (
        "a request has had more than one charge",
        "SELECT COUNT(*) FROM (SELECT payable_id FROM attempts
                                WHERE payable_kind = 'payment_request'
                                GROUP BY payable_id HAVING COUNT(*) > 1)",
    ),
    (
        "a request that has ended keeps others away, or an open one does not",
        "SELECT COUNT(*) FROM payment_request_invoices AS p JOIN recoveries AS r
             ON r.payable_kind = 'payment_request' AND r.payable_id = p.payment_request_id
          WHERE p.collecting <> (r.state IN ('waiting', 'charging'))",
    ),
    (
        "an attempt never left and its debt has ended",
        "SELECT COUNT(*) FROM attempts AS a JOIN recoveries AS r ON r.id = a.recovery_id
          WHERE a.state = 'not_sent' AND r.state IN ('recovered', 'cancelled')",
    ),
    (
        "a day of a subscription is billed twice",
        "SELECT COUNT(*) FROM billed_periods AS a JOIN billed_periods AS b
             ON b.subscription_id = a.subscription_id AND b.pay_when = a.pay_when
            AND b.from_on > a.from_on AND b.from_on < a.to_on",
    ),
    (
        "a draft is forgotten",
        "SELECT COUNT(*) FROM invoices AS i
          WHERE (i.status = 'draft') <> EXISTS (
                SELECT 1 FROM invoice_drafts AS d WHERE d.invoice_id = i.id)",
    ),
    (
        "lists of invoices tell a wrong total",
        "SELECT COUNT(*) FROM invoice_counts AS n
          WHERE n.invoices <> (
                SELECT COUNT(*) FROM invoices AS i
                 WHERE i.organization_id = n.organization_id AND i.status = n.status
                   AND i.payment_status = n.payment_status
                   AND i.payment_overdue = n.payment_overdue)",
    ),
    (
        "lists of payments tell a wrong total",
        "SELECT COUNT(*) FROM payment_counts AS n
          WHERE n.payments <> (SELECT COUNT(*) FROM attempts)
                            + (SELECT COUNT(*) FROM manual_payments)",
    ),
];

pub fn add_up(data_dir: &Path) {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let database = Connection::open_with_flags(data_dir.join("recoup.db"), flags).expect("opens");
    for (fault, sql) in FAULTS {
        let count: i64 = database.query_row(sql, [], |row| row.get(0)).expect("an answer");
        assert_eq!(count, 0, "{fault}");
    }
}
