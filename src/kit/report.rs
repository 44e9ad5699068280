//! What came of a trial.

/// One plugin, every promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub plugin: String,
    pub version: String,
    pub sha256: String,
    /// Who answered the plugin.
    pub against: String,
    pub told: Vec<Told>,
}

/// One promise, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Stable, for programs: `charge.lost-answer`.
    pub id: &'static str,
    /// The promise, in a sentence.
    pub promise: &'static str,
    pub verdict: Verdict,
    /// What the pretend provider was asked and had no answer for.
    pub unanswered: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Kept,
    /// What came instead, and what it would cost.
    Broken(String),
    /// Why it was not tried.
    NotTried(String),
}

impl Report {
    pub fn is_kept(&self) -> bool {
        self.broken() == 0
    }

    pub fn broken(&self) -> usize {
        self.told.iter().filter(|told| matches!(told.verdict, Verdict::Broken(_))).count()
    }

    pub fn not_tried(&self) -> usize {
        self.told.iter().filter(|told| matches!(told.verdict, Verdict::NotTried(_))).count()
    }

    pub fn kept(&self) -> usize {
        self.told.len() - self.broken() - self.not_tried()
    }
}
