//! Lists and single objects, asked of a running server over one kept connection, on a database
//! with many invoices and many more attempts.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use super::Options;
use super::children::server;
use super::figures::{Samples, Table};
use super::start::fill;

pub const ATTEMPTS_PER_INVOICE: u32 = 10;
/// Of each request.
const TIMES: usize = 1_000;
const NOT_COUNTED: usize = 50;
/// What takes so long is asked no further.
const LONG_ENOUGH: Duration = Duration::from_secs(20);

pub fn measure(options: &Options, folder: &Path, table: &mut Table) -> anyhow::Result<()> {
    let filled = fill(options, folder, ATTEMPTS_PER_INVOICE)?;
    let running = server(folder)?;
    let host = running.address.strip_prefix("http://").context("it listens on plain HTTP")?;
    let mut caller = Caller::of(host, format!("Authorization: Bearer {}", filled.key))?;
    let invoice = caller.first_id("/api/v1/invoices?per_page=1")?;
    let customer = caller.first_id("/api/v1/customers?per_page=1")?;
    let payment = caller.first_id("/api/v1/payments?per_page=1")?;
    let attempts = u64::from(filled.invoices) * u64::from(ATTEMPTS_PER_INVOICE);
    let size = format!("{} invoices, {attempts} attempts", filled.invoices);
    let paths = [
        format!("/api/v1/invoices/{invoice}"),
        format!("/api/v1/payments/{payment}"),
        "/api/v1/customers/customer-7".to_owned(),
        "/api/v1/invoices?per_page=20".to_owned(),
        "/api/v1/invoices".to_owned(),
        "/api/v1/invoices?payment_status=pending&per_page=20".to_owned(),
        "/api/v1/invoices?external_customer_id=customer-7".to_owned(),
        "/api/v1/payments?per_page=20".to_owned(),
        "/api/v1/payments".to_owned(),
        format!("/api/v1/payments?invoice_id={invoice}"),
        "/api/v1/customers?per_page=20".to_owned(),
    ];
    let pages = [
        "/dashboard".to_owned(),
        "/dashboard/invoices".to_owned(),
        "/dashboard/invoices?tab=outstanding".to_owned(),
        "/dashboard/invoices?tab=disputed".to_owned(),
        "/dashboard/invoices?tab=outstanding&decline=insufficient_funds".to_owned(),
        "/dashboard/invoices?tab=succeeded&from=1&currency=USD".to_owned(),
        "/dashboard/invoices?q=customer-7".to_owned(),
        format!("/dashboard/invoices/{invoice}"),
        format!("/dashboard/attempts/{payment}"),
        "/dashboard/calendar".to_owned(),
        "/dashboard/customers".to_owned(),
        format!("/dashboard/customers/{customer}"),
        "/dashboard/payments".to_owned(),
        "/dashboard/payments/unresolved".to_owned(),
        "/dashboard/analytics".to_owned(),
        "/dashboard/connections/of/bench".to_owned(),
        "/dashboard/system/jobs".to_owned(),
    ];
    let asked = paths.iter().map(|path| (path, format!("Authorization: Bearer {}", filled.key)));
    let seen =
        pages.iter().map(|path| (path, format!("Cookie: recoup_session={}", filled.session)));
    for (path, header) in asked.chain(seen) {
        // A connection of its own: the server ends one that is idle while others are asked.
        let mut caller = Caller::of(host, header)?;
        let (mut times, mut bytes) = (Vec::with_capacity(TIMES), 0);
        let begun = Instant::now();
        for number in 0..NOT_COUNTED + TIMES {
            let (body, time) = caller.get(path)?;
            bytes = body.len();
            if number >= NOT_COUNTED {
                times.push(time);
            }
            if begun.elapsed() > LONG_ENOUGH && !times.is_empty() {
                break;
            }
        }
        let shown = [&invoice, &payment, &customer]
            .into_iter()
            .fold(path.clone(), |shown, id| shown.replace(id.as_str(), "ID"));
        let kilobytes = bytes.div_ceil(1_000);
        table.row(
            format!("GET {shown} ({size})"),
            format!("{}, {kilobytes} kB", Samples::of(times).ms()),
        );
    }
    Ok(())
}

struct Caller {
    host: String,
    /// Says who calls.
    header: String,
    connection: BufReader<TcpStream>,
}

impl Caller {
    fn of(host: &str, header: String) -> anyhow::Result<Caller> {
        let stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        Ok(Caller { host: host.to_owned(), header, connection: BufReader::new(stream) })
    }

    /// The body, and how long it took to the last byte of it.
    fn get(&mut self, path: &str) -> anyhow::Result<(String, Duration)> {
        let begun = Instant::now();
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{}\r\n\r\n", self.host, self.header);
        self.connection.get_mut().write_all(request.as_bytes())?;
        let mut line = String::new();
        self.connection.read_line(&mut line)?;
        ensure!(line.starts_with("HTTP/1.1 200"), "{path}: {line}");
        let mut length = None;
        loop {
            line.clear();
            self.connection.read_line(&mut line)?;
            if line == "\r\n" {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = Some(value.trim().parse::<usize>()?);
            }
        }
        let mut body = vec![0; length.context("the length of the answer")?];
        self.connection.read_exact(&mut body)?;
        let time = begun.elapsed();
        Ok((String::from_utf8(body)?, time))
    }

    fn first_id(&mut self, path: &str) -> anyhow::Result<String> {
        let (body, _) = self.get(path)?;
        let begins = "\"lago_id\":\"";
        let at = body.find(begins).context("an object with an id")? + begins.len();
        Ok(body.get(at..at + 36).context("a whole id")?.to_owned())
    }
}
