//! Drafts: refreshed, deleted, and made final when their time of grace is over or somebody says
//! so. From then on an invoice is a debt.

use super::App;
use super::invoice_changes::{follow_payment_status, tell, view_of, visible_invoice};
use super::issue_invoice::{begin_collecting, due_date, numbered, skips_zero};
use super::subscriptions::{BillError, reprice};
use super::wallets::spend::spend_credits;
use crate::domain::customer::Customer;
use crate::domain::event::EventKind;
use crate::domain::id::{InvoiceId, OrganizationId};
use crate::domain::invoice::{Invoice, InvoiceStatus, InvoiceType, PaymentStatus};
use crate::domain::organization::Organization;
use crate::domain::time::Timestamp;
use crate::domain::view::InvoiceView;
use crate::store::{StoreError, Tx};

/// So many drafts are looked up at once.
const BATCH: u32 = 200;

#[derive(Debug, Clone, thiserror::Error)]
pub enum DraftError {
    #[error("there is no such invoice")]
    NotFound,
    #[error("only subscriptions are invoiced with drafts")]
    NotOfSubscriptions,
    #[error("the invoice is no draft")]
    NotADraft,
    #[error(transparent)]
    Bill(#[from] BillError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl App {
    /// All whose time of grace is over. Says how many became final.
    pub fn finalize_invoices(&self) -> Result<u32, StoreError> {
        let now = self.clock.now();
        let mut finalized = 0_u32;
        loop {
            let due = self
                .store
                .read(|read| read.drafts_to_finalize_of_every_organization(now, BATCH))?;
            let before = finalized;
            for (organization, id) in &due {
                let (organization, id) = (*organization, *id);
                match self.store.write(move |tx| finalize_draft(tx, organization, id, now)) {
                    Ok(()) => finalized += 1,
                    // Whoever was first has done it.
                    Err(DraftError::NotFound | DraftError::NotADraft) => {}
                    Err(error) => {
                        tracing::error!(invoice = ?id, %error, "a draft could not be made final");
                    }
                }
            }
            if finalized == before || due.len() < usize::try_from(BATCH).unwrap_or(usize::MAX) {
                break;
            }
        }
        if finalized > 0 {
            self.wake.ring();
        }
        Ok(finalized)
    }

    pub fn finalize_invoice(
        &self,
        organization: OrganizationId,
        id: InvoiceId,
    ) -> Result<InvoiceView, DraftError> {
        let now = self.clock.now();
        let view = self.store.write(move |tx| {
            let found = visible_invoice(tx, organization, id)?.ok_or(DraftError::NotFound)?;
            finalize_draft(tx, organization, id, now)?;
            Ok::<_, DraftError>(view_of(tx, &found)?)
        })?;
        self.wake.ring();
        Ok(view)
    }

    /// What is no draft stays as it is.
    pub fn refresh_invoice(
        &self,
        organization: OrganizationId,
        id: InvoiceId,
    ) -> Result<InvoiceView, DraftError> {
        let now = self.clock.now();
        self.store.write(move |tx| {
            let found = visible_invoice(tx, organization, id)?.ok_or(DraftError::NotFound)?;
            if found.invoice_type != InvoiceType::Subscription {
                return Err(DraftError::NotOfSubscriptions);
            }
            if found.status == InvoiceStatus::Draft {
                let customer = customer_of(tx, &found)?;
                reprice(tx, found.clone(), &customer, now)?;
            }
            Ok(view_of(tx, &found)?)
        })
    }

    /// Its days stay billed: nobody asks for them again.
    pub fn delete_draft(
        &self,
        organization: OrganizationId,
        id: InvoiceId,
    ) -> Result<InvoiceView, DraftError> {
        let now = self.clock.now();
        let view = self.store.write(move |tx| {
            let found = visible_invoice(tx, organization, id)?.ok_or(DraftError::NotFound)?;
            if found.status != InvoiceStatus::Draft {
                return Err(DraftError::NotADraft);
            }
            let deleted = Invoice { status: InvoiceStatus::Deleted, updated_at: now, ..found };
            tx.save_invoice(&deleted)?;
            tx.delete_draft(id)?;
            tell(tx, EventKind::InvoiceDeleted, &deleted, now)?;
            Ok(view_of(tx, &deleted)?)
        })?;
        self.wake.ring_news();
        Ok(view)
    }
}

fn customer_of(tx: &Tx<'_>, invoice: &Invoice) -> Result<Customer, StoreError> {
    let found = tx.customer(invoice.organization_id, invoice.customer_id)?;
    found.ok_or_else(|| StoreError::no_customer(invoice.customer_id))
}

/// As prices and taxes are now.
pub fn finalize_draft(
    tx: &Tx<'_>,
    organization: OrganizationId,
    id: InvoiceId,
    now: Timestamp,
) -> Result<(), DraftError> {
    let found = tx.invoice(organization, id)?.ok_or(DraftError::NotFound)?;
    if found.status != InvoiceStatus::Draft {
        return Err(DraftError::NotADraft);
    }
    let customer = customer_of(tx, &found)?;
    let organization = tx.organization(organization)?;
    let draft = reprice(tx, found, &customer, now)?;
    finalize(tx, draft, (&customer, &organization), now)?;
    Ok(())
}

/// A priced draft becomes a debt: it gets its number, its dates and its collecting. One of
/// nothing may be closed instead, and nobody hears of it.
pub fn finalize(
    tx: &Tx<'_>,
    draft: Invoice,
    (customer, organization): (&Customer, &Organization),
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.delete_draft(draft.id)?;
    if draft.fees_amount == 0 && skips_zero(customer, organization) {
        let closed = Invoice { status: InvoiceStatus::Closed, updated_at: now, ..draft };
        return tx.save_invoice(&closed);
    }
    // Credits pay first; what they leave is the total.
    let draft = spend_credits(tx, draft, now)?;
    let total_amount = draft.total_amount;
    let issuing_date = now.date_in(customer.timezone.unwrap_or(organization.timezone));
    let invoice = Invoice {
        status: InvoiceStatus::Finalized,
        payment_status: if total_amount == 0 {
            PaymentStatus::Succeeded
        } else {
            PaymentStatus::Pending
        },
        total_amount,
        issuing_date,
        payment_due_date: due_date(issuing_date, draft.net_payment_term).unwrap_or(issuing_date),
        updated_at: now,
        ..draft
    };
    let invoice = numbered(tx, invoice, customer, organization)?;
    tx.rewrite_invoice(&invoice)?;
    follow_payment_status(tx, &invoice, now)?;
    begin_collecting(tx, &invoice, customer, now)?;
    tell(tx, EventKind::SubscriptionInvoiceIssued, &invoice, now)
}
