//! Backups: which there are, and one more.

use actix_web::web::Data;
use askama::Template;

use super::super::access::Person;
use super::super::frame::{Flash, Frame, Visit};
use super::super::navigation::Section;
use super::super::page::{Answer, Trouble, done, look, pages};
use super::super::parts::{Empty, Tabs, When};
use super::{BACKUPS, places, size};
use crate::app::App;
use crate::app::back_up::KeptBackup;
use crate::domain::time::Span;
use crate::http::blocking;

#[derive(Template)]
#[template(path = "dashboard/system/backups.html")]
struct Backups {
    frame: Frame,
    tabs: Tabs,
    folder: String,
    /// How often one is made by itself.
    every: String,
    /// Why they cannot be listed.
    trouble: Option<String>,
    rows: Vec<Row>,
    empty: Empty,
}

pages!(Backups);

struct Row {
    file: String,
    made: Option<When>,
    size: String,
    version: String,
}

/// `GET /dashboard/system/backups`
pub async fn show(app: Data<App>, visit: Visit) -> Answer {
    look(app, visit, (Section::System, "Backups"), |app, _, frame| {
        let (kept, trouble) = match app.backups() {
            Ok(kept) => (kept, None),
            Err(error) => (vec![], Some(super::super::words::sentence(&error.to_string()))),
        };
        let rules = &app.rules().backup;
        let hours = rules.every.as_ms() / 3_600_000;
        Ok(Backups {
            tabs: places(BACKUPS),
            folder: rules.folder.display().to_string(),
            every: if rules.every == Span::ZERO {
                "None is made by itself: backup.every_hours in the settings says how often one is."
                    .to_owned()
            } else {
                format!("One is made by itself every {hours} hours.")
            },
            trouble,
            rows: kept.iter().map(|it| Row::of(it, &frame)).collect(),
            empty: Empty {
                heading: "No backup yet",
                text: "Make one now, and keep the master key apart from it: without the key the \
                       secrets of connections cannot be opened."
                    .to_owned(),
            },
            frame,
        })
    })
    .await
}

impl Row {
    fn of(kept: &KeptBackup, frame: &Frame) -> Row {
        let name = kept.file.file_name().unwrap_or_default();
        Row {
            file: name.to_string_lossy().into_owned(),
            made: kept.made_at.map(|at| frame.when(&at)),
            size: size(kept.bytes),
            version: kept.version.clone(),
        }
    }
}

/// `POST /dashboard/system/backups`
pub async fn make(app: Data<App>, person: Person) -> Answer {
    let worker = app.on_behalf_of(person.actor());
    let made = blocking(move || {
        let made = worker.back_up_now(person.organization_id);
        Ok::<_, Trouble>(made.map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "no backup was made");
            error.to_string()
        }))
    });
    let said = match made.await?? {
        Ok((path, 0)) => {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            Flash::good(format!("{name} is made and checked."))
        }
        Ok((path, violations)) => Flash::bad(format!(
            "{} is made, and {violations} rules of the books do not hold in it. Ask “recoup \
             audit”.",
            path.display()
        )),
        Err(error) => Flash::bad(format!("No backup was made: {error}.")),
    };
    done(&app, BACKUPS, &said)
}
