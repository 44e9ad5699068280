//! The pretend provider of a plan: answers what the plan says, and remembers under which keys it
//! took money.

use std::collections::BTreeMap;

use crate::psp::{Incoming, Outgoing};

use super::orders::Order;
use super::plan::Answer;

/// What it has taken, and what it could not answer.
#[derive(Debug, Default)]
pub struct Script {
    answers: Vec<Answer>,
    /// How often money was asked for under each key. It is taken once.
    taken: BTreeMap<String, u32>,
    unanswered: Vec<String>,
}

impl Script {
    pub fn new(answers: Vec<Answer>) -> Script {
        Script { answers, ..Script::default() }
    }

    pub fn has_taken(&self, key: &str) -> bool {
        self.taken.contains_key(key)
    }

    /// What it was asked and had no answer for, since this was asked last.
    pub fn take_unanswered(&mut self) -> Vec<String> {
        std::mem::take(&mut self.unanswered)
    }

    pub fn answer(&mut self, outgoing: &Outgoing, order: &Order) -> Incoming {
        let fitting = self.answers.iter().find(|answer| self.fits(answer, outgoing, order));
        let Some(answer) = fitting.cloned() else {
            self.unanswered.push(format!("{} {}", outgoing.method, outgoing.url.path()));
            return Incoming { status: 404, headers: Vec::new(), body: b"{}".to_vec() };
        };
        if answer.takes {
            *self.taken.entry(order.key.clone()).or_default() += 1;
        }
        let mut headers: Vec<(String, String)> = answer
            .headers
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), order.filled(value)))
            .collect();
        if !headers.iter().any(|(name, _)| name == "content-type") {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        let body = order.filled(&answer.body).into_bytes();
        Incoming { status: answer.status, headers, body }
    }

    fn fits(&self, answer: &Answer, outgoing: &Outgoing, order: &Order) -> bool {
        let (method, path) = answer.to.split_once(' ').unwrap_or((&answer.to, ""));
        let path = order.filled(path);
        let is_path = match path.strip_suffix('*') {
            Some(start) => outgoing.url.path().starts_with(start),
            None => outgoing.url.path() == path,
        };
        let whole = text_of(outgoing);
        outgoing.method.as_str() == method
            && is_path
            && answer.holding.iter().all(|text| whole.contains(&order.filled(text)))
            && answer.if_taken.is_none_or(|taken| taken == self.has_taken(&order.key))
    }
}

/// Address, headers and body, to look for texts in.
pub fn text_of(outgoing: &Outgoing) -> String {
    let mut text = format!("{} {}\n", outgoing.method, outgoing.url);
    for (name, value) in &outgoing.headers {
        text.push_str(&format!("{name}: {value}\n"));
    }
    text.push_str(&String::from_utf8_lossy(outgoing.body.as_deref().unwrap_or_default()));
    text
}
