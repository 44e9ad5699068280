//! The judge: holds recoup's tables and the provider's ledger against the invariants I1 to I11,
//! at every charge that arrives, after every step for what the step touched, and as a whole at
//! the end.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use recoup::app::ports::ChargeRequest;
use recoup::domain::connection::Connection as PspConnection;
use rusqlite::{Connection, OptionalExtension, params};

use crate::fate::{Fate, held};
use crate::ledger::{Ledger, State};
use crate::psp::takes_money;
use crate::restore::{Lost, is_held};

pub type Books = Arc<Mutex<Connection>>;

pub struct Judge {
    pub fate: Arc<Fate>,
    pub books: Books,
    faults: Mutex<Vec<String>>,
    /// What we ourselves have charged for each invoice.
    pub charged: Mutex<HashMap<String, i64>>,
    /// What restores took away.
    pub lost: Mutex<Lost>,
}

/// The first attempt and the standard policy's retries, on one instrument: with so many declines
/// the next one is the last.
const TRIES_MAX: i64 = 7;

/// Written by triggers: every change of an attempt or a recovery, as it is committed.
const NOTE_CHANGES: &str = "
    CREATE TEMP TABLE changes (kind TEXT, id TEXT, was TEXT, becomes TEXT, slot INTEGER,
                               at INTEGER, attempt TEXT);
    CREATE TEMP TRIGGER attempt_made AFTER INSERT ON attempts BEGIN
        INSERT INTO changes VALUES
            ('attempt', NEW.id, '', NEW.state, NULL, NEW.updated_at, NULL); END;
    CREATE TEMP TRIGGER attempt_changed AFTER UPDATE ON attempts BEGIN
        INSERT INTO changes VALUES
            ('attempt', NEW.id, OLD.state, NEW.state, NULL, NEW.updated_at, NULL); END;
    CREATE TEMP TRIGGER recovery_changed AFTER UPDATE ON recoveries BEGIN
        INSERT INTO changes VALUES
            ('recovery', NEW.id, OLD.state, NEW.state, OLD.next_attempt_at, NEW.updated_at,
             NEW.open_attempt_id); END;
    CREATE TEMP TRIGGER event_made AFTER INSERT ON events
         WHEN NEW.kind IN ('attempt_paid', 'payment_status_changed') BEGIN
        INSERT INTO changes VALUES ('event', NEW.id, '', NEW.kind, NULL, NEW.at, NULL); END;";

pub struct Change {
    kind: String,
    id: String,
    was: String,
    becomes: String,
    slot: Option<i64>,
    at: i64,
    attempt: Option<String>,
}

impl Judge {
    pub fn new(fate: Arc<Fate>, books: Books) -> Judge {
        Judge {
            fate,
            books,
            faults: Mutex::default(),
            charged: Mutex::default(),
            lost: Mutex::default(),
        }
    }

    pub fn begin_to_watch(&self) {
        held(&self.books).execute_batch(NOTE_CHANGES).expect("temporary triggers");
    }

    pub fn fault(&self, what: String) {
        self.fate.tell(&format!("FAULT {what}"));
        held(&self.faults).push(what);
    }

    pub fn first_fault(&self) -> Option<String> {
        held(&self.faults).first().cloned()
    }

    /// A call to charge is on its way: what must hold before it leaves.
    pub fn charge_arrives(&self, by: &PspConnection, request: &ChargeRequest, ledger: &Ledger) {
        let books = held(&self.books);
        let intent = books
            .prepare_cached(
                "SELECT a.state, a.idempotency_key, a.payable_id, a.amount, a.currency, a.sends,
                        r.paused, a.limit_key
                   FROM attempts a JOIN recoveries r ON r.id = a.recovery_id
                  WHERE a.id = ?",
            )
            .and_then(|mut found| found.query_row([&request.reference], Intent::read).optional())
            .expect("the attempts can be read");
        let Some(intent) = intent else {
            return self.fault(format!("I3: {} was charged without an attempt", request.reference));
        };
        let fits = intent.state == "charging"
            && intent.key == request.idempotency_key
            && intent.amount == request.amount.minor_units;
        if !fits {
            self.fault(format!("I3: {} leaves as another one", request.reference));
        }
        if intent.currency != request.amount.currency.code() {
            self.fault(format!("I10: {} leaves in another currency", request.reference));
        }
        let open: i64 = count(
            &books,
            "SELECT COUNT(*) FROM attempts WHERE payable_id = ?
                AND state IN ('charging', 'pending', 'needs_action', 'unknown')",
            &intent.payable,
        );
        if open != 1 {
            self.fault(format!("I4: {open} open attempts of {}", intent.payable));
        }
        if intent.sends == 1 && (intent.paused || by.paused.is_some()) {
            self.fault(format!("I7: {} is charged while paused", intent.payable));
        }
        self.check_instrument(&books, &intent);
        for invoice in invoices(&books, &intent.payable) {
            let now_ms = self.fate.now_ms();
            let open =
                ledger.pages.iter().find(|it| it.invoice == invoice && takes_money(it, now_ms));
            if let Some(page) = open {
                self.fault(format!("I11: {invoice} is charged while {} is open", page.id));
            }
        }
    }

    fn check_instrument(&self, books: &Connection, intent: &Intent) {
        let hard: i64 = books
            .prepare_cached(
                "SELECT COUNT(*) FROM attempts
                  WHERE payable_id = ? AND limit_key = ? AND state = 'declined'
                    AND decline_retry IN ('new_method', 'stop')",
            )
            .and_then(|mut found| {
                found.query_row(params![intent.payable, intent.limit_key], |row| row.get(0))
            })
            .expect("the attempts can be read");
        if hard > 0 && intent.sends == 1 {
            self.fault(format!("I7: {} is charged after a hard decline", intent.payable));
        }
        // What a person asks for is no try of the policy's.
        let tries: i64 = books
            .prepare_cached(
                "SELECT COUNT(*) FROM attempts
                  WHERE payable_id = ?1 AND limit_key = ?2 AND state = 'declined'
                    AND decline_retry NOT IN ('merchant', 'hold')
                    AND NOT EXISTS (SELECT 1 FROM attempts p
                         WHERE p.payable_id = ?1 AND p.origin = 'person')",
            )
            .and_then(|mut found| {
                found.query_row(params![intent.payable, intent.limit_key], |row| row.get(0))
            })
            .expect("the attempts can be read");
        if tries > TRIES_MAX {
            self.fault(format!("I7: {} goes on after {tries} declines", intent.payable));
        }
    }

    /// What we charge for one invoice never exceeds what it says, at the provider.
    pub fn money_taken(&self, request: &ChargeRequest) {
        let books = held(&self.books);
        let payable: String = books
            .query_row(
                "SELECT payable_id FROM attempts WHERE id = ?",
                [&request.reference],
                |row| row.get(0),
            )
            .unwrap_or_default();
        for (invoice, part) in parts(&books, &payable, request.amount.minor_units) {
            let total: i64 =
                count(&books, "SELECT total_amount FROM invoices WHERE id = ?", &invoice);
            let mut charged = held(&self.charged);
            let sum = charged.entry(invoice.clone()).or_default();
            *sum += part;
            let sum = *sum;
            drop(charged);
            if sum > total {
                self.fault(format!("I1: {invoice} says {total} and {sum} were charged"));
            }
        }
    }

    /// After a step: whatever it changed.
    pub fn judge_step(&self) {
        let books = held(&self.books);
        let changes = take_changes(&books).expect("the changes can be read");
        for change in &changes {
            match change.kind.as_str() {
                "attempt" => self.judge_attempt(&books, change),
                "event" => self.judge_event(&books, change),
                _ => self.judge_recovery(&books, change),
            }
        }
    }

    fn judge_attempt(&self, books: &Connection, change: &Change) {
        let legal = match change.was.as_str() {
            "paid" => change.becomes == "paid",
            "declined" | "cancelled" => change.becomes == change.was || change.becomes == "paid",
            _ => true,
        };
        if !legal {
            let Change { id, was, becomes, .. } = change;
            self.fault(format!("I5: attempt {id} went from {was} to {becomes}"));
        }
        let lost: i64 = count(
            books,
            "SELECT COUNT(*) FROM attempts
              WHERE id = ? AND state IN ('pending', 'needs_action', 'unknown')
                AND next_lookup_at IS NULL AND lookups_made < 11",
            &change.id,
        );
        if lost > 0 {
            self.fault(format!("I6: nobody looks at attempt {} any more", change.id));
        }
        let unlike: i64 = count(
            books,
            "SELECT COUNT(*) FROM attempts a JOIN invoices i ON i.id = a.payable_id
              WHERE a.id = ? AND a.currency <> i.currency",
            &change.id,
        );
        if unlike > 0 {
            self.fault(format!("I10: attempt {} has another currency", change.id));
        }
        if change.was != change.becomes && change.becomes == "paid" {
            self.judge_told(books, &change.id);
        }
    }

    fn judge_told(&self, books: &Connection, attempt: &str) {
        for of_payable in ["e.invoice_id", "e.payment_request_id"] {
            let sql = format!(
                "SELECT COUNT(*) FROM attempts a JOIN events e ON {of_payable} = a.payable_id
                  WHERE a.id = ? AND e.attempt_id = a.id"
            );
            if count(books, &sql, attempt) > 0 {
                return;
            }
        }
        self.fault(format!("I8: nobody is told of attempt {attempt}"));
    }

    /// The endpoint wants them all.
    fn judge_event(&self, books: &Connection, change: &Change) {
        let sql = "SELECT COUNT(*) FROM webhook_deliveries WHERE event_id = ?";
        if count(books, sql, &change.id) == 0 {
            self.fault(format!("I8: {} {} is delivered to nobody", change.becomes, change.id));
        }
    }

    fn judge_recovery(&self, books: &Connection, change: &Change) {
        let Change { id, was, becomes, .. } = change;
        // A person may void an invoice that is paid.
        let is_voided = was == "recovered" && becomes == "cancelled";
        if matches!(was.as_str(), "recovered" | "cancelled") && was != becomes && !is_voided {
            self.fault(format!("I5: recovery {id} went from {was} to {becomes}"));
        }
        if was == "waiting" && becomes == "charging" && change.slot.is_some_and(|it| it > change.at)
        {
            let attempt = change.attempt.clone().unwrap_or_default();
            let origin: Option<String> = books
                .query_row("SELECT origin FROM attempts WHERE id = ?", [&attempt], |row| row.get(0))
                .optional()
                .expect("the attempts can be read");
            // What is found after a restore was charged before it, in its own time.
            let is_found = "SELECT COUNT(*) FROM events
                             WHERE attempt_id = ? AND kind = 'attempt_found'";
            if origin.as_deref() != Some("link") && count(books, is_found, &attempt) == 0 {
                self.fault(format!("I9: recovery {id} was charged before its slot"));
            }
        }
        let torn: i64 = count(
            books,
            "SELECT COUNT(*) FROM recoveries r JOIN attempts a ON a.id = r.open_attempt_id
              WHERE r.id = ? AND a.state NOT IN ('charging', 'pending', 'needs_action', 'unknown')",
            id,
        );
        if torn > 0 {
            self.fault(format!("I4: recovery {id} waits for an attempt that has ended"));
        }
    }

    /// Everything, when all webhooks have come and nobody has to be waited for any more.
    pub fn judge_all(&self, ledger: &Ledger) {
        let books = held(&self.books);
        self.compare_charges(&books, ledger);
        self.compare_refunds(&books, ledger);
        self.add_up(&books, ledger);
        for (invariant, what, sql) in RULES_AT_THE_END {
            let found: Option<String> = books
                .query_row(sql, [], |row| row.get(0))
                .optional()
                .unwrap_or_else(|error| panic!("{sql}: {error}"));
            if let Some(id) = found {
                self.fault(format!("{invariant}: {what}: {id}"));
            }
        }
    }

    /// Each charge at the provider is one attempt here, and says the same.
    fn compare_charges(&self, books: &Connection, ledger: &Ledger) {
        for (index, charge) in ledger.charges.iter().enumerate() {
            let (column, id) = match (&charge.reference, &charge.page) {
                (Some(reference), _) => ("id", reference),
                (None, Some(page)) => ("session_id", page),
                (None, None) => continue,
            };
            let sql = format!("SELECT state, payable_id FROM attempts WHERE {column} = ?");
            let known: Option<(String, String)> = books
                .prepare_cached(&sql)
                .and_then(|mut found| {
                    found.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()
                })
                .expect("the attempts can be read");
            let Some((state, debt)) = known else {
                if !self.is_lost(books, charge) {
                    self.fault(format!("I2: charge {} belongs to no attempt", charge.id));
                }
                continue;
            };
            // Of one reference the newest is the one that is told of. An older one is of before a
            // restore, and took nothing.
            if ledger.by_reference.get(id).is_some_and(|newest| *newest != index) {
                if !charge.took_nothing() {
                    self.fault(format!("I2: charge {} took money beside another", charge.id));
                }
                continue;
            }
            let agrees = match charge.state {
                State::Succeeded => state == "paid",
                State::Declined(..) => state != "paid",
                State::Cancelled => state != "paid",
                State::Pending { .. } | State::Asks => state != "paid" && state != "not_sent",
            };
            if !agrees && !is_held(books, &debt) {
                let (id, there) = (&charge.id, charge.state);
                self.fault(format!("I2: charge {id} is {there:?} there and {state} here"));
            }
        }
    }

    /// Each refund of ours went back once, and what went back is a refund of ours.
    fn compare_refunds(&self, books: &Connection, ledger: &Ledger) {
        let mut given: HashMap<&str, u32> = HashMap::new();
        for refund in &ledger.refunds {
            *given.entry(&refund.reference).or_default() += 1;
            let known = "SELECT COUNT(*) FROM refunds WHERE provider_refund_id = ?1
                            AND state = 'succeeded' AND amount = ?2";
            let known: i64 = books
                .query_row(known, params![refund.id, refund.amount], |row| row.get(0))
                .expect("the refunds can be read");
            let waits = "SELECT COUNT(*) FROM refunds
                          WHERE id = ? AND (state IN ('unknown', 'not_sent')
                                OR (state = 'succeeded' AND provider_refund_id IS NULL))";
            let is_known = known > 0 || count(books, waits, &refund.reference) > 0;
            if !is_known && !held(&self.lost).references.contains(&refund.reference) {
                self.fault(format!("I2: {} went back, and nobody here knows", refund.id));
            }
        }
        for (reference, times) in given.into_iter().filter(|(_, times)| *times > 1) {
            self.fault(format!("I1: refund {reference} went back {times} times"));
        }
    }

    /// What the books say was paid is what came in, but for what is told as too much.
    fn add_up(&self, books: &Connection, ledger: &Ledger) {
        let mut came: HashMap<String, i64> = HashMap::new();
        for charge in ledger.charges.iter().filter(|it| it.state == State::Succeeded) {
            let payable: Option<String> = books
                .query_row(
                    "SELECT payable_id FROM attempts WHERE id = ?1 OR session_id = ?2",
                    [&charge.reference, &charge.page],
                    |row| row.get(0),
                )
                .optional()
                .expect("the attempts can be read");
            for (invoice, part) in
                parts(books, &payable.unwrap_or_default(), charge.amount.minor_units)
            {
                *came.entry(invoice).or_default() += part;
            }
        }
        let mut invoices = books
            .prepare_cached(
                "SELECT i.id, i.paid_amount, i.total_amount,
                        (SELECT COALESCE(SUM(amount), 0) FROM manual_payments m
                          WHERE m.invoice_id = i.id),
                        (SELECT COUNT(*) FROM events e
                          WHERE e.invoice_id = i.id AND e.kind = 'duplicate_paid'),
                        (SELECT COUNT(*) FROM events e JOIN payment_request_invoices p
                             ON p.payment_request_id = e.payment_request_id
                          WHERE p.invoice_id = i.id AND e.kind = 'duplicate_paid')
                   FROM invoices i ORDER BY i.id",
            )
            .expect("the invoices can be read");
        let rows = invoices
            .query_map([], |row| {
                let id: String = row.get(0)?;
                let figures: [i64; 5] =
                    [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?];
                Ok((id, figures))
            })
            .expect("the invoices can be read");
        for row in rows {
            let (id, [paid, total, by_hand, told, told_of_request]) = row.expect("an invoice");
            let money = came.get(&id).copied().unwrap_or(0) + by_hand;
            if paid > total || paid > money {
                self.fault(format!("I1: {id} of {total} says {paid} paid, and {money} came"));
            }
            let is_told = told > 0 || told_of_request > 0 || is_held(books, &id);
            if money > paid && !is_told {
                self.fault(format!("I1: of {id}, {money} came, {paid} is paid, nobody is told"));
            }
        }
    }
}

struct Intent {
    state: String,
    key: String,
    payable: String,
    amount: i64,
    currency: String,
    sends: u32,
    paused: bool,
    limit_key: Option<String>,
}

impl Intent {
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Intent> {
        Ok(Intent {
            state: row.get(0)?,
            key: row.get(1)?,
            payable: row.get(2)?,
            amount: row.get(3)?,
            currency: row.get(4)?,
            sends: row.get(5)?,
            paused: row.get(6)?,
            limit_key: row.get(7)?,
        })
    }
}

/// Each answers the id of something that breaks it.
const RULES_AT_THE_END: &[(&str, &str, &str)] = &[
    (
        "I4",
        "a debt has two open attempts",
        "SELECT payable_id FROM attempts
          WHERE state IN ('charging', 'pending', 'needs_action', 'unknown')
          GROUP BY payable_id HAVING COUNT(*) > 1 LIMIT 1",
    ),
    (
        "I6",
        "an attempt neither ended nor stands on the list of what needs a person",
        "SELECT id || ' ' || state FROM attempts
          WHERE state IN ('charging', 'pending', 'needs_action', 'unknown')
            AND (state = 'charging' OR next_lookup_at IS NOT NULL) LIMIT 1",
    ),
    (
        "I6",
        "a debt is forgotten",
        "SELECT r.id || ' ' || r.state || ' ' || r.reason FROM recoveries r
          WHERE (r.state = 'waiting'
                 AND r.id NOT IN (SELECT recovery_id FROM held_debts)
                 AND NOT (r.reason = 'request_open' AND EXISTS (
                    SELECT 1 FROM payment_request_invoices p
                     WHERE p.invoice_id = r.payable_id AND p.collecting = 1)))
             OR (r.state = 'charging' AND NOT EXISTS (SELECT 1 FROM attempts a
                  WHERE a.id = r.open_attempt_id AND a.next_lookup_at IS NULL)) LIMIT 1",
    ),
    (
        "I6",
        "a refund neither ended nor waits for a person",
        "SELECT id || ' ' || state FROM refunds
          WHERE state IN ('sending', 'pending') OR next_send_at IS NOT NULL LIMIT 1",
    ),
    (
        "I8",
        "a delivery waits for ever",
        "SELECT id FROM webhook_deliveries WHERE next_try_at IS NOT NULL LIMIT 1",
    ),
    (
        "I8",
        "what a provider told is not digested",
        "SELECT id || ' ' || COALESCE(last_error, '') FROM inbound_events
          WHERE state <> 'digested' LIMIT 1",
    ),
    (
        "I9",
        "an attempt has a number that is not the next",
        // Of the attempts that a restore lost, those are found that the provider
        // had: a number below such a one may belong to a charge that never came.
        "SELECT a.recovery_id FROM attempts a GROUP BY a.recovery_id
         HAVING COUNT(*) <> MAX(a.number) AND NOT EXISTS (
            SELECT 1 FROM events e JOIN attempts found ON found.id = e.attempt_id
             WHERE e.kind = 'attempt_found' AND found.recovery_id = a.recovery_id) LIMIT 1",
    ),
    (
        "I11",
        "a page is open after its time",
        "SELECT id FROM sessions WHERE progress IN ('starting', 'open') LIMIT 1",
    ),
];

fn count(books: &Connection, sql: &str, id: &str) -> i64 {
    books
        .prepare_cached(sql)
        .and_then(|mut found| found.query_row([id], |row| row.get(0)))
        .unwrap_or_else(|error| panic!("{sql}: {error}"))
}

pub fn take_changes(books: &Connection) -> rusqlite::Result<Vec<Change>> {
    let mut found = books.prepare_cached(
        "SELECT kind, id, was, becomes, slot, at, attempt FROM changes ORDER BY rowid",
    )?;
    let changes = found.query_map([], |row| {
        Ok(Change {
            kind: row.get(0)?,
            id: row.get(1)?,
            was: row.get(2)?,
            becomes: row.get(3)?,
            slot: row.get(4)?,
            at: row.get(5)?,
            attempt: row.get(6)?,
        })
    })?;
    let changes = changes.collect::<rusqlite::Result<Vec<Change>>>()?;
    if !changes.is_empty() {
        books.prepare_cached("DELETE FROM changes")?.execute([])?;
    }
    Ok(changes)
}

/// The invoice itself, or those of the request.
fn invoices(books: &Connection, payable: &str) -> Vec<String> {
    parts(books, payable, 0).into_iter().map(|(invoice, _)| invoice).collect()
}

/// How a payment of so much is divided over invoices.
pub fn parts(books: &Connection, payable: &str, amount: i64) -> Vec<(String, i64)> {
    let mut found = books
        .prepare_cached(
            "SELECT invoice_id, amount FROM payment_request_invoices
              WHERE payment_request_id = ? ORDER BY position",
        )
        .expect("the requests can be read");
    let rows = found.query_map([payable], |row| Ok((row.get(0)?, row.get(1)?)));
    let of_request: Vec<(String, i64)> =
        rows.expect("the requests can be read").map(|row| row.expect("a part")).collect();
    if of_request.is_empty() { vec![(payable.to_owned(), amount)] } else { of_request }
}
