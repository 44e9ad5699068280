//! `recoup sandbox`: the pretend payment provider alone.

use std::path::PathBuf;

use clap::Args;

use crate::sandbox::{Latency, Options, WebhookTarget, run};

#[derive(Args)]
pub struct Sandbox {
    /// Where it listens; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8081", value_name = "ADDR")]
    listen: String,
    /// Keep the ledger in this file
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// What its pages and links begin with, behind a proxy
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Answer charges after so long in the median
    #[arg(long, requires = "latency_p99_ms", value_name = "MS")]
    latency_median_ms: Option<u32>,
    /// Answer charges after so long at the 99th percentile
    #[arg(long, requires = "latency_median_ms", value_name = "MS")]
    latency_p99_ms: Option<u32>,
    /// Send every event there
    #[arg(long, requires = "webhook_secret", value_name = "URL")]
    webhook_url: Option<String>,
    /// What webhooks are signed with
    #[arg(long, requires = "webhook_url", value_name = "SECRET")]
    webhook_secret: Option<String>,
}

impl Sandbox {
    pub fn run(self) -> anyhow::Result<()> {
        let latency = match self.latency_median_ms.zip(self.latency_p99_ms) {
            Some((median_ms, p99_ms)) => Some(Latency::lognormal([median_ms, p99_ms])?),
            None => None,
        };
        let target = self.webhook_url.zip(self.webhook_secret);
        let webhooks = target.map(|(url, secret)| WebhookTarget { url, secret });
        let options = Options {
            public_url: self.public_url,
            ledger: self.ledger,
            latency,
            webhooks: webhooks.into_iter().collect(),
            ..Options::default()
        };
        Ok(run(&self.listen, options, |address| {
            println!("the pretend provider listens on http://{address}");
        })?)
    }
}
