//! A payment request is made: by a person, or by a campaign. From then on it collects its
//! invoices, and nobody else does, until its one charge has an end.

use std::collections::HashSet;

use super::App;
use super::crash_point::{CrashPoint, crash_point};
use crate::domain::customer::Customer;
use crate::domain::event::{Event, EventKind};
use crate::domain::id::{DunningCampaignId, InvoiceId, OrganizationId, PaymentRequestId};
use crate::domain::invoice::{Invoice, PaymentStatus};
use crate::domain::payment::PayableId;
use crate::domain::payment_request::{CannotRequest, Part, PaymentRequest, Requested, amount_of};
use crate::domain::recovery::{First, NewDebt, Recovery};
use crate::domain::time::Timestamp;
use crate::domain::view::PaymentRequestView;
use crate::store::{Reader, StoreError, Tx};

#[derive(Debug, Clone, thiserror::Error)]
pub enum RequestPaymentError {
    #[error("there is no customer of this external id")]
    CustomerNotFound,
    #[error("none of the invoices is one of the customer")]
    InvoiceNotFound,
    #[error(transparent)]
    Unsuitable(#[from] CannotRequest),
    /// One of them is being charged, or another request collects it.
    #[error("an invoice is being paid")]
    NotReady,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a person asks for.
#[derive(Debug, Clone)]
pub struct PaymentAsked {
    pub external_customer_id: String,
    /// None: the customer's.
    pub email: Option<String>,
    /// Those that are none of the customer's are passed over.
    pub invoice_ids: Vec<InvoiceId>,
}

/// Whose request it is, and who it is for.
pub(super) struct Asking<'a> {
    pub customer: &'a Customer,
    pub email: Option<String>,
    pub campaign_id: Option<DunningCampaignId>,
    pub now: Timestamp,
}

impl App {
    pub fn create_payment_request(
        &self,
        organization: OrganizationId,
        asked: PaymentAsked,
    ) -> Result<PaymentRequestView, RequestPaymentError> {
        let now = self.clock.now();
        let made = self.store.write(move |tx| {
            let customer = tx
                .customer_by_external_id(organization, &asked.external_customer_id)?
                .ok_or(RequestPaymentError::CustomerNotFound)?;
            let invoices = own_invoices(tx, &customer, &asked.invoice_ids)?;
            if invoices.is_empty() {
                return Err(RequestPaymentError::InvoiceNotFound);
            }
            let email = asked.email.clone();
            let asking = Asking { customer: &customer, email, campaign_id: None, now };
            let id = make_request(tx, asking, invoices)?;
            let view = tx.payment_request_view(organization, id)?;
            Ok(view.ok_or(StoreError::Panicked)?)
        })?;
        crash_point(CrashPoint::AfterRequest);
        self.wake.ring();
        Ok(made)
    }
}

/// Each once, in the order in which they were named.
fn own_invoices(
    reader: &Reader<'_>,
    customer: &Customer,
    ids: &[InvoiceId],
) -> Result<Vec<Invoice>, StoreError> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for id in ids.iter().filter(|id| seen.insert(**id)) {
        let invoice = reader.invoice(customer.organization_id, *id)?;
        let is_own = |it: &Invoice| it.customer_id == customer.id && it.status.is_visible();
        found.extend(invoice.filter(is_own));
    }
    Ok(found)
}

/// Whether nobody is collecting it just now, or may have been before a restore. A page on which a
/// payer might pay is no hindrance: it is closed before the charge.
pub(super) fn is_ready(reader: &Reader<'_>, invoice: &Invoice) -> Result<bool, StoreError> {
    if !invoice.is_collectible() || reader.request_collecting(invoice.id)?.is_some() {
        return Ok(false);
    }
    let recovery = reader.recovery_of(PayableId::Invoice(invoice.id))?;
    let Some(recovery) = recovery else { return Ok(true) };
    Ok(recovery.open_attempt().is_none() && reader.held_debt(recovery.id)?.is_none())
}

/// Written down with its event and, where there is a provider, with its collecting: the charge is
/// due at once.
pub(super) fn make_request(
    tx: &Tx<'_>,
    asking: Asking<'_>,
    invoices: Vec<Invoice>,
) -> Result<PaymentRequestId, RequestPaymentError> {
    let Asking { customer, email, campaign_id, now } = asking;
    let amount = amount_of(&invoices)?;
    for invoice in &invoices {
        if !is_ready(tx, invoice)? {
            return Err(RequestPaymentError::NotReady);
        }
    }
    let request = PaymentRequest {
        id: PaymentRequestId::at(now),
        organization_id: customer.organization_id,
        customer_id: customer.id,
        amount,
        email: email.or_else(|| customer.profile.email.clone()).unwrap_or_default(),
        payment_status: PaymentStatus::Pending,
        processing: false,
        campaign_id,
        created_at: now,
        updated_at: now,
    };
    let id = request.id;
    let part = |invoice: Invoice| Part { amount: invoice.due().minor_units, invoice };
    let parts = invoices.into_iter().map(part).collect();
    tx.insert_payment_request(&Requested { request, parts })?;
    crash_point(CrashPoint::InRequest);
    let payable = PayableId::PaymentRequest(id);
    let subject = payable.subject(customer.id);
    let organization_id = customer.organization_id;
    tx.append_event(&Event::new(EventKind::PaymentRequestCreated, organization_id, subject, now))?;
    // Without a provider nobody charges it, so it keeps nobody else away from its invoices.
    let connection_id = customer.link.as_ref().and_then(|link| link.connection_id);
    if connection_id.is_some() {
        let customer_id = customer.id;
        let first = First::ChargeNow;
        // It is charged once, so no policy has a say.
        let policy_version = None;
        let debt =
            NewDebt { organization_id, payable, customer_id, connection_id, first, policy_version };
        tx.insert_recovery(&Recovery::open(debt, now))?;
    }
    Ok(id)
}
