//! What a connection has asked its provider lately: how often, how often without a good answer, and
//! how long that took.

use super::super::frame::Frame;
use super::super::page::Trouble;
use super::super::parts::{Badge, When, count};
use super::super::words::{ending, sentence_case};
use crate::domain::exchange::{Ending, Exchange};
use crate::domain::id::ConnectionId;
use crate::store::Reader;

/// So many of the newest are counted.
const COUNTED_CALLS: u32 = 1_000;
/// So many are shown one by one.
const SHOWN_CALLS: usize = 15;

pub struct Calls {
    pub counted: String,
    pub errors: String,
    pub p95: String,
    pub rows: Vec<Row>,
}

pub struct Row {
    pub at: When,
    pub function: String,
    pub request: String,
    pub ended: Badge,
    pub reason: Option<String>,
    pub took: String,
}

impl Calls {
    pub fn of(
        read: &Reader<'_>,
        connection: ConnectionId,
        frame: &Frame,
    ) -> Result<Calls, Trouble> {
        let found = read.exchanges_through(connection, COUNTED_CALLS)?;
        let errors = found.iter().filter(|call| is_error(&call.ending)).count();
        let durations: Vec<u64> = found.iter().map(|call| call.duration_ms).collect();
        let shown = |number: usize| count(u64::try_from(number).unwrap_or(u64::MAX));
        Ok(Calls {
            counted: shown(found.len()),
            errors: shown(errors),
            p95: p95(durations).map_or_else(|| "–".to_owned(), took),
            rows: found.iter().take(SHOWN_CALLS).map(|call| Row::of(call, frame)).collect(),
        })
    }
}

/// A refusal is an answer; what is none, and what the provider calls its own fault, is an error.
const fn is_error(ending: &Ending) -> bool {
    match ending {
        Ending::Answered { status, .. } => *status >= 500,
        Ending::Denied(_) | Ending::NotSent(_) | Ending::MaybeSent(_) => true,
    }
}

/// The smallest that 95 in 100 do not exceed. None: there are none.
fn p95(mut durations: Vec<u64>) -> Option<u64> {
    durations.sort_unstable();
    let place = (durations.len() * 95).div_ceil(100);
    durations.get(place.checked_sub(1)?).copied()
}

fn took(ms: u64) -> String {
    format!("{ms}\u{a0}ms")
}

impl Row {
    fn of(call: &Exchange, frame: &Frame) -> Row {
        Row {
            at: frame.when(&call.at),
            function: sentence_case(&call.function),
            request: format!("{} {}", call.method, call.url),
            ended: ending(&call.ending),
            reason: call.ending.reason().map(str::to_owned),
            took: took(call.duration_ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p95_is_one_of_them() {
        assert_eq!(p95(vec![]), None);
        assert_eq!(p95(vec![7]), Some(7));
        assert_eq!(p95((1..=100).collect()), Some(95));
        assert_eq!(p95((1..=10).rev().collect()), Some(10));
    }
}
