//! What every kind of invoice goes through when it is issued: its number, its due date, and the
//! beginning of its collecting. Steps of use cases, none itself.

use chrono::{Datelike, Days, NaiveDate};

use super::policies::policy_for_debt;
use crate::domain::customer::Customer;
use crate::domain::invoice::{Invoice, invoice_number};
use crate::domain::organization::{Organization, ZeroInvoices};
use crate::domain::payment::PayableId;
use crate::domain::payment_method::MethodChoice;
use crate::domain::recovery::{First, IdleReason, NewDebt, Recovery};
use crate::domain::time::Timestamp;
use crate::store::{StoreError, Tx};

/// The last year that has four digits: dates are compared as text.
const LAST_YEAR: i32 = 9999;

/// Whether an invoice of nothing is skipped.
pub fn skips_zero(customer: &Customer, organization: &Organization) -> bool {
    let rule = match customer.zero_invoices {
        ZeroInvoices::Inherit => organization.zero_invoices,
        own @ (ZeroInvoices::Skip | ZeroInvoices::Finalize) => own,
    };
    rule == ZeroInvoices::Skip
}

/// None: the term ends after the last day of the calendar.
pub fn due_date(issued: NaiveDate, term: u32) -> Option<NaiveDate> {
    issued.checked_add_days(Days::new(term.into())).filter(|date| date.year() <= LAST_YEAR)
}

/// With the next number of its customer: only what is finalized has one.
pub fn numbered(
    tx: &Tx<'_>,
    invoice: Invoice,
    customer: &Customer,
    organization: &Organization,
) -> Result<Invoice, StoreError> {
    let sequential_id = tx.next_invoice_number(invoice.customer_id)?;
    let numbers = (customer.sequential_id, sequential_id);
    Ok(Invoice {
        sequential_id: Some(sequential_id),
        number: invoice_number(&organization.document_number_prefix, Some(numbers)),
        ..invoice
    })
}

/// The debt exists from now on; the first charge is due at once, where one may be made.
pub fn begin_collecting(
    tx: &Tx<'_>,
    invoice: &Invoice,
    customer: &Customer,
    now: Timestamp,
) -> Result<(), StoreError> {
    let connection_id = customer.link.as_ref().and_then(|link| link.connection_id);
    let by_hand = invoice.skip_automatic_payment
        || invoice.method_choice == MethodChoice::Manual
        || !tx.charges_by_itself(customer.id)?;
    let first = if invoice.total_amount == 0 {
        First::NothingDue
    } else if by_hand {
        First::Rest(IdleReason::Manual)
    } else if connection_id.is_none() {
        First::Rest(IdleReason::NoProvider)
    } else {
        First::ChargeNow
    };
    let policy_version = policy_for_debt(
        tx,
        invoice.organization_id,
        customer.id,
        (connection_id, Some(invoice.id)),
    )?;
    let debt = NewDebt {
        organization_id: invoice.organization_id,
        payable: PayableId::Invoice(invoice.id),
        customer_id: customer.id,
        connection_id,
        first,
        policy_version,
    };
    tx.insert_recovery(&Recovery::open(debt, now))
}
