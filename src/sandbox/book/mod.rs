//! The ledger in memory: every record and the ways to find it. Each change goes through
//! `Book::record`, which writes the file first; reading the file back takes the same way.
//! It decides nothing about payments.

mod charge;
mod customer;
mod journal;
mod refund;
mod schedule;
mod session;

use std::collections::{HashMap, HashSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

pub use charge::{Answered, Asked, Charge, Origin, State};
pub use customer::{Customer, DefaultMethod, Method, MethodState, Profile, behaviour_of};
pub use journal::{Entry, Journal, JournalError};
pub use refund::{Refund, RefundAsked, RefundState};
pub use schedule::{Due, Schedule};
pub use session::{Purpose, Session, SessionAsked, SessionState};

use super::problem::Problem;

/// Where events are sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Endpoint {
    pub id: String,
    pub url: String,
    pub secret: String,
}

#[derive(Default)]
pub struct Book {
    charges: Vec<Charge>,
    charge_of_id: HashMap<String, usize>,
    charge_of_key: HashMap<String, usize>,
    charges_of_reference: HashMap<String, Vec<usize>>,
    /// Declined charges by method and order.
    declines: HashMap<(String, String), u32>,
    /// Keys whose first request is not answered yet.
    pub running_keys: HashSet<String>,
    refunds: Vec<Refund>,
    sessions: HashMap<String, Session>,
    session_of_key: HashMap<String, String>,
    customers: HashMap<String, Customer>,
    methods: HashMap<String, Method>,
    endpoints: Vec<Endpoint>,
    pub schedule: Schedule,
    journal: Option<Journal>,
}

impl Book {
    /// An empty ledger, or what the file holds.
    pub fn open(file: Option<&Path>) -> Result<Self, JournalError> {
        let mut book = Self::default();
        if let Some(path) = file {
            let (journal, entries) = Journal::open(path)?;
            for entry in entries {
                book.take(entry);
            }
            book.journal = Some(journal);
        }
        Ok(book)
    }

    /// Stores a record in the place of an earlier one with its id.
    pub fn record(&mut self, entry: Entry) -> Result<(), JournalError> {
        if let Some(journal) = &mut self.journal {
            journal.append(&entry)?;
        }
        self.take(entry);
        Ok(())
    }

    fn take(&mut self, entry: Entry) {
        match entry {
            Entry::Charge(charge) => self.take_charge(charge),
            Entry::Refund(refund) => self.take_refund(refund),
            Entry::Session(session) => self.take_session(session),
            Entry::Customer(customer) => {
                self.customers.insert(customer.id.clone(), customer);
            }
            Entry::Method(method) => {
                self.methods.insert(method.id.clone(), method);
            }
            Entry::Endpoint(endpoint) => {
                self.endpoints.retain(|other| other.url != endpoint.url);
                self.endpoints.push(endpoint);
            }
            Entry::EndpointRemoved(id) => self.endpoints.retain(|other| other.id != id),
        }
    }

    fn take_charge(&mut self, charge: Charge) {
        if let State::Pending { settles_at_ms, .. } = charge.state {
            self.schedule.plan(settles_at_ms, Due::SettleCharge(charge.id.clone()));
        }
        if let Some(echo_at_ms) = charge.echo_at_ms {
            self.schedule.plan(echo_at_ms, Due::EchoCharge(charge.id.clone()));
        }
        if let Some(&place) = self.charge_of_id.get(&charge.id) {
            self.charges[place] = charge;
            return;
        }
        let place = self.charges.len();
        self.charge_of_id.insert(charge.id.clone(), place);
        if let Some(key) = charge.idempotency_key() {
            self.charge_of_key.insert(key.to_owned(), place);
        }
        if let Some(reference) = charge.any_reference() {
            self.charges_of_reference.entry(reference.to_owned()).or_default().push(place);
        }
        if let State::Declined { .. } = charge.first {
            *self.declines.entry(counted_by(&charge.asked)).or_default() += 1;
        }
        self.charges.push(charge);
    }

    fn take_refund(&mut self, refund: Refund) {
        if let RefundState::Pending { settles_at_ms } = refund.state {
            self.schedule.plan(settles_at_ms, Due::SettleRefund(refund.id.clone()));
        }
        match self.refunds.iter_mut().find(|other| other.id == refund.id) {
            Some(place) => *place = refund,
            None => self.refunds.push(refund),
        }
    }

    fn take_session(&mut self, session: Session) {
        if session.state == SessionState::Open {
            let due = Due::ExpireSession(session.id.clone());
            self.schedule.plan(session.asked.expires_at_ms, due);
        }
        if let Some(key) = &session.idempotency_key {
            self.session_of_key.insert(key.clone(), session.id.clone());
        }
        self.sessions.insert(session.id.clone(), session);
    }

    /// All, oldest first.
    pub fn charges(&self) -> &[Charge] {
        &self.charges
    }

    pub fn charge(&self, id: &str) -> Result<&Charge, Problem> {
        let place = self.charge_of_id.get(id);
        place.map(|&place| &self.charges[place]).ok_or_else(|| Problem::not_found("charge", id))
    }

    pub fn charge_of_key(&self, key: &str) -> Option<&Charge> {
        self.charge_of_key.get(key).map(|&place| &self.charges[place])
    }

    /// Oldest first.
    pub fn charges_of_reference(&self, reference: &str) -> Vec<&Charge> {
        let places = self.charges_of_reference.get(reference);
        places.into_iter().flatten().map(|&place| &self.charges[place]).collect()
    }

    /// How often this method was declined for this order.
    pub fn declines_of(&self, asked: &Asked) -> u32 {
        self.declines.get(&counted_by(asked)).copied().unwrap_or(0)
    }

    pub fn refunds(&self) -> &[Refund] {
        &self.refunds
    }

    pub fn refund(&self, id: &str) -> Result<&Refund, Problem> {
        let found = self.refunds.iter().find(|refund| refund.id == id);
        found.ok_or_else(|| Problem::not_found("refund", id))
    }

    pub fn session(&self, id: &str) -> Result<&Session, Problem> {
        self.sessions.get(id).ok_or_else(|| Problem::not_found("session", id))
    }

    pub fn session_of_key(&self, key: &str) -> Option<&Session> {
        self.session_of_key.get(key).and_then(|id| self.sessions.get(id))
    }

    /// Oldest first.
    pub fn sessions_of_reference(&self, reference: &str) -> Vec<&Session> {
        let of_it = |session: &&Session| session.asked.reference.as_deref() == Some(reference);
        let mut sessions: Vec<_> = self.sessions.values().filter(of_it).collect();
        sessions.sort_by(|a, b| (a.created_at_ms, &a.id).cmp(&(b.created_at_ms, &b.id)));
        sessions
    }

    /// As kept, or as the name says.
    pub fn customer(&self, id: &str) -> Result<Customer, Problem> {
        self.customers.get(id).map_or_else(|| Customer::of_name(id), |kept| Ok(kept.clone()))
    }

    /// Only when something about it was ever told.
    pub fn kept_customer(&self, id: &str) -> Option<&Customer> {
        self.customers.get(id)
    }

    /// As kept, or as the name says. A detached one is not found.
    pub fn method(&self, id: &str) -> Result<Method, Problem> {
        let method =
            self.methods.get(id).map_or_else(|| Method::of_name(id), |kept| Ok(kept.clone()))?;
        match method.state {
            MethodState::Attached => Ok(method),
            MethodState::Detached => Err(Problem::not_found("payment method", id)),
        }
    }

    /// Whether the id was ever given to a method of any customer, by hand or on a page.
    pub fn is_kept_method(&self, id: &str) -> bool {
        self.methods.contains_key(id)
    }

    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }
}

/// A charge without an order counts with the others of its method that have none.
fn counted_by(asked: &Asked) -> (String, String) {
    (asked.method.clone(), asked.order.clone().unwrap_or_default())
}
