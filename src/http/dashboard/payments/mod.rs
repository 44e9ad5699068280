//! Pages of payments: all of them, those whose outcome nobody knows, and what came in beyond what
//! was due.

mod list;
mod surplus;
mod unresolved;

use actix_web::web::ServiceConfig;
use askama::Template;

use super::frame::Frame;
use super::page::pages;
use super::parts::{
    ActionForm, Amount, Badge, COUNTED_MAX, Empty, Facts, Html, Pager, Tab, Tabs, count,
};
use super::shut;
use crate::domain::filter::{SurplusFilter, UnresolvedFilter};
use crate::domain::id::OrganizationId;
use crate::domain::surplus::SurplusStateWord;
use crate::domain::view::SliceRequest;
use crate::store::{Reader, StoreError};
pub use list::Line;

const ALL: &str = "/dashboard/payments";
pub const UNRESOLVED: &str = "/dashboard/payments/unresolved";
pub const SURPLUS: &str = "/dashboard/payments/surplus";

/// What waits for a person is counted so far, and no further.
const WAITING_COUNTED_MAX: u32 = 99;

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(shut("/dashboard/payments").get(list::show))
        .service(shut("/dashboard/payments/unresolved").get(unresolved::show))
        .service(shut("/dashboard/payments/unresolved/{id}/ask").post(unresolved::ask))
        .service(shut("/dashboard/payments/unresolved/{id}/checked").post(unresolved::checked))
        .service(shut("/dashboard/payments/surplus").get(surplus::show))
        .service(shut("/dashboard/payments/surplus/{id}/refund").post(surplus::give_back))
        .service(shut("/dashboard/payments/surplus/{id}/keep").post(surplus::keep));
}

/// Money that waits for somebody, with what can be done about it.
struct Case {
    amount: Amount,
    /// A link to them.
    customer: Html,
    badge: Badge,
    /// What it is, and what comes next and why.
    sentence: String,
    facts: Facts,
    /// Where buttons that ask nothing post to, and what stands on them.
    plain: Vec<(String, &'static str)>,
    asks: Vec<ActionForm>,
}

/// A list of such.
#[derive(Template)]
#[template(path = "dashboard/payments/cases.html")]
struct CaseList {
    frame: Frame,
    lead: &'static str,
    tabs: Tabs,
    /// What it can be narrowed by, if anything.
    states: Option<Tabs>,
    cases: Vec<Case>,
    empty: Empty,
    pager: Pager,
}

pages!(CaseList);

/// The three lists, with how much waits in each.
fn tabs(
    read: &Reader<'_>,
    organization: OrganizationId,
    current: &str,
) -> Result<Tabs, StoreError> {
    let request = SliceRequest { after: None, limit: WAITING_COUNTED_MAX };
    let unresolved = read.unresolved(organization, &UnresolvedFilter::default(), request)?;
    let mut surplus = 0;
    for state in [SurplusStateWord::Open, SurplusStateWord::RefundFailed] {
        let filter = SurplusFilter { state: Some(state), ..SurplusFilter::default() };
        surplus += read.surplus_payments(organization, &filter, request)?.items.len();
    }
    let tab = |label, href: &str, waiting: Option<usize>| Tab {
        label,
        href: href.to_owned(),
        count: waiting.map(counted),
        is_current: href == current,
    };
    Ok(Tabs {
        label: "Kinds of payments",
        tabs: vec![
            tab("All", ALL, None),
            tab("Unresolved", UNRESOLVED, Some(unresolved.items.len())),
            tab("Surplus", SURPLUS, Some(surplus)),
        ],
    })
}

fn counted(number: usize) -> String {
    let number = u64::try_from(number).unwrap_or(COUNTED_MAX);
    let is_cut = number >= u64::from(WAITING_COUNTED_MAX);
    if is_cut { format!("{}+", count(number)) } else { count(number) }
}
