//! Questions about the ledger: that it says what payments, invoices, surplus payments and refunds
//! say, and that nothing can take back what it says.

use super::{Check, Invariant};

const REPORT: &str = "No use of recoup leads here: keep a backup of the file and report it";
const COMPARE: &str = "Compare the payment with the provider's ledger, keep a backup and report it";

pub const CHECKS: &[Check] = &[
    Check {
        invariant: Invariant::BooksAddUp,
        code: "invoice_beside_ledger",
        wrong: "it is booked as paid with something else than the ledger says",
        remedy: COMPARE,
        sql: "SELECT i.id AS invoice,
                     i.paid_amount || ' booked, ' || COALESCE(l.came, 0) || ' in the ledger'
                     AS detail
                FROM invoices AS i
                LEFT JOIN (SELECT invoice_id, SUM(amount) AS came
                             FROM ledger_entries
                            WHERE kind IN ('charge', 'manual_payment', 'surplus', 'correction')
                              AND invoice_id IS NOT NULL
                            GROUP BY invoice_id) AS l ON l.invoice_id = i.id
               WHERE i.paid_amount <> COALESCE(l.came, 0)",
    },
    Check {
        invariant: Invariant::BooksAddUp,
        code: "charge_beside_ledger",
        wrong: "the ledger does not say that it took just this",
        remedy: COMPARE,
        sql: "SELECT a.id AS attempt,
                     a.state || ', ' || a.amount || '; ' || COALESCE(l.came, 0) || ' in the ledger'
                     AS detail
                FROM attempts AS a
                LEFT JOIN (SELECT payment_id, SUM(amount) AS came
                             FROM ledger_entries WHERE kind IN ('charge', 'correction')
                            GROUP BY payment_id) AS l ON l.payment_id = a.id
               WHERE COALESCE(l.came, 0) <> CASE a.state WHEN 'paid' THEN a.amount ELSE 0 END",
    },
    Check {
        invariant: Invariant::BooksAddUp,
        code: "more_out_than_in",
        wrong: "more went out of it than came in",
        remedy: "Look at its refunds and disputes at the provider: one of them is too much",
        sql: "SELECT payment_id AS payment, SUM(amount) || ' left' AS detail
                FROM ledger_entries
               WHERE kind <> 'surplus'
               GROUP BY payment_id HAVING SUM(amount) < 0",
    },
    Check {
        invariant: Invariant::BooksAddUp,
        code: "surplus_beside_ledger",
        wrong: "the ledger or the events do not say that this was too much",
        remedy: REPORT,
        sql: "SELECT s.id AS surplus_payment, s.payment_id AS payment
                FROM surplus_payments AS s
               WHERE NOT EXISTS (SELECT 1 FROM ledger_entries AS l
                                  WHERE l.payment_id = s.payment_id AND l.kind = 'surplus'
                                    AND l.amount = -s.amount AND l.invoice_id IS s.invoice_id)",
    },
    Check {
        invariant: Invariant::BooksAddUp,
        code: "surplus_waits_for_nobody",
        wrong: "the ledger says that it brought too much, and it is not on the list of surplus \
                payments",
        remedy: "Compare with the provider's ledger and refund what is too much there",
        sql: "SELECT l.payment_id AS payment, l.id AS ledger_entry
                FROM ledger_entries AS l
               WHERE l.kind = 'surplus'
                 AND NOT EXISTS (SELECT 1 FROM surplus_payments AS s
                                  WHERE s.payment_id = l.payment_id AND s.amount = -l.amount
                                    AND s.invoice_id IS l.invoice_id)",
    },
    Check {
        invariant: Invariant::BooksAddUp,
        code: "refund_beside_ledger",
        wrong: "the ledger does not say that just this was given back",
        remedy: COMPARE,
        sql: "SELECT r.id AS refund,
                     r.state || ', ' || r.amount || '; ' || COALESCE(l.moved, 0)
                     || ' in the ledger' AS detail
                FROM refunds AS r
                LEFT JOIN (SELECT refund_id, SUM(amount) AS moved
                             FROM ledger_entries WHERE refund_id IS NOT NULL
                            GROUP BY refund_id) AS l ON l.refund_id = r.id
               WHERE COALESCE(l.moved, 0)
                     <> CASE r.state WHEN 'succeeded' THEN -r.amount ELSE 0 END",
    },
    Check {
        invariant: Invariant::BooksAddUp,
        code: "surplus_refunds_wrong",
        wrong: "it does not say what became of its refunds",
        remedy: REPORT,
        sql: "SELECT s.id AS surplus_payment,
                     s.refunded_amount || ' told, ' || COALESCE(r.given, 0) || ' refunded' AS detail
                FROM surplus_payments AS s
                LEFT JOIN (SELECT surplus_id, SUM(amount) AS given
                             FROM refunds WHERE state <> 'failed' AND surplus_id IS NOT NULL
                            GROUP BY surplus_id) AS r ON r.surplus_id = s.id
               WHERE s.refunded_amount <> COALESCE(r.given, 0)",
    },
    Check {
        invariant: Invariant::BooksAddUp,
        code: "guard_missing",
        wrong: "its rows could be changed or deleted: the guard that forbids it is gone",
        remedy: "Somebody changed the database by hand. Restore a backup, or add the trigger of \
                 this name again as recoup's migrations have it",
        sql: "SELECT column1 AS guard
                FROM (VALUES ('ledger_entries_never_change'), ('ledger_entries_never_go'),
                             ('events_never_change'), ('events_never_go'),
                             ('audit_log_never_changes'), ('audit_log_never_goes'))
               WHERE column1 NOT IN (SELECT name FROM sqlite_schema WHERE type = 'trigger')",
    },
];
