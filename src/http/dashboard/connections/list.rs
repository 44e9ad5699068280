//! Which connections there are and how they are, and which plugins are loaded.

use actix_web::web::Data;
use askama::Template;

use super::super::frame::{Frame, Visit};
use super::super::navigation::Section;
use super::super::page::{Answer, look, pages};
use super::super::parts::{Badge, Empty, Tone};
use super::{abilities, address, plugin_address};
use crate::app::App;
use crate::domain::connection::{Connection, Provider};
use crate::domain::outage::Outage;
use crate::domain::plugin::InstalledPlugin;

#[derive(Template)]
#[template(path = "dashboard/connections/list.html")]
struct List {
    frame: Frame,
    rows: Vec<Row>,
    plugins: Vec<Plugin>,
    empty: Empty,
}

pages!(List);

struct Row {
    href: String,
    code: String,
    name: String,
    provider: String,
    state: Badge,
    reason: Option<String>,
}

struct Plugin {
    href: String,
    title: String,
    name: String,
    version: String,
    from: &'static str,
    can: String,
}

/// `GET /dashboard/connections`
pub async fn show(app: Data<App>, visit: Visit) -> Answer {
    let organization = visit.person.organization_id;
    look(app, visit, (Section::Connections, "Connections"), move |app, read, frame| {
        let providers = app.psps().providers();
        let connections = read.connections(organization)?;
        let mut rows = vec![];
        for connection in &connections {
            let outage = read.connection_trouble(connection.id)?.outage;
            rows.push(Row::of(connection, outage, &providers));
        }
        let empty = Empty {
            heading: "No connection yet",
            text: "A connection is a provider with the credentials of your account there. Nothing \
                   is charged without one."
                .to_owned(),
        };
        let mut plugins: Vec<Plugin> = providers.iter().map(Plugin::of).collect();
        let installed = read.installed_plugins()?;
        let is_off = |it: &&InstalledPlugin| providers.iter().all(|loaded| loaded.name != it.name);
        plugins.extend(installed.iter().filter(is_off).map(Plugin::not_loaded));
        Ok(List { rows, plugins, empty, frame })
    })
    .await
}

/// How a connection is, in a word or two.
pub fn state(
    connection: &Connection,
    outage: Option<Outage>,
    provider: Option<&Provider>,
) -> Badge {
    match (&connection.paused, provider, outage) {
        (_, None, _) => Badge::new(Tone::Bad, "Its plugin is missing"),
        (Some(_), Some(_), _) => Badge::new(Tone::Bad, "Paused"),
        (None, Some(_), Some(_)) => Badge::new(Tone::Wait, "Its provider is out"),
        (None, Some(_), None) => Badge::new(Tone::Good, "Works"),
    }
}

impl Row {
    fn of(connection: &Connection, outage: Option<Outage>, providers: &[Provider]) -> Row {
        let provider = providers.iter().find(|it| it.name == connection.provider);
        Row {
            href: address(&connection.code),
            code: connection.code.clone(),
            name: connection.name.clone(),
            provider: provider.map_or(&connection.provider, |it| &it.title).clone(),
            state: state(connection, outage, provider),
            reason: connection.paused.as_ref().map(|pause| pause.reason.clone()),
        }
    }
}

impl Plugin {
    fn of(provider: &Provider) -> Plugin {
        Plugin {
            href: plugin_address(&provider.name),
            title: provider.title.clone(),
            name: provider.name.clone(),
            version: provider.version.clone(),
            from: if provider.built_in { "part of recoup" } else { "installed" },
            can: abilities(provider.abilities),
        }
    }

    fn not_loaded(plugin: &InstalledPlugin) -> Plugin {
        Plugin {
            href: plugin_address(&plugin.name),
            title: plugin.name.clone(),
            name: plugin.name.clone(),
            version: plugin.in_use.version.clone(),
            from: "installed",
            can: if plugin.is_enabled { "Nothing: it cannot be loaded" } else { "Disabled" }
                .to_owned(),
        }
    }
}
