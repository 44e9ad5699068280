//! A policy as a text that somebody writes: checked line by line, tried on what was recorded, and
//! kept as the next version.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use super::super::access::Sent;
use super::super::frame::{Flash, Frame, Visit};
use super::super::navigation::Section;
use super::super::page::{Answer, Trouble, done, html, look, pages};
use super::super::parts::{Choice, SelectField};
use super::trial::Trial;
use super::{EDITOR, address};
use crate::app::App;
use crate::app::policies::{OnWhat, PolicyError, RATES_DAYS, Tried};
use crate::domain::policy::Policy;
use crate::http::blocking;
use crate::http::lago::Query;
use crate::wire::recoup::policy::presets::preset;
use crate::wire::recoup::policy::{Finding, HolidayFiles, Severity, check};

/// What somebody begins with.
const BLANK: &str = "# What is left out is as in “standard”.\nname = \"my_policy\"\n\
    window_days = 28\n\n[ladders]\nsoft = [\"1d\", \"3d\", \"7d\", \"14d\"]\n";

/// The texts of holiday files have fields of this name, with the name of the file behind it.
const FILE_FIELD: &str = "file:";
const DAYS: &[u32] = &[30, 90, RATES_DAYS];

#[derive(Template)]
#[template(path = "dashboard/policies/editor.html")]
struct Editor {
    frame: Frame,
    action: &'static str,
    back: (String, String),
    text: String,
    rows: usize,
    /// Files of holidays that the text names: the name of the field, of the file, and its text.
    files: Vec<(String, String, String)>,
    /// None: it was not checked yet.
    findings: Option<Vec<Finding>>,
    errors: usize,
    days: SelectField,
    trial: Option<Trial>,
}

pages!(Editor);

impl Editor {
    fn of(frame: Frame, text: String, files: &HolidayFiles) -> Editor {
        let named = named_files(&text).into_iter().map(|name| {
            let text = files.get(&name).cloned().unwrap_or_default();
            (format!("{FILE_FIELD}{name}"), name, text)
        });
        let code = code_of(&text);
        Editor {
            action: EDITOR,
            back: match code {
                Some(code) => (address(&code), code),
                None => (super::POLICIES.to_owned(), "Policies".to_owned()),
            },
            rows: text.lines().count().clamp(12, 40) + 2,
            files: named.collect(),
            text,
            findings: None,
            errors: 0,
            days: days(RATES_DAYS),
            trial: None,
            frame,
        }
    }
}

fn days(chosen: u32) -> SelectField {
    let option = |days: &u32| Choice::new(days.to_string(), format!("the last {days} days"));
    SelectField {
        name: "days",
        label: "On what failed in",
        options: DAYS.iter().map(option).collect(),
        chosen: chosen.to_string(),
    }
}

/// The name that a text gives to its policy.
fn code_of(text: &str) -> Option<String> {
    let table = text.parse::<toml::Table>().ok()?;
    let code = table.get("name")?.as_str()?;
    let is_plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || b"_-".contains(&it);
    (!code.is_empty() && code.bytes().all(is_plain)).then(|| code.to_owned())
}

/// Of files of holidays that it names.
fn named_files(text: &str) -> Vec<String> {
    let table = text.parse::<toml::Table>().ok();
    let files =
        table.as_ref().and_then(|table| table.get("when")?.get("holiday_files")?.as_array());
    let names = files.into_iter().flatten().filter_map(|name| name.as_str());
    names.map(str::to_owned).collect()
}

/// `GET /dashboard/policies/edit`
pub async fn open(app: Data<App>, visit: Visit, query: Query) -> Answer {
    let organization = visit.person.organization_id;
    let code = query.text("code").map(str::to_owned);
    look(app, visit, (Section::Policies, "New policy"), move |_, read, frame| {
        let Some(code) = code else {
            return Ok(Editor::of(frame, BLANK.to_owned(), &HolidayFiles::new()));
        };
        let own = read.policy_version(organization, &code, None)?.map(|own| own.source);
        let ready = || preset(&code).map(|ready| ready.source.to_owned());
        let text = own.or_else(ready).ok_or(Trouble::NotFound)?;
        Ok(Editor::of(frame.titled(format!("Edit {code}")), text, &HolidayFiles::new()))
    })
    .await
}

fn files(sent: &Sent, text: &str) -> HolidayFiles {
    let named = named_files(text).into_iter();
    let given = named.filter_map(|name| {
        let field = format!("{FILE_FIELD}{name}");
        sent.filled(&field).map(|text| (name.clone(), text.to_owned()))
    });
    given.collect::<BTreeMap<_, _>>()
}

/// What somebody pressed.
enum Wish {
    Check,
    Try,
    Keep,
}

/// `POST /dashboard/policies/edit`
pub async fn sent(app: Data<App>, visit: Visit, sent: Sent) -> Answer {
    let wish = match sent.text("do") {
        "keep" => Wish::Keep,
        "try" => Wish::Try,
        _ => Wish::Check,
    };
    // Browsers send the ends of lines as they like.
    let text = sent.text("text").replace("\r\n", "\n");
    let files = files(&sent, &text);
    let checked = check(&text, &files);
    match (wish, checked.policy) {
        (Wish::Keep, Some(policy)) => keep(app, visit, policy, text).await,
        (Wish::Try, Some(policy)) => {
            let days = sent.text("days").parse().ok().filter(|days| DAYS.contains(days));
            let days = days.unwrap_or(RATES_DAYS);
            let organization = visit.person.organization_id;
            let worker = app.clone();
            let on = OnWhat::Recorded { days };
            let tried = blocking(move || worker.try_policy(organization, &policy, on)).await??;
            again(app, visit, (text, files, checked.findings), Some((tried, days))).await
        }
        (Wish::Check | Wish::Try | Wish::Keep, _) => {
            again(app, visit, (text, files, checked.findings), None).await
        }
    }
}

async fn keep(app: Data<App>, visit: Visit, policy: Policy, text: String) -> Answer {
    let organization = visit.person.organization_id;
    let worker = app.on_behalf_of(visit.person.actor());
    let kept = blocking(move || match worker.put_policy(organization, policy, text) {
        Ok(kept) => Ok(kept.policy.name),
        Err(PolicyError::NotFound | PolicyError::NoVersion | PolicyError::NoTarget) => {
            Err(Trouble::NotFound)
        }
        Err(PolicyError::Store(error)) => Err(error.into()),
    });
    let name = kept.await??;
    let said = format!(
        "Version {} is kept. It counts for debts whose collecting begins from now on.",
        name.version
    );
    done(&app, &address(&name.code), &Flash::good(said))
}

/// The same page with what was written on it, and what is to be said of that.
async fn again(
    app: Data<App>,
    visit: Visit,
    (text, files, findings): (String, HolidayFiles, Vec<Finding>),
    tried: Option<(Tried, u32)>,
) -> Answer {
    let title = code_of(&text).map(|code| format!("Edit {code}"));
    let made = blocking(move || {
        app.store().read(|read| {
            let frame = Frame::of(&app, read, visit, (Section::Policies, "Edit policy"))?;
            let frame = match title {
                Some(title) => frame.titled(title),
                None => frame,
            };
            Ok::<_, Trouble>(Editor::of(frame, text, &files))
        })
    });
    let is_error = |finding: &&Finding| finding.severity == Severity::Error;
    let errors = findings.iter().filter(is_error).count();
    let status = if errors > 0 { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = Editor {
        errors,
        findings: Some(findings),
        days: days(tried.as_ref().map_or(RATES_DAYS, |(_, days)| *days)),
        trial: tried.as_ref().map(|(tried, _)| Trial::of(tried)),
        ..made.await??
    };
    html(status, &page)
}
