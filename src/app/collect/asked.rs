//! Somebody asks for a payment of one invoice to be made or cancelled and waits for the answer:
//! what they name, why it is refused, and which payment of the invoice still counts.

use super::CollectError;
use super::choose_method::connection_of;
use crate::domain::attempt::{Attempt, AttemptState};
use crate::domain::connection::Connection;
use crate::domain::id::{CustomerId, InvoiceId, OrganizationId};
use crate::domain::idempotent_request::CallMark;
use crate::domain::invoice::{Invoice, InvoiceStatus, PaymentStatus};
use crate::domain::payment::PayableId;
use crate::domain::recovery::Recovery;
use crate::store::{Reader, StoreError};

#[derive(Debug, Clone)]
pub struct Asked {
    pub organization: OrganizationId,
    pub customer: CustomerId,
    pub invoice: InvoiceId,
    pub mark: CallMark,
}

#[derive(Debug, Clone, thiserror::Error)]
pub enum AskError {
    #[error("there is no such customer")]
    CustomerNotFound,
    #[error("the customer has no such invoice")]
    InvoiceNotFound,
    #[error("the customer is archived")]
    CustomerArchived,
    #[error("the invoice is a draft")]
    NotFinalized,
    #[error("the invoice is voided")]
    Voided,
    #[error("the invoice is paid")]
    AlreadyPaid,
    /// Found out when the provider was asked to cancel.
    #[error("the invoice is paid: the provider had taken the money already")]
    PaidMeanwhile,
    #[error("nothing of the invoice is left to be collected")]
    NothingToCollect,
    #[error("the customer has no billing configuration that allows charges")]
    NotConfigured,
    #[error("in test mode only test credentials are charged")]
    LiveInTestMode,
    #[error("collecting of this invoice is paused by an operator")]
    Paused,
    #[error("nothing is charged until it is known what was charged before a restore")]
    OnHold,
    #[error("a charge of this invoice is not resolved yet; ask again when it is")]
    InProgress,
    #[error("the invoice has no payment that could be cancelled")]
    NoLivePayment,
    #[error(transparent)]
    Collect(#[from] CollectError),
}

impl From<StoreError> for AskError {
    fn from(error: StoreError) -> AskError {
        AskError::Collect(error.into())
    }
}

/// The invoice that is asked about, of whatever status, with how its collecting stands.
pub struct Subject {
    pub invoice: Invoice,
    /// A draft has none.
    pub recovery: Option<Recovery>,
    pub customer_is_archived: bool,
}

pub fn subject(reader: &Reader<'_>, asked: &Asked) -> Result<Subject, AskError> {
    let customer =
        reader.customer(asked.organization, asked.customer)?.ok_or(AskError::CustomerNotFound)?;
    let invoice = reader
        .invoice(asked.organization, asked.invoice)?
        .filter(|invoice| invoice.customer_id == customer.id && invoice.status.is_visible())
        .ok_or(AskError::InvoiceNotFound)?;
    let recovery = reader.recovery_of(PayableId::Invoice(invoice.id))?;
    Ok(Subject { invoice, recovery, customer_is_archived: customer.deleted_at.is_some() })
}

/// Whether a charge may be asked for, and over which connection it would go. What is wrong first
/// is told.
pub fn may_be_charged(
    reader: &Reader<'_>,
    subject: &Subject,
) -> Result<(Recovery, Connection), AskError> {
    let invoice = &subject.invoice;
    if subject.customer_is_archived {
        return Err(AskError::CustomerArchived);
    }
    match invoice.status {
        InvoiceStatus::Draft => return Err(AskError::NotFinalized),
        InvoiceStatus::Voided => return Err(AskError::Voided),
        InvoiceStatus::Finalized => {}
        InvoiceStatus::Open | InvoiceStatus::Closed | InvoiceStatus::Deleted => {
            return Err(AskError::InvoiceNotFound);
        }
    }
    if invoice.total_amount <= 0 {
        return Err(AskError::NothingToCollect);
    }
    if invoice.payment_status == PaymentStatus::Succeeded {
        return Err(AskError::AlreadyPaid);
    }
    if !invoice.due().is_positive() {
        return Err(AskError::NothingToCollect);
    }
    let configuration = reader
        .billing_configuration(invoice.customer_id)?
        .filter(|found| found.collection_method.may_be_charged());
    let customer = reader
        .customer(invoice.organization_id, invoice.customer_id)?
        .ok_or(AskError::CustomerNotFound)?;
    let connection = connection_of(reader, &customer)?;
    let recovery = subject.recovery.clone();
    match (configuration, connection, recovery) {
        (Some(_), Some(connection), Some(recovery)) => Ok((recovery, connection)),
        _ => Err(AskError::NotConfigured),
    }
}

/// The payment of a debt that still counts.
pub enum Live {
    /// None, or one that nothing more comes of by itself.
    None,
    /// Its call to the provider is out: there is nothing yet that could be cancelled.
    CallIsOut,
    /// The provider has it, or may have it.
    AtProvider(Box<(Attempt, Connection)>),
}

pub fn live(reader: &Reader<'_>, recovery: Option<&Recovery>) -> Result<Live, CollectError> {
    let Some(id) = recovery.and_then(Recovery::open_attempt) else { return Ok(Live::None) };
    let attempt = reader
        .attempt_of_every_organization(id)?
        .ok_or(CollectError::Missing { what: "the open attempt of a debt" })?;
    if matches!(attempt.state, AttemptState::Charging { .. }) {
        return Ok(Live::CallIsOut);
    }
    let connection = reader
        .connection(attempt.organization_id, attempt.connection_id)?
        .ok_or(CollectError::Missing { what: "the connection of an attempt" })?;
    Ok(Live::AtProvider(Box::new((attempt, connection))))
}
