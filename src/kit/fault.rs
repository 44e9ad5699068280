//! What stands between the plugin and its provider: it passes requests on, and does to the
//! exchange what happens to payments.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::psp::{Between, Incoming, Outgoing, Passing, SendError};

use super::orders::Order;
use super::plan::Plan;
use super::script::{Script, text_of};

/// How long a slow answer takes. The plugin cannot tell it from a longer time.
const SLOW: Duration = Duration::from_millis(300);

/// What is done to an exchange.
#[derive(Debug, Clone)]
pub enum Fault {
    None,
    /// Nothing leaves.
    NotReached,
    /// The provider is asked, and its answer does not arrive.
    Lost(&'static str),
    /// The provider is asked and answers in time, but slowly.
    Slow,
    /// The provider is asked, and its answer takes longer than there is time.
    TooSlow,
    /// The provider is asked, and something else arrives in the place of its answer.
    Replaced(u16, Vec<u8>),
    /// The provider is asked, and half of its answer arrives as if it were the whole.
    Halved,
    /// The provider is asked, and a word of its answer is another.
    Rewritten(String, &'static str),
    /// The provider is not asked: this is the answer.
    Instead(u16),
}

/// Who answers, what is done to the answers, and what was sent.
pub struct Desk(Arc<Mutex<State>>);

struct State {
    /// None: a real server.
    script: Option<Script>,
    order: Order,
    fault: Fault,
    /// So many requests are passed on first.
    spared: usize,
    sent: Vec<Outgoing>,
}

impl Desk {
    pub fn new(plan: &Plan, base_url: Option<&str>) -> Desk {
        let script = base_url.is_none().then(|| Script::new(plan.answers.clone()));
        let state = State {
            script,
            order: Order::good(plan),
            fault: Fault::None,
            spared: 0,
            sent: Vec::new(),
        };
        Desk(Arc::new(Mutex::new(state)))
    }

    pub fn between(&self) -> Between {
        let state = Arc::clone(&self.0);
        Arc::new(move |passing: &Passing<'_>| pass(&state, passing))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.0)
    }

    /// For the next call: which charge it is about, what happens, and after how many requests.
    pub fn lay_out(&self, order: &Order, fault: Fault, spared: usize) {
        let mut state = self.lock();
        state.order = order.clone();
        state.fault = fault;
        state.spared = spared;
        state.sent.clear();
    }

    /// What was sent since then.
    pub fn sent(&self) -> Vec<Outgoing> {
        self.lock().sent.clone()
    }

    /// The same, to look for texts in.
    pub fn sent_texts(&self) -> Vec<String> {
        self.sent().iter().map(text_of).collect()
    }

    /// Whether the provider took money under a key. None: a real one, and nobody knows.
    pub fn has_taken(&self, key: &str) -> Option<bool> {
        self.lock().script.as_ref().map(|script| script.has_taken(key))
    }

    pub fn take_unanswered(&self) -> Vec<String> {
        self.lock().script.as_mut().map(Script::take_unanswered).unwrap_or_default()
    }
}

/// The state stays whole when a trial panics: fields are replaced one by one.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn pass(state: &Mutex<State>, passing: &Passing<'_>) -> Result<Incoming, SendError> {
    let fault = {
        let mut state = lock(state);
        state.sent.push(passing.outgoing.clone());
        if state.sent.len() > state.spared { state.fault.clone() } else { Fault::None }
    };
    let ask = || ask(state, passing);
    match fault {
        Fault::None => ask(),
        Fault::NotReached => Err(SendError::NotSent("the connection was refused".into())),
        Fault::Lost(how) => {
            ask()?;
            Err(SendError::MaybeSent(how.into()))
        }
        Fault::Slow => {
            let answer = ask()?;
            thread::sleep(SLOW);
            Ok(answer)
        }
        Fault::TooSlow => {
            ask()?;
            thread::sleep(SLOW.min(passing.timeout));
            Err(SendError::MaybeSent("the time is up".into()))
        }
        Fault::Replaced(status, body) => {
            ask()?;
            Ok(plain(status, body))
        }
        Fault::Halved => {
            let mut answer = ask()?;
            answer.body.truncate(answer.body.len() / 2);
            Ok(answer)
        }
        Fault::Rewritten(word, other) => {
            let mut answer = ask()?;
            let text = String::from_utf8_lossy(&answer.body).replace(&word, other);
            answer.body = text.into_bytes();
            Ok(answer)
        }
        Fault::Instead(status) => Ok(plain(status, b"{}".to_vec())),
    }
}

fn ask(state: &Mutex<State>, passing: &Passing<'_>) -> Result<Incoming, SendError> {
    {
        let mut state = lock(state);
        let state = &mut *state;
        if let Some(script) = &mut state.script {
            return Ok(script.answer(passing.outgoing, &state.order));
        }
    }
    passing.on()
}

fn plain(status: u16, body: Vec<u8>) -> Incoming {
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    if status == 302 {
        headers.push(("location".to_owned(), "https://elsewhere.example/".to_owned()));
    }
    Incoming { status, headers, body }
}
