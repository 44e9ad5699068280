//! How states read on pages: a word or two, and whether that is well.

use super::parts::{Badge, Tone};
use crate::domain::recovery::{IdleReason, Recovery, State};

/// How the collecting of a debt stands.
pub fn collecting(recovery: &Recovery) -> Badge {
    if recovery.paused && !recovery.is_ended() {
        return Badge::new(Tone::Quiet, "Paused");
    }
    let (tone, text) = match recovery.state {
        State::Waiting { .. } => (Tone::Wait, "Waiting"),
        State::Charging { .. } => (Tone::Open, "Being charged"),
        State::Idle { reason } => return Badge::new(tone_of(reason), idle(reason)),
        State::Recovered { .. } => (Tone::Good, "Recovered"),
        State::Cancelled { .. } => (Tone::Quiet, "Cancelled"),
    };
    Badge::new(tone, text)
}

const fn tone_of(reason: IdleReason) -> Tone {
    match reason {
        IdleReason::Manual | IdleReason::Uncollectible | IdleReason::Stopped => Tone::Quiet,
        IdleReason::NeedsPayer => Tone::Wait,
        IdleReason::NoProvider
        | IdleReason::NeedsMethod
        | IdleReason::Held
        | IdleReason::Exhausted => Tone::Bad,
    }
}

/// What is missing, or why nothing is tried by itself.
pub const fn idle(reason: IdleReason) -> &'static str {
    match reason {
        IdleReason::NoProvider => "Needs a provider",
        IdleReason::Manual => "To be paid by hand",
        IdleReason::NeedsPayer => "Needs the payer",
        IdleReason::NeedsMethod => "Needs a method",
        IdleReason::Held => "Needs a person",
        IdleReason::Exhausted => "No further attempt",
        IdleReason::Uncollectible => "Uncollectible",
        IdleReason::Stopped => "Stopped",
    }
}

/// `retry_planned` as people write it: `Retry planned`.
pub fn sentence_case(word: &str) -> String {
    let text = word.replace(['_', '-'], " ");
    let mut signs = text.chars();
    let first: String = signs.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}", signs.as_str())
}

/// What an error says, as a sentence of its own.
pub fn sentence(text: &str) -> String {
    let mut signs = text.chars();
    let first: String = signs.next().into_iter().flat_map(char::to_uppercase).collect();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", signs.as_str())
}
