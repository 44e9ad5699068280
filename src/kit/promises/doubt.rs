//! Charges whose outcome nobody can know. A guess here takes money twice, or never.

use crate::app::ports::ChargeFinding;
use crate::domain::attempt::Outcome;
use crate::domain::time::Span;
use crate::kit::bench::{Bench, found_words, words};
use crate::kit::fault::Fault;
use crate::kit::orders::Order;

use super::{Judged, Promise, broken};

/// More than the host reads.
const HUGE: usize = (4 << 20) + 1;

/// The host hands it over.
const LARGE: usize = 3 << 20;

/// What can happen after the provider was asked, and leaves the outcome open.
#[derive(Clone, Copy)]
pub struct Doubt {
    pub id: &'static str,
    pub says: &'static str,
    /// In a few words, for reports.
    pub what: &'static str,
    /// What arrives is an answer that holds nothing: readers may take it for nothing.
    pub is_empty: bool,
    pub fault: fn() -> Fault,
}

/// Its fault, with its names.
macro_rules! doubt {
    ($id:literal, $says:literal, $what:literal, $is_empty:literal, $fault:expr) => {
        Doubt { id: $id, says: $says, what: $what, is_empty: $is_empty, fault: || $fault }
    };
}

pub const DOUBTS: &[Doubt] = &[
    doubt!(
        "charge.lost-answer",
        "money was taken and the answer never came: unknown, and never looked up as absent",
        "taken, then a time-out",
        false,
        Fault::Lost("the time is up")
    ),
    doubt!(
        "charge.error-500",
        "money was taken and the answer was a 500: unknown, and never looked up as absent",
        "taken, then a 500",
        false,
        Fault::Replaced(500, b"{}".to_vec())
    ),
    doubt!(
        "charge.gateway-502",
        "money was taken and a gateway answered 502 with a page: unknown",
        "taken, then a gateway's 502",
        false,
        Fault::Replaced(502, b"<html>Bad gateway</html>".to_vec())
    ),
    doubt!(
        "charge.cut",
        "money was taken and the connection broke in the middle of the answer: unknown",
        "taken, then a cut connection",
        false,
        Fault::Lost("the answer was cut")
    ),
    doubt!(
        "charge.too-slow",
        "money was taken and the answer took too long: unknown",
        "taken, then too slow",
        false,
        Fault::TooSlow
    ),
    doubt!(
        "charge.half",
        "money was taken and half of the answer arrived as if it were all: unknown",
        "taken, then half an answer",
        false,
        Fault::Halved
    ),
    doubt!(
        "charge.empty",
        "money was taken and the answer is empty: unknown",
        "taken, then an empty 200",
        true,
        Fault::Replaced(200, Vec::new())
    ),
    doubt!(
        "charge.page",
        "money was taken and the answer is a page for people: unknown",
        "taken, then a page",
        true,
        Fault::Replaced(200, b"<html>Welcome</html>".to_vec())
    ),
    doubt!(
        "charge.other-object",
        "money was taken and the answer is an object without meaning: unknown",
        "taken, then `{}`",
        true,
        Fault::Replaced(200, b"{}".to_vec())
    ),
    doubt!(
        "charge.redirect",
        "money was taken and the answer leads elsewhere: unknown",
        "taken, then a redirect",
        false,
        Fault::Replaced(302, Vec::new())
    ),
    doubt!(
        "charge.huge",
        "money was taken and the answer is larger than the host reads: unknown",
        "taken, then a huge answer",
        false,
        Fault::Replaced(200, padded(HUGE))
    ),
    doubt!(
        "charge.large",
        "money was taken and the answer is 3 MiB of nothing: unknown, within all limits",
        "taken, then 3 MiB of nothing",
        true,
        Fault::Replaced(200, padded(LARGE))
    ),
];

/// An object that holds so many bytes and no meaning.
fn padded(bytes: usize) -> Vec<u8> {
    format!("{{\"padding\":\"{}\"}}", "x".repeat(bytes)).into_bytes()
}

pub fn promises() -> Vec<Promise> {
    let promise = |doubt: &'static Doubt| {
        Promise::new(doubt.id, doubt.says, move |bench: &Bench<'_>| stays_open(bench, doubt))
    };
    DOUBTS.iter().map(promise).collect()
}

fn stays_open(bench: &Bench<'_>, doubt: &Doubt) -> Judged {
    let order = Order::good(bench.plan);
    let answer = bench.charge(&order, (doubt.fault)());
    if !matches!(answer.outcome, Outcome::Unknown(_)) {
        return broken(format!("it was {}", words(&answer.outcome)));
    }
    if bench.desk.has_taken(&order.key) == Some(false) {
        return broken("the plan's script took no money for a charge: mark its answer `takes`");
    }
    for after in [Span::ZERO, Span::days(1)] {
        bench.clock.set(bench.now.plus(after));
        match bench.find(&order, Fault::None) {
            ChargeFinding::CannotTell(_) => {}
            ChargeFinding::Found(answer)
                if matches!(answer.outcome, Outcome::Paid | Outcome::Pending) => {}
            finding => {
                return broken(format!(
                    "afterwards the look-up said {}: recoup would charge again",
                    found_words(&finding)
                ));
            }
        }
    }
    Ok(())
}
