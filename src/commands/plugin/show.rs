//! What is loaded, and what it wants.

use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};

use super::load;
use crate::commands::{Output, Place};
use crate::domain::connection::Provider;
use crate::domain::plugin::InstalledPlugin;

pub fn list(place: &Place, output: Output) -> anyhow::Result<()> {
    let built = place.build()?;
    let installed = built.app.store().read(|read| read.installed_plugins())?;
    let providers = built.app.psps().providers();
    let is_off = |plugin: &&InstalledPlugin| !plugin.is_enabled;
    if output.json {
        let of = |name: &str| installed.iter().find(|plugin| plugin.name == name);
        let mut all: Vec<Value> =
            providers.iter().map(|provider| shown(provider, of(&provider.name))).collect();
        all.extend(installed.iter().filter(is_off).map(|plugin| {
            json!({
                "name": plugin.name,
                "version": plugin.in_use.version,
                "sha256": plugin.in_use.sha256,
                "built_in": false,
                "enabled": false,
            })
        }));
        println!("{}", Value::Array(all));
    } else {
        for it in providers {
            let can = it.abilities.names().join(" ");
            println!("{}\t{}\t{}\t{can}", it.name, it.version, it.title);
        }
        for plugin in installed.iter().filter(is_off) {
            println!("{}\t{}\tdisabled", plugin.name, plugin.in_use.version);
        }
    }
    for problem in built.host.problems() {
        eprintln!("not loaded: {problem}");
    }
    Ok(())
}

/// A plugin by its name, or a file that may be installed.
pub fn inspect(place: &Place, which: &str, output: Output) -> anyhow::Result<()> {
    if Path::new(which).is_file() {
        let (provider, _) = load(place, Path::new(which))?;
        print(&provider, None, output);
        return Ok(());
    }
    let built = place.build()?;
    let installed = built.app.store().read(|read| read.installed_plugin(which))?;
    let loaded = built.app.psps().provider(which);
    let provider = loaded.with_context(|| match &installed {
        Some(plugin) if !plugin.is_enabled => {
            format!("`{which}` is disabled: `recoup plugin enable {which}` brings it back")
        }
        Some(_) | None => format!("no plugin named `{which}` is loaded, and there is no such file"),
    })?;
    print(&provider, installed.as_ref(), output);
    Ok(())
}

fn print(provider: &Provider, installed: Option<&InstalledPlugin>, output: Output) {
    if output.json {
        println!("{}", shown(provider, installed));
        return;
    }
    ask(provider);
    for version in installed.iter().flat_map(|plugin| &plugin.before) {
        println!("before:     {} {}", version.version, version.sha256);
    }
}

/// What it asks for, as an operator approves it.
pub fn ask(provider: &Provider) {
    println!("{} {} ({})", provider.title, provider.version, provider.name);
    println!("sha256:     {}", provider.sha256);
    println!("interface:  {}", provider.interface);
    println!("can:        {}", provider.abilities.names().join(", "));
    let hosts = if provider.hosts.is_empty() {
        "only the `base_url` of a connection".to_owned()
    } else {
        provider.hosts.join(", ")
    };
    println!("reaches:    {hosts}");
    println!("settings:");
    for setting in &provider.settings {
        let mut marks = Vec::new();
        if setting.required {
            marks.push("required".to_owned());
        }
        if setting.secret {
            marks.push("secret".to_owned());
        }
        if let Some(default) = &setting.default {
            marks.push(format!("default {default}"));
        }
        println!("  {:<20} {} [{}]", setting.key, setting.help, marks.join(", "));
    }
}

pub fn shown(provider: &Provider, installed: Option<&InstalledPlugin>) -> Value {
    let settings: Vec<Value> = provider
        .settings
        .iter()
        .map(|setting| {
            json!({
                "key": setting.key,
                "help": setting.help,
                "secret": setting.secret,
                "required": setting.required,
                "default": setting.default,
            })
        })
        .collect();
    let before = installed.and_then(|plugin| plugin.before.as_ref());
    json!({
        "name": provider.name,
        "title": provider.title,
        "version": provider.version,
        "sha256": provider.sha256,
        "interface": provider.interface,
        "built_in": provider.built_in,
        "enabled": true,
        "before": before.map(|it| json!({ "version": it.version, "sha256": it.sha256 })),
        "abilities": provider.abilities.names(),
        "hosts": provider.hosts,
        "settings": settings,
    })
}
