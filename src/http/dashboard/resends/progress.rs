//! `/dashboard/resends/{id}`: how far a bulk resend has come, with what became of each invoice.

use std::collections::BTreeMap;

use actix_web::web::{Data, Path};
use askama::Template;

use super::chosen::facts;
use super::{PATH, words};
use crate::app::App;
use crate::app::bulk_retry::CancelBulkRetryError;
use crate::domain::bulk_retry::{BulkResult, BulkRetry, BulkState};
use crate::domain::currency::Currency;
use crate::domain::id::BulkRetryId;
use crate::domain::money::Money;
use crate::domain::view::{BulkCount, BulkInvoiceView};
use crate::http::dashboard::access::Person;
use crate::http::dashboard::deeds::{Refusal, act, internal};
use crate::http::dashboard::frame::{Frame, Visit};
use crate::http::dashboard::navigation::Section;
use crate::http::dashboard::page::{Answer, Trouble, look, pages};
use crate::http::dashboard::parts::{
    ActionForm, Amount, Badge, Empty, Facts, Pager, Tab, Tabs, Tone, When, count,
};
use crate::http::dashboard::words::decline;
use crate::http::lago::Query;

/// On one page.
const SHOWN_MAX: u32 = 50;

#[derive(Template)]
#[template(path = "dashboard/resends/progress.html")]
struct Progress {
    frame: Frame,
    at: When,
    state: Badge,
    /// Something more comes of it.
    is_open: bool,
    /// And soon: the page looks again by itself.
    is_quick: bool,
    /// How many of how many have an end.
    ended: u64,
    invoices: u64,
    sums: Vec<Sum>,
    facts: Facts,
    cancel: Option<ActionForm>,
    tabs: Tabs,
    rows: Vec<Row>,
    empty: Empty,
    pager: Pager,
}

pages!(Progress);

/// What has come to one result.
struct Sum {
    badge: Badge,
    count: u64,
    amounts: Vec<Amount>,
}

struct Row {
    id: String,
    number: String,
    customer: String,
    amount: Amount,
    result: Badge,
    why: String,
    code: Option<String>,
    attempt: Option<String>,
}

/// `GET /dashboard/resends/{id}`
pub async fn show(app: Data<App>, visit: Visit, id: Path<String>, query: Query) -> Answer {
    let organization = visit.person.organization_id;
    let id: BulkRetryId = id.parse().map_err(|_| Trouble::NotFound)?;
    let result = query.text("result").and_then(BulkResult::parse);
    let after = query.text("after").and_then(|text| text.parse().ok());
    look(app, visit, (Section::Resends, "Bulk resend"), move |_, read, frame| {
        let bulk = read.bulk_retry(organization, id)?.ok_or(Trouble::NotFound)?;
        let counts = read.bulk_counts(id)?;
        let mut found = read.bulk_invoices_after(id, result, after.unwrap_or(0), SHOWN_MAX + 1)?;
        let shown = usize::try_from(SHOWN_MAX).unwrap_or(usize::MAX);
        let has_more = found.len() > shown;
        found.truncate(shown);
        let next = if has_more { found.last().map(|it| it.position) } else { None };
        Ok(Progress {
            rows: found.iter().map(Row::of).collect(),
            tabs: tabs(id, &counts, result),
            pager: Pager {
                label: "invoices",
                first: after.map(|_| address(id, result, None)),
                next: next.map(|next| address(id, result, Some(next))),
            },
            ..Progress::of(&bulk, &counts, frame)
        })
    })
    .await
}

fn address(id: BulkRetryId, result: Option<BulkResult>, after: Option<u32>) -> String {
    let result = result.map(|result| format!("result={}", result.as_str()));
    let after = after.map(|after| format!("after={after}"));
    let query = [result, after].into_iter().flatten().collect::<Vec<_>>().join("&");
    if query.is_empty() { format!("{PATH}/{id}") } else { format!("{PATH}/{id}?{query}") }
}

impl Progress {
    fn of(bulk: &BulkRetry, counts: &[BulkCount], frame: Frame) -> Progress {
        let is_worked_through = match bulk.state {
            BulkState::Queued | BulkState::Cancelled => true,
            BulkState::Listing | BulkState::Queueing | BulkState::Cancelling => false,
        };
        let over = counts.iter().filter(|it| it.result.is_over());
        let all: u64 = counts.iter().map(|it| it.count).sum();
        let ended: u64 = over.map(|it| it.count).sum();
        let is_open = !is_worked_through || ended < all;
        let is_quick = !is_worked_through || counts.iter().any(|it| is_quick(it.result));
        Progress {
            at: frame.when(&bulk.created_at),
            state: if is_open || bulk.state == BulkState::Cancelled {
                words::state(bulk.state)
            } else {
                Badge::new(Tone::Good, "Finished")
            },
            is_open,
            is_quick,
            ended,
            invoices: all,
            sums: sums(counts),
            facts: facts(&bulk.filter),
            cancel: (is_quick && frame.may_operate()).then(|| cancelling(bulk, &frame)).flatten(),
            tabs: Tabs { label: "Results", tabs: vec![] },
            rows: vec![],
            empty: Empty {
                heading: "No invoice",
                text: "None of its invoices has come to this result.".to_owned(),
            },
            pager: Pager { label: "invoices", first: None, next: None },
            frame,
        }
    }
}

/// It changes within seconds, as a rule.
const fn is_quick(result: BulkResult) -> bool {
    match result {
        BulkResult::Listed | BulkResult::Queued | BulkResult::Charging => true,
        BulkResult::Refused
        | BulkResult::Withdrawn
        | BulkResult::Pending
        | BulkResult::NeedsPayer
        | BulkResult::Unknown
        | BulkResult::Succeeded
        | BulkResult::Failed
        | BulkResult::NotChargeable
        | BulkResult::Settled => false,
    }
}

fn cancelling(bulk: &BulkRetry, frame: &Frame) -> Option<ActionForm> {
    match bulk.state {
        BulkState::Listing | BulkState::Queueing | BulkState::Queued => Some(ActionForm {
            label: "Cancel".to_owned(),
            action: format!("{PATH}/{}/cancel", bulk.id),
            explanation: "What has not begun is planned again as it was before. What is being \
                          charged goes on: nobody can call it back."
                .to_owned(),
            fields: vec![],
            confirm: "Take it back".to_owned(),
            is_dangerous: true,
            csrf: frame.csrf(),
        }),
        BulkState::Cancelling | BulkState::Cancelled => None,
    }
}

/// By result, whatever the reason.
fn gathered(counts: &[BulkCount]) -> Vec<(BulkResult, u64, BTreeMap<Currency, i64>)> {
    let of = |result: &BulkResult| {
        let mut sums = BTreeMap::new();
        let mut number = 0;
        for it in counts.iter().filter(|it| it.result == *result) {
            number += it.count;
            let sum = sums.entry(it.amount.currency).or_insert(0_i64);
            *sum = sum.saturating_add(it.amount.minor_units);
        }
        (number > 0).then_some((*result, number, sums))
    };
    BulkResult::ALL.iter().filter_map(of).collect()
}

fn sums(counts: &[BulkCount]) -> Vec<Sum> {
    let of = |(result, count, sums): (BulkResult, u64, BTreeMap<Currency, i64>)| Sum {
        badge: words::result(result),
        count,
        amounts: sums.into_iter().map(|(it, sum)| Amount::of(Money::new(sum, it))).collect(),
    };
    gathered(counts).into_iter().map(of).collect()
}

fn tabs(id: BulkRetryId, counts: &[BulkCount], current: Option<BulkResult>) -> Tabs {
    let all: u64 = counts.iter().map(|it| it.count).sum();
    let tab = |label, result: Option<BulkResult>, number| Tab {
        label,
        href: address(id, result, None),
        count: Some(count(number)),
        is_current: result == current,
    };
    let mut tabs = vec![tab("All", None, all)];
    for (result, number, _) in gathered(counts) {
        tabs.push(tab(word(result), Some(result), number));
    }
    Tabs { label: "Results", tabs }
}

const fn word(result: BulkResult) -> &'static str {
    match result {
        BulkResult::Listed => "To come",
        BulkResult::Refused => "Not eligible",
        BulkResult::Withdrawn => "Taken back",
        BulkResult::Queued => "Asked for",
        BulkResult::Charging => "Being charged",
        BulkResult::Pending => "Not settled",
        BulkResult::NeedsPayer => "Payer to confirm",
        BulkResult::Unknown => "Unknown",
        BulkResult::Succeeded => "Paid",
        BulkResult::Failed => "Declined",
        BulkResult::NotChargeable => "Not chargeable",
        BulkResult::Settled => "Settled otherwise",
    }
}

impl Row {
    fn of(view: &BulkInvoiceView) -> Row {
        let why = match (&view.code, view.decline_class) {
            (Some(code), _) => words::refusal(code),
            (None, Some(class)) => decline(class).to_owned(),
            (None, None) => String::new(),
        };
        Row {
            id: view.invoice_id.to_string(),
            number: view.invoice_number.clone(),
            customer: view.external_customer_id.clone(),
            amount: Amount::of(view.amount),
            result: words::result(view.result),
            why,
            code: view.decline_code.clone(),
            attempt: view.payment_id.map(|id| format!("/dashboard/attempts/{id}")),
        }
    }
}

/// `POST /dashboard/resends/{id}/cancel`
pub async fn cancel(app: Data<App>, person: Person, id: Path<String>) -> Answer {
    let id: BulkRetryId = id.parse().map_err(|_| Trouble::NotFound)?;
    act((app, person), &format!("{PATH}/{id}"), move |app, organization| {
        match app.cancel_bulk_retry(organization, id) {
            Ok(_) => {
                Ok("Taken back. What had begun goes on; the rest is planned as before.".to_owned())
            }
            Err(CancelBulkRetryError::NotFound) => Err(Refusal::NotFound),
            Err(CancelBulkRetryError::Collect(error)) => Err(internal(&error)),
        }
    })
    .await
}
