//! What the provider's ledger says of the debts, held against what recoup says and what the
//! business was told. The ledger knows best: it is where the money is.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use super::business::{Business, Debt};
use super::stage::{LEASE, SPEED, Stage};

/// Everything that is wrong, each in a sentence. All empty is what is to be proven.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Money was taken twice for one debt.
    pub twice: Vec<String>,
    /// Money was taken and recoup does not count it, or a debt was given up that could be paid.
    pub lost: Vec<String>,
    /// Nobody has the next step, or took it.
    pub stuck: Vec<String>,
    /// What happened and the business did not hear.
    pub untold: Vec<String>,
    /// What `recoup audit` says.
    pub audit: Vec<String>,
    /// How many charges took money.
    pub charges: usize,
    pub debts: usize,
}

impl Verdict {
    pub fn is_clean(&self) -> bool {
        let faults = [&self.twice, &self.lost, &self.stuck, &self.untold, &self.audit];
        faults.iter().all(|faults| faults.is_empty())
    }
}

/// One charge that took money.
struct Taken {
    id: String,
    amount: i64,
    key: String,
    customer: String,
}

/// While recoup runs, when the last kill is two leases ago.
pub fn stuck(stage: &Stage, verdict: &mut Verdict) {
    let lease_ms = i64::try_from(LEASE.as_millis()).expect("short") * i64::from(SPEED);
    let sql = format!(
        "SELECT id || ' is being charged for longer than two leases' FROM attempts
          WHERE state = 'charging'
            AND lease_until < (SELECT MAX(at) FROM events) - {lease_ms}
         UNION ALL
         SELECT id || ' waits for its answer, and nobody will look' FROM attempts
          WHERE state IN ('pending', 'needs_action', 'unknown') AND next_lookup_at IS NULL"
    );
    verdict.stuck.extend(sentences(&database(stage), &sql));
}

/// When everything that was due in the weeks after has happened.
pub fn judge(stage: &Stage, business: &Business, verdict: &mut Verdict) {
    let database = database(stage);
    let debts = business.debts();
    let taken: Vec<Taken> =
        stage.ledger().iter().filter(|charge| charge["status"] == "succeeded").map(take).collect();
    verdict.charges = taken.len();
    verdict.debts = debts.len();
    by_the_ledger_alone(&debts, &taken, verdict);
    by_our_records(&database, &taken, verdict);
    given_back(&database, &stage.refunds(), verdict);
    promises(&database, &debts, business, verdict);
    verdict.stuck.extend(sentences(&database, LEFT_OVER));
    tellings(stage, &database, verdict);
    verdict.audit = stage.audit();
}

fn take(charge: &Value) -> Taken {
    let text = |key: &str| charge[key].as_str().unwrap_or_default().to_owned();
    let amount = charge["amount"].as_i64().expect("an amount");
    Taken { id: text("id"), amount, key: text("idempotency_key"), customer: text("customer") }
}

/// Amounts are unique to a debt, so this needs no word of recoup's.
fn by_the_ledger_alone(debts: &[Debt], taken: &[Taken], verdict: &mut Verdict) {
    let mut times: HashMap<i64, usize> = HashMap::new();
    for charge in taken {
        *times.entry(charge.amount).or_default() += 1;
    }
    for debt in debts {
        let times = times.get(&debt.amount).copied().unwrap_or(0);
        if times > 1 {
            verdict.twice.push(format!("{times} charges for {debt:?}"));
        }
        if times == 0 && debt.has_to_be_paid {
            verdict.lost.push(format!("never charged: {debt:?}"));
        }
    }
}

/// Invariants I1 and I2: each charge is one attempt, which counts it for one debt.
fn by_our_records(database: &Connection, taken: &[Taken], verdict: &mut Verdict) {
    let sql = "SELECT payable_id, state, idempotency_key FROM attempts WHERE charge_id = ?1";
    let mut statement = database.prepare(sql).expect("a statement");
    let mut paid_for: HashMap<String, &Taken> = HashMap::new();
    for charge in taken {
        let found = statement.query_row([&charge.id], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
        });
        let Ok((payable, state, key)) = found else {
            let Taken { id, amount, customer, .. } = charge;
            verdict.lost.push(format!("{id} took {amount} of {customer}: it is no attempt"));
            continue;
        };
        if state != "paid" {
            verdict.lost.push(format!("{} took money, and its attempt is {state}", charge.id));
        }
        // What a payer pays on a page has no key of ours.
        if !charge.key.is_empty() && charge.key != key {
            verdict.lost.push(format!("{} has the key of no attempt", charge.id));
        }
        if let Some(other) = paid_for.insert(payable.clone(), charge) {
            verdict.twice.push(format!("{} and {} for {payable}", other.id, charge.id));
        }
    }
    let known: HashSet<&str> = taken.iter().map(|charge| charge.id.as_str()).collect();
    let mut statement = database
        .prepare("SELECT id, charge_id FROM attempts WHERE state = 'paid'")
        .expect("a statement");
    let rows = statement
        .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?)));
    for (id, charge) in rows.expect("rows").map(|row| row.expect("a row")) {
        if !charge.as_deref().is_some_and(|charge| known.contains(charge)) {
            verdict.lost.push(format!("{id} is paid by {charge:?}, which took no money"));
        }
    }
}

/// Each refund at the provider is one of ours, and the other way round.
fn given_back(database: &Connection, refunds: &[Value], verdict: &mut Verdict) {
    let ours = "SELECT provider_refund_id FROM refunds WHERE state = 'succeeded'
                 ORDER BY provider_refund_id";
    let mut theirs: Vec<String> = refunds
        .iter()
        .filter(|refund| refund["status"] == "succeeded")
        .map(|refund| refund["id"].as_str().expect("an id").to_owned())
        .collect();
    theirs.sort();
    let ours = sentences(database, ours);
    if ours != theirs {
        verdict.lost.push(format!("{} refunds here, {} there", ours.len(), theirs.len()));
    }
}

/// What the business was told is made is there, and what can be paid is.
fn promises(database: &Connection, debts: &[Debt], business: &Business, verdict: &mut Verdict) {
    let mut statement =
        database.prepare("SELECT payment_status FROM invoices WHERE id = ?1").expect("a statement");
    let mut status = |id: &str| statement.query_row([id], |row| row.get::<_, String>(0));
    for debt in debts {
        match status(&debt.id) {
            Ok(status) if debt.has_to_be_paid && status != "succeeded" => {
                verdict.lost.push(format!("it is {status}: {debt:?}"));
            }
            Ok(_) => {}
            Err(_) => verdict.lost.push(format!("made and gone: {debt:?}")),
        }
    }
    for id in business.paid_by_hand() {
        if status(&id).is_ok_and(|status| status == "succeeded") {
            continue;
        }
        verdict.lost.push(format!("paid at the counter, and forgotten: {id}"));
    }
    // Those that nobody was told of: what recoup makes by itself, of cards that pay.
    let sql = "SELECT i.id || ' of ' || c.external_id || ' is ' || i.payment_status
                      || ', its recovery ' || COALESCE(r.state || ' ' || r.reason, 'is missing')
                 FROM invoices AS i
                 JOIN customers AS c ON c.id = i.customer_id
                 LEFT JOIN recoveries AS r
                   ON r.payable_kind = 'invoice' AND r.payable_id = i.id
                WHERE i.invoice_type IN ('subscription', 'credit')
                  AND i.payment_status <> 'succeeded'";
    verdict.lost.extend(sentences(database, sql));
}

/// Weeks later nothing is under way any more.
const LEFT_OVER: &str = "SELECT id || ' is still ' || state FROM attempts
      WHERE state IN ('charging', 'pending', 'needs_action', 'unknown')
     UNION ALL
     SELECT id || ' is a page that is still ' || progress FROM sessions
      WHERE progress IN ('starting', 'open')
     UNION ALL
     SELECT id || ' was told by the provider and is ' || state
            || ': ' || COALESCE(last_error, 'not tried') FROM inbound_events
      WHERE state <> 'digested'
     UNION ALL
     SELECT id || ' is a refund that is still ' || state FROM refunds
      WHERE state NOT IN ('succeeded', 'failed')
     UNION ALL
     SELECT id || ' is a bulk retry that is still ' || state FROM bulk_retries
      WHERE state NOT IN ('queued', 'cancelled')";

/// Invariant I8.
fn tellings(stage: &Stage, database: &Connection, verdict: &mut Verdict) {
    let sql = "SELECT id || ' is paid, and there is not one event of it' FROM attempts AS a
                WHERE state = 'paid' AND 1 <> (SELECT COUNT(*) FROM events AS e
                      WHERE e.attempt_id = a.id AND e.kind = 'attempt_paid')
               UNION ALL
               SELECT id || ' is a delivery that is still ' || state FROM webhook_deliveries
                WHERE state NOT IN ('succeeded', 'failed')
               UNION ALL
               SELECT id || ' is an invoice that became paid, and nobody was told'
                 FROM invoices AS i
                WHERE payment_status = 'succeeded'
                  AND EXISTS (SELECT 1 FROM attempts WHERE payable_id = i.id AND state = 'paid')
                  AND NOT EXISTS (
                      SELECT 1 FROM events AS e JOIN webhook_deliveries AS d ON d.event_id = e.id
                       WHERE e.invoice_id = i.id AND e.kind = 'payment_status_changed')";
    verdict.untold.extend(sentences(database, sql));
    let heard = stage.heard();
    let delivered = "SELECT id FROM webhook_deliveries WHERE state = 'succeeded'";
    let silent = sentences(database, delivered).into_iter().filter(|id| !heard.contains(id));
    verdict.untold.extend(silent.map(|id| format!("{id} counts as heard, and nobody heard it")));
}

fn database(stage: &Stage) -> Connection {
    let file = stage.data_dir().join("recoup.db");
    Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("opens")
}

/// The first column of every row.
fn sentences(database: &Connection, sql: &str) -> Vec<String> {
    let mut statement = database.prepare(sql).expect("a statement");
    let rows = statement.query_map([], |row| row.get(0)).expect("rows");
    rows.map(|row| row.expect("a row")).collect()
}
