//! Questions about single attempts: written down before they left, told of, and not forgotten.

use super::{Check, Invariant};

const ASK: &str =
    "Look the charge up at the provider before anything more is charged for this debt";
const REPORT: &str = "No use of recoup leads here: keep a backup of the file and report it";

pub const CHECKS: &[Check] = &[
    Check {
        invariant: Invariant::OneAttemptPerCharge,
        code: "charge_with_two_attempts",
        wrong: "several attempts claim this charge",
        remedy: ASK,
        sql: "SELECT connection_id AS connection, charge_id AS charge,
                     COUNT(*) || ' attempts' AS detail
                FROM attempts
               WHERE charge_id IS NOT NULL
               GROUP BY connection_id, charge_id
              HAVING COUNT(*) > 1",
    },
    Check {
        invariant: Invariant::OneAttemptPerCharge,
        code: "attempt_astray",
        wrong: "it is about another debt than the recovery that it belongs to",
        remedy: ASK,
        sql: "SELECT a.id AS attempt, a.recovery_id AS recovery
                FROM attempts AS a
                LEFT JOIN recoveries AS r ON r.id = a.recovery_id
               WHERE r.id IS NULL OR r.payable_id <> a.payable_id
                  OR r.payable_kind <> a.payable_kind OR r.customer_id <> a.customer_id",
    },
    Check {
        invariant: Invariant::IntentFirst,
        code: "charged_without_intent",
        wrong: "the provider has it, though it was never written down as sent",
        remedy: ASK,
        sql: "SELECT id AS attempt, payable_id AS debt, state AS detail
                FROM attempts
               WHERE sends = 0
                 AND (charge_id IS NOT NULL
                      OR state IN ('charging', 'pending', 'needs_action', 'unknown', 'paid'))",
    },
    Check {
        invariant: Invariant::EventsWithState,
        code: "begin_untold",
        wrong: "it was sent, and no event says that it began",
        remedy: REPORT,
        // A payer begins on a page of the provider; that is told by the page.
        sql: "SELECT id AS attempt, payable_id AS debt
                FROM attempts
               WHERE sends > 0 AND origin <> 'link'
                 AND id NOT IN (SELECT attempt_id FROM events
                                 WHERE kind IN ('attempt_begun', 'attempt_found')
                                   AND attempt_id IS NOT NULL)",
    },
    Check {
        invariant: Invariant::EventsWithState,
        code: "payment_untold",
        wrong: "it is paid, and no event says so",
        remedy: REPORT,
        sql: "SELECT id AS attempt, payable_id AS debt
                FROM attempts
               WHERE state = 'paid'
                 AND id NOT IN (SELECT attempt_id FROM events
                                 WHERE kind = 'attempt_paid' AND attempt_id IS NOT NULL)",
    },
    Check {
        invariant: Invariant::EventsWithState,
        code: "decline_untold",
        wrong: "it is declined, and no event says so",
        remedy: REPORT,
        // What is the fault of the business is told once, with its connection.
        sql: "SELECT id AS attempt, payable_id AS debt
                FROM attempts
               WHERE state = 'declined' AND decline_retry NOT IN ('merchant', 'hold')
                 AND id NOT IN (SELECT attempt_id FROM events
                                 WHERE kind <> 'attempt_begun' AND attempt_id IS NOT NULL)",
    },
    Check {
        invariant: Invariant::EventsWithState,
        code: "delivery_astray",
        wrong: "it is neither delivered nor failed, and will not be tried again",
        remedy: "Deliver it again: POST /recoup/v1/webhook_deliveries/{id}/resend",
        sql: "SELECT id AS webhook_delivery, event_id AS event
                FROM webhook_deliveries
               WHERE state IN ('pending', 'retrying') AND next_try_at IS NULL",
    },
    Check {
        invariant: Invariant::EventsWithState,
        code: "webhook_astray",
        wrong: "a provider's webhook is neither digested nor failed, and is not looked at again",
        remedy: REPORT,
        sql: "SELECT id AS inbound_event, connection_id AS connection
                FROM inbound_events WHERE state = 'new' AND next_try_at IS NULL",
    },
    Check {
        invariant: Invariant::EndsAreFinal,
        code: "payment_taken_back",
        wrong: "an event says that it was paid, and it is not",
        remedy: ASK,
        // A person may take off what a person had said; the ledger has the correction.
        sql: "SELECT a.id AS attempt, a.payable_id AS debt, 'it is ' || a.state AS detail
                FROM events AS e JOIN attempts AS a ON a.id = e.attempt_id
               WHERE e.kind = 'attempt_paid' AND a.state <> 'paid'
                 AND NOT EXISTS (SELECT 1 FROM ledger_entries AS l
                                  WHERE l.payment_id = a.id AND l.kind = 'correction')",
    },
    Check {
        invariant: Invariant::EndsAreFinal,
        code: "paid_again",
        wrong: "events say more than once that it was paid",
        remedy: ASK,
        sql: "SELECT attempt_id AS attempt, COUNT(*) || ' times' AS detail
                FROM events
               WHERE kind = 'attempt_paid' AND attempt_id IS NOT NULL
               GROUP BY attempt_id
              HAVING COUNT(*) > 1",
    },
    Check {
        invariant: Invariant::EndsAreFinal,
        code: "end_without_time",
        wrong: "it has ended, and not when, or the reverse",
        remedy: REPORT,
        sql: "SELECT id AS attempt, state AS detail
                FROM attempts
               WHERE (state IN ('paid', 'declined', 'cancelled')) <> (settled_at IS NOT NULL)",
    },
    Check {
        invariant: Invariant::NothingForgotten,
        code: "charging_forever",
        wrong: "it is being charged, and nothing says until when",
        remedy: ASK,
        sql: "SELECT id AS attempt, payable_id AS debt
                FROM attempts WHERE state = 'charging' AND lease_until IS NULL",
    },
    Check {
        invariant: Invariant::NothingForgotten,
        code: "unsent_forgotten",
        wrong: "it never left, and its debt has ended without it",
        remedy: REPORT,
        sql: "SELECT a.id AS attempt, a.payable_id AS debt
                FROM attempts AS a JOIN recoveries AS r ON r.id = a.recovery_id
               WHERE a.state = 'not_sent' AND r.state IN ('recovered', 'cancelled')",
    },
    Check {
        invariant: Invariant::NoForbiddenAttempt,
        code: "charged_after_hard_decline",
        wrong: "it was made on an instrument that had been declined for good for this debt",
        remedy: "Ask the payer for another payment method",
        sql: "SELECT a.id AS attempt, a.payable_id AS debt, d.id AS declined_attempt
                FROM attempts AS d
                JOIN attempts AS a ON a.recovery_id = d.recovery_id AND a.number > d.number
               WHERE d.state = 'declined' AND d.decline_retry IN ('new_method', 'stop')
                 AND a.limit_key = d.limit_key AND a.begun_at > d.settled_at
                 AND a.sends > 0 AND a.origin <> 'link'",
    },
    Check {
        invariant: Invariant::NoForbiddenAttempt,
        code: "charged_above_network_limit",
        wrong: "its instrument had been declined as often as its network allows",
        remedy: "Ask the payer for another payment method, or raise collect.network_declines_max",
        // Where the clock was set back in between, its own decline is older than itself.
        sql: "SELECT a.id AS attempt, a.payable_id AS debt
                FROM (SELECT limit_key FROM attempts
                       WHERE state = 'declined' AND limit_key IS NOT NULL
                       GROUP BY limit_key HAVING COUNT(*) >= :declines_max) AS worn
                JOIN attempts AS a ON a.limit_key = worn.limit_key
               WHERE a.sends > 0 AND a.origin <> 'link'
                 AND NOT EXISTS (SELECT 1 FROM network_allowances AS n
                                  WHERE n.limit_key = a.limit_key
                                    AND a.begun_at BETWEEN n.created_at AND n.expires_at)
                 AND (SELECT COUNT(*) FROM attempts AS d
                       WHERE d.limit_key = a.limit_key AND d.state = 'declined' AND d.id <> a.id
                         AND d.settled_at > a.begun_at - :within_ms
                         AND d.settled_at < a.begun_at) >= :declines_max",
    },
    Check {
        invariant: Invariant::NotTooEarly,
        code: "charged_before_its_time",
        wrong: "the schedule made it before the time that was planned",
        remedy: REPORT,
        // A debt that waited for a page, a request or its connection may have been asked for by
        // a person in between, which its attempt does not show. Another method is tried when it
        // comes.
        sql: "SELECT a.id AS attempt, a.payable_id AS debt
                FROM events AS e
                JOIN attempts AS d ON d.id = e.attempt_id
                JOIN attempts AS a ON a.recovery_id = d.recovery_id AND a.number = d.number + 1
               WHERE e.kind = 'retry_planned' AND a.origin = 'schedule' AND a.sends > 0
                 AND a.begun_at < e.due_at AND a.payment_method_id IS d.payment_method_id
                 AND NOT EXISTS (SELECT 1 FROM sessions AS s
                                  WHERE s.payable_kind = a.payable_kind
                                    AND s.payable_id = a.payable_id)
                 AND NOT EXISTS (SELECT 1 FROM payment_request_invoices AS p
                                  WHERE p.invoice_id = a.payable_id)
                 AND NOT EXISTS (SELECT 1 FROM events AS p
                                  WHERE p.kind = 'connection_paused'
                                    AND p.connection_id = a.connection_id)",
    },
];
