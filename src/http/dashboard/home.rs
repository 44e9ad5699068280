//! `/dashboard`: what was recovered this month and what is at risk, what needs a person now, and
//! what happens next.

use std::sync::LazyLock;

use actix_web::web::Data;
use askama::Template;
use chrono::{Datelike, NaiveTime, TimeZone};
use chrono_tz::Tz;

use super::connections;
use super::debts::{Debt, Debts};
use super::frame::{Frame, Visit};
use super::kept::Kept;
use super::navigation::Section;
use super::page::{Answer, look, pages};
use super::parts::{Amount, COUNTED_MAX, Empty, When, count};
use super::payments::{SURPLUS, UNRESOLVED};
use super::waiting;
use crate::app::App;
use crate::domain::home::{Ahead, MonthFigure, ToDo};
use crate::domain::id::OrganizationId;
use crate::domain::invoice_list::{InvoiceSearch, InvoiceTab};
use crate::domain::recovery::IdleReason;
use crate::domain::time::{Span, Timestamp};
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
    changed: Debts,
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

/// What takes long to count where there is much.
struct Figures {
    month: Vec<MonthFigure>,
    ahead: Vec<Ahead>,
}

static KEPT: LazyLock<Kept<(OrganizationId, Timestamp), Figures>> =
    LazyLock::new(|| Kept::fresh_for(Span::minutes(1)));

/// Something that a person has to do.
struct Need {
    count: String,
    what: String,
    href: String,
}

struct Ahead24 {
    attempts: u64,
    amount: Amount,
}

/// `GET /dashboard`
pub async fn show(app: Data<App>, visit: Visit) -> Answer {
    let organization = visit.person.organization_id;
    look(app, visit, (Section::Home, "Home"), move |app, read, frame| {
        let (now, zone) = (frame.now, frame.zone);
        let since = month_begins(now, zone);
        let counted = KEPT.get((app, read), &(organization, since), move |read| {
            Ok(Figures {
                month: read.month_figures(organization, since)?,
                ahead: read.ahead(organization, now.plus(AHEAD))?,
            })
        })?;
        let figures = &counted.figures;
        let needs = needs(read, organization)?;
        let changed = read.recovery_views(organization, CHANGED_MAX)?;
        let mut next = Vec::new();
        for id in read.tried_next(organization, NEXT_MAX)? {
            next.extend(read.recovery_view(organization, id)?);
        }
        Ok(Home {
            month: now.utc().with_timezone(&zone).format("%B %Y").to_string(),
            figures: figures.month.iter().map(Figure::of).collect(),
            counted: (counted.at != now).then(|| frame.when(&counted.at)),
            needs,
            ahead: figures.ahead.iter().map(Ahead24::of).collect(),
            next: next.iter().map(|view| Debt::of(view, &frame)).collect(),
            is_new: changed.is_empty(),
            changed: Debts::of("Changed last", &changed, &frame),
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
    let need = |number: u64, what: String, href: &str| Need {
        count: count(number),
        what,
        href: href.to_owned(),
    };
    let mut needs = Vec::new();
    for code in paused_connections {
        let href = connections::address(&code);
        needs.push(need(1, format!("connection does not work: {code}"), &href));
    }
    if unresolved > 0 {
        let noun = plural(unresolved, "payment");
        let what = format!("{noun} whose outcome nobody knows");
        needs.push(need(unresolved, what, UNRESOLVED));
    }
    for (reason, number) in idle {
        let noun = plural(number, "debt");
        let what = format!("{noun} {}", waiting_for(reason));
        needs.push(need(number, what, &waiting::address(reason, None)));
    }
    if surplus > 0 {
        let noun = plural(surplus, "payment");
        let what = format!("surplus {noun} to refund or keep");
        needs.push(need(surplus, what, SURPLUS));
    }
    if overdue > 0 {
        let href = "/dashboard/invoices?tab=overdue";
        let noun = plural(overdue, "invoice");
        needs.push(need(overdue, format!("overdue {noun}"), href));
    }
    Ok(needs)
}

fn plural(number: u64, noun: &str) -> String {
    if number == 1 { noun.to_owned() } else { format!("{noun}s") }
}

/// What debts wait for that only a person can do.
pub const fn waiting_for(reason: IdleReason) -> &'static str {
    match reason {
        IdleReason::NeedsMethod => "waiting for another payment method",
        IdleReason::NoProvider => "of customers without a payment provider",
        IdleReason::Held => "waiting for a person’s decision",
        IdleReason::Exhausted => "with no further attempt planned",
        _ => "waiting",
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
