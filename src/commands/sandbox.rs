//! `recoup sandbox`: the pretend payment provider alone.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::sandbox::{Latency, Options, run};

#[derive(Args)]
pub struct Sandbox {
    /// Where it listens; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8090", value_name = "ADDR")]
    listen: String,
    /// Keep the ledger in this file
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// Answer charges after so long in the median; needs the figure for p99 too
    #[arg(long, requires = "latency_p99_ms", value_name = "MS")]
    latency_median_ms: Option<u64>,
    /// … and after so long at the 99th percentile
    #[arg(long, requires = "latency_median_ms", value_name = "MS")]
    latency_p99_ms: Option<u64>,
}

impl Sandbox {
    pub fn run(self) -> anyhow::Result<()> {
        let latency = match (self.latency_median_ms, self.latency_p99_ms) {
            (Some(median), Some(p99)) => {
                Some(Latency::new(Duration::from_millis(median), Duration::from_millis(p99))?)
            }
            _ => None,
        };
        let options = Options { ledger: self.ledger, latency, ..Options::default() };
        Ok(run(&self.listen, options, |address| {
            println!("the pretend provider listens on http://{address}");
        })?)
    }
}
