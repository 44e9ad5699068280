//! Questions about what is booked and counted beside the money path: wallets, billed days, drafts,
//! totals of lists.

use super::{Check, Invariant};

const REPORT: &str = "No use of recoup leads here: keep a backup of the file and report it";

pub const CHECKS: &[Check] = &[
    Check {
        invariant: Invariant::BooksAddUp,
        code: "wallet_rest_wrong",
        wrong: "its balance is not what is left of what came in",
        remedy: REPORT,
        sql: "SELECT w.id AS wallet,
                     w.balance || ' booked, ' || COALESCE(t.rest, 0) || ' left' AS detail
                FROM wallets AS w
                LEFT JOIN (SELECT wallet_id, SUM(remaining_amount) AS rest
                             FROM wallet_transactions GROUP BY wallet_id) AS t
                  ON t.wallet_id = w.id
               WHERE w.balance <> COALESCE(t.rest, 0)",
    },
    Check {
        invariant: Invariant::BooksAddUp,
        code: "wallet_balance_wrong",
        wrong: "its balance is not what came in without what went out",
        remedy: REPORT,
        sql: "SELECT w.id AS wallet
                FROM wallets AS w
                LEFT JOIN (SELECT wallet_id,
                                  SUM(CASE WHEN status <> 'settled' THEN 0
                                           WHEN kind IN ('purchased', 'granted') THEN amount
                                           ELSE -amount END) AS moved
                             FROM wallet_transactions GROUP BY wallet_id) AS t
                  ON t.wallet_id = w.id
               WHERE w.balance <> COALESCE(t.moved, 0)",
    },
    Check {
        invariant: Invariant::BooksAddUp,
        code: "credits_from_nowhere",
        wrong: "what went out was not taken from what came in",
        remedy: REPORT,
        sql: "SELECT t.id AS wallet_transaction, t.wallet_id AS wallet
                FROM wallet_transactions AS t
               WHERE t.kind IN ('voided', 'invoiced')
                 AND t.amount <> (SELECT COALESCE(SUM(amount), 0)
                                    FROM wallet_consumptions WHERE outbound_id = t.id)",
    },
    Check {
        invariant: Invariant::BooksAddUp,
        code: "credits_missing",
        wrong: "the invoice is paid and the credits that it bought are not there",
        remedy: REPORT,
        sql: "SELECT i.id AS invoice, t.id AS wallet_transaction
                FROM wallet_transactions AS t JOIN invoices AS i ON i.id = t.invoice_id
               WHERE t.kind = 'purchased' AND t.status <> 'settled'
                 AND i.payment_status = 'succeeded'",
    },
    Check {
        invariant: Invariant::BooksAddUp,
        code: "day_billed_twice",
        wrong: "days of it are billed twice",
        remedy: "Void one of the two invoices",
        sql: "SELECT a.subscription_id AS subscription, a.invoice_id AS invoice,
                     b.invoice_id AS other_invoice
                FROM billed_periods AS a
                JOIN billed_periods AS b
                  ON b.subscription_id = a.subscription_id AND b.from_on > a.from_on
                 AND b.from_on < a.to_on AND b.pay_when = a.pay_when",
    },
    Check {
        invariant: Invariant::BooksAddUp,
        code: "draft_forgotten",
        wrong: "it is a draft that nothing finalizes, or is none and would be finalized",
        remedy: REPORT,
        sql: "SELECT i.id AS invoice
                FROM invoices AS i LEFT JOIN invoice_drafts AS d ON d.invoice_id = i.id
               WHERE (i.status = 'draft') <> (d.invoice_id IS NOT NULL)",
    },
    Check {
        invariant: Invariant::BooksAddUp,
        code: "invoice_total_wrong",
        wrong: "lists of its invoices tell a wrong total",
        remedy: REPORT,
        sql: "SELECT organization_id AS organization,
                     status || ' ' || payment_status || ': ' || SUM(told) || ' told, '
                     || SUM(found) || ' found' AS detail
                FROM (SELECT organization_id, status, payment_status, payment_overdue,
                             invoices AS told, 0 AS found
                        FROM invoice_counts
                       UNION ALL
                      SELECT organization_id, status, payment_status, payment_overdue, 0, COUNT(*)
                        FROM invoices GROUP BY 1, 2, 3, 4)
               GROUP BY organization_id, status, payment_status, payment_overdue
              HAVING SUM(told) <> SUM(found)",
    },
    Check {
        invariant: Invariant::BooksAddUp,
        code: "payment_total_wrong",
        wrong: "lists of its payments tell a wrong total",
        remedy: REPORT,
        sql: "SELECT organization_id AS organization,
                     SUM(told) || ' told, ' || SUM(found) || ' found' AS detail
                FROM (SELECT organization_id, payments AS told, 0 AS found FROM payment_counts
                       UNION ALL
                      SELECT organization_id, 0, COUNT(*) FROM attempts GROUP BY 1
                       UNION ALL
                      SELECT organization_id, 0, COUNT(*) FROM manual_payments GROUP BY 1)
               GROUP BY organization_id
              HAVING SUM(told) <> SUM(found)",
    },
];
