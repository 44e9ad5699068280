//! Hosted pages: a session is made, a payer chooses a card on it, it ends.

use std::sync::Arc;

use super::behaviour::Behaviour;
use super::book::{
    Asked, Book, Charge, Entry, Origin, Purpose, Session, SessionAsked, SessionState,
};
use super::charging::{check_money, told_otherwise};
use super::customers::AsDefault;
use super::events::{self, Event, Happening};
use super::problem::Problem;
use super::{Sandbox, id, views};

/// What came of a card that a payer chose.
pub enum Chosen {
    /// The method is left, nothing was to be paid.
    SetUp,
    Charged(Box<Charge>),
    /// The page had ended before.
    NotOpen,
}

impl Sandbox {
    /// The same key makes one session.
    pub fn start_session(
        &self,
        idempotency_key: Option<String>,
        asked: SessionAsked,
    ) -> Result<Session, Problem> {
        let now_ms = self.now_ms();
        check(&asked, now_ms)?;
        let mut book = self.book();
        if let Some(first) = idempotency_key.as_deref().and_then(|key| book.session_of_key(key)) {
            return if first.asked == asked { Ok(first.clone()) } else { Err(Problem::KeyReused) };
        }
        book.customer(&asked.customer)?;
        let session = Session {
            id: id("cs"),
            asked,
            idempotency_key,
            state: SessionState::Open,
            created_at_ms: now_ms,
        };
        book.record(Entry::Session(session.clone()))?;
        drop(book);
        self.ring();
        Ok(session)
    }

    /// The session, with the charge that its state names.
    pub fn find_session(&self, session_id: &str) -> Result<(Session, Option<Charge>), Problem> {
        let mut book = self.book();
        let session = self.as_of_now(&mut book, session_id)?;
        let result = match &session.state {
            SessionState::InProgress { charge } | SessionState::Paid { charge } => {
                Some(book.charge(charge)?.clone())
            }
            SessionState::Open | SessionState::SetUp { .. } | SessionState::Expired => None,
        };
        Ok((session, result))
    }

    /// Closes an open page. One that has a result, or may get one, stays as it is.
    pub fn expire_session(&self, session_id: &str) -> Result<(Session, Option<Charge>), Problem> {
        let mut book = self.book();
        let session = self.as_of_now(&mut book, session_id)?;
        if session.state == SessionState::Open {
            self.end_unused(&mut book, session)?;
        }
        drop(book);
        self.ring();
        self.find_session(session_id)
    }

    pub(super) fn expire_session_due(&self, session_id: &str, at_ms: i64) -> Result<(), Problem> {
        let mut book = self.book();
        let session = book.session(session_id)?.clone();
        if session.state == SessionState::Open && session.asked.expires_at_ms <= at_ms {
            self.end_unused(&mut book, session)?;
        }
        Ok(())
    }

    /// A payer chose a test card on the page.
    pub fn choose_card(
        self: &Arc<Self>,
        session_id: &str,
        behaviour: &str,
    ) -> Result<Chosen, Problem> {
        let parsed: Behaviour =
            behaviour.parse().map_err(|source| Problem::no_behaviour("test card", source))?;
        let mut book = self.book();
        let session = self.as_of_now(&mut book, session_id)?;
        if session.state != SessionState::Open {
            return Ok(Chosen::NotOpen);
        }
        // The same card on the same page is the same method.
        let method = format!("pm_{behaviour}__{}", session.id.trim_start_matches("cs_"));
        let chosen = match &session.asked.purpose {
            Purpose::Setup => {
                if parsed == Behaviour::Unreachable {
                    return Err(Problem::Unavailable);
                }
                let customer = book.customer(&session.asked.customer)?;
                self.store_method(&mut book, customer, &method, AsDefault::Always)?;
                let session = Session { state: SessionState::SetUp { method }, ..session };
                book.record(Entry::Session(session.clone()))?;
                self.announce_session(&mut book, &session, "session.completed");
                Chosen::SetUp
            }
            Purpose::Payment { amount, currency, description, order, .. } => {
                let asked = Asked {
                    amount: *amount,
                    currency: currency.clone(),
                    customer: session.asked.customer.clone(),
                    method,
                    reference: None,
                    order: order.clone().or_else(|| Some(session.id.clone())),
                    description: description.clone(),
                    metadata: session.asked.metadata.clone(),
                };
                let reference = session.asked.reference.clone();
                let origin = Origin::Session { id: session.id.clone(), reference };
                let charge = self.make_charge(&mut book, asked, origin)?;
                if !told_otherwise(&charge.behaviour()) {
                    self.announce(&mut book, &charge, charge.created_at_ms);
                }
                self.follow(&mut book, session, &charge)?;
                Chosen::Charged(Box::new(charge))
            }
        };
        drop(book);
        self.ring();
        Ok(chosen)
    }

    pub(super) fn announce_session(&self, book: &mut Book, session: &Session, kind: &str) {
        let result = match &session.state {
            SessionState::Paid { charge } => book.charge(charge).ok().cloned(),
            SessionState::Open
            | SessionState::InProgress { .. }
            | SessionState::SetUp { .. }
            | SessionState::Expired => None,
        };
        let at_ms = self.now_ms();
        events::emit(book, at_ms, 1, || {
            let happening = Happening { kind, subject: &session.id, at_ms };
            Event::new(&happening, views::session(session, result.as_ref(), &self.public_url()))
        });
    }

    /// The session, expired if its time has passed.
    fn as_of_now(&self, book: &mut Book, session_id: &str) -> Result<Session, Problem> {
        let session = book.session(session_id)?.clone();
        if session.state == SessionState::Open && session.asked.expires_at_ms <= self.now_ms() {
            return self.end_unused(book, session);
        }
        Ok(session)
    }

    fn end_unused(&self, book: &mut Book, session: Session) -> Result<Session, Problem> {
        let session = Session { state: SessionState::Expired, ..session };
        book.record(Entry::Session(session.clone()))?;
        self.announce_session(book, &session, "session.expired");
        Ok(session)
    }
}

fn check(asked: &SessionAsked, now_ms: i64) -> Result<(), Problem> {
    if let Purpose::Payment { amount, currency, .. } = &asked.purpose {
        check_money(*amount, currency)?;
    }
    let return_url = url::Url::parse(&asked.return_url);
    if !return_url.is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
        return Err(Problem::invalid("return_url", "must be an absolute http or https URL"));
    }
    if asked.expires_at_ms <= now_ms {
        return Err(Problem::invalid("expires_at_ms", "must be in the future"));
    }
    Ok(())
}
