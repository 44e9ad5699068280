//! `/dashboard/analytics`: how collecting has gone, in charts. Each is drawn here, and has the same
//! data as a table and as a file.

mod chart;
mod curves;
mod drawing;
mod fields;

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::web::{Data, Path, ServiceConfig};
use askama::Template;

use super::access::Person;
use super::frame::{Frame, Visit};
use super::kept::{Counted, Kept};
use super::navigation::Section;
use super::page::{Answer, Trouble, look, pages};
use super::parts::{Tab, Tabs, When};
use super::shut;
use crate::app::App;
use crate::app::analytics::Analytics;
use crate::app::policies::FAILURES_MAX;
use crate::domain::connection::Connection;
use crate::domain::id::OrganizationId;
use crate::domain::time::Span;
use crate::http::blocking;
use crate::http::lago::Query;
use crate::store::{Reader, StoreError};
use chart::Chart;

const PATH: &str = "/dashboard/analytics";

/// The times that can be looked at, and the one that is unless another is asked for.
const DAYS: [(u32, &str); 3] = [(30, "30 days"), (90, "90 days"), (365, "A year")];
const DAYS_DEFAULT: u32 = 90;

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(shut("/dashboard/analytics").get(show))
        .service(shut("/dashboard/analytics/{chart}.csv").get(file));
}

#[derive(Template)]
#[template(path = "dashboard/analytics/show.html")]
struct Show {
    frame: Frame,
    times: Tabs,
    days: u32,
    made_at: When,
    /// Told where not all was counted.
    cut: Option<u32>,
    charts: Vec<Chart>,
}

pages!(Show);

fn days_of(query: &Query) -> u32 {
    let asked = query.number("days").and_then(|days| u32::try_from(days).ok());
    asked.filter(|days| DAYS.iter().any(|(known, _)| known == days)).unwrap_or(DAYS_DEFAULT)
}

/// `GET /dashboard/analytics`
pub async fn show(app: Data<App>, visit: Visit, query: Query) -> Answer {
    let organization = visit.person.organization_id;
    let days = days_of(&query);
    look(app, visit, (Section::Analytics, "Analytics"), move |app, read, frame| {
        let counted = counted((app, read), organization, days)?;
        let analytics = &counted.figures;
        let tab = |(number, label): &(u32, &'static str)| Tab {
            label,
            href: format!("{PATH}?days={number}"),
            count: None,
            is_current: *number == days,
        };
        Ok(Show {
            times: Tabs { label: "Time", tabs: DAYS.iter().map(tab).collect() },
            days,
            made_at: frame.when(&analytics.made_at),
            cut: analytics.is_cut.then_some(FAILURES_MAX),
            charts: charts(analytics, &connections(read, organization)?),
            frame,
        })
    })
    .await
}

static KEPT: LazyLock<Kept<(OrganizationId, u32), Analytics>> =
    LazyLock::new(|| Kept::fresh_for(Span::minutes(5)));

fn counted(
    (app, read): (&App, &Reader<'_>),
    organization: OrganizationId,
    days: u32,
) -> Result<Counted<Analytics>, StoreError> {
    let now = app.now();
    KEPT.get((app, read), &(organization, days), move |read| {
        Analytics::read(read, organization, days, now)
    })
}

fn connections(
    read: &Reader<'_>,
    organization: OrganizationId,
) -> Result<Vec<Connection>, StoreError> {
    read.connections(organization)
}

fn charts(analytics: &Analytics, connections: &[Connection]) -> Vec<Chart> {
    vec![
        chart::funnel(analytics),
        curves::by_day(analytics),
        curves::by_attempt(analytics),
        chart::reasons(analytics),
        fields::ageing(analytics),
        fields::health(analytics, connections),
        Chart { is_wide: true, ..fields::week(analytics) },
    ]
}

/// `GET /dashboard/analytics/{chart}.csv`
pub async fn file(app: Data<App>, person: Person, id: Path<String>, query: Query) -> Answer {
    let (id, days) = (id.into_inner(), days_of(&query));
    let organization = person.organization_id;
    let written = blocking(move || -> Result<_, Trouble> {
        let charts = app.store().read(|read| -> Result<_, StoreError> {
            let counted = counted((&app, read), organization, days)?;
            Ok(charts(&counted.figures, &connections(read, organization)?))
        })?;
        let found = charts.into_iter().find(|chart| chart.id == id);
        let chart = found.ok_or(Trouble::NotFound)?;
        Ok((chart.id, chart.table.csv()))
    });
    let (id, text) = written.await??;
    let named = format!("attachment; filename=\"{id}.csv\"");
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((CONTENT_DISPOSITION, named))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(text))
}
