//! What runs by itself: when it last ran, what it did, and when it runs next.

use actix_web::web::Data;
use askama::Template;

use super::super::frame::{Frame, Visit};
use super::super::navigation::Section;
use super::super::page::{Answer, look, pages};
use super::super::parts::{Tabs, When, distance};
use super::super::words::sentence_case;
use super::{JOBS, places};
use crate::app::App;
use crate::domain::time::Timestamp;

/// When each job runs next, asked with the time that it is.
pub struct Timetable(Box<dyn Fn(i64) -> Vec<Planned> + Send + Sync>);

impl Timetable {
    pub fn new(planned: impl Fn(i64) -> Vec<Planned> + Send + Sync + 'static) -> Timetable {
        Timetable(Box::new(planned))
    }
}

/// A job, and when it runs. Times are milliseconds since 1970.
pub struct Planned {
    pub name: &'static str,
    pub cron: String,
    pub next_ms: Option<i64>,
}

#[derive(Template)]
#[template(path = "dashboard/system/jobs.html")]
struct Jobs {
    frame: Frame,
    tabs: Tabs,
    rows: Vec<Row>,
}

pages!(Jobs);

struct Row {
    name: &'static str,
    does: String,
    cron: String,
    last: Option<(When, String)>,
    outcome: Option<String>,
    failed: bool,
    next: Option<(When, String)>,
}

/// `GET /dashboard/system/jobs`
pub async fn show(app: Data<App>, timetable: Option<Data<Timetable>>, visit: Visit) -> Answer {
    look(app, visit, (Section::System, "Jobs"), move |_, read, frame| {
        let records = read.job_records()?;
        let now_ms = frame.now.unix_ms();
        let planned = timetable.map(|it| (it.0)(now_ms)).unwrap_or_default();
        let row = |it: Planned| {
            let record = records.iter().find(|record| record.name == it.name);
            let outcome = record.and_then(|record| record.last_outcome.clone());
            let told = |at: Timestamp| (frame.when(&at), distance(frame.now, at));
            Row {
                name: it.name,
                does: sentence_case(it.name),
                last: record.and_then(|record| record.last_ended_at).map(told),
                failed: outcome.as_ref().is_some_and(|it| it.starts_with("failed")),
                outcome,
                next: it.next_ms.map(Timestamp::from_unix_ms).map(told),
                cron: it.cron,
            }
        };
        Ok(Jobs { tabs: places(JOBS), rows: planned.into_iter().map(row).collect(), frame })
    })
    .await
}
