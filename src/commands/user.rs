//! `recoup user`: people who use the dashboard. Nobody chooses a password here: they get a link.

use anyhow::Context;
use chrono::SecondsFormat;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{Output, Place};
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::domain::user::{Email, Role, User as Person};
use crate::startup::Built;

#[derive(Args)]
pub struct User {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Add somebody, and print the link by which they choose a password
    Add {
        /// Their address of mail, with which they sign in
        email: String,
        /// viewer: looks; operator: collects too; admin: may do everything
        #[arg(long, value_parser = role, value_name = "ROLE")]
        role: Role,
        #[command(flatten)]
        output: Output,
    },
    /// List everybody
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Give somebody another role
    Role {
        email: String,
        #[arg(value_parser = role, value_name = "ROLE")]
        role: Role,
    },
    /// Print a link to choose another password; they are signed out everywhere
    Reset {
        email: String,
        #[command(flatten)]
        output: Output,
    },
    /// Let somebody in no more; they are signed out everywhere
    Disable { email: String },
    /// Let somebody in again
    Enable { email: String },
    /// Print a link behind which whoever opens it becomes an administrator. It is good once
    SetupLink {
        #[command(flatten)]
        output: Output,
    },
}

fn role(text: &str) -> Result<Role, String> {
    let names: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
    Role::parse(text).ok_or_else(|| format!("give one of {}", names.join(", ")))
}

impl User {
    pub fn run(&self, place: &Place) -> anyhow::Result<()> {
        let built = place.build()?;
        let organization = built.organization.id;
        match &self.action {
            Action::Add { email, role, output } => {
                let (_, token) = built.app.add_user(organization, email.parse()?, *role)?;
                show_link(&built, &password_link(&built, &token), *output);
            }
            Action::List { output } => list(&built, *output)?,
            Action::Role { email, role } => {
                let user = built.app.change_role(organization, find(&built, email)?.id, *role)?;
                println!("{} is {} now", user.email, user.role.as_str());
            }
            Action::Reset { email, output } => {
                let (_, token) = built.app.reset_user(organization, find(&built, email)?.id)?;
                show_link(&built, &password_link(&built, &token), *output);
            }
            Action::Disable { email } => {
                let user = built.app.disable_user(organization, find(&built, email)?.id)?;
                println!("{} does not get in any more", user.email);
            }
            Action::Enable { email } => {
                let user = built.app.enable_user(organization, find(&built, email)?.id)?;
                println!("{} gets in again", user.email);
            }
            Action::SetupLink { output } => {
                let link = set_up_link(&built)?;
                show_link(&built, &link, *output);
            }
        }
        Ok(())
    }
}

fn find(built: &Built, email: &str) -> anyhow::Result<Person> {
    let (organization, parsed): (_, Email) = (built.organization.id, email.parse()?);
    let found = built.app.store().read(|read| read.user_by_email(organization, &parsed))?;
    found.with_context(|| format!("there is no user {email}; `recoup user list` shows everybody"))
}

/// A new one; the one before it is over.
pub fn set_up_link(built: &Built) -> anyhow::Result<String> {
    let token = built.app.make_set_up_link(built.organization.id)?;
    Ok(format!("{}/dashboard/setup/{}", built.app.rules().public_url, token.reveal()))
}

fn password_link(built: &Built, token: &Secret) -> String {
    format!("{}/dashboard/password/{}", built.app.rules().public_url, token.reveal())
}

fn show_link(built: &Built, link: &str, output: Output) {
    if output.json {
        println!("{}", json!({ "link": link }));
    } else {
        let minutes = built.app.rules().sign_ins.link_lifetime.as_ms() / 60_000;
        println!("{link}");
        eprintln!("It is good once, for {minutes} minutes. Give it to nobody else.");
    }
}

fn list(built: &Built, output: Output) -> anyhow::Result<()> {
    let users = built.app.store().read(|read| read.users(built.organization.id))?;
    if output.json {
        let shown = users.iter().map(|user| {
            json!({
                "id": user.id.to_string(),
                "email": user.email.as_str(),
                "role": user.role.as_str(),
                "has_password": user.has_password,
                "created_at": rfc3339(user.created_at),
                "disabled_at": user.disabled_at.map(rfc3339),
                "last_sign_in_at": user.last_sign_in_at.map(rfc3339),
            })
        });
        println!("{}", Value::Array(shown.collect()));
        return Ok(());
    }
    for user in users {
        let state = match (user.is_enabled(), user.has_password) {
            (false, _) => "disabled",
            (true, true) => "enabled",
            (true, false) => "has not chosen a password",
        };
        println!("{}\t{}\t{state}", user.email, user.role.as_str());
    }
    Ok(())
}

fn rfc3339(time: Timestamp) -> String {
    time.utc().to_rfc3339_opts(SecondsFormat::Secs, true)
}
