//! Receipts: made with the success of a payment, shown by link to whoever has one.

use rand::RngCore;

use super::App;
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::file_link::{FileLink, InvalidLink};
use crate::domain::id::{AttemptId, OrganizationId, ReceiptId};
use crate::domain::receipt::Receipt;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::domain::view::{ReceiptPaper, ReceiptView};
use crate::store::{StoreError, Tx};

const KEY_BYTES: usize = 32;

#[derive(Debug, Clone, thiserror::Error)]
pub enum OpenReceiptError {
    /// Also when there is no such receipt: a link that was not made here says nothing.
    #[error(transparent)]
    Link(#[from] InvalidLink),
    #[error("its invoice is not shown")]
    NotShown,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Belongs into the transaction in which the payment succeeds, whatever it pays. A payment has one
/// receipt, however often its success is told.
pub fn issue_receipt(
    tx: &Tx<'_>,
    organization: OrganizationId,
    payment: AttemptId,
    now: Timestamp,
) -> Result<(), StoreError> {
    if tx.has_receipt(payment)? {
        return Ok(());
    }
    let Some(paid) = tx.payment_of_any_invoice(organization, payment)? else { return Ok(()) };
    let (sequential_id, number) = tx.next_receipt_number(paid.customer_id)?;
    let receipt = Receipt {
        id: ReceiptId::at(now),
        organization_id: organization,
        customer_id: paid.customer_id,
        payment_id: payment,
        sequential_id,
        number,
        created_at: now,
    };
    tx.insert_receipt(&receipt, &paid.invoices)?;
    let subject = Subject {
        customer_id: Some(paid.customer_id),
        receipt_id: Some(receipt.id),
        ..Subject::default()
    };
    // It is printed when somebody opens it, so it can be fetched from the beginning.
    for kind in [EventKind::ReceiptCreated, EventKind::ReceiptGenerated] {
        tx.append_event(&Event::new(kind, organization, subject, now))?;
    }
    Ok(())
}

impl App {
    /// The same with a fresh link to its printed form.
    pub fn with_file_url(&self, view: ReceiptView) -> Result<ReceiptView, StoreError> {
        let key = self.file_link_key(view.receipt.organization_id)?;
        let link = FileLink::to_receipt(view.receipt.id, &key, self.clock.now());
        Ok(ReceiptView { file_url: Some(link.url(&self.rules.public_url)), ..view })
    }

    /// What the printed form shows, for whoever has the link.
    pub fn open_receipt(&self, link: &FileLink) -> Result<ReceiptPaper, OpenReceiptError> {
        let found = self.store.read(|read| read.receipt_of_every_organization(link.receipt_id))?;
        let receipt = found.ok_or(InvalidLink::Forged)?;
        let organization_id = receipt.organization_id;
        link.check(&self.file_link_key(organization_id)?, self.clock.now())?;
        self.store.read(|read| {
            let view = read.receipt_view(organization_id, receipt.id)?;
            let view = view.ok_or(OpenReceiptError::NotShown)?;
            let customer = read.customer(organization_id, receipt.customer_id)?;
            Ok(ReceiptPaper {
                receipt: view.receipt,
                payment: view.payment,
                customer: customer.ok_or(OpenReceiptError::NotShown)?,
                organization: read.organization(organization_id)?,
            })
        })
    }

    /// Two callers at once may both make one; both get the one that was stored first.
    fn file_link_key(&self, organization: OrganizationId) -> Result<Secret, StoreError> {
        if let Some(key) = self.store.read(|read| read.file_link_key(organization))? {
            return Ok(key);
        }
        let mut bytes = [0; KEY_BYTES];
        rand::rng().fill_bytes(&mut bytes);
        let made = Secret::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        self.store.write(move |tx| {
            tx.put_file_link_key_if_none(organization, &made)?;
            tx.file_link_key(organization)?.ok_or_else(|| StoreError::no_organization(organization))
        })
    }
}
