//! A person says that money came outside any provider.

use super::App;
use super::crash_point::{CrashPoint, crash_point};
use super::invoice_changes::{change_recovery, end_payment_page, save_with_fees, tell};
use super::ledger;
use super::receipts::issue_receipt;
use crate::domain::audit_trail::{Act, Action};
use crate::domain::event::EventKind;
use crate::domain::id::{AttemptId, InvoiceId, OrganizationId};
use crate::domain::invoice::{Invoice, InvoiceStatus, InvoiceType, PaymentStatus};
use crate::domain::invoice_change::ReceivedMoney;
use crate::domain::money::Money;
use crate::domain::payment::ManualPayment;
use crate::domain::recovery::RecoveredBy;
use crate::domain::view::PaymentView;
use crate::store::{Reader, Signed, StoreError, Tx};

#[derive(Debug, Clone, thiserror::Error)]
pub enum RecordPaymentError {
    #[error("there is no such invoice")]
    InvoiceNotFound,
    #[error("an invoice that is neither finalized nor open takes no payment")]
    InvoiceNotPayable,
    #[error("more than is due")]
    MoreThanDue,
    #[error("this kind of invoice is paid in full or not at all")]
    NotInFull,
    #[error("a request that includes the invoice has been paid")]
    PaidByRequest,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl App {
    /// Whether the invoice takes payments: for callers whose request is wrong in other ways
    /// too, since this is to be told first.
    pub fn check_invoice_takes_payments(
        &self,
        organization: OrganizationId,
        id: InvoiceId,
    ) -> Result<(), RecordPaymentError> {
        self.store.read(|reader| payable_invoice(reader, organization, id).map(|_| ()))
    }

    pub fn record_payment(
        &self,
        organization: OrganizationId,
        received: ReceivedMoney,
    ) -> Result<PaymentView, RecordPaymentError> {
        let now = self.clock.now();
        let signed = self.signed(organization, now);
        let recorded = self.store.write(move |tx| record(tx, signed, &received))?;
        crash_point(CrashPoint::AfterManualPayment);
        self.wake.ring();
        Ok(recorded)
    }
}

/// Of any status that can be paid, also one that is not shown yet.
fn payable_invoice(
    reader: &Reader<'_>,
    organization: OrganizationId,
    id: InvoiceId,
) -> Result<Invoice, RecordPaymentError> {
    let invoice = reader.invoice(organization, id)?.ok_or(RecordPaymentError::InvoiceNotFound)?;
    match invoice.status {
        InvoiceStatus::Finalized | InvoiceStatus::Open => Ok(invoice),
        InvoiceStatus::Draft
        | InvoiceStatus::Closed
        | InvoiceStatus::Voided
        | InvoiceStatus::Deleted => Err(RecordPaymentError::InvoiceNotPayable),
    }
}

fn record(
    tx: &Tx<'_>,
    signed: Signed,
    received: &ReceivedMoney,
) -> Result<PaymentView, RecordPaymentError> {
    let Signed { organization, at: now, .. } = signed;
    let before = payable_invoice(tx, organization, received.invoice_id)?;
    if received.amount > before.due().minor_units {
        return Err(RecordPaymentError::MoreThanDue);
    }
    if before.invoice_type == InvoiceType::Credit && received.amount != before.total_amount {
        return Err(RecordPaymentError::NotInFull);
    }
    if tx.is_in_paid_request(before.id)? {
        return Err(RecordPaymentError::PaidByRequest);
    }
    let payment = ManualPayment {
        id: AttemptId::at(now),
        organization_id: organization,
        customer_id: before.customer_id,
        invoice_id: before.id,
        amount: Money::new(received.amount, before.currency),
        reference: received.reference.clone(),
        paid_at: received.paid_at.unwrap_or(now),
    };
    tx.insert_manual_payment(&payment)?;
    crash_point(CrashPoint::InManualPayment);
    let was = before.payment_status;
    ledger::append_manual(tx, &payment, now)?;
    let act = Act::on(Action::PaymentRecorded, payment.id)
        .with("invoice_id", payment.invoice_id)
        .with("amount", payment.amount)
        .with("reference", &payment.reference);
    tx.append_audit(signed, &act)?;
    let paid_in_all = before.paid_amount.saturating_add(received.amount);
    let invoice = before.with_paid(paid_in_all, now);
    let invoice = save_with_fees(tx, &invoice, now)?;
    if invoice.payment_status == PaymentStatus::Succeeded {
        change_recovery(tx, invoice.id, |recovery| {
            recovery.settle_without_charge(RecoveredBy::ManualPayment, now)
        })?;
    }
    // Also after a part: a page's amount is frozen when it is made.
    end_payment_page(tx, invoice.id, now)?;
    if invoice.payment_status != was {
        tell(tx, EventKind::PaymentStatusChanged, &invoice, now)?;
    }
    issue_receipt(tx, organization, payment.id, now)?;
    Ok(tx.payment_of_any_invoice(organization, payment.id)?.ok_or(StoreError::Panicked)?)
}
