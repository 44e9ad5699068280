//! `/dashboard`: what was recovered this month and what is at risk, what needs a person now, and
//! what happens next.

use actix_web::web::Data;
use askama::Template;
use chrono::{Datelike, NaiveTime, TimeZone};
use chrono_tz::Tz;

use super::figures::Figures;
use super::frame::{Frame, Visit};
use super::navigation::Section;
use super::page::{Answer, look, pages};
use super::parts::{Amount, Badge, COUNTED_MAX, Empty, When, count, distance};
use super::words;
use crate::app::App;
use crate::domain::home::{Ahead, MonthFigure, ToDo};
use crate::domain::id::OrganizationId;
use crate::domain::invoice_list::{InvoiceSearch, InvoiceTab};
use crate::domain::payment::{Payable, PayableId};
use crate::domain::recovery::IdleReason;
use crate::domain::time::{Span, Timestamp};
use crate::domain::view::RecoveryView;
use crate::store::{Reader, StoreError};

/// So many debts are shown that changed last, and so many that are tried next.
const CHANGED_MAX: u32 = 8;
const NEXT_MAX: u32 = 8;

const AHEAD: Span = Span::hours(24);

#[derive(Template)]
#[template(path = "dashboard/home.html")]
struct Home {
    frame: Frame,
    month: String,
    figures: Vec<Figure>,
    /// When, where that was earlier.
    counted: Option<When>,
    needs: Vec<Need>,
    ahead: Vec<Ahead24>,
    next: Vec<Debt>,
    changed: Vec<Debt>,
    /// There is nothing at all yet.
    is_new: bool,
    empty: Empty,
}

pages!(Home);

struct Figure {
    recovered: Amount,
    at_risk: Amount,
    /// `66.6 %`
    rate: String,
    recovered_count: u64,
    failed_count: u64,
}

/// Something that a person has to do.
struct Need {
    count: String,
    what: String,
    href: Option<String>,
}

struct Ahead24 {
    attempts: u64,
    amount: Amount,
}

struct Debt {
    title: String,
    href: Option<String>,
    customer: String,
    amount: Amount,
    state: Badge,
    sentence: String,
    next: Option<When>,
    next_in: String,
}

/// `GET /dashboard`
pub async fn show(app: Data<App>, figures: Data<Figures>, visit: Visit) -> Answer {
    let organization = visit.person.organization_id;
    look(app, visit, (Section::Home, "Home"), move |_, read, frame| {
        let (now, zone) = (frame.now, frame.zone);
        let times = (month_begins(now, zone), now, now.plus(AHEAD));
        let counted = figures.count(read, organization, times)?;
        let needs = needs(read, organization)?;
        let changed = read.recovery_views(organization, CHANGED_MAX)?;
        let mut next = Vec::new();
        for id in read.tried_next(organization, NEXT_MAX)? {
            next.extend(read.recovery_view(organization, id)?);
        }
        Ok(Home {
            month: now.utc().with_timezone(&zone).format("%B %Y").to_string(),
            figures: counted.month.iter().map(Figure::of).collect(),
            counted: (counted.at != now).then(|| frame.when(&counted.at)),
            needs,
            ahead: counted.ahead.iter().map(Ahead24::of).collect(),
            next: next.iter().map(|view| Debt::of(view, &frame)).collect(),
            is_new: changed.is_empty(),
            changed: changed.iter().map(|view| Debt::of(view, &frame)).collect(),
            empty: empty(),
            frame,
        })
    })
    .await
}

fn empty() -> Empty {
    Empty {
        heading: "No invoice yet",
        text: "Make one through the API. It is charged at once, and shows here.".to_owned(),
    }
}

/// The first moment of this month where the organization is.
fn month_begins(now: Timestamp, zone: Tz) -> Timestamp {
    let today = now.date_in(zone);
    let first = today.with_day(1).unwrap_or(today).and_time(NaiveTime::MIN);
    let begins = zone.from_local_datetime(&first).earliest();
    begins.map_or(now, |at| Timestamp::from_utc(at.to_utc()))
}

fn needs(read: &Reader<'_>, organization: OrganizationId) -> Result<Vec<Need>, StoreError> {
    let ToDo { idle, unresolved, surplus, paused_connections } =
        read.to_do(organization, COUNTED_MAX)?;
    let overdue = (InvoiceTab::Overdue, &InvoiceSearch::default());
    let overdue = read.invoices_counted(organization, overdue, COUNTED_MAX)?;
    let need = |number: u64, what: String, href: Option<&str>| Need {
        count: count(number),
        what,
        href: href.map(str::to_owned),
    };
    let mut needs = Vec::new();
    for code in paused_connections {
        needs.push(need(1, format!("connection does not work: {code}"), None));
    }
    if unresolved > 0 {
        let what = "payments whose outcome nobody knows".to_owned();
        needs.push(need(unresolved, what, None));
    }
    for (reason, number) in idle {
        needs.push(need(number, waiting_for(reason).to_owned(), None));
    }
    if surplus > 0 {
        needs.push(need(surplus, "surplus payments to refund or keep".to_owned(), None));
    }
    if overdue > 0 {
        let href = Some("/dashboard/invoices?tab=overdue");
        needs.push(need(overdue, "invoices are overdue".to_owned(), href));
    }
    Ok(needs)
}

/// What debts wait for that only a person can do.
const fn waiting_for(reason: IdleReason) -> &'static str {
    match reason {
        IdleReason::NeedsMethod => "wait for another payment method",
        IdleReason::NoProvider => "belong to customers without a payment provider",
        IdleReason::Held => "wait for a person’s decision",
        IdleReason::Exhausted => "have no further attempt planned",
        _ => "wait",
    }
}

impl Figure {
    fn of(figure: &MonthFigure) -> Figure {
        let rate = figure.rate_per_mille().unwrap_or(0);
        Figure {
            recovered: Amount::of(figure.recovered_amount),
            at_risk: Amount::of(figure.at_risk),
            rate: format!("{}.{}\u{a0}%", rate / 10, rate % 10),
            recovered_count: figure.recovered,
            failed_count: figure.failed,
        }
    }
}

impl Ahead24 {
    fn of(ahead: &Ahead) -> Ahead24 {
        Ahead24 { attempts: ahead.attempts, amount: Amount::of(ahead.amount) }
    }
}

impl Debt {
    fn of(view: &RecoveryView, frame: &Frame) -> Debt {
        let explained = view.explain();
        let next_at = explained.next_attempt_at;
        let name = view.customer_name.clone();
        Debt {
            title: match &view.payable {
                Payable::Invoice(invoice) => invoice.number.clone(),
                Payable::Request(_) => view.payable.title(),
            },
            href: match view.payable.id() {
                PayableId::Invoice(id) => Some(format!("/dashboard/invoices/{id}")),
                PayableId::PaymentRequest(_) => None,
            },
            customer: name.unwrap_or_else(|| view.external_customer_id.clone()),
            amount: Amount::of(view.payable.total()),
            state: words::collecting(&view.recovery),
            sentence: explained.sentence,
            next: next_at.map(|at| frame.when(&at)),
            next_in: next_at.map(|at| distance(frame.now, at)).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_where_the_organization_is() {
        let at = |text: &str| {
            let time: chrono::DateTime<chrono::Utc> = text.parse().expect("a time");
            Timestamp::from_utc(time)
        };
        let now = at("2026-11-30T23:30:00Z");
        assert_eq!(month_begins(now, Tz::UTC), at("2026-11-01T00:00:00Z"));
        assert_eq!(month_begins(now, Tz::Europe__Berlin), at("2026-11-30T23:00:00Z"));
    }
}
