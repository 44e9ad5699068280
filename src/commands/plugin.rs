//! `recoup plugin`: what is loaded, and what it wants.

use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{Output, Place};
use crate::domain::connection::{Abilities, Provider};

#[derive(Args)]
pub struct Plugin {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// List the plugins that are loaded, and those that could not be
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Show what a plugin can do and which settings it takes
    Inspect {
        name: String,
        #[command(flatten)]
        output: Output,
    },
}

impl Plugin {
    pub fn run(&self, place: &Place) -> anyhow::Result<()> {
        let built = place.build()?;
        match &self.action {
            Action::List { output } => {
                let providers = built.app.psps().providers();
                if output.json {
                    println!("{}", providers.iter().map(shown).collect::<Value>());
                } else {
                    for it in providers {
                        let can = abilities(it.abilities).join(" ");
                        println!("{}\t{}\t{}\t{can}", it.name, it.version, it.title);
                    }
                }
                for problem in built.host.problems() {
                    eprintln!("not loaded: {problem}");
                }
                Ok(())
            }
            Action::Inspect { name, output } => {
                let provider = built
                    .app
                    .psps()
                    .provider(name)
                    .with_context(|| format!("no plugin named `{name}` is loaded"))?;
                if output.json {
                    println!("{}", shown(&provider));
                } else {
                    inspect(&provider);
                }
                Ok(())
            }
        }
    }
}

fn inspect(provider: &Provider) {
    println!("{} {} ({})", provider.title, provider.version, provider.name);
    println!("sha256 {}", provider.sha256);
    println!("can: {}", abilities(provider.abilities).join(", "));
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

fn abilities(abilities: Abilities) -> Vec<&'static str> {
    [
        (abilities.charging, "charging"),
        (abilities.customers, "customers"),
        (abilities.methods, "methods"),
        (abilities.checkout, "checkout"),
        (abilities.refunds, "refunds"),
        (abilities.webhooks, "webhooks"),
    ]
    .into_iter()
    .filter_map(|(can, name)| can.then_some(name))
    .collect()
}

fn shown(provider: &Provider) -> Value {
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
    json!({
        "name": provider.name,
        "title": provider.title,
        "version": provider.version,
        "sha256": provider.sha256,
        "built_in": provider.built_in,
        "abilities": abilities(provider.abilities),
        "settings": settings,
    })
}
