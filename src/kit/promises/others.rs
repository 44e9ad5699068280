//! The other abilities: what may have been made there is unknown, what never left is not-sent.

use crate::app::ports::{PspError, Psps};
use crate::domain::connection::Abilities;
use crate::domain::refund::RefundOutcome;
use crate::kit::bench::Bench;
use crate::kit::fault::Fault;
use crate::kit::orders::{Order, customer};

use super::doubt::DOUBTS;
use super::{Judged, Promise, broken};

pub fn promises(abilities: Abilities) -> Vec<Promise> {
    let mut promises = Vec::new();
    if abilities.customers || abilities.methods || abilities.checkout {
        promises.push(Promise::new(
            "others.not-reached",
            "customers, methods and pages: what never left is not-sent",
            not_reached,
        ));
        promises.push(Promise::new(
            "others.no-answer",
            "customers, methods and pages: what may have been made is unknown",
            no_answer,
        ));
    }
    if abilities.refunds {
        promises.push(Promise::new(
            "refund.not-reached",
            "a refund that never left is not-sent",
            refund_not_reached,
        ));
        promises.push(Promise::new(
            "refund.no-answer",
            "a refund without a good answer is unknown: nobody gives back twice",
            refund_no_answer,
        ));
    }
    promises
}

/// One function of the plugin, and what came of it.
struct Said {
    function: &'static str,
    /// Nothing is made by it.
    is_read: bool,
    error: Option<PspError>,
}

impl Said {
    fn words(&self) -> String {
        self.error.as_ref().map_or("a success".to_owned(), ToString::to_string)
    }
}

/// Calls every function that makes or reads something other than a charge, each under the fault.
fn call_all(bench: &Bench<'_>, fault: impl Fn() -> Fault) -> Vec<Said> {
    let (host, connection) = (&bench.host, &bench.connection);
    let (abilities, now) = (bench.provider.abilities, bench.now);
    let order = Order::good(bench.plan);
    let under = || bench.desk.lay_out(&order, fault(), 0);
    let mut said = Vec::new();
    let mut note = |function, is_read, call: &dyn Fn() -> Option<PspError>| {
        under();
        let error = call();
        // What is refused without asking anybody is not offered: nothing was made.
        let is_offered = !matches!(error, Some(PspError::Refused { .. }));
        if is_offered || !bench.desk.sent().is_empty() {
            said.push(Said { function, is_read, error });
        }
    };
    let (of, method) = (order.customer.as_str(), order.method.as_str());
    if abilities.customers {
        let made = || host.create_customer(connection, &order.key, &customer()).err();
        note("create-customer", false, &made);
        note("update-customer", true, &|| host.update_customer(connection, of, &customer()).err());
    }
    if abilities.methods {
        note("list-methods", true, &|| host.list_methods(connection, of).err());
        note("default-method", true, &|| host.default_method(connection, of).err());
        let set = || host.set_default_method(connection, of, method).err();
        note("set-default-method", false, &set);
    }
    if abilities.checkout {
        note("start-setup", false, &|| host.start_setup(connection, &order.setup(now)).err());
        note("start-payment", false, &|| host.start_payment(connection, &order.link(now)).err());
        note("find-session", false, &|| host.find_session(connection, "kit_session").err());
        note("expire-session", false, &|| host.expire_session(connection, "kit_session").err());
    }
    said
}

fn not_reached(bench: &Bench<'_>) -> Judged {
    for said in call_all(bench, || Fault::NotReached) {
        if !matches!(said.error, Some(PspError::NotSent(_))) {
            return broken(format!(
                "{}: nothing was sent, and it was {}",
                said.function,
                said.words()
            ));
        }
    }
    Ok(())
}

fn no_answer(bench: &Bench<'_>) -> Judged {
    for doubt in DOUBTS {
        for said in call_all(bench, doubt.fault) {
            // A list without anything in it is an answer of a kind.
            if said.is_read && doubt.is_empty {
                continue;
            }
            if !matches!(said.error, Some(PspError::Unknown(_))) {
                let what = doubt.what.trim_start_matches("taken, then ");
                return broken(format!("{}, {what}: it was {}", said.function, said.words()));
            }
        }
    }
    Ok(())
}

fn refund(bench: &Bench<'_>, fault: Fault) -> RefundOutcome {
    let order = Order::good(bench.plan);
    bench.desk.lay_out(&order, fault, 0);
    bench.host.refund(&bench.connection, &order.refund()).outcome
}

fn refund_not_reached(bench: &Bench<'_>) -> Judged {
    match refund(bench, Fault::NotReached) {
        RefundOutcome::NotSent(_) => Ok(()),
        other => broken(format!("it was {other:?}")),
    }
}

fn refund_no_answer(bench: &Bench<'_>) -> Judged {
    for doubt in DOUBTS {
        let outcome = refund(bench, (doubt.fault)());
        if !matches!(outcome, RefundOutcome::Unknown(_)) {
            let what = doubt.what.trim_start_matches("taken, then ");
            return broken(format!("{what}: it was {outcome:?}"));
        }
    }
    Ok(())
}
