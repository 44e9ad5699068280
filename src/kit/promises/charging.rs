//! Charges whose outcome can be known.

use crate::domain::attempt::{ChargeAnswer, Outcome};
use crate::domain::decline::{DeclineClass, RetryClass};
use crate::domain::time::{Span, Timestamp};
use crate::kit::bench::{Bench, words};
use crate::kit::fault::Fault;
use crate::kit::orders::Order;
use crate::kit::plan::Decline;

use super::{Judged, Not, Promise, broken, untried};

/// A code that is in nobody's table.
const UNHEARD_OF: &str = "recoup_kit_unheard_of";

/// A day is longer than any time that a provider's clock is off.
const A_DAY: Span = Span::days(1);

pub fn promises() -> Vec<Promise> {
    vec![
        Promise::new("charge.paid", "a charge that the provider takes is paid", paid),
        Promise::new(
            "charge.reference",
            "recoup's key and reference are left at the provider",
            reference,
        ),
        Promise::new(
            "charge.replayed-key",
            "the same key makes the same request, and money is taken once",
            replayed_key,
        ),
        Promise::new("charge.declined", "a decline has its code and its class", declined),
        Promise::new(
            "charge.unknown-code",
            "a code that is in no table is an unclassified decline, with the code as it is",
            unknown_code,
        ),
        Promise::new("charge.slow", "a slow answer counts like a quick one", slow),
        Promise::new(
            "charge.not-reached",
            "what never left is not-sent: it costs no attempt",
            not_reached,
        ),
        Promise::new(
            "charge.throttled",
            "a provider that wants fewer calls has declined nothing",
            throttled,
        ),
        Promise::new(
            "charge.credentials",
            "wrong credentials are the operator's fault, never the payer's",
            credentials,
        ),
        Promise::new(
            "charge.clock-skew",
            "a clock that is a day off changes nothing about a charge",
            clock_skew,
        ),
    ]
}

fn good(bench: &Bench<'_>, fault: Fault) -> ChargeAnswer {
    bench.charge(&Order::good(bench.plan), fault)
}

fn is_taken(answer: &ChargeAnswer) -> Judged {
    match answer.outcome {
        Outcome::Paid | Outcome::Pending => Ok(()),
        ref other => broken(format!("it was {} instead of paid", words(other))),
    }
}

fn paid(bench: &Bench<'_>) -> Judged {
    let answer = good(bench, Fault::None);
    is_taken(&answer)?;
    if answer.charge_id.is_none() {
        return broken("there is no charge-id: a refund or a dispute could not be told apart");
    }
    Ok(())
}

fn reference(bench: &Bench<'_>) -> Judged {
    let order = Order::good(bench.plan);
    bench.charge(&order, Fault::None);
    let sent = bench.desk.sent_texts();
    let holds = |text: &str| sent.iter().any(|request| request.contains(text));
    if !holds(&order.reference) {
        return broken("the reference is in no request: a look-up or a webhook leads nowhere");
    }
    if bench.provider.idempotency.key_lifetime > Span::ZERO && !holds(&order.key) {
        return broken(
            "the plugin says that the provider knows keys, and recoup's key is in no request",
        );
    }
    Ok(())
}

fn replayed_key(bench: &Bench<'_>) -> Judged {
    let order = Order::good(bench.plan);
    let first = bench.charge(&order, Fault::None);
    let sent = bench.desk.sent_texts();
    let again = bench.charge(&order, Fault::None);
    if bench.desk.sent_texts() != sent {
        return broken("the second request is another one: providers refuse a key that is reused");
    }
    if bench.provider.idempotency.key_lifetime == Span::ZERO {
        return untried("the plugin says that the provider knows no keys: nothing is sent twice");
    }
    is_taken(&again)?;
    if first.charge_id != again.charge_id {
        return broken(format!(
            "the same key made two charges: {:?} and {:?}",
            first.charge_id, again.charge_id
        ));
    }
    Ok(())
}

/// The outcome of a charge that is declined.
fn decline_of<'a>(
    bench: &'a Bench<'_>,
    fault: impl Fn(&Decline) -> Fault,
) -> Result<(&'a Decline, Outcome), Not> {
    let plan = bench.plan.decline.as_ref();
    let (Some(plan), Some(order)) = (plan, Order::declined(bench.plan)) else {
        return Err(Not::Untried("the plan has no [decline]".to_owned()));
    };
    Ok((plan, bench.charge(&order, fault(plan)).outcome))
}

fn declined(bench: &Bench<'_>) -> Judged {
    let (plan, outcome) = decline_of(bench, |_| Fault::None)?;
    let Outcome::Declined(decline) = &outcome else {
        return broken(format!("it was {} instead of declined", words(&outcome)));
    };
    let class = plan.class.as_deref().unwrap_or(decline.class.as_str());
    let retry = plan.retry.as_deref().unwrap_or(decline.retry.as_str());
    let is_right = decline.code == plan.code
        && decline.class.as_str() == class
        && decline.retry.as_str() == retry;
    if !is_right {
        let code = &plan.code;
        return broken(format!(
            "it was {}, and the plan says code `{code}`, class {class}, retry {retry}",
            words(&outcome)
        ));
    }
    Ok(())
}

fn unknown_code(bench: &Bench<'_>) -> Judged {
    let rewritten = |plan: &Decline| Fault::Rewritten(plan.code.clone(), UNHEARD_OF);
    let (_, outcome) = decline_of(bench, rewritten)?;
    let Outcome::Declined(decline) = &outcome else {
        return broken(format!("the provider declined, and it was {}", words(&outcome)));
    };
    if decline.code != UNHEARD_OF {
        return broken(format!("the code is `{}`, and `{UNHEARD_OF}` was told", decline.code));
    }
    if decline.class != DeclineClass::Unclassified {
        return broken(format!("it was {}: a guess", words(&outcome)));
    }
    Ok(())
}

fn slow(bench: &Bench<'_>) -> Judged {
    is_taken(&good(bench, Fault::Slow))
}

fn not_reached(bench: &Bench<'_>) -> Judged {
    match good(bench, Fault::NotReached).outcome {
        Outcome::NotSent(_) => Ok(()),
        other => broken(format!("nothing was sent, and it was {}", words(&other))),
    }
}

fn throttled(bench: &Bench<'_>) -> Judged {
    for status in [429, 503] {
        match good(bench, Fault::Instead(status)).outcome {
            Outcome::NotSent(_) | Outcome::Unknown(_) => {}
            other => return broken(format!("HTTP {status}: it was {}", words(&other))),
        }
    }
    Ok(())
}

fn credentials(bench: &Bench<'_>) -> Judged {
    for status in [401, 403] {
        match good(bench, Fault::Instead(status)).outcome {
            Outcome::NotSent(_) | Outcome::Unknown(_) => {}
            Outcome::Declined(decline)
                if matches!(decline.retry, RetryClass::Merchant | RetryClass::Hold) => {}
            other => return broken(format!("HTTP {status}: it was {}", words(&other))),
        }
    }
    Ok(())
}

fn clock_skew(bench: &Bench<'_>) -> Judged {
    for (now, what) in both_ways(bench.now) {
        bench.clock.set(now);
        let answer = good(bench, Fault::None);
        if let Err(Not::Broken(why)) = is_taken(&answer) {
            return broken(format!("the clock was a day {what}: {why}"));
        }
    }
    Ok(())
}

/// A day earlier and a day later.
pub fn both_ways(now: Timestamp) -> [(Timestamp, &'static str); 2] {
    [(now.minus(A_DAY), "slow"), (now.plus(A_DAY), "fast")]
}
