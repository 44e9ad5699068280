//! `/dashboard/calendar`: when attempts are made. A month at a time, or a week one by one.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use actix_web::web::{Data, ServiceConfig};
use askama::Template;
use chrono::{Datelike, Days, Months, NaiveDate};
use chrono_tz::Tz;

use super::frame::{Frame, Visit};
use super::kept::{Counted, Kept};
use super::navigation::Section;
use super::page::{Answer, look, pages};
use super::parts::{Amount, Day, Tab, Tabs, When};
use super::shut;
use crate::app::App;
use crate::domain::billing_period::start_of;
use crate::domain::currency::Currency;
use crate::domain::id::OrganizationId;
use crate::domain::money::Money;
use crate::domain::recovery::WaitReason;
use crate::domain::schedule::{Calendar, CalendarDay, PlannedAttempt};
use crate::domain::time::{Span, Timestamp};
use crate::http::lago::Query;
use crate::store::{Reader, StoreError};

const PATH: &str = "/dashboard/calendar";

/// Of each day of a week, so many are named.
const NAMED_MAX: u32 = 25;

pub fn routes(config: &mut ServiceConfig) {
    config.service(shut("/dashboard/calendar").get(show));
}

#[derive(Template)]
#[template(path = "dashboard/calendar.html")]
struct Show {
    frame: Frame,
    kinds: Tabs,
    /// What is shown, such as `November 2026`.
    shown: String,
    before: String,
    after: String,
    today: String,
    is_cut: bool,
    /// When, where that was earlier.
    counted: Option<When>,
    /// Of a month; empty where a week is shown.
    weeks: Vec<Vec<Cell>>,
    /// Of a week; empty where a month is shown.
    days: Vec<OneDay>,
}

pages!(Show);

/// One day of a month.
struct Cell {
    number: u32,
    name: String,
    href: String,
    is_today: bool,
    /// Of the month before or after.
    is_other: bool,
    figures: Figures,
}

/// One day of a week, with what is planned.
struct OneDay {
    id: String,
    name: String,
    is_today: bool,
    figures: Figures,
    planned: Vec<Planned>,
    unnamed: u64,
}

struct Figures {
    planned: u64,
    planned_money: Vec<Amount>,
    made: u64,
    paid: u64,
    paid_money: Vec<Amount>,
}

struct Planned {
    at: String,
    customer_id: String,
    customer: String,
    invoice: Option<(String, String)>,
    amount: Amount,
    why: &'static str,
}

/// `GET /dashboard/calendar`
pub async fn show(app: Data<App>, visit: Visit, query: Query) -> Answer {
    let organization = visit.person.organization_id;
    let month = query.text("month").and_then(|text| format!("{}-01", text.trim()).parse().ok());
    let week: Option<NaiveDate> = query.text("week").and_then(|text| text.trim().parse().ok());
    look(app, visit, (Section::Calendar, "Retry calendar"), move |app, read, frame| {
        Ok(match week {
            Some(day) => Show::week((app, read), organization, monday(day), frame)?,
            None => {
                let today = frame.now.date_in(frame.zone);
                Show::month((app, read), organization, first(month.unwrap_or(today)), frame)?
            }
        })
    })
    .await
}

type Bounds = (Timestamp, Timestamp);

static KEPT: LazyLock<Kept<(OrganizationId, Bounds, Tz), Calendar>> =
    LazyLock::new(|| Kept::fresh_for(Span::minutes(1)));

fn counted(
    (app, read): (&App, &Reader<'_>),
    organization: OrganizationId,
    time: Bounds,
    zone: Tz,
) -> Result<Counted<Calendar>, StoreError> {
    KEPT.get((app, read), &(organization, time, zone), move |read| {
        read.calendar(organization, time, zone)
    })
}

/// A calendar has no end, but dates have.
fn plus(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap_or(day)
}

fn minus(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days)).unwrap_or(day)
}

fn monday(day: NaiveDate) -> NaiveDate {
    minus(day, u64::from(day.weekday().num_days_from_monday()))
}

fn first(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

fn of_month(day: NaiveDate) -> String {
    format!("{PATH}?month={}", day.format("%Y-%m"))
}

fn of_week(day: NaiveDate) -> String {
    format!("{PATH}?week={}", monday(day))
}

/// The same time, as a month or as weeks.
fn kinds(day: NaiveDate, is_week: bool) -> Tabs {
    let tab = |label, href, is_current| Tab { label, href, count: None, is_current };
    let month = tab("Month", of_month(day), !is_week);
    Tabs { label: "Kinds of calendars", tabs: vec![month, tab("Week", of_week(day), is_week)] }
}

impl Show {
    fn month(
        (app, read): (&App, &Reader<'_>),
        organization: OrganizationId,
        month: NaiveDate,
        frame: Frame,
    ) -> Result<Show, StoreError> {
        let today = frame.now.date_in(frame.zone);
        let next = month.checked_add_months(Months::new(1)).unwrap_or(month);
        let last = month.checked_sub_months(Months::new(1)).unwrap_or(month);
        let begin = monday(month);
        let weeks = if next > begin { ((next - begin).num_days() + 6) / 7 } else { 0 };
        let weeks = u64::try_from(weeks).unwrap_or(0);
        let time = (start_of(begin, frame.zone), start_of(plus(begin, weeks * 7), frame.zone));
        let counted = counted((app, read), organization, time, frame.zone)?;
        let calendar = &counted.figures;
        let cell = |day: NaiveDate| Cell {
            number: day.day(),
            name: day.format("%A, %-d %B").to_string(),
            href: format!("{}#d{day}", of_week(day)),
            is_today: day == today,
            is_other: first(day) != month,
            figures: Figures::of(calendar, day),
        };
        let week = |number: u64| (0..7).map(|day| cell(plus(begin, number * 7 + day))).collect();
        let shown = if first(today) == month { today } else { month };
        Ok(Show {
            kinds: kinds(shown, false),
            shown: month.format("%B %Y").to_string(),
            before: of_month(last),
            after: of_month(next),
            today: PATH.to_owned(),
            is_cut: calendar.is_cut,
            counted: (counted.at != frame.now).then(|| frame.when(&counted.at)),
            weeks: (0..weeks).map(week).collect(),
            days: vec![],
            frame,
        })
    }

    fn week(
        (app, read): (&App, &Reader<'_>),
        organization: OrganizationId,
        monday: NaiveDate,
        frame: Frame,
    ) -> Result<Show, StoreError> {
        let today = frame.now.date_in(frame.zone);
        let bounds = |day: NaiveDate, days| {
            (start_of(day, frame.zone), start_of(plus(day, days), frame.zone))
        };
        let counted = counted((app, read), organization, bounds(monday, 7), frame.zone)?;
        let calendar = &counted.figures;
        let mut days = vec![];
        for number in 0..7 {
            let day = plus(monday, number);
            let figures = Figures::of(calendar, day);
            let found = match figures.planned {
                0 => vec![],
                _ => read.planned_attempts(organization, bounds(day, 1), NAMED_MAX)?,
            };
            let named = u64::try_from(found.len()).unwrap_or(0);
            days.push(OneDay {
                id: format!("d{day}"),
                name: day.format("%A, %-d %B").to_string(),
                is_today: day == today,
                unnamed: figures.planned.saturating_sub(named),
                figures,
                planned: found.iter().map(|it| Planned::of(it, &frame)).collect(),
            });
        }
        let (begin, end) = (Day { day: monday }, Day { day: plus(monday, 6) });
        Ok(Show {
            kinds: kinds(monday, true),
            shown: format!("{} to {}", begin.person(), end.person()),
            before: of_week(minus(monday, 7)),
            after: of_week(plus(monday, 7)),
            today: of_week(today),
            is_cut: calendar.is_cut,
            counted: (counted.at != frame.now).then(|| frame.when(&counted.at)),
            weeks: vec![],
            days,
            frame,
        })
    }
}

impl Figures {
    fn of(calendar: &Calendar, day: NaiveDate) -> Figures {
        let nothing = CalendarDay::default();
        let found = calendar.days.get(&day).unwrap_or(&nothing);
        Figures {
            planned: found.planned,
            planned_money: amounts(&found.planned_money),
            made: found.made,
            paid: found.paid,
            paid_money: amounts(&found.paid_money),
        }
    }
}

fn amounts(money: &BTreeMap<Currency, i64>) -> Vec<Amount> {
    let told = money.iter().filter(|(_, units)| **units > 0);
    told.map(|(currency, units)| Amount::of(Money::new(*units, *currency))).collect()
}

impl Planned {
    fn of(one: &PlannedAttempt, frame: &Frame) -> Planned {
        let at = one.at.utc().with_timezone(&frame.zone).format("%H:%M").to_string();
        let name = one.customer_name.clone();
        let invoice = one.invoice.as_ref();
        Planned {
            at,
            customer_id: one.customer_id.to_string(),
            customer: name.unwrap_or_else(|| one.external_customer_id.clone()),
            invoice: invoice.map(|(id, number)| (id.to_string(), number.clone())),
            amount: Amount::of(one.amount),
            why: why(one.reason),
        }
    }
}

const fn why(reason: WaitReason) -> &'static str {
    match reason {
        WaitReason::FirstCharge => "First charge",
        WaitReason::Retry => "Retry by the policy",
        WaitReason::Requested => "Asked for",
        WaitReason::NotSent => "Sent again: it never arrived",
        WaitReason::LinkOpen => "After a link that is open",
        WaitReason::ConnectionPaused => "When the provider works again",
        WaitReason::RequestOpen => "After a payment request",
        WaitReason::NetworkBudget => "When the card may be tried again",
        WaitReason::Outage => "After an outage of the provider",
        WaitReason::Moved => "Moved there by a person",
    }
}
