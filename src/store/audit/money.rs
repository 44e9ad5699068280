//! Questions about money: what came in, what was due, in which currency.

use super::{Check, Invariant};

const REFUND: &str = "Compare with the provider's ledger and refund what is too much there";
const REPORT: &str = "No use of recoup leads here: keep a backup of the file and report it";

pub const CHECKS: &[Check] = &[
    Check {
        invariant: Invariant::NeverTwice,
        code: "charged_beyond_due",
        wrong: "recoup itself charged more than its total",
        remedy: REFUND,
        // What payers paid on pages of their own accord is told as a surplus instead.
        sql: "SELECT i.id AS invoice,
                     CAST(t.taken AS INTEGER) || ' of ' || i.total_amount || ' minor units of '
                     || i.currency AS detail
                FROM (SELECT payable_id, TOTAL(amount) AS taken
                        FROM attempts
                       WHERE state = 'paid' AND payable_kind = 'invoice' AND origin <> 'link'
                       GROUP BY payable_id) AS t
                JOIN invoices AS i ON i.id = t.payable_id
               WHERE t.taken > i.total_amount",
    },
    Check {
        invariant: Invariant::NeverTwice,
        code: "surplus_untold",
        wrong: "more came in for it than its total, and nobody was told",
        remedy: REFUND,
        sql: "SELECT i.id AS invoice,
                     CAST(c.came AS INTEGER) || ' of ' || i.total_amount || ' minor units of '
                     || i.currency AS detail
                FROM (SELECT invoice_id, TOTAL(amount) AS came
                        FROM (SELECT payable_id AS invoice_id, amount FROM attempts
                               WHERE state = 'paid' AND payable_kind = 'invoice'
                               UNION ALL
                              SELECT invoice_id, amount FROM manual_payments
                               UNION ALL
                              SELECT invoice_id, paid_amount FROM payment_request_invoices)
                       GROUP BY invoice_id) AS c
                JOIN invoices AS i ON i.id = c.invoice_id
               WHERE c.came > i.total_amount
                 AND NOT EXISTS (SELECT 1 FROM events AS e
                                  WHERE e.invoice_id = i.id AND e.kind = 'duplicate_paid')",
    },
    Check {
        invariant: Invariant::NeverTwice,
        code: "paid_beyond_total",
        wrong: "it is booked as paid with more than its total",
        remedy: REPORT,
        sql: "SELECT id AS invoice, paid_amount || ' of ' || total_amount AS detail
                FROM invoices WHERE paid_amount > total_amount",
    },
    Check {
        invariant: Invariant::NeverTwice,
        code: "paid_amount_wrong",
        wrong: "what it is booked as paid is not what came in",
        remedy: "Compare its payments with the provider's ledger before anything more is charged",
        sql: "SELECT i.id AS invoice,
                     i.paid_amount || ' booked, ' || CAST(COALESCE(c.came, 0) AS INTEGER)
                     || ' came in' AS detail
                FROM invoices AS i
                LEFT JOIN (SELECT invoice_id, TOTAL(amount) AS came
                             FROM (SELECT payable_id AS invoice_id, amount FROM attempts
                                    WHERE state = 'paid' AND payable_kind = 'invoice'
                                    UNION ALL
                                   SELECT invoice_id, amount FROM manual_payments
                                    UNION ALL
                                   SELECT invoice_id, paid_amount FROM payment_request_invoices)
                            GROUP BY invoice_id) AS c ON c.invoice_id = i.id
               WHERE i.paid_amount > COALESCE(c.came, 0)
                  OR (i.paid_amount < MIN(COALESCE(c.came, 0), i.total_amount)
                      AND NOT EXISTS (SELECT 1 FROM events AS e
                                       WHERE e.invoice_id = i.id AND e.kind = 'duplicate_paid'))",
    },
    Check {
        invariant: Invariant::NeverTwice,
        code: "request_money_astray",
        wrong: "its money is neither booked on its invoices nor told as too much",
        remedy: REFUND,
        sql: "SELECT a.payable_id AS payment_request, a.id AS attempt
                FROM attempts AS a
               WHERE a.payable_kind = 'payment_request' AND a.state = 'paid'
                 AND a.amount <> (SELECT COALESCE(SUM(p.paid_amount), 0)
                                    FROM payment_request_invoices AS p
                                   WHERE p.payment_request_id = a.payable_id)
                 AND NOT EXISTS (SELECT 1 FROM events AS e
                                  WHERE e.payment_request_id = a.payable_id
                                    AND e.kind = 'duplicate_paid')",
    },
    Check {
        invariant: Invariant::OneCurrency,
        code: "attempt_in_other_currency",
        wrong: "its currency is not that of its debt",
        remedy: REPORT,
        // Attempts lie beside each other as their debts do, so they lead.
        sql: "SELECT a.id AS attempt, a.payable_id AS debt,
                     a.currency || ' for ' || COALESCE(i.currency, q.currency) AS detail
                FROM attempts AS a
                LEFT JOIN invoices AS i ON a.payable_kind = 'invoice' AND i.id = a.payable_id
                LEFT JOIN payment_requests AS q
                  ON a.payable_kind = 'payment_request' AND q.id = a.payable_id
               WHERE a.currency <> COALESCE(i.currency, q.currency)",
    },
    Check {
        invariant: Invariant::OneCurrency,
        code: "payment_in_other_currency",
        wrong: "its currency is not that of its invoice",
        remedy: REPORT,
        sql: "SELECT m.id AS manual_payment, i.id AS invoice
                FROM manual_payments AS m JOIN invoices AS i ON i.id = m.invoice_id
               WHERE m.currency <> i.currency",
    },
    Check {
        invariant: Invariant::OneCurrency,
        code: "request_in_other_currency",
        wrong: "one of its invoices has another currency",
        remedy: REPORT,
        sql: "SELECT q.id AS payment_request, i.id AS invoice
                FROM payment_requests AS q
                JOIN payment_request_invoices AS p ON p.payment_request_id = q.id
                JOIN invoices AS i ON i.id = p.invoice_id
               WHERE q.currency <> i.currency",
    },
    Check {
        invariant: Invariant::OneCurrency,
        code: "fee_in_other_currency",
        wrong: "its currency is not that of its invoice",
        remedy: REPORT,
        sql: "SELECT f.id AS fee, i.id AS invoice
                FROM fees AS f JOIN invoices AS i ON i.id = f.invoice_id
               WHERE f.currency <> i.currency",
    },
    Check {
        invariant: Invariant::OneCurrency,
        code: "credits_in_other_currency",
        wrong: "its currency is not that of its wallet",
        remedy: REPORT,
        sql: "SELECT t.id AS wallet_transaction, w.id AS wallet
                FROM wallet_transactions AS t JOIN wallets AS w ON w.id = t.wallet_id
               WHERE t.currency <> w.currency",
    },
];
