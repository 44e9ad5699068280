//! One plugin: what it can do, whom it may call, and what it wants to know.

use actix_web::web::{Data, Path};
use askama::Template;

use super::super::frame::{Frame, Visit};
use super::super::navigation::Section;
use super::super::page::{Answer, Trouble, look, pages};
use super::super::parts::{Facts, Html};
use super::{CONNECTIONS, NEW, abilities, address};
use crate::app::App;
use crate::domain::connection::{Provider, SettingSpec};

#[derive(Template)]
#[template(path = "dashboard/connections/plugin.html")]
struct One {
    frame: Frame,
    back: &'static str,
    facts: Facts,
    settings: Vec<SettingSpec>,
    connections: Vec<(String, String)>,
    new: String,
}

pages!(One);

/// `GET /dashboard/plugins/{name}`
pub async fn show(app: Data<App>, visit: Visit, name: Path<String>) -> Answer {
    let organization = visit.person.organization_id;
    look(app, visit, (Section::Connections, "Plugin"), move |app, read, frame| {
        let provider = app.psps().provider(&name).ok_or(Trouble::NotFound)?;
        let used = read.connections_of_provider(organization, &provider.name)?;
        Ok(One {
            frame: frame.titled(&provider.title),
            back: CONNECTIONS,
            facts: facts(&provider),
            connections: used.into_iter().map(|it| (address(&it.code), it.name)).collect(),
            new: format!("{NEW}?provider={}", provider.name),
            settings: provider.settings,
        })
    })
    .await
}

fn facts(provider: &Provider) -> Facts {
    let from = if provider.built_in { "Part of recoup" } else { "Installed" };
    let hours = provider.idempotency.key_lifetime.as_ms() / 3_600_000;
    let keys = match hours {
        0 => "The provider knows no keys".to_owned(),
        1..=72 => format!("One key makes one charge for {hours} hours"),
        _ => format!("One key makes one charge for {} days", hours / 24),
    };
    let hosts = match provider.hosts.as_slice() {
        [] => "Only the address in the settings of a connection".to_owned(),
        hosts => hosts.join(", "),
    };
    Facts::default()
        .with("Name", Html::code(&provider.name))
        .with("Version", Html::text(&provider.version))
        .with("From", Html::text(from))
        .with("Can", Html::text(&abilities(provider.abilities)))
        .with("May call", Html::text(&hosts))
        .with("Keys", Html::text(&keys))
        .with("SHA-256", Html::code(&provider.sha256))
}
