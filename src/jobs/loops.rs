//! The loops that do new work at once: each waits for its bell, at most a second.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use super::job;
use super::runner::Runner;
use crate::app::Bell;

/// Without a bell, work that became due is looked for this often.
const TICK: Duration = Duration::from_secs(1);

/// Bells that ring all the time do not make a loop run more often than this.
const PAUSE: Duration = Duration::from_millis(5);

/// The jobs whose work is not to wait for their cron.
const PROMPT: &[&str] = &[
    "retry-in-bulk",
    "retry-due",
    "digest-webhooks",
    "deliver-webhooks",
    "sync-customers",
    "resolve-unknown",
    "send-refunds",
    "top-up-wallets",
    "follow-plugins",
];

/// Started when it is made, stopped when it is dropped.
pub struct Loops {
    stop: Arc<AtomicBool>,
    runner: Arc<Runner>,
    threads: Vec<JoinHandle<()>>,
}

impl Loops {
    pub fn start(runner: &Arc<Runner>) -> Loops {
        let stop = Arc::new(AtomicBool::new(false));
        let threads = PROMPT
            .iter()
            .map(|&name| {
                let (runner, stop) = (Arc::clone(runner), Arc::clone(&stop));
                std::thread::Builder::new()
                    .name(name.to_owned())
                    .spawn(move || run_until(&runner, name, &stop))
                    .expect("the system has a thread for a loop")
            })
            .collect();
        Loops { stop, runner: Arc::clone(runner), threads }
    }
}

impl Drop for Loops {
    /// Waits for what is being done: a charge that has begun is settled.
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.runner.app().wake().ring();
        for thread in self.threads.drain(..) {
            // It panicked: that was reported when it happened.
            let _ = thread.join();
        }
    }
}

fn run_until(runner: &Runner, name: &str, stop: &AtomicBool) {
    let job = job(name).expect("the loops name jobs of the table");
    while !stop.load(Ordering::Relaxed) {
        let bell = bell(runner, name);
        let seen = bell.rings();
        runner.glance(job);
        std::thread::sleep(PAUSE);
        bell.wait(seen, TICK);
    }
}

fn bell<'a>(runner: &'a Runner, name: &str) -> &'a Bell {
    let wake = runner.app().wake();
    if name == "deliver-webhooks" { wake.news() } else { wake.work() }
}
