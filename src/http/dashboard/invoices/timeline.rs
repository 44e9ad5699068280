//! What happened to a debt, as one story: what recoup did, what providers answered, what was
//! decided and why, and what people did. The newest comes first, before it what is next.

use super::told::{news, told};
use crate::domain::attempt::{Attempt, AttemptState, Origin};
use crate::domain::audit_trail::{Actor, AuditEntry};
use crate::domain::decline::Decline;
use crate::domain::event::{Event, EventKind, WebhookName};
use crate::domain::id::{AttemptId, EventId, UserId};
use crate::domain::inbound::Told;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::domain::view::RecoveryView;
use crate::domain::webhook::Delivery;
use crate::http::dashboard::developers::{delivery_address, delivery_badge};
use crate::http::dashboard::frame::Frame;
use crate::http::dashboard::parts::{Badge, Tone, When, distance};
use crate::http::dashboard::words;

pub struct Item {
    pub at: Timestamp,
    pub when: When,
    pub tone: Tone,
    /// It has not happened yet.
    pub is_next: bool,
    pub what: String,
    pub why: Vec<String>,
    /// The provider's own.
    pub code: Option<String>,
    /// The attempt that it is about.
    pub attempt: Option<String>,
    /// What the business was told of it, and whether that arrived.
    pub webhook: Option<&'static str>,
    pub deliveries: Vec<Sent>,
    /// Who did it, where it was a person or a program.
    pub by: Option<String>,
    /// What happened in the same moment keeps its order: acts, what they led to, what came in.
    order: (u8, Option<EventId>),
}

/// A webhook to one endpoint.
pub struct Sent {
    pub href: String,
    pub state: Badge,
}

/// What a story is told from.
pub struct Sources<'a> {
    pub frame: &'a Frame,
    /// None: it is not collected yet.
    pub recovery: Option<&'a RecoveryView>,
    /// Oldest first.
    pub events: &'a [Event],
    pub deliveries: &'a [Delivery],
    /// What providers told of its attempts.
    pub told: &'a [Told],
    pub acts: &'a [AuditEntry],
    pub users: &'a [User],
}

impl Sources<'_> {
    pub fn story(&self) -> Vec<Item> {
        let happened = self.events.iter().filter_map(|event| self.of_event(event));
        let acts = self.acts.iter().map(|act| self.of_act(act));
        let told = self.told.iter().map(|told| self.of_told(told));
        let mut items: Vec<Item> = happened.chain(acts).chain(told).collect();
        items.sort_by_key(|item| std::cmp::Reverse((item.at, item.order)));
        if let Some(next) = self.next() {
            items.insert(0, next);
        }
        items
    }

    fn item(&self, at: Timestamp, tone: Tone, what: impl Into<String>) -> Item {
        Item {
            at,
            when: self.frame.when(&at),
            tone,
            is_next: false,
            what: what.into(),
            why: vec![],
            code: None,
            attempt: None,
            webhook: None,
            deliveries: vec![],
            by: None,
            order: (0, None),
        }
    }

    /// What comes, or why nothing does.
    fn next(&self) -> Option<Item> {
        let view = self.recovery?;
        if view.recovery.is_ended() {
            return None;
        }
        let explained = view.explain();
        let item = match explained.next_attempt_at {
            Some(at) => {
                let what = format!("Next attempt {}", distance(self.frame.now, at));
                self.item(at, Tone::Wait, what)
            }
            None => self.item(self.frame.now, Tone::Quiet, "No attempt is planned"),
        };
        Some(Item { is_next: true, why: vec![explained.sentence], ..item })
    }

    fn of_event(&self, event: &Event) -> Option<Item> {
        let (tone, text) = told(event.kind)?;
        let attempt = event.subject.attempt_id.and_then(|id| self.attempt(id));
        let what = match attempt {
            Some(attempt) => text.replace("{n}", &format!("Attempt {}", attempt.number)),
            None => text.replace("{n}", "The charge"),
        };
        let mut item = self.item(event.at, tone, what);
        item.order = (1, Some(event.id));
        item.webhook = event.kind.webhook().map(WebhookName::as_str);
        item.deliveries = self.sent(event.id);
        item.attempt = attempt.map(|it| it.id.to_string());
        item.why = self.why(event, attempt);
        if let Some(AttemptState::Declined { decline, .. }) = attempt.map(|it| &it.state)
            && event.kind == EventKind::AttemptFailed
        {
            item.code = Some(decline.code.clone());
        }
        Some(item)
    }

    fn why(&self, event: &Event, attempt: Option<&Attempt>) -> Vec<String> {
        match (event.kind, attempt) {
            (EventKind::AttemptBegun, Some(attempt)) => vec![begun(attempt)],
            (EventKind::AttemptFailed | EventKind::AttemptFailedLate, Some(attempt)) => {
                match &attempt.state {
                    AttemptState::Declined { decline, .. } => declined(decline),
                    _ => vec![],
                }
            }
            (EventKind::RetryPlanned, Some(attempt)) => self.decided(attempt.id, event),
            (EventKind::PayerAsked, _) => vec![],
            (EventKind::PaymentStatusChanged, _) => {
                event.code.iter().map(|code| format!("It is {code} now.")).collect()
            }
            _ => event.message.iter().filter(|text| !text.is_empty()).cloned().collect(),
        }
    }

    fn decided(&self, attempt: AttemptId, event: &Event) -> Vec<String> {
        let decision = self.recovery.and_then(|view| view.decision_after(attempt));
        match (decision, event.due_at) {
            (Some(decision), _) => vec![decision.sentence()],
            (None, Some(due)) => {
                vec![format!("On {}.", self.frame.when(&due).person())]
            }
            (None, None) => vec![],
        }
    }

    fn sent(&self, event: EventId) -> Vec<Sent> {
        let its = self.deliveries.iter().filter(|delivery| delivery.event_id == event);
        its.map(|delivery| Sent {
            href: delivery_address(delivery.id),
            state: delivery_badge(delivery.state),
        })
        .collect()
    }

    fn of_told(&self, told: &Told) -> Item {
        let attempt = self.attempt(told.attempt_id).map(|it| format!("attempt {}", it.number));
        let which = attempt.unwrap_or_else(|| "the charge".to_owned());
        let what = format!("The provider told by webhook: {which} {}", news(&told.news));
        let mut item = self.item(told.received_at, Tone::Quiet, what);
        item.order = (2, None);
        item.code = Some(told.event.clone());
        item.attempt = Some(told.attempt_id.to_string());
        item
    }

    fn attempt(&self, id: AttemptId) -> Option<&Attempt> {
        self.recovery?.attempts.iter().find(|attempt| attempt.id == id)
    }

    fn of_act(&self, act: &AuditEntry) -> Item {
        let mut item = self.item(act.at, Tone::Quiet, words::act(act.action));
        item.by = Some(self.who(act.actor));
        item.why = act.reason.iter().map(|reason| format!("“{reason}”")).collect();
        item
    }

    fn who(&self, actor: Actor) -> String {
        let called = |id: UserId| self.users.iter().find(|user| user.id == id);
        match actor {
            Actor::User(id) => match called(id) {
                Some(user) => user.email.to_string(),
                None => "a user".to_owned(),
            },
            Actor::ApiKey(_) => "an API key".to_owned(),
            Actor::CommandLine => "the command line".to_owned(),
            Actor::Provider => "the provider".to_owned(),
            Actor::Anyone => "somebody: no sign-in is needed here".to_owned(),
        }
    }
}

fn begun(attempt: &Attempt) -> String {
    let by = match attempt.origin {
        Origin::Schedule => "It was due",
        Origin::Person => "A person asked for it",
        Origin::Link => "The payer paid on a page",
    };
    match &attempt.instrument {
        Some(instrument) => format!("{by}, on a {}.", instrument.kind.replace('_', " ")),
        None => format!("{by}."),
    }
}

/// The code, what it means, and what that allows.
pub fn declined(decline: &Decline) -> Vec<String> {
    let meaning = format!(
        "{}: {}. {}",
        words::decline(decline.class),
        decline.class.words(),
        words::retry(decline.retry)
    );
    let message = Some(&decline.message).filter(|text| !text.is_empty());
    let said = message.map(|text| format!("The provider says: {text}"));
    std::iter::once(meaning).chain(said).collect()
}
