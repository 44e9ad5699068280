//! Making a one-off invoice: it is finalized at once, and its collecting begins with it.

use super::App;
use super::crash_point::{CrashPoint, crash_point};
use super::invoice_changes::tell;
use super::issue_invoice::{begin_collecting, due_date, numbered, skips_zero};
use super::price_invoice::{PricedInvoice, price_fees};
use crate::domain::add_on::AddOn;
use crate::domain::currency::Currency;
use crate::domain::customer::Customer;
use crate::domain::event::EventKind;
use crate::domain::id::{InvoiceId, OrganizationId};
use crate::domain::invoice::{Invoice, InvoiceStatus, InvoiceType, PaymentStatus, invoice_number};
use crate::domain::invoice_change::NewInvoice;
use crate::domain::organization::Organization;
use crate::domain::payment_method::MethodChoice;
use crate::domain::time::Timestamp;
use crate::domain::view::InvoiceView;
use crate::store::{Reader, StoreError, Tx};

#[derive(Debug, Clone, thiserror::Error)]
pub enum CreateInvoiceError {
    #[error("no customer has this external id")]
    CustomerNotFound,
    #[error("an invoice needs a fee")]
    FeesMissing,
    #[error("no add-on has the code of a fee")]
    AddOnNotFound,
    #[error("the payment method is none that this customer can use")]
    InvalidPaymentMethod,
    #[error("there is no such billing entity")]
    BillingEntityNotFound,
    #[error("neither invoice nor customer names a currency")]
    CurrencyMissing,
    #[error("the amount is too large")]
    AmountTooLarge,
    #[error("the payment term ends after the last day of the calendar")]
    DueDateTooFar,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl App {
    /// Whether everything that the invoice names exists: for callers whose request is wrong in
    /// other ways too, since what does not exist is to be told first.
    pub fn check_what_invoice_names(
        &self,
        organization: OrganizationId,
        new: &NewInvoice,
    ) -> Result<(), CreateInvoiceError> {
        self.store.read(|reader| named(reader, organization, new).map(|_| ()))
    }

    pub fn create_invoice(
        &self,
        organization: OrganizationId,
        new: NewInvoice,
    ) -> Result<InvoiceView, CreateInvoiceError> {
        let now = self.clock.now();
        let made = self.store.write(move |tx| create(tx, organization, &new, now))?;
        crash_point(CrashPoint::InvoiceMade);
        self.wake.ring();
        Ok(made)
    }
}

/// What an invoice's caller refers to.
struct Named {
    organization: Organization,
    customer: Customer,
    /// One for each fee.
    add_ons: Vec<AddOn>,
    method_choice: MethodChoice,
}

fn named(
    reader: &Reader<'_>,
    organization: OrganizationId,
    new: &NewInvoice,
) -> Result<Named, CreateInvoiceError> {
    let customer = reader
        .customer_by_external_id(organization, &new.external_customer_id)?
        .ok_or(CreateInvoiceError::CustomerNotFound)?;
    if new.fees.is_empty() {
        return Err(CreateInvoiceError::FeesMissing);
    }
    let mut add_ons = Vec::with_capacity(new.fees.len());
    for fee in &new.fees {
        let add_on = reader.add_on_by_code(organization, &fee.add_on_code)?;
        add_ons.push(add_on.ok_or(CreateInvoiceError::AddOnNotFound)?);
    }
    let method_choice = reader
        .method_choice(&customer, new.method)?
        .ok_or(CreateInvoiceError::InvalidPaymentMethod)?;
    let organization = reader.organization(organization)?;
    match &new.billing_entity_code {
        Some(code) if *code != organization.billing_entity_code => {
            return Err(CreateInvoiceError::BillingEntityNotFound);
        }
        Some(_) | None => {}
    }
    Ok(Named { organization, customer, add_ons, method_choice })
}

fn create(
    tx: &Tx<'_>,
    organization: OrganizationId,
    new: &NewInvoice,
    now: Timestamp,
) -> Result<InvoiceView, CreateInvoiceError> {
    let named = named(tx, organization, new)?;
    let currency =
        new.currency.or(named.customer.currency).ok_or(CreateInvoiceError::CurrencyMissing)?;
    let id = InvoiceId::at(now);
    let invoiced = crate::app::price_invoice::Invoiced {
        invoice_id: id,
        customer: &named.customer,
        currency,
        now,
    };
    let priced = price_fees(tx, &invoiced, &new.fees, &named.add_ons)?;
    let invoice = invoice(new, &named, &priced, Made { id, currency, now })?;
    let invoice = if invoice.status == InvoiceStatus::Finalized {
        numbered(tx, invoice, &named.customer, &named.organization)?
    } else {
        invoice
    };
    tx.insert_invoice(&invoice)?;
    tx.insert_fees(&priced.fees)?;
    tx.insert_applied_taxes(&priced.taxes)?;
    tx.save_payment_status_of_fees(&invoice, now)?;
    if named.customer.currency.is_none() {
        tx.set_customer_currency(named.customer.id, currency)?;
    }
    if invoice.status == InvoiceStatus::Finalized {
        begin_collecting(tx, &invoice, &named.customer, now)?;
        tell(tx, EventKind::InvoiceIssued, &invoice, now)?;
    }
    let made = tx.invoice_view(organization, id)?;
    Ok(made.ok_or(StoreError::Panicked)?)
}

struct Made {
    id: InvoiceId,
    currency: Currency,
    now: Timestamp,
}

/// Without its number, which it gets only when it is finalized.
fn invoice(
    new: &NewInvoice,
    named: &Named,
    priced: &PricedInvoice,
    made: Made,
) -> Result<Invoice, CreateInvoiceError> {
    let Named { organization, customer, .. } = named;
    let Made { id, currency, now } = made;
    let net_payment_term = customer.net_payment_term.unwrap_or(organization.net_payment_term);
    let issuing_date = now.date_in(customer.timezone.unwrap_or(organization.timezone));
    let status = if priced.fees_amount == 0 && skips_zero(customer, organization) {
        InvoiceStatus::Closed
    } else {
        InvoiceStatus::Finalized
    };
    let nothing_due = status == InvoiceStatus::Finalized && priced.total_amount == 0;
    Ok(Invoice {
        id,
        organization_id: organization.id,
        customer_id: customer.id,
        invoice_type: InvoiceType::OneOff,
        status,
        payment_status: if nothing_due { PaymentStatus::Succeeded } else { PaymentStatus::Pending },
        sequential_id: None,
        number: invoice_number(&organization.document_number_prefix, None),
        purchase_order_number: new.purchase_order_number.clone(),
        currency,
        fees_amount: priced.fees_amount,
        taxes_amount: priced.taxes_amount,
        prepaid_granted_amount: 0,
        prepaid_purchased_amount: 0,
        total_amount: priced.total_amount,
        paid_amount: 0,
        issuing_date,
        payment_due_date: due_date(issuing_date, net_payment_term)
            .ok_or(CreateInvoiceError::DueDateTooFar)?,
        net_payment_term,
        payment_overdue: false,
        dispute_lost_at: None,
        voided_at: None,
        skip_automatic_payment: new.skip_automatic_payment,
        method_choice: named.method_choice,
        created_at: now,
        updated_at: now,
    })
}
