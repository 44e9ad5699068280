//! `recoup serve`: everything, in one process.

use std::io::Write;
use std::net::SocketAddr;

use chrono::{DateTime, Utc};
use clap::Args;

use super::Place;
use super::server::{Plan, Server};
use super::user::set_up_link;
use crate::config::{LogFormat, Mode, Settings};
use crate::domain::time::Timestamp;
use crate::startup::{Built, Time};

#[derive(Args)]
pub struct Serve {
    /// Where it listens
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// The clock stands still, from now or the given time on, and is moved through the API: for
    /// tests
    #[arg(long, value_name = "TIME", require_equals = true)]
    test_clock: Option<Option<DateTime<Utc>>>,
}

impl Serve {
    pub fn run(&self, place: &Place) -> anyhow::Result<()> {
        let mut settings = place.settings()?;
        if let Some(listen) = self.listen {
            settings.listen = listen;
        }
        start_log(&settings);
        let time = match self.test_clock {
            Some(from) => Time::ByHand { from: from.map(Timestamp::from_utc) },
            None => running_clock(),
        };
        let mode = settings.mode;
        let plan = Plan { settings, time, open_to_all: false };
        let server = Server::prepare(plan)?;
        let address = server.address;
        server.run(|built| {
            let mut lines = vec![format!("recoup listens on http://{address}")];
            if mode == Mode::Test {
                lines.push(
                    "Test mode: no real money moves. The connection `sandbox` is there.".into(),
                );
            }
            lines.push(format!("The dashboard is at http://{address}/"));
            lines.extend(invitation(built));
            lines.push("Make an API key: recoup key create --name mine".into());
            lines.push(format!("The organization is {}", built.organization.id));
            greet(&lines);
        })
    }
}

/// While there is nobody who could sign in.
fn invitation(built: &Built) -> Option<String> {
    let users = built.app.store().read(|read| read.users(built.organization.id)).ok()?;
    if !users.is_empty() {
        return None;
    }
    match set_up_link(built) {
        Ok(link) => {
            let minutes = built.app.rules().sign_ins.link_lifetime.as_ms() / 60_000;
            Some(format!("Set the dashboard up (once, within {minutes} minutes): {link}"))
        }
        Err(error) => {
            tracing::error!("no link to set the dashboard up could be made: {error:#}");
            None
        }
    }
}

/// Proofs let days pass while charges race: in debug builds `RECOUPTEST_CLOCK_SPEED` says how many
/// times as fast as real time it goes.
#[cfg(debug_assertions)]
fn running_clock() -> Time {
    match std::env::var("RECOUPTEST_CLOCK_SPEED") {
        Ok(speed) => Time::Fast(speed.parse().expect("RECOUPTEST_CLOCK_SPEED is a number")),
        Err(_) => Time::Real,
    }
}

#[cfg(not(debug_assertions))]
const fn running_clock() -> Time {
    Time::Real
}

/// Once per process; what cannot be read falls back to `info`.
pub fn start_log(settings: &Settings) {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_new(filter(&settings.log.level))
        .unwrap_or_else(|_| EnvFilter::new("warn,recoup=info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let begun = match settings.log.format {
        LogFormat::Pretty => log.try_init(),
        LogFormat::Json => log.json().try_init(),
    };
    if let Err(error) = begun {
        eprintln!("recoup: the log was begun already: {error}");
    }
}

/// A bare level is ours; of the libraries only warnings are shown.
fn filter(level: &str) -> String {
    let is_bare = level.chars().all(char::is_alphabetic);
    if is_bare { format!("warn,recoup={level}") } else { level.to_owned() }
}

/// Says how to reach the server. Whoever started it may have stopped reading: it serves anyway.
pub fn greet(lines: &[String]) {
    let mut out = std::io::stdout().lock();
    let written = lines.iter().try_for_each(|line| writeln!(out, "{line}"));
    if let Err(error) = written.and_then(|()| out.flush()) {
        tracing::debug!(%error, "nobody reads what the server says at its start");
    }
}
