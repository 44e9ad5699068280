//! Look-ups and cancellations. A failed look-up is not a decline, and not absence.

use crate::app::ports::{Cancellation, ChargeFinding, Psps};
use crate::domain::attempt::Outcome;
use crate::domain::time::Span;
use crate::kit::bench::{Bench, found_words, words};
use crate::kit::fault::Fault;
use crate::kit::orders::Order;

use super::charging::both_ways;
use super::doubt::DOUBTS;
use super::{Judged, Promise, broken, untried};

pub fn promises() -> Vec<Promise> {
    vec![
        Promise::new("find.made", "a charge that was made is found, or nobody can tell", made),
        Promise::new(
            "find.never-made",
            "a charge that was never made is not found; where absence is a proof, it is told",
            never_made,
        ),
        Promise::new(
            "find.no-answer",
            "a look-up without a good answer proves nothing: cannot-tell",
            no_answer,
        ),
        Promise::new(
            "find.clock-skew",
            "a charge that was made is found with a clock that is a day off",
            clock_skew,
        ),
        Promise::new(
            "cancel.no-answer",
            "a cancellation without a good answer cancelled nothing: cannot-tell",
            cancel_no_answer,
        ),
    ]
}

fn is_there(finding: &ChargeFinding) -> bool {
    match finding {
        ChargeFinding::Found(answer) => {
            matches!(answer.outcome, Outcome::Paid | Outcome::Pending)
        }
        ChargeFinding::Absent | ChargeFinding::CannotTell(_) => false,
    }
}

fn made(bench: &Bench<'_>) -> Judged {
    let order = Order::good(bench.plan);
    bench.charge(&order, Fault::None);
    bench.clock.set(bench.now.plus(Span::days(1)));
    let finding = bench.find(&order, Fault::None);
    let must_be_found = bench.provider.idempotency.finds_by_reference;
    match &finding {
        found if is_there(found) => Ok(()),
        ChargeFinding::CannotTell(_) if !must_be_found => Ok(()),
        other => {
            broken(format!("the charge was paid, and a day later it is {}", found_words(other)))
        }
    }
}

fn never_made(bench: &Bench<'_>) -> Judged {
    let order = Order::good(bench.plan);
    if let ChargeFinding::Found(answer) = bench.find(&order, Fault::None) {
        return broken(format!("it was found, {}: that is another charge", words(&answer.outcome)));
    }
    if !bench.provider.idempotency.finds_by_reference {
        return Ok(());
    }
    bench.clock.set(bench.now.plus(Span::days(1)));
    match bench.find(&order, Fault::None) {
        ChargeFinding::Absent => Ok(()),
        other => broken(format!(
            "the plugin describes `finds-by-reference`, and a day later it is {}",
            found_words(&other)
        )),
    }
}

/// What can go wrong with a question, and with its answer.
fn no_answers() -> Vec<(&'static str, Fault)> {
    let mut faults = vec![
        ("nobody there", Fault::NotReached),
        ("HTTP 401", Fault::Instead(401)),
        ("HTTP 429", Fault::Instead(429)),
        ("HTTP 503", Fault::Instead(503)),
    ];
    faults.extend(DOUBTS.iter().map(|doubt| (doubt.what, (doubt.fault)())));
    faults
}

fn no_answer(bench: &Bench<'_>) -> Judged {
    for (what, fault) in no_answers() {
        let order = Order::good(bench.plan);
        let finding = bench.find(&order, fault);
        if !matches!(finding, ChargeFinding::CannotTell(_)) {
            let what = what.trim_start_matches("taken, then ");
            return broken(format!("{what}: it said {}", found_words(&finding)));
        }
    }
    Ok(())
}

fn clock_skew(bench: &Bench<'_>) -> Judged {
    let order = Order::good(bench.plan);
    bench.charge(&order, Fault::None);
    if !is_there(&bench.find(&order, Fault::None)) {
        return untried("it does not find its charges at once");
    }
    for (now, what) in both_ways(bench.now) {
        bench.clock.set(now);
        let finding = bench.find(&order, Fault::None);
        if !is_there(&finding) {
            let said = found_words(&finding);
            return broken(format!("the clock was a day {what}: it said {said}"));
        }
    }
    Ok(())
}

fn cancel_no_answer(bench: &Bench<'_>) -> Judged {
    for (what, fault) in no_answers() {
        let order = Order::good(bench.plan);
        bench.desk.lay_out(&order, fault, 0);
        let said = bench.host.cancel_charge(&bench.connection, &order.query(bench.now, None));
        let what = what.trim_start_matches("taken, then ");
        match said {
            Cancellation::CannotTell(_) => {}
            Cancellation::Cancelled(_) => return broken(format!("{what}: it said cancelled")),
            Cancellation::Final(answer) => {
                return broken(format!("{what}: it said {}", words(&answer.outcome)));
            }
        }
    }
    Ok(())
}
