//! Pages of what invoices come from, and what asks for overdue ones: subscriptions, plans, wallets
//! and dunning campaigns. They are made and changed through the API.

mod dunning;
mod plans;
mod subscriptions;
mod wallets;

use actix_web::web::ServiceConfig;
use uuid::Uuid;

use super::parts::{Pager, Tab, Tabs};
use super::shut;
use crate::http::lago::Query;

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(shut("/dashboard/subscriptions").get(subscriptions::list))
        .service(shut("/dashboard/subscriptions/{id}").get(subscriptions::show))
        .service(shut("/dashboard/plans").get(plans::list))
        .service(shut("/dashboard/plans/{id}").get(plans::show))
        .service(shut("/dashboard/wallets").get(wallets::list))
        .service(shut("/dashboard/wallets/{id}").get(wallets::show))
        .service(shut("/dashboard/dunning").get(dunning::list));
}

/// The last of the page before, as the query has it.
fn after(query: &Query) -> Option<Uuid> {
    query.text("after").and_then(|text| Uuid::try_parse(text).ok())
}

/// A tab for each state; `states` are words of the query and what people call them.
fn states(
    (label, place): (&'static str, &str),
    states: &[(&'static str, &'static str)],
    current: &str,
) -> Tabs {
    let tab = |(word, name): &(&'static str, &'static str)| Tab {
        label: name,
        href: address(place, word, None),
        count: None,
        is_current: *word == current,
    };
    Tabs { label, tabs: states.iter().map(tab).collect() }
}

fn address(place: &str, state: &str, after: Option<Uuid>) -> String {
    let state = (!state.is_empty()).then(|| format!("state={state}"));
    let after = after.map(|id| format!("after={id}"));
    let query: Vec<String> = state.into_iter().chain(after).collect();
    if query.is_empty() { place.to_owned() } else { format!("{place}?{}", query.join("&")) }
}

fn pager(
    (label, place): (&'static str, &str),
    state: &str,
    (after, next): (Option<Uuid>, Option<Uuid>),
) -> Pager {
    Pager {
        label,
        first: after.map(|_| address(place, state, None)),
        next: next.map(|id| address(place, state, Some(id))),
    }
}
