//! What runs by itself: a table of jobs, and what runs it. A job takes no input and looks at the
//! database, so running it twice, late or after a crash is the same as running it once.

mod advance;
mod loops;
mod runner;
mod schedule;

use crate::app::App;
use crate::app::collect::CollectError;

pub use advance::{AdvanceError, Hands, Timeline};
pub use loops::Loops;
pub use runner::{JobError, Runner};
pub use schedule::{InvalidCron, Schedule};

/// Something that runs by itself.
pub struct Job {
    pub name: &'static str,
    /// When it runs unless the operator says otherwise: second, minute, hour, day, month, weekday.
    pub cron: &'static str,
    /// Runs it, and answers in a line what it did.
    pub run: fn(&App) -> Result<String, CollectError>,
}

/// All of them, in the order in which they are run when several are due.
pub const JOBS: &[Job] = &[
    Job { name: "follow-plugins", cron: "*/10 * * * * *", run: follow_plugins },
    Job { name: "digest-webhooks", cron: "*/10 * * * * *", run: digest_webhooks },
    Job { name: "sync-customers", cron: "*/30 * * * * *", run: sync_customers },
    Job { name: "resolve-unknown", cron: "*/10 * * * * *", run: resolve_unknown },
    Job { name: "send-refunds", cron: "*/10 * * * * *", run: send_refunds },
    Job { name: "expire-wallets", cron: "0 * * * * *", run: expire_wallets },
    Job { name: "top-up-wallets", cron: "0 * * * * *", run: top_up_wallets },
    Job { name: "expire-links", cron: "0 * * * * *", run: expire_links },
    Job { name: "retry-in-bulk", cron: "*/10 * * * * *", run: retry_in_bulk },
    Job { name: "bill-subscriptions", cron: "0 * * * * *", run: bill_subscriptions },
    Job { name: "finalize-invoices", cron: "30 * * * * *", run: finalize_invoices },
    Job { name: "announce-attempts", cron: "*/10 * * * * *", run: announce_attempts },
    Job { name: "retry-due", cron: "*/10 * * * * *", run: retry_due },
    Job { name: "mark-overdue", cron: "0 5 * * * *", run: mark_overdue },
    Job { name: "run-dunning", cron: "0 10 * * * *", run: run_dunning },
    Job { name: "deliver-webhooks", cron: "*/10 * * * * *", run: deliver_webhooks },
    Job { name: "back-up", cron: "0 40 * * * *", run: back_up },
    Job { name: "forget-requests", cron: "0 17 * * * *", run: forget_requests },
    Job { name: "forget-old", cron: "0 27 * * * *", run: forget_old },
];

/// None: there is no job of that name.
pub fn job(name: &str) -> Option<&'static Job> {
    JOBS.iter().find(|job| job.name == name)
}

fn follow_plugins(app: &App) -> Result<String, CollectError> {
    let installed = app.follow_plugins()?;
    Ok(format!("{installed} installed"))
}

fn retry_due(app: &App) -> Result<String, CollectError> {
    let run = app.retry_due()?;
    Ok(format!("{} attempted, {} not now, {} failed", run.attempted, run.not_now, run.failed))
}

fn announce_attempts(app: &App) -> Result<String, CollectError> {
    let told = app.announce_attempts()?;
    Ok(format!("{told} told"))
}

fn retry_in_bulk(app: &App) -> Result<String, CollectError> {
    let run = app.retry_in_bulk()?;
    Ok(format!("{} batches, {} failed", run.batches, run.failed))
}

fn resolve_unknown(app: &App) -> Result<String, CollectError> {
    let run = app.resolve_unknown()?;
    Ok(format!("{} asked, {} failed", run.asked, run.failed))
}

fn send_refunds(app: &App) -> Result<String, CollectError> {
    let run = app.send_refunds()?;
    let (sent, failed, handed_over) = (run.sent, run.failed, run.handed_over);
    Ok(format!("{sent} sent again, {failed} failed, {handed_over} handed over"))
}

fn digest_webhooks(app: &App) -> Result<String, CollectError> {
    let run = app.digest_webhooks()?;
    Ok(format!("{} digested, {} failed", run.digested, run.failed))
}

fn deliver_webhooks(app: &App) -> Result<String, CollectError> {
    let run = app.deliver_webhooks()?;
    Ok(format!("{} delivered, {} refused", run.delivered, run.refused))
}

fn expire_links(app: &App) -> Result<String, CollectError> {
    let run = app.expire_links()?;
    Ok(format!("{} closed, {} still open", run.closed, run.still_open))
}

fn sync_customers(app: &App) -> Result<String, CollectError> {
    let run = app.sync_customers()?;
    Ok(format!("{} done, {} to be tried again", run.done, run.postponed))
}

fn run_dunning(app: &App) -> Result<String, CollectError> {
    let run = app.run_dunning()?;
    Ok(format!("{} asked, {} failed", run.asked, run.failed))
}

fn bill_subscriptions(app: &App) -> Result<String, CollectError> {
    let run = app.bill_subscriptions()?;
    Ok(format!("{} looked at, {} customers failed", run.subscriptions, run.failed))
}

fn finalize_invoices(app: &App) -> Result<String, CollectError> {
    let finalized = app.finalize_invoices()?;
    Ok(format!("{finalized} finalized"))
}

fn mark_overdue(app: &App) -> Result<String, CollectError> {
    let marked = app.mark_overdue()?;
    Ok(format!("{marked} marked"))
}

fn expire_wallets(app: &App) -> Result<String, CollectError> {
    let expired = app.expire_wallets()?;
    Ok(format!("{expired} expired"))
}

fn top_up_wallets(app: &App) -> Result<String, CollectError> {
    let run = app.top_up_wallets()?;
    Ok(format!("{} looked at, {} topped up", run.looked_at, run.topped_up))
}

fn back_up(app: &App) -> Result<String, CollectError> {
    Ok(match app.back_up_when_due() {
        Ok(Some(path)) => format!("{} is made and checked", path.display()),
        Ok(None) => "none is due".to_owned(),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "no backup was made");
            format!("none was made: {error}")
        }
    })
}

fn forget_requests(app: &App) -> Result<String, CollectError> {
    let forgotten = app.forget_requests()?;
    Ok(format!("{forgotten} forgotten"))
}

fn forget_old(app: &App) -> Result<String, CollectError> {
    let gone = app.forget_old()?;
    let (pages, sign_ins) = (gone.pages, gone.sign_ins);
    Ok(format!("{} webhooks, {pages} pages and {sign_ins} sign-ins forgotten", gone.deliveries))
}
