//! Campaigns ask customers for what is overdue, each at its time. The clock and the counters of a
//! customer move in the transaction that makes the requests, so running it again asks nobody
//! twice.

use super::App;
use super::collect::CollectError;
use super::create_payment_request::{Asking, RequestPaymentError, is_ready, make_request};
use crate::domain::currency::Currency;
use crate::domain::customer::Customer;
use crate::domain::dunning::{DunningCampaign, Progress};
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::id::{CustomerId, OrganizationId};
use crate::domain::invoice::{Invoice, PaymentStatus};
use crate::domain::money::Money;
use crate::domain::payment_request::PaymentRequest;
use crate::domain::time::Timestamp;
use crate::store::{Reader, StoreError, Tx};

/// So many customers are looked at in one go.
const PAGE: u32 = 200;

/// What one run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dunned {
    /// Customers whose turn it was.
    pub asked: u64,
    pub failed: u64,
}

impl App {
    pub fn run_dunning(&self) -> Result<Dunned, CollectError> {
        let now = self.clock.now();
        let mut run = Dunned::default();
        let mut after = None;
        loop {
            let page = self
                .store
                .read(|read| read.customers_overdue_of_every_organization(after, PAGE))?;
            let Some((_, last)) = page.last().copied() else { break };
            after = Some(last);
            for (organization, customer) in page {
                // Most are not at their turn: that is seen without writing.
                let is_due = self
                    .store
                    .read(|read| due(read, organization, customer, now).map(|it| it.is_some()));
                let asked = is_due.and_then(|is_due| match is_due {
                    false => Ok(false),
                    true => self.store.write(move |tx| ask(tx, organization, customer, now)),
                });
                match asked {
                    Ok(asked) => run.asked += u64::from(asked),
                    Err(error) => {
                        run.failed += 1;
                        tracing::error!(?customer, %error, "a customer could not be dunned");
                    }
                }
            }
        }
        if run.asked > 0 {
            self.wake.ring();
        }
        Ok(run)
    }
}

/// A customer whose turn it is.
struct Due {
    customer: Customer,
    campaign: DunningCampaign,
    step: crate::domain::dunning::Step,
}

fn due(
    reader: &Reader<'_>,
    organization: OrganizationId,
    customer: CustomerId,
    now: Timestamp,
) -> Result<Option<Due>, StoreError> {
    let found = reader.customer(organization, customer)?;
    let Some(customer) = found.filter(|it| it.deleted_at.is_none()) else { return Ok(None) };
    let dunning = reader.customer_dunning(customer.id)?;
    let Some(campaign) = reader.campaign_for(organization, &dunning)? else { return Ok(None) };
    let overdue = reader.overdue_balances(customer.id)?;
    let step = campaign.next_step(&dunning.progress, &overdue, now);
    Ok(step.map(|step| Due { customer, campaign, step }))
}

fn ask(
    tx: &Tx<'_>,
    organization: OrganizationId,
    customer: CustomerId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(due) = due(tx, organization, customer, now)? else { return Ok(false) };
    let Due { customer, campaign, step } = due;
    tx.save_progress(customer.id, &step.progress)?;
    for currency in step.currencies {
        request(tx, &customer, &campaign, (currency, now))?;
    }
    if step.finished {
        let subject = Subject { customer_id: Some(customer.id), ..Subject::default() };
        let event = Event::new(EventKind::DunningFinished, organization, subject, now);
        tx.append_event(&event.with_code(&campaign.code))?;
    }
    Ok(true)
}

/// One request for all that is overdue in the currency and that nobody else is collecting. If that
/// is too little, none is made; it was an attempt all the same.
fn request(
    tx: &Tx<'_>,
    customer: &Customer,
    campaign: &DunningCampaign,
    (currency, now): (Currency, Timestamp),
) -> Result<(), StoreError> {
    let mut ready: Vec<Invoice> = Vec::new();
    for invoice in tx.overdue_invoices(customer.id, currency)? {
        if is_ready(tx, &invoice)? {
            ready.push(invoice);
        }
    }
    let total = ready.iter().fold(0_i64, |sum, it| sum.saturating_add(it.total_amount));
    if !campaign.asks_for(Money::new(total, currency)) {
        return Ok(());
    }
    let campaign_id = Some(campaign.id);
    match make_request(tx, Asking { customer, email: None, campaign_id, now }, ready) {
        Ok(_) => Ok(()),
        Err(RequestPaymentError::Store(error)) => Err(error),
        // They were chosen to go together: only a sum that no number holds does not.
        Err(
            error @ (RequestPaymentError::CustomerNotFound
            | RequestPaymentError::InvoiceNotFound
            | RequestPaymentError::Unsuitable(_)
            | RequestPaymentError::NotReady),
        ) => {
            tracing::error!(customer = ?customer.id, %error, "a request could not be made");
            Ok(())
        }
    }
}

/// The request of a campaign was paid: its currency begins anew.
pub(super) fn request_was_paid(tx: &Tx<'_>, request: &PaymentRequest) -> Result<(), StoreError> {
    match request.campaign_id {
        Some(_) => begin_anew(tx, request.customer_id, request.amount.currency),
        None => Ok(()),
    }
}

/// So it does when an invoice is paid that a campaign asked for, by whatever way.
pub(super) fn dunned_invoice_changed(tx: &Tx<'_>, invoice: &Invoice) -> Result<(), StoreError> {
    match invoice.payment_status {
        PaymentStatus::Succeeded if tx.was_dunned(invoice.id)? => {
            begin_anew(tx, invoice.customer_id, invoice.currency)
        }
        PaymentStatus::Succeeded | PaymentStatus::Pending | PaymentStatus::Failed => Ok(()),
    }
}

fn begin_anew(tx: &Tx<'_>, customer: CustomerId, currency: Currency) -> Result<(), StoreError> {
    let progress: Progress = tx.customer_dunning(customer)?.progress;
    if progress.attempts(currency) == 0 {
        return Ok(());
    }
    tx.save_progress(customer, &progress.without(currency))
}
