//! Backups that are put back. The provider remembers what the database has forgotten: recoup holds
//! until it has asked, and a person looks after what could not be asked about.

use std::collections::{HashMap, HashSet};

use recoup::app::hold::WhichDebts;
use recoup::domain::time::Timestamp;
use recoup::store::backups::look_up_again;
use rusqlite::backup::Backup as Copying;
use rusqlite::{Connection, OptionalExtension};

use crate::fate::{DAY, held};
use crate::judge::{parts, take_changes};
use crate::ledger::{Charge, Ledger, PageState};
use crate::psp::Sabotage;
use crate::world::World;

/// Out of 1000 steps: how often one is made, and how often the last is put back.
const BACK_UP: u32 = 8;
const RESTORE: u32 = 12;

pub struct Backup {
    books: Connection,
    made_ms: i64,
}

/// What the database knew and knows no more. Nobody can ask a provider about a debt, a page or a
/// refund that has no trace left here.
#[derive(Default)]
pub struct Lost {
    /// Attempts and pages of debts that are gone, and refunds.
    pub references: HashSet<String>,
    /// Attempts of debts that are there: by attempt, the debt.
    attempts: HashMap<String, String>,
}

impl World {
    pub fn back_up_and_restore(&mut self) {
        if !self.plan.restores {
            return;
        }
        match &self.backup {
            None if self.fate.happens(BACK_UP) => {
                let mut books = Connection::open_in_memory().expect("memory");
                copy(&held(&self.books), &mut books);
                self.backup = Some(Backup { books, made_ms: self.fate.now_ms() });
            }
            Some(backup) if self.fate.happens(RESTORE) => {
                let age = (self.fate.now_ms() - backup.made_ms) / DAY;
                self.fate.tell(&format!("a backup of {age} days ago is put back"));
                self.restore();
            }
            None | Some(_) => {}
        }
    }

    fn restore(&mut self) {
        let Some(backup) = self.backup.take() else { return };
        self.restores += 1;
        {
            let mut books = held(&self.books);
            let before = Known::read(&books);
            copy(&backup.books, &mut books);
            let now = Timestamp::from_unix_ms(self.fate.now_ms());
            look_up_again(&books, now).expect("the attempts can be written");
            let after = Known::read(&books);
            self.judge.loses(&books, &before, &after);
            take_changes(&books).expect("the changes can be read");
            close_pages(&mut held(&self.psp.ledger), &after);
        }
        let (books, organization) = (held(&self.books), self.organization.to_string());
        self.invoices.retain(|id| {
            let sql = "SELECT COUNT(*) FROM invoices WHERE id = ?1 AND organization_id = ?2";
            let there: i64 = books
                .query_row(sql, [&id.to_string(), &organization], |row| row.get(0))
                .expect("the invoices can be read");
            there > 0
        });
        drop(books);
        self.restart();
    }

    /// An operator has the providers asked, and looks at what could not be asked about.
    pub fn end_hold(&mut self) {
        let hold = self.app.store().read(|read| read.hold()).expect("it can be read");
        if hold.is_none() || !self.plan.restores {
            return;
        }
        if self.plan.sabotage == Sabotage::NobodyReconciles {
            self.guarded("hold released", |app| app.release_hold("somebody", "to get on"));
            return;
        }
        let ended = self.guarded("reconciled", |app| app.reconcile("an operator"));
        if ended.is_some_and(|run| run.ended) {
            self.look_at_held_debts();
        }
    }

    /// Whoever looks at the provider's pages sees whether there is a charge that nobody knows.
    fn look_at_held_debts(&mut self) {
        let organization = self.organization;
        let debts = self.app.store().read(|read| read.held_debts(organization, 1000));
        for debt in debts.expect("they can be read") {
            let id = debt.payable.uuid();
            if self.judge.has_unknown_charge(&held(&self.psp.ledger), &id.to_string()) {
                continue;
            }
            self.guarded("released", |app| {
                let why = ("an operator", "the provider shows no other charge");
                app.release_held_debts(organization, WhichDebts::One(id), why)
            });
        }
    }
}

fn copy(from: &Connection, to: &mut Connection) {
    let copying = Copying::new(from, to).expect("a copy");
    copying.run_to_completion(i32::MAX, std::time::Duration::ZERO, None).expect("a copy");
}

/// A payer does not go on with a page of which recoup knows nothing any more.
fn close_pages(ledger: &mut Ledger, known: &Known) {
    for page in &mut ledger.pages {
        let is_over = matches!(page.state, PageState::Paid { .. });
        if !is_over && !known.sessions.contains(&page.reference) {
            page.state = PageState::Expired;
        }
    }
}

/// What is in the books, by its ids.
struct Known {
    debts: HashSet<String>,
    /// With the id of the debt.
    attempts: HashMap<String, String>,
    sessions: HashSet<String>,
    refunds: HashSet<String>,
    /// What is charged of each invoice by a request.
    requests: HashMap<String, Vec<(String, i64)>>,
}

impl Known {
    fn read(books: &Connection) -> Known {
        let requests = all(books, "SELECT id, '' FROM payment_requests");
        let parts = requests.keys().map(|id| (id.clone(), parts(books, id, 0)));
        let debts =
            all(books, "SELECT id, '' FROM invoices UNION ALL SELECT id, '' FROM payment_requests");
        Known {
            requests: parts.collect(),
            debts: debts.into_keys().collect(),
            attempts: all(books, "SELECT id, payable_id FROM attempts"),
            sessions: all(books, "SELECT id, '' FROM sessions").into_keys().collect(),
            refunds: all(books, "SELECT id, '' FROM refunds").into_keys().collect(),
        }
    }
}

fn all(books: &Connection, sql: &str) -> HashMap<String, String> {
    let mut found = books.prepare(sql).expect("the books can be read");
    let rows = found.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    rows.expect("the books can be read").map(|row| row.expect("a row")).collect()
}

impl crate::judge::Judge {
    fn loses(&self, _books: &Connection, before: &Known, after: &Known) {
        let mut lost = held(&self.lost);
        for (attempt, debt) in &before.attempts {
            if after.attempts.contains_key(attempt) {
                continue;
            }
            if after.debts.contains(debt) {
                lost.attempts.insert(attempt.clone(), debt.clone());
            } else {
                lost.references.insert(attempt.clone());
            }
        }
        let gone = before.sessions.difference(&after.sessions);
        lost.references.extend(gone.cloned());
        let gone = before.refunds.difference(&after.refunds);
        lost.references.extend(gone.cloned());
        // What a request has brought that nobody knows any more may be asked for again.
        let mut charged = held(&self.charged);
        for (request, parts) in &before.requests {
            if !after.debts.contains(request) {
                for (invoice, _) in parts {
                    charged.remove(invoice);
                }
            }
        }
    }

    /// Whether it belongs to something that no restore left a trace of, or waits for a person.
    pub fn is_lost(&self, books: &Connection, charge: &Charge) -> bool {
        let lost = held(&self.lost);
        let Some(reference) = charge.reference.as_ref().or(charge.page.as_ref()) else {
            return false;
        };
        if lost.references.contains(reference) {
            return true;
        }
        let Some(debt) = lost.attempts.get(reference) else { return false };
        // A person saw there that it took nothing, and released the debt.
        let released = "SELECT COUNT(*) FROM events WHERE kind = 'debt_released'
                           AND (invoice_id = ?1 OR payment_request_id = ?1)";
        let is_released = |debt| books.query_row(released, [debt], |row| row.get::<_, i64>(0));
        if charge.took_nothing() && is_released(debt).is_ok_and(|times| times > 0) {
            return true;
        }
        is_held(books, debt)
    }

    /// Whether the provider has taken money for it, or may yet, and nobody here knows.
    fn has_unknown_charge(&self, ledger: &Ledger, debt: &str) -> bool {
        let lost = held(&self.lost);
        let books = held(&self.books);
        let known = "SELECT payable_id, charge_id FROM attempts WHERE id = ?";
        ledger.charges.iter().filter(|charge| !charge.took_nothing()).any(|charge| {
            let reference = charge.reference.as_deref().unwrap_or_default();
            let known = books.query_row(known, [reference], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?))
            });
            match known.optional().expect("the attempts can be read") {
                // It was sent once more after the backup was made.
                Some((of, named)) => of == debt && named.as_ref() != Some(&charge.id),
                None => lost.attempts.get(reference).is_some_and(|of| of == debt),
            }
        })
    }
}

/// Since a restore it waits for a person.
pub fn is_held(books: &Connection, debt: &str) -> bool {
    let sql = "SELECT COUNT(*) FROM held_debts h JOIN recoveries r ON r.id = h.recovery_id
                WHERE r.payable_id = ?";
    books.query_row(sql, [debt], |row| row.get::<_, i64>(0)).is_ok_and(|held| held > 0)
}
