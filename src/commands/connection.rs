//! `recoup connection`: payment providers with their credentials.

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{Output, Place};
use crate::app::NewConnection;
use crate::domain;
use crate::domain::connection::Provider;
use crate::domain::secret::Secret;
use crate::store::StoreError;

#[derive(Args)]
pub struct Connection {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Add a provider with its credentials
    Add(Add),
    /// List the connections; secrets are never shown
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Ask the provider whether the credentials work
    Check {
        #[arg(long)]
        code: String,
    },
    /// Charge through it again, after what paused it is mended
    Resume {
        #[arg(long)]
        code: String,
    },
}

#[derive(Args)]
struct Add {
    /// The plugin, such as `stripe`
    #[arg(long)]
    provider: String,
    /// Your name for the connection
    #[arg(long)]
    code: String,
    /// For people; the code when it is left out
    #[arg(long)]
    name: Option<String>,
    /// A setting of the plugin; `recoup plugin inspect` names them
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
    /// Where payers are sent after a page of the provider
    #[arg(long, value_name = "URL")]
    success_redirect_url: Option<String>,
    /// Let it reach private addresses; a `base_url` at one says so already
    #[arg(long)]
    allow_private_network: bool,
    #[command(flatten)]
    output: Output,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it as KEY=VALUE")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}

impl Connection {
    pub fn run(&self, place: &Place) -> anyhow::Result<()> {
        match &self.action {
            Action::Add(add) => add.run(place),
            Action::List { output } => list(place, *output),
            Action::Check { code } => {
                let built = place.build()?;
                built.app.check_connection(built.organization.id, code)?;
                println!("{code}: the provider accepts the credentials");
                Ok(())
            }
            Action::Resume { code } => {
                let built = place.build()?;
                built.app.resume_connection(built.organization.id, code)?;
                println!("{code}: charges go on");
                Ok(())
            }
        }
    }
}

impl Add {
    fn run(&self, place: &Place) -> anyhow::Result<()> {
        let built = place.build()?;
        let mut settings: Vec<(String, Secret)> = Vec::new();
        for (key, value) in &self.settings {
            if settings.iter().any(|(known, _)| known == key) {
                bail!("the setting `{key}` is given twice");
            }
            settings.push((key.clone(), Secret::new(value.clone())));
        }
        let new = NewConnection {
            organization_id: built.organization.id,
            provider: self.provider.clone(),
            code: self.code.clone(),
            name: self.name.clone(),
            settings,
            allows_private_network: self.allow_private_network,
            success_redirect_url: self.success_redirect_url.clone(),
        };
        let made = built.app.add_connection(&new)?;
        let provider = built.app.psps().provider(&made.provider).context("the plugin is loaded")?;
        if self.output.json {
            println!("{}", shown(&made, &provider));
            return Ok(());
        }
        println!("{} is connected as {}", provider.title, made.code);
        if made.allows_private_network {
            println!("It may reach private addresses, because its settings name one.");
        }
        let public = &built.app.rules().public_url;
        println!("Its webhooks go to {public}/webhooks/{}/{}", made.provider, made.code);
        Ok(())
    }
}

fn list(place: &Place, output: Output) -> anyhow::Result<()> {
    let built = place.build()?;
    let organization = built.organization.id;
    let connections = built.app.store().read(|read| {
        let found = read.connections(organization)?.into_iter();
        let with_outage = found.map(|it| Ok((read.connection_trouble(it.id)?.outage, it)));
        with_outage.collect::<Result<Vec<_>, StoreError>>()
    })?;
    if output.json {
        let all: Vec<Value> = connections
            .iter()
            .map(|(outage, connection)| {
                let mut shown = match built.app.psps().provider(&connection.provider) {
                    Some(provider) => shown(connection, &provider),
                    None => json!({ "code": connection.code, "provider": connection.provider }),
                };
                shown["out_since"] = outage.map(|it| it.since.utc().to_rfc3339()).into();
                shown
            })
            .collect();
        println!("{}", Value::Array(all));
        return Ok(());
    }
    for (out, connection) in connections {
        let state = match (connection.paused, out) {
            (Some(pause), _) => format!("paused: {}", pause.reason),
            (None, Some(outage)) => format!("out since {}", outage.since.utc().to_rfc3339()),
            (None, None) => "works".to_owned(),
        };
        println!("{}\t{}\t{}\t{state}", connection.code, connection.provider, connection.name);
    }
    Ok(())
}

/// With the settings that are no secret.
fn shown(connection: &domain::connection::Connection, provider: &Provider) -> Value {
    let is_secret = |key: &str| provider.settings.iter().any(|it| it.key == key && it.secret);
    let settings: serde_json::Map<String, Value> = connection
        .settings
        .iter()
        .map(|(key, value)| {
            let shown = if is_secret(key) { "***" } else { value.reveal() };
            (key.clone(), Value::from(shown))
        })
        .collect();
    json!({
        "id": connection.id.to_string(),
        "provider": connection.provider,
        "code": connection.code,
        "name": connection.name,
        "settings": settings,
        "allows_private_network": connection.allows_private_network,
        "paused": connection.paused.as_ref().map(|pause| pause.reason.clone()),
    })
}
