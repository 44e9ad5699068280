//! The work of bulk retries, in batches of a transaction each, so that nobody waits long for the
//! writer. How far it has come is stored with each batch: a crash loses none and repeats none.

use std::sync::Arc;

use crate::app::collect::{
    CollectError, NO_METHOD, NO_PROVIDER, RetryError, Within, ask, can_be_asked, tell_impossible,
};
use crate::app::crash_point::{CrashPoint, crash_point};
use crate::app::{App, Rules};
use crate::domain::bulk_retry::{
    BulkInvoice, BulkInvoiceState, BulkRetry, BulkState, Queued, Refusal,
};
use crate::domain::id::BulkRetryId;
use crate::store::After;

/// So many invoices are written down in one transaction.
const LISTED_BATCH: u32 = 1_000;

/// So many are asked for, or taken back, in one transaction.
const WORKED_BATCH: u32 = 200;

/// So many bulk retries are looked at in one run; the next run takes the others.
const AT_ONCE: u32 = 64;

/// What one run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BulkRun {
    pub batches: u64,
    /// Stopped by an error of ours; the next run goes on with them.
    pub failed: u64,
}

impl App {
    pub fn retry_in_bulk(&self) -> Result<BulkRun, CollectError> {
        let mut run = BulkRun::default();
        let unfinished =
            self.store.read(|read| read.unfinished_bulk_retries_of_every_organization(AT_ONCE))?;
        for id in unfinished {
            if let Err(error) = self.work_through(id, &mut run) {
                run.failed += 1;
                tracing::error!(bulk_retry = ?id, %error, "a bulk retry could not go on");
            }
        }
        Ok(run)
    }

    fn work_through(&self, id: BulkRetryId, run: &mut BulkRun) -> Result<(), CollectError> {
        while let Some(bulk) = self.step_bulk_retry(id)? {
            run.batches += 1;
            self.wake.ring();
            match bulk.state {
                BulkState::Listing | BulkState::Queueing | BulkState::Cancelling => {}
                BulkState::Queued | BulkState::Cancelled => return Ok(()),
            }
        }
        Ok(())
    }

    /// One batch, whoever asks: several may. None: there is no such bulk retry.
    pub(super) fn step_bulk_retry(
        &self,
        id: BulkRetryId,
    ) -> Result<Option<BulkRetry>, CollectError> {
        let rules: Arc<Rules> = Arc::clone(&self.rules);
        let now = self.clock.now();
        let stepped = self.store.write(move |tx| -> Result<_, CollectError> {
            let Some(bulk) = tx.bulk_retry_of_every_organization(id)? else { return Ok(None) };
            let within = Within { tx, rules: &rules, now };
            let stepped = match bulk.state {
                BulkState::Listing => list(&within, bulk)?,
                BulkState::Queueing => work(&within, bulk, queue)?,
                BulkState::Cancelling => work(&within, bulk, withdraw)?,
                BulkState::Queued | BulkState::Cancelled => return Ok(Some(bulk)),
            };
            tx.save_bulk_retry(&stepped)?;
            crash_point(CrashPoint::InBulkBatch);
            Ok(Some(stepped))
        })?;
        crash_point(CrashPoint::AfterBulkBatch);
        Ok(stepped)
    }
}

/// Writes down the next invoices that are meant.
fn list(within: &Within<'_, '_>, bulk: BulkRetry) -> Result<BulkRetry, CollectError> {
    let Within { tx, now, .. } = *within;
    let after = After { invoice: bulk.listed_up_to, made_until: bulk.created_at };
    let meant = tx.invoices_meant(bulk.organization_id, &bulk.filter, after, LISTED_BATCH)?;
    let listed_up_to = meant.last().copied().or(bulk.listed_up_to);
    let is_last = u32::try_from(meant.len()).unwrap_or(LISTED_BATCH) < LISTED_BATCH;
    let mut invoices_count = bulk.invoices_count;
    for invoice_id in meant {
        let Some(invoice) = tx.invoice(bulk.organization_id, invoice_id)? else { continue };
        invoices_count = invoices_count.saturating_add(1);
        tx.insert_bulk_invoice(&BulkInvoice {
            bulk_retry_id: bulk.id,
            position: invoices_count,
            invoice_id,
            due: invoice.due(),
            state: BulkInvoiceState::Listed,
        })?;
    }
    let bulk = BulkRetry { listed_up_to, invoices_count, updated_at: now, ..bulk };
    Ok(if is_last { bulk.advance(now) } else { bulk })
}

type OnEach = fn(&Within<'_, '_>, &BulkRetry, BulkInvoice) -> Result<(), CollectError>;

/// The next batch of its invoices.
fn work(
    within: &Within<'_, '_>,
    bulk: BulkRetry,
    on_each: OnEach,
) -> Result<BulkRetry, CollectError> {
    let batch = within.tx.bulk_invoices_next(&bulk, WORKED_BATCH)?;
    let worked_through = batch.last().map_or(bulk.worked_through, |last| last.position);
    let is_last = u32::try_from(batch.len()).unwrap_or(WORKED_BATCH) < WORKED_BATCH;
    for invoice in batch {
        on_each(within, &bulk, invoice)?;
    }
    let bulk = BulkRetry { worked_through, updated_at: within.now, ..bulk };
    Ok(if is_last { bulk.advance(within.now) } else { bulk })
}

/// Asks for one invoice, or says why not.
fn queue(
    within: &Within<'_, '_>,
    bulk: &BulkRetry,
    member: BulkInvoice,
) -> Result<(), CollectError> {
    let tx = within.tx;
    let state = match can_be_asked(&within.looking(), bulk.organization_id, member.invoice_id)? {
        Ok((recovery, was)) => {
            let unsent = tx.unsent_attempt(recovery.id)?;
            let queued = Queued {
                recovery_id: recovery.id,
                attempt_number: unsent.map_or_else(
                    || recovery.attempts_made.saturating_add(1),
                    |attempt| attempt.number,
                ),
                attempts_before: recovery.attempts_made,
                was,
                kept: false,
            };
            match ask(tx, recovery, None, within.now) {
                Ok(()) => BulkInvoiceState::Queued(queued),
                Err(RetryError::Collect(error)) => return Err(error),
                Err(RetryError::AttemptOpen) => refused(Refusal::OPEN),
                Err(RetryError::NotFound | RetryError::WrongStatus | RetryError::InvalidMethod) => {
                    refused(Refusal::STATUS)
                }
            }
        }
        Err(refusal) => {
            tell_refused(within, bulk, &member, refusal)?;
            refused(refusal)
        }
    };
    tx.save_bulk_invoice(&BulkInvoice { state, ..member })?;
    crash_point(CrashPoint::InBulkQueue);
    Ok(())
}

fn refused(refusal: Refusal) -> BulkInvoiceState {
    BulkInvoiceState::Refused { code: refusal.0.to_owned() }
}

/// What a single retry tells by webhook is told here too.
fn tell_refused(
    within: &Within<'_, '_>,
    bulk: &BulkRetry,
    member: &BulkInvoice,
    refusal: Refusal,
) -> Result<(), CollectError> {
    if refusal.0 != NO_PROVIDER && refusal.0 != NO_METHOD {
        return Ok(());
    }
    match within.tx.invoice(bulk.organization_id, member.invoice_id)? {
        Some(invoice) => Ok(tell_impossible(within.tx, &invoice, refusal.0, within.now)?),
        None => Ok(()),
    }
}

/// Takes one invoice back, if nothing has begun.
fn withdraw(
    within: &Within<'_, '_>,
    _: &BulkRetry,
    member: BulkInvoice,
) -> Result<(), CollectError> {
    let tx = within.tx;
    match &member.state {
        BulkInvoiceState::Listed => {}
        BulkInvoiceState::Refused { .. } | BulkInvoiceState::Withdrawn => return Ok(()),
        BulkInvoiceState::Queued(queued) => {
            let found = tx.recovery_of_every_organization(queued.recovery_id)?;
            match found.and_then(|recovery| recovery.withdraw(queued, within.now)) {
                Some(withdrawn) => tx.save_recovery(&withdrawn)?,
                None => return Ok(()),
            }
        }
    }
    Ok(tx.save_bulk_invoice(&BulkInvoice { state: BulkInvoiceState::Withdrawn, ..member })?)
}
