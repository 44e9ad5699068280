//! One connection: how it is, its settings without secrets, and what can be done to it.

use actix_web::web::{Data, Path};
use askama::Template;

use super::super::frame::{Frame, Visit};
use super::super::navigation::Section;
use super::super::page::{Answer, Trouble, look, pages};
use super::super::parts::{ActionForm, Badge, Facts, Html, TextField};
use super::calls::Calls;
use super::list::state;
use super::{address, plugin_address};
use crate::app::App;
use crate::domain::connection::{Connection, Mode, Provider};

#[derive(Template)]
#[template(path = "dashboard/connections/show.html")]
struct One {
    frame: Frame,
    state: Badge,
    /// Why it is paused, and since when.
    paused: Option<String>,
    facts: Facts,
    settings: Vec<Setting>,
    calls: Calls,
    edit: Option<String>,
    actions: Vec<ActionForm>,
}

pages!(One);

struct Setting {
    key: String,
    help: String,
    shown: Html,
}

/// `GET /dashboard/connections/of/{code}`
pub async fn show(app: Data<App>, visit: Visit, code: Path<String>) -> Answer {
    let organization = visit.person.organization_id;
    look(app, visit, (Section::Connections, "Connection"), move |app, read, frame| {
        let found = read.connection_by_code(organization, &code)?;
        let connection = found.ok_or(Trouble::NotFound)?;
        let provider = app.psps().provider(&connection.provider);
        let outage = read.connection_trouble(connection.id)?.outage;
        let frame = frame.titled(&connection.name);
        let may = frame.may_administer();
        Ok(One {
            state: state(&connection, outage, provider.as_ref()),
            paused: connection.paused.as_ref().map(|pause| pause.reason.clone()),
            facts: facts(app, &connection, provider.as_ref(), &frame)
                .with_some("Out since", outage.map(|it| Html::of(&frame.when(&it.since))))
                .with_some("Tried next", outage.map(|it| Html::of(&frame.when(&it.next_probe_at)))),
            settings: settings(&connection, provider.as_ref()),
            calls: Calls::of(read, connection.id, &frame)?,
            edit: (may && provider.is_some()).then(|| format!("{}/edit", address(&code))),
            actions: if may { actions(&connection, &frame) } else { vec![] },
            frame,
        })
    })
    .await
}

fn facts(app: &App, connection: &Connection, provider: Option<&Provider>, frame: &Frame) -> Facts {
    let mode = match app.psps().mode_of(connection) {
        Ok(Mode::Test) => "Test money",
        Ok(Mode::Live) => "Real money",
        Err(_) => "Not known",
    };
    let public = &app.rules().public_url;
    let webhooks = format!("{public}/webhooks/{}/{}", connection.provider, connection.code);
    let plugin = provider.map(|it| {
        let title = format!("{} {}", it.title, it.version);
        Html::link(&plugin_address(&it.name), &title)
    });
    let private = if connection.allows_private_network {
        "May reach private addresses"
    } else {
        "Only public addresses, by TLS"
    };
    let when = |at| Html::of(&frame.when(&at));
    Facts::default()
        .with("Code", Html::code(&connection.code))
        .with("Plugin", plugin.unwrap_or_else(|| Html::code(&connection.provider)))
        .with("Credentials move", Html::text(mode))
        .with("Its webhooks go to", Html::code(&webhooks))
        .with("Network", Html::text(private))
        .with_some("Payers go on to", connection.success_redirect_url.as_deref().map(Html::code))
        .with_some("Paused", connection.paused.as_ref().map(|pause| when(pause.at)))
        .with("Made", when(connection.created_at))
}

fn settings(connection: &Connection, provider: Option<&Provider>) -> Vec<Setting> {
    let specs = provider.map(|it| it.settings.as_slice()).unwrap_or_default();
    specs
        .iter()
        .map(|spec| {
            let value = connection.setting(&spec.key).filter(|value| !value.reveal().is_empty());
            let shown = match (value, spec.secret, &spec.default) {
                (Some(_), true, _) => Html::text("set, and never shown"),
                (Some(value), false, _) => Html::code(value.reveal()),
                (None, _, Some(default)) => Html::text(&format!("{default} (the default)")),
                (None, _, None) => Html::nothing(),
            };
            Setting { key: spec.key.clone(), help: spec.help.clone(), shown }
        })
        .collect()
}

fn actions(connection: &Connection, frame: &Frame) -> Vec<ActionForm> {
    let action = |label: &str, verb: &str, explanation: &str, fields: Vec<Html>| ActionForm {
        label: label.to_owned(),
        action: format!("{}/{verb}", address(&connection.code)),
        explanation: explanation.to_owned(),
        fields,
        confirm: match verb {
            "check" => "Ask the provider",
            "pause" => "Charge nothing through it",
            _ => "Let charges go on",
        }
        .to_owned(),
        is_dangerous: verb == "pause",
        csrf: frame.csrf(),
    };
    let check = "Asks the provider whether the credentials work. Nothing is charged.";
    let mut actions = vec![action("Test", "check", check, vec![])];
    if connection.paused.is_some() {
        let text = "Debts that waited for it are due at once.";
        actions.push(action("Resume", "resume", text, vec![]));
    } else {
        let why = TextField::new("reason", "Why").required().hint("It is kept in the audit log.");
        let text = "Nothing is charged through it until somebody resumes it. Its debts wait.";
        actions.push(action("Pause", "pause", text, vec![Html::of(&why)]));
    }
    actions
}
