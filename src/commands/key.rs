//! `recoup key`: keys to the API.

use clap::{Args, Subcommand};
use serde_json::json;

use super::{Output, Place};

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
        output: Output,
    },
}

impl Key {
    pub fn run(&self, place: &Place) -> anyhow::Result<()> {
        let Action::Create { name, output } = &self.action;
        let built = place.build()?;
        let (key, secret) = built.app.create_api_key(built.organization.id, name)?;
        if output.json {
            let shown = json!({
                "id": key.id.to_string(), "name": key.name, "key": secret.reveal(),
            });
            println!("{shown}");
        } else {
            println!("{}", secret.reveal());
            eprintln!("This is the only time that the key of \"{name}\" is shown.");
        }
        Ok(())
    }
}
