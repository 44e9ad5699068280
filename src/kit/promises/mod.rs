//! What every plugin promises. A promise is a sentence, and a trial that can fail.

mod charging;
mod describing;
mod doubt;
mod finding;
mod others;
mod webhooks;

use super::bench::Bench;
use super::report::{Told, Verdict};

/// Why a promise is not kept.
pub enum Not {
    Broken(String),
    Untried(String),
}

pub type Judged = Result<(), Not>;

pub fn broken(why: impl Into<String>) -> Judged {
    Err(Not::Broken(why.into()))
}

pub fn untried(why: impl Into<String>) -> Judged {
    Err(Not::Untried(why.into()))
}

type Trial = Box<dyn Fn(&Bench<'_>) -> Judged>;

pub struct Promise {
    id: &'static str,
    says: &'static str,
    trial: Trial,
}

impl Promise {
    pub fn new(
        id: &'static str,
        says: &'static str,
        trial: impl Fn(&Bench<'_>) -> Judged + 'static,
    ) -> Promise {
        Promise { id, says, trial: Box::new(trial) }
    }

    pub fn tried(&self, bench: &Bench<'_>) -> Told {
        bench.clock.set(bench.now);
        bench.desk.take_unanswered();
        let verdict = match (self.trial)(bench) {
            Ok(()) => Verdict::Kept,
            Err(Not::Broken(why)) => Verdict::Broken(why),
            Err(Not::Untried(why)) => Verdict::NotTried(why),
        };
        let mut unanswered = bench.desk.take_unanswered();
        unanswered.sort();
        unanswered.dedup();
        Told { id: self.id, promise: self.says, verdict, unanswered }
    }
}

/// In the order in which an author wants to hear of them.
pub fn all(bench: &Bench<'_>) -> Vec<Promise> {
    let mut promises = describing::promises();
    promises.extend(charging::promises());
    promises.extend(doubt::promises());
    promises.extend(finding::promises());
    promises.extend(others::promises(bench.provider.abilities));
    promises.extend(webhooks::promises());
    promises
}
