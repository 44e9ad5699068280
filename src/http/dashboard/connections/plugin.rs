//! One plugin: what it can do, whom it may call, and what it wants to know.

use actix_web::web::{Data, Path};
use askama::Template;

use super::super::frame::{Frame, Visit};
use super::super::navigation::Section;
use super::super::page::{Answer, Trouble, look, pages};
use super::super::parts::{ActionForm, Badge, Facts, Html, Tone};
use super::{CONNECTIONS, NEW, abilities, address, plugin_address};
use crate::app::App;
use crate::domain::connection::{Provider, SettingSpec};
use crate::domain::plugin::InstalledPlugin;

#[derive(Template)]
#[template(path = "dashboard/connections/plugin.html")]
struct One {
    frame: Frame,
    back: &'static str,
    facts: Facts,
    /// Of a plugin that is not part of recoup: what was approved, and how it stands.
    installed: Option<Installed>,
    settings: Vec<SettingSpec>,
    connections: Vec<(String, String)>,
    /// Where a connection through it is made.
    new: Option<String>,
}

pages!(One);

struct Installed {
    state: Badge,
    facts: Facts,
    actions: Vec<ActionForm>,
}

/// `GET /dashboard/plugins/{name}`
pub async fn show(app: Data<App>, visit: Visit, name: Path<String>) -> Answer {
    let organization = visit.person.organization_id;
    look(app, visit, (Section::Connections, "Plugin"), move |app, read, frame| {
        let provider = app.psps().provider(&name);
        let installed = read.installed_plugin(&name)?;
        if provider.is_none() && installed.is_none() {
            return Err(Trouble::NotFound);
        }
        let used = read.connections_of_provider(organization, &name)?;
        Ok(One {
            back: CONNECTIONS,
            facts: provider.as_ref().map(facts).unwrap_or_default(),
            installed: installed.map(|it| Installed::of(&it, &frame)),
            connections: used.into_iter().map(|it| (address(&it.code), it.name)).collect(),
            new: provider.is_some().then(|| format!("{NEW}?provider={name}")),
            frame: frame.titled(provider.as_ref().map_or(name.as_str(), |it| &it.title)),
            settings: provider.map(|it| it.settings).unwrap_or_default(),
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

impl Installed {
    fn of(plugin: &InstalledPlugin, frame: &Frame) -> Installed {
        let state = if plugin.is_enabled {
            Badge::new(Tone::Good, "Enabled")
        } else {
            Badge::new(Tone::Bad, "Disabled")
        };
        let version = &plugin.in_use;
        let before = plugin.before.as_ref();
        let number = |value: Option<u32>, unit: &str| {
            value.map_or_else(|| "As every plugin".to_owned(), |value| format!("{value} {unit}"))
        };
        let facts = Facts::default()
            .with("Version in use", Html::text(&version.version))
            .with("Approved", Html::of(&frame.when(&version.approved_at)))
            .with("Approved hosts", Html::text(&version.asks.hosts.join(", ")))
            .with("Approved secrets", Html::text(&version.asks.secrets.join(", ")))
            .with("Memory", Html::text(&number(version.rights.memory_mib_max, "MiB")))
            .with("Time for a call", Html::text(&number(version.rights.call_timeout_s, "s")))
            .with_some("Version before", before.map(|it| Html::text(&it.version)))
            .with("SHA-256", Html::code(&version.sha256));
        let actions = if frame.may_administer() { actions(plugin, frame) } else { vec![] };
        Installed { state, facts, actions }
    }
}

fn actions(plugin: &InstalledPlugin, frame: &Frame) -> Vec<ActionForm> {
    let form = |verb: &str, label: &str, explanation: &str| ActionForm {
        label: label.to_owned(),
        action: format!("{}/{verb}", plugin_address(&plugin.name)),
        explanation: explanation.to_owned(),
        fields: vec![],
        confirm: label.to_owned(),
        is_dangerous: false,
        csrf: frame.csrf(),
    };
    let mut forms = vec![];
    if plugin.is_enabled {
        let text = "Nothing is charged through it any more: its debts wait. Charges that have \
                    begun end on it.";
        forms.push(ActionForm { is_dangerous: true, ..form("disable", "Disable", text) });
    } else {
        forms.push(form("enable", "Enable", "Charges through it go on."));
    }
    if let Some(before) = &plugin.before {
        let text = format!(
            "Version {} is used again, with what was approved for it. Version {} can be gone back \
             to in the same way.",
            before.version, plugin.in_use.version
        );
        forms.push(form("rollback", "Roll back", &text));
    }
    forms
}
