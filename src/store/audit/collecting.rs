//! Questions about debts and who collects them.

use super::{Check, Invariant};

const ASK: &str = "Look at the provider which of them took money, and refund what is too much";
const REPORT: &str = "No use of recoup leads here: keep a backup of the file and report it";

pub const CHECKS: &[Check] = &[
    Check {
        invariant: Invariant::OneOpenAttempt,
        code: "two_open_attempts",
        wrong: "it has several open attempts",
        remedy: ASK,
        sql: "SELECT payable_id AS debt, MIN(id) AS attempt, MAX(id) AS other_attempt
                FROM attempts
               WHERE state IN ('charging', 'pending', 'needs_action', 'unknown')
               GROUP BY payable_kind, payable_id
              HAVING COUNT(*) > 1",
    },
    Check {
        invariant: Invariant::OneOpenAttempt,
        code: "charging_without_attempt",
        wrong: "it is being charged without an open attempt",
        remedy: REPORT,
        sql: "SELECT r.payable_id AS debt, r.id AS recovery
                FROM recoveries AS r
               WHERE r.state = 'charging' AND NOT EXISTS (
                     SELECT 1 FROM attempts AS a
                      WHERE a.id = r.open_attempt_id
                        AND a.state IN ('charging', 'pending', 'needs_action', 'unknown'))",
    },
    Check {
        invariant: Invariant::OneOpenAttempt,
        code: "open_attempt_apart",
        wrong: "it is open, and its debt does not know of it",
        remedy: ASK,
        sql: "SELECT a.id AS attempt, r.payable_id AS debt
                FROM attempts AS a JOIN recoveries AS r ON r.id = a.recovery_id
               WHERE a.state IN ('charging', 'pending', 'needs_action', 'unknown')
                 AND (r.state <> 'charging' OR r.open_attempt_id <> a.id)",
    },
    Check {
        invariant: Invariant::EndsAreFinal,
        code: "recovered_without_payment",
        wrong: "it is recovered by an attempt, and none of its attempts is paid",
        remedy: ASK,
        sql: "SELECT r.payable_id AS debt, r.id AS recovery
                FROM recoveries AS r
               WHERE r.state = 'recovered' AND r.reason = 'attempt' AND NOT EXISTS (
                     SELECT 1 FROM attempts AS a
                      WHERE a.recovery_id = r.id AND a.state = 'paid')",
    },
    Check {
        invariant: Invariant::EndsAreFinal,
        code: "ended_though_owed",
        wrong: "its collecting has ended though it is still owed",
        remedy: "Ask for it again: POST /api/v1/invoices/{id}/retry_payment",
        sql: "SELECT i.id AS invoice, r.id AS recovery
                FROM recoveries AS r
                JOIN invoices AS i ON r.payable_kind = 'invoice' AND i.id = r.payable_id
               WHERE r.state IN ('recovered', 'cancelled')
                 AND i.status IN ('finalized', 'open') AND i.payment_status <> 'succeeded'
                 AND i.total_amount > i.paid_amount",
    },
    Check {
        invariant: Invariant::NothingForgotten,
        code: "debt_without_collecting",
        wrong: "it is owed, and nothing collects it",
        remedy: REPORT,
        sql: "SELECT i.id AS invoice
                FROM invoices AS i
               WHERE i.status IN ('finalized', 'open') AND i.payment_status <> 'succeeded'
                 AND i.total_amount > i.paid_amount
                 AND NOT EXISTS (SELECT 1 FROM recoveries AS r
                                  WHERE r.payable_kind = 'invoice' AND r.payable_id = i.id)",
    },
    Check {
        invariant: Invariant::OneCollector,
        code: "request_charged_again",
        wrong: "a request is charged once, and it has several attempts",
        remedy: ASK,
        sql: "SELECT payable_id AS payment_request, COUNT(*) || ' attempts' AS detail
                FROM attempts
               WHERE payable_kind = 'payment_request'
               GROUP BY payable_id
              HAVING COUNT(*) > 1",
    },
    Check {
        invariant: Invariant::OneCollector,
        code: "two_requests_collect",
        wrong: "several requests collect it",
        remedy: ASK,
        sql: "SELECT invoice_id AS invoice, MIN(payment_request_id) AS payment_request,
                     MAX(payment_request_id) AS other_payment_request
                FROM payment_request_invoices
               WHERE collecting = 1
               GROUP BY invoice_id
              HAVING COUNT(*) > 1",
    },
    Check {
        invariant: Invariant::OneCollector,
        code: "request_beside_attempt",
        wrong: "a request collects it while an attempt of its own is open",
        remedy: ASK,
        // The request may wait; it charges only when the attempt has ended.
        sql: "SELECT p.invoice_id AS invoice, p.payment_request_id AS payment_request
                FROM payment_request_invoices AS p
                JOIN recoveries AS q ON q.payable_kind = 'payment_request'
                                    AND q.payable_id = p.payment_request_id
                JOIN recoveries AS r ON r.payable_kind = 'invoice' AND r.payable_id = p.invoice_id
               WHERE p.collecting = 1 AND q.state = 'charging' AND r.state = 'charging'",
    },
    Check {
        invariant: Invariant::OneCollector,
        code: "page_beside_charge",
        wrong: "a payer can pay it on a page while recoup charges it",
        remedy: ASK,
        sql: "SELECT s.payable_id AS debt, s.id AS session, a.id AS attempt
                FROM sessions AS s
                JOIN attempts AS a ON a.payable_kind = s.payable_kind
                                  AND a.payable_id = s.payable_id
               WHERE s.purpose = 'payment' AND s.progress IN ('starting', 'open')
                 AND a.state IN ('charging', 'pending', 'needs_action', 'unknown')
                 AND a.origin <> 'link'",
    },
    Check {
        invariant: Invariant::OneCollector,
        code: "collecting_flag_wrong",
        wrong: "a request that has ended keeps others away, or an open one does not",
        remedy: REPORT,
        sql: "SELECT p.payment_request_id AS payment_request, p.invoice_id AS invoice
                FROM payment_request_invoices AS p
                JOIN recoveries AS r ON r.payable_kind = 'payment_request'
                                    AND r.payable_id = p.payment_request_id
               WHERE p.collecting <> (r.state IN ('waiting', 'charging'))",
    },
];
