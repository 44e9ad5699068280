//! Who changed what, newest first.

use std::collections::HashMap;

use actix_web::web::Data;
use askama::Template;
use url::form_urlencoded::Serializer;
use uuid::Uuid;

use super::super::frame::{Frame, Visit};
use super::super::navigation::Section;
use super::super::page::{Answer, look, pages};
use super::super::parts::{Choice, Empty, Html, Pager, SelectField, Tabs, When};
use super::super::words::act;
use super::{AUDIT, places};
use crate::app::App;
use crate::domain::audit_trail::{Action, Actor, AuditEntry, AuditFilter};
use crate::domain::user::User;
use crate::domain::view::SliceRequest;
use crate::http::lago::Query;

#[derive(Template)]
#[template(path = "dashboard/system/audit.html")]
struct Log {
    frame: Frame,
    tabs: Tabs,
    filters: Vec<SelectField>,
    rows: Vec<Row>,
    pager: Pager,
    empty: Empty,
}

pages!(Log);

struct Row {
    at: When,
    who: String,
    what: &'static str,
    subject: Html,
    reason: Option<String>,
    changes: Vec<String>,
}

/// `GET /dashboard/system/audit`
pub async fn show(app: Data<App>, visit: Visit, query: Query) -> Answer {
    let organization = visit.person.organization_id;
    let filter = AuditFilter {
        action: query.text("action").and_then(Action::parse),
        user_id: query.text("user").and_then(|text| text.parse().ok()),
        ..AuditFilter::default()
    };
    let after = query.text("after").and_then(|text| Uuid::try_parse(text).ok());
    look(app, visit, (Section::System, "Audit log"), move |app, read, frame| {
        let request = SliceRequest { after, ..SliceRequest::default() };
        let found = read.audit_log(organization, &filter, request)?;
        let users = read.users(organization)?;
        let keys = read.api_keys(organization, app.now())?;
        let mut names: HashMap<String, String> =
            users.iter().map(|user| (user.id.to_string(), user.email.to_string())).collect();
        names.extend(keys.into_iter().map(|key| (key.id.to_string(), key.name)));
        let rows = found.items.iter().map(|entry| Row::of(entry, &names, &frame)).collect();
        Ok(Log {
            tabs: places(AUDIT),
            filters: filters(&filter, &users),
            rows,
            pager: Pager {
                label: "the audit log",
                first: after.map(|_| address(&filter, None)),
                next: found.next.map(|id| address(&filter, Some(id))),
            },
            empty: Empty {
                heading: "Nothing of the kind",
                text: "Each change that a person or a program makes leaves an entry here, with \
                       who made it."
                    .to_owned(),
            },
            frame,
        })
    })
    .await
}

fn address(filter: &AuditFilter, after: Option<Uuid>) -> String {
    let mut query = Serializer::new(String::new());
    if let Some(action) = filter.action {
        query.append_pair("action", action.as_str());
    }
    if let Some(user) = filter.user_id {
        query.append_pair("user", &user.to_string());
    }
    if let Some(after) = after {
        query.append_pair("after", &after.to_string());
    }
    format!("{AUDIT}?{}", query.finish())
}

fn filters(filter: &AuditFilter, users: &[User]) -> Vec<SelectField> {
    let actions = Action::ALL.iter().map(|it| Choice::new(it.as_str(), act(*it)));
    let people = users.iter().map(|it| Choice::new(it.id.to_string(), it.email.to_string()));
    vec![
        SelectField {
            name: "action",
            label: "What",
            options: [Choice::new("", "Everything")].into_iter().chain(actions).collect(),
            chosen: filter.action.map_or("", Action::as_str).to_owned(),
        },
        SelectField {
            name: "user",
            label: "Who",
            options: [Choice::new("", "Everybody")].into_iter().chain(people).collect(),
            chosen: filter.user_id.map(|id| id.to_string()).unwrap_or_default(),
        },
    ]
}

impl Row {
    fn of(entry: &AuditEntry, names: &HashMap<String, String>, frame: &Frame) -> Row {
        let named = |id: String| names.get(&id).cloned().unwrap_or(id);
        let who = match entry.actor {
            Actor::User(id) => named(id.to_string()),
            Actor::ApiKey(id) => format!("key {}", named(id.to_string())),
            Actor::CommandLine => "the command line".to_owned(),
            Actor::Provider => "a provider".to_owned(),
            Actor::Anyone => "somebody (nobody is asked who they are)".to_owned(),
        };
        let id = &entry.subject_id;
        let subject = match entry.action.subject_kind() {
            "invoice" => Html::link(&format!("/dashboard/invoices/{id}"), id),
            "customer" => Html::link(&format!("/dashboard/customers/{id}"), id),
            "user" => {
                let email = names.get(id).map_or(id.as_str(), String::as_str);
                Html::link(&format!("/dashboard/users/{id}"), email)
            }
            "webhook_endpoint" => Html::link(&format!("/dashboard/developers/endpoints/{id}"), id),
            "api_key" => match names.get(id) {
                Some(name) => Html::link(&format!("/dashboard/developers/keys/{id}"), name),
                None => Html::code(id),
            },
            "policy" => Html::link(&format!("/dashboard/policies/of/{id}"), id),
            _ => Html::code(id),
        };
        Row {
            at: frame.when(&entry.at),
            who,
            what: act(entry.action),
            subject,
            reason: entry.reason.clone(),
            changes: changes(entry),
        }
    }
}

/// `role: viewer → admin`
fn changes(entry: &AuditEntry) -> Vec<String> {
    type Pairs = serde_json::Map<String, serde_json::Value>;
    let parsed = |text: &Option<String>| {
        text.as_deref()
            .and_then(|text| serde_json::from_str::<Pairs>(text).ok())
            .unwrap_or_default()
    };
    let (was, became) = (parsed(&entry.was), parsed(&entry.became));
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let change = |(name, is): (&String, &serde_json::Value)| {
        let name = name.replace('_', " ");
        match entry.was.as_ref().and(was.get(&name.replace(' ', "_"))) {
            Some(was) => format!("{name}: {} → {}", text(was), text(is)),
            None => format!("{name}: {}", text(is)),
        }
    };
    became.iter().map(change).collect()
}
