//! The command line: one subcommand, one file.

mod audit;
mod backup;
mod completion;
mod connection;
mod demo;
pub mod exchanges;
mod hold;
mod job;
mod key;
mod openapi;
mod plugin;
mod policy;
mod sandbox;
mod serve;
mod server;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::Settings;
use crate::startup::{Built, Time, build};

/// Collects a business's invoices: an API, automatic retries, and plugins for payment providers.
#[derive(Parser)]
#[command(name = "recoup", version, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Command,
}

/// Where the settings and the data are.
#[derive(Args, Clone)]
struct Place {
    /// The configuration file; without one the defaults hold
    #[arg(long, global = true, env = "RECOUP_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the database is
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

impl Place {
    fn settings(&self) -> anyhow::Result<Settings> {
        let mut settings = Settings::load(self.config.as_deref())?;
        if let Some(data_dir) = &self.data_dir {
            settings.data_dir.clone_from(data_dir);
        }
        Ok(settings)
    }

    /// For commands that work on the data, beside a server or without one.
    fn build(&self) -> anyhow::Result<Built> {
        Ok(build(&self.settings()?, Time::Real, false)?)
    }
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API and collect: everything, in one process
    Serve(serve::Serve),
    /// Show it at work: a server on throw-away data with sample customers and a fast clock
    Demo(demo::Demo),
    /// Serve the pretend payment provider alone
    Sandbox(sandbox::Sandbox),
    /// API keys
    Key(key::Key),
    /// People who use the dashboard
    User(user::User),
    /// Payment providers with their credentials
    Connection(connection::Connection),
    /// Plugins for payment providers
    Plugin(plugin::Plugin),
    /// When a charge that was declined is made again
    Policy(policy::Policy),
    /// What runs by itself
    Job(job::Job),
    /// Check whether the books hold: in the database, and at the payment providers
    Audit(audit::Audit),
    /// Backups of the database
    Backup(backup::Backup),
    /// After a restore: what is held, and how it is released
    Hold(hold::Hold),
    /// After a restore: ask the payment providers what was charged, and go on
    Reconcile(hold::Reconcile),
    /// Print the description of the API
    Openapi,
    /// Print completions for a shell
    Completion(completion::Completion),
    /// Print the manual page
    Man,
}

/// Runs what the command line says. 0: done; 1: it failed; 2 (from clap): wrong use.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    match cli.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("recoup: {error:#}");
            ExitCode::FAILURE
        }
    }
}

impl Cli {
    fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Serve(serve) => serve.run(&self.place),
            Command::Demo(demo) => demo.run(&self.place),
            Command::Sandbox(sandbox) => sandbox.run(),
            Command::Key(key) => key.run(&self.place),
            Command::User(user) => user.run(&self.place),
            Command::Connection(connection) => connection.run(&self.place),
            Command::Plugin(plugin) => plugin.run(&self.place),
            Command::Policy(policy) => policy.run(&self.place),
            Command::Job(job) => job.run(&self.place),
            Command::Audit(audit) => audit.run(&self.place),
            Command::Backup(backup) => backup.run(&self.place),
            Command::Hold(hold) => hold.run(&self.place),
            Command::Reconcile(reconcile) => reconcile.run(&self.place),
            Command::Openapi => openapi::print(),
            Command::Completion(completion) => completion.run(),
            Command::Man => completion::man(),
        }
    }
}

/// Tables for people, JSON for programs.
#[derive(Args, Clone, Copy)]
struct Output {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    /// What clap finds wrong only when the subcommand is used.
    #[test]
    fn every_command_is_well_formed() {
        super::Cli::command().debug_assert();
    }
}
