//! `recoup key`: keys to the API, and what receivers of webhooks check signatures with.

use anyhow::{Context, ensure};
use chrono::SecondsFormat;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{Output, Place};
use crate::domain::api_key::{ApiKey, LIFETIME_DAYS_MAX};
use crate::domain::rights::{Resource, Resources, Rights};
use crate::domain::secret::Secret;
use crate::domain::time::{Span, Timestamp};

#[derive(Args)]
pub struct Key {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Make a key. It is shown once and kept only as a hash
    Create {
        /// What it is for
        #[arg(long)]
        name: String,
        #[command(flatten)]
        allowed: Allowed,
        /// After so many days it opens nothing; otherwise it is good until it is taken back
        #[arg(long, value_name = "DAYS", value_parser = lifetime)]
        expires_in_days: Option<Span>,
        #[command(flatten)]
        output: Output,
    },
    /// List the keys that open something, and what each may do
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Take a key back: from now on it opens nothing
    Revoke {
        /// The id that `recoup key list` shows
        id: String,
    },
    /// Show the key that the receivers of `hmac` webhooks check signatures with
    Webhooks {
        #[command(flatten)]
        output: Output,
    },
}

fn lifetime(text: &str) -> Result<Span, String> {
    let days = text.parse().ok().filter(|days| (1..=LIFETIME_DAYS_MAX).contains(days));
    days.map(Span::days).ok_or_else(|| format!("give from 1 to {LIFETIME_DAYS_MAX} days"))
}

/// Without either a key may do everything.
#[derive(Args)]
struct Allowed {
    /// What it may read: `customer,invoice`, or `all`. Alone it may change nothing
    #[arg(long, value_delimiter = ',', value_name = "RESOURCE")]
    read: Vec<String>,
    /// What it may change: `payment`, or `all`. Alone it may read nothing
    #[arg(long, value_delimiter = ',', value_name = "RESOURCE")]
    write: Vec<String>,
}

impl Allowed {
    fn rights(&self) -> anyhow::Result<Rights> {
        if self.read.is_empty() && self.write.is_empty() {
            return Ok(Rights::Everything);
        }
        Ok(Rights::Only { read: resources(&self.read)?, write: resources(&self.write)? })
    }
}

fn resources(names: &[String]) -> anyhow::Result<Resources> {
    if names.iter().any(|name| name == "all") {
        return Ok(Resources::all());
    }
    let resource = |name: &String| {
        Resource::parse(name).with_context(|| {
            let known: Vec<&str> = Resource::ALL.iter().map(|it| it.as_str()).collect();
            format!("there is no resource `{name}`; there are all, {}", known.join(", "))
        })
    };
    names.iter().map(resource).collect()
}

impl Key {
    pub fn run(&self, place: &Place) -> anyhow::Result<()> {
        match &self.action {
            Action::Create { name, allowed, expires_in_days, output } => {
                let rights = allowed.rights()?;
                let built = place.build()?;
                let organization = built.organization.id;
                let (key, secret) =
                    built.app.create_api_key(organization, name, rights, *expires_in_days)?;
                show_once(&key, &secret, *output);
                Ok(())
            }
            Action::List { output } => list(place, *output),
            Action::Revoke { id } => revoke(place, id),
            Action::Webhooks { output } => webhooks(place, *output),
        }
    }
}

fn show_once(key: &ApiKey, secret: &Secret, output: Output) {
    if output.json {
        let shown = json!({
            "id": key.id.to_string(), "name": key.name, "key": secret.reveal(),
            "rights": key.rights.to_string(), "expires_at": key.expires_at.map(rfc3339),
        });
        println!("{shown}");
    } else {
        println!("{}", secret.reveal());
        eprintln!("This is the only time that the key of \"{}\" is shown.", key.name);
    }
}

fn list(place: &Place, output: Output) -> anyhow::Result<()> {
    let built = place.build()?;
    let (organization, now) = (built.organization.id, built.app.now());
    let keys = built.app.store().read(|read| read.api_keys(organization, now))?;
    if output.json {
        let shown = keys.iter().map(|key| {
            json!({
                "id": key.id.to_string(), "name": key.name, "rights": key.rights.to_string(),
                "created_at": rfc3339(key.created_at),
                "expires_at": key.expires_at.map(rfc3339),
            })
        });
        println!("{}", Value::Array(shown.collect()));
        return Ok(());
    }
    for key in keys {
        println!("{}\t{}\t{}\t{}", key.id, rfc3339(key.created_at), key.name, key.rights);
    }
    Ok(())
}

fn rfc3339(time: Timestamp) -> String {
    time.utc().to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn revoke(place: &Place, id: &str) -> anyhow::Result<()> {
    let built = place.build()?;
    let known = id.parse().ok();
    let revoked = match known {
        Some(id) => built.app.revoke_api_key(built.organization.id, id)?,
        None => false,
    };
    ensure!(revoked, "there is no key {id}; `recoup key list` shows those that there are");
    println!("{id} opens nothing any more");
    Ok(())
}

fn webhooks(place: &Place, output: Output) -> anyhow::Result<()> {
    let built = place.build()?;
    let keys = built.app.signing_keys(built.organization.id)?;
    if output.json {
        println!("{}", json!({ "hmac_key": keys.hmac.reveal() }));
    } else {
        println!("{}", keys.hmac.reveal());
        eprintln!("Receivers of `jwt` webhooks need none: GET /api/v1/webhooks/public_key.");
    }
    Ok(())
}
