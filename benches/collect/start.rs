//! `recoup serve` on a database with many invoices: how soon it answers, and what it holds in
//! memory while nothing happens.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use recoup::app::{App, NewConnection};
use recoup::config::Settings;
use recoup::domain::id::OrganizationId;
use recoup::domain::rights::Rights;
use recoup::domain::secret::Secret;
use recoup::domain::time::Span;
use recoup::domain::user::{Email, Role};
use recoup::startup::{Time, build};

use super::Options;
use super::children::{Listening, server};
use super::debts::Debts;
use super::figures::{Samples, Table, megabytes, resident_mb};

const INVOICES_PER_CUSTOMER: u32 = 5;
const STARTS: usize = 7;
/// Long enough for what a start leaves behind to be over.
const SETTLING: Duration = Duration::from_secs(3);

pub fn measure(options: &Options, folder: &Path, table: &mut Table) -> anyhow::Result<()> {
    let Filled { invoices, .. } = fill(options, folder, 0)?;
    // The first start compiles the plugins.
    let (first, running) = start(folder)?;
    drop(running);
    table.row("start: the very first, compiling plugins", format!("{:.0} ms", ms(first)));
    let mut times = vec![];
    let mut memory = None;
    for number in 1..=STARTS {
        let (time, running) = start(folder)?;
        times.push(time);
        if number == STARTS {
            std::thread::sleep(SETTLING);
            memory = resident_mb(running.id());
        }
    }
    let times = Samples::of(times);
    let [median, worst] = [50, 100].map(|percent| ms(times.percentile(percent)));
    table.row(
        format!("start: {invoices} invoices, median / worst of {STARTS}"),
        format!("{median:.0} / {worst:.0} ms"),
    );
    table.row("start: idle memory", megabytes(memory));
    Ok(())
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// What is in a database that a server is to be started on.
pub struct Filled {
    pub invoices: u32,
    /// Opens the API.
    pub key: String,
    /// Of somebody who is signed in to the dashboard.
    pub session: String,
}

/// Debts of the year to come: nothing is due, so the server is idle.
pub fn fill(options: &Options, folder: &Path, attempts_per_invoice: u32) -> anyhow::Result<Filled> {
    let mut settings = Settings { data_dir: folder.to_owned(), ..Settings::default() };
    // The server's own is empty at its first start.
    settings.plugins.cache_dir = folder.with_extension("cache");
    let built = build(&settings, Time::Real, false)?;
    let connection = built.app.add_connection(&NewConnection {
        organization_id: built.organization.id,
        provider: "sandbox".to_owned(),
        code: "bench".to_owned(),
        name: None,
        settings: vec![
            ("base_url".to_owned(), Secret::new("http://127.0.0.1:9")),
            ("secret_key".to_owned(), Secret::new("sk_sandbox_bench")),
        ],
        allows_private_network: true,
        success_redirect_url: None,
    })?;
    let customers = options.invoices / INVOICES_PER_CUSTOMER;
    let debts = Debts {
        organization: built.organization.id,
        connection: connection.id,
        customers,
        invoices_per_customer: INVOICES_PER_CUSTOMER,
        attempts_per_invoice,
        // Within the days that analytics tell of.
        attempted_from: built.app.now().minus(Span::days(80)),
        behaviour: "ok",
        at: built.app.now().plus(Span::days(365)),
    };
    debts.write(&built.app)?;
    let (_, key) =
        built.app.create_api_key(built.organization.id, "bench", Rights::Everything, None)?;
    Ok(Filled {
        invoices: customers * INVOICES_PER_CUSTOMER,
        key: key.reveal().to_owned(),
        session: sign_in(&built.app, built.organization.id)?,
    })
}

fn sign_in(app: &App, organization: OrganizationId) -> anyhow::Result<String> {
    let email: Email = "bench@example.com".parse()?;
    let password = Secret::new("a fairly long password");
    let (_, link) = app.add_user(organization, email.clone(), Role::Viewer)?;
    app.choose_password(&link, &password)?;
    let session = app.sign_in(Some(&email), &password, None)?;
    Ok(session.context("somebody is signed in")?.reveal().to_owned())
}

/// From the start of the process to its first answer.
fn start(folder: &Path) -> anyhow::Result<(Duration, Listening)> {
    let begun = Instant::now();
    let running = server(folder)?;
    let host = running.address.strip_prefix("http://").context("it listens on plain HTTP")?;
    let mut connection = TcpStream::connect(host)?;
    let request = format!("GET /health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes())?;
    let mut answer = String::new();
    BufReader::new(connection).read_line(&mut answer)?;
    let time = begun.elapsed();
    ensure!(answer.starts_with("HTTP/1.1 200"), "it is not healthy: {answer}");
    Ok((time, running))
}
