//! The processes beside the benchmark: the pretend provider, and a server to be started. Each is
//! ended by its id, whatever happens.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::Context;

/// A process that has said where it listens.
pub struct Listening {
    process: Child,
    /// `http://127.0.0.1:40123`
    pub address: String,
}

impl Listening {
    /// Waits for the line that begins so; the address is the rest of it.
    fn start(mut command: Command, begins: &str) -> anyhow::Result<Listening> {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let out = process.stdout.take().context("its output is piped")?;
        let mut lines = BufReader::new(out).lines().map_while(Result::ok);
        let found = lines.find_map(|line| line.strip_prefix(begins).map(str::to_owned));
        let address = found.unwrap_or_default();
        let child = Listening { process, address };
        anyhow::ensure!(!child.address.is_empty(), "it ended before it listened");
        Ok(child)
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// `[median, p99]` in milliseconds; none answers at once.
pub fn pretend_provider(latency: Option<[u32; 2]>) -> anyhow::Result<Listening> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_recoup"));
    command.args(["sandbox", "--listen", "127.0.0.1:0"]);
    if let Some([median_ms, p99_ms]) = latency {
        command.args(["--latency-median-ms", &median_ms.to_string()]);
        command.args(["--latency-p99-ms", &p99_ms.to_string()]);
    }
    Listening::start(command, "the pretend provider listens on ")
}

pub fn server(data_dir: &Path) -> anyhow::Result<Listening> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_recoup"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(data_dir);
    Listening::start(command, "recoup listens on ")
}
