//! From the fees that a caller names to the lines and taxes of an invoice: which taxes apply,
//! and what it comes to. A step of making an invoice, not a use case of its own.

use rust_decimal::Decimal;

use super::create_invoice::CreateInvoiceError;
use crate::domain::add_on::AddOn;
use crate::domain::currency::Currency;
use crate::domain::customer::Customer;
use crate::domain::id::{AppliedTaxId, FeeId, InvoiceId, TaxId};
use crate::domain::invoice::{AppliedTax, Fee, FeeItem, PaymentStatus};
use crate::domain::invoice_change::NewFee;
use crate::domain::pricing::{AmountTooLarge, Line, Price, PricedLine, price};
use crate::domain::tax::Tax;
use crate::domain::time::Timestamp;
use crate::store::{Reader, StoreError};

/// The invoice that the fees will stand on.
pub struct Invoiced<'a> {
    pub invoice_id: InvoiceId,
    pub customer: &'a Customer,
    pub currency: Currency,
    pub now: Timestamp,
}

/// Lines and taxes, ready to be stored, and their sums in minor units.
pub struct PricedInvoice {
    pub fees: Vec<Fee>,
    pub taxes: Vec<AppliedTax>,
    pub fees_amount: i64,
    pub taxes_amount: i64,
    pub total_amount: i64,
}

impl From<AmountTooLarge> for CreateInvoiceError {
    fn from(AmountTooLarge: AmountTooLarge) -> CreateInvoiceError {
        CreateInvoiceError::AmountTooLarge
    }
}

/// A line before its taxes are known.
pub struct NewLine {
    pub item: FeeItem,
    pub item_code: String,
    pub item_name: String,
    pub description: Option<String>,
    pub invoice_display_name: Option<String>,
    pub units: Decimal,
    pub unit_amount: i64,
    /// From and to.
    pub period: (Timestamp, Timestamp),
    pub taxes: Vec<Tax>,
}

/// `add_ons` has one for each fee.
pub fn price_fees(
    reader: &Reader<'_>,
    invoiced: &Invoiced<'_>,
    fees: &[NewFee],
    add_ons: &[AddOn],
) -> Result<PricedInvoice, CreateInvoiceError> {
    let mut lines = Vec::with_capacity(fees.len());
    for (fee, add_on) in fees.iter().zip(add_ons) {
        let own_name = fee.invoice_display_name.clone();
        lines.push(NewLine {
            item: FeeItem::AddOn(add_on.id),
            item_code: add_on.code.clone(),
            item_name: add_on.name.clone(),
            description: fee.description.clone().or_else(|| add_on.description.clone()),
            invoice_display_name: own_name.or_else(|| add_on.invoice_display_name.clone()),
            units: fee.units,
            unit_amount: fee.unit_amount.unwrap_or(add_on.amount.minor_units),
            period: fee.period.unwrap_or((invoiced.now, invoiced.now)),
            taxes: taxes_of_fee(reader, invoiced.customer, fee, add_on)?,
        });
    }
    Ok(price_lines(invoiced, lines)?)
}

/// What the lines come to, with their taxes.
pub fn price_lines(
    invoiced: &Invoiced<'_>,
    new: Vec<NewLine>,
) -> Result<PricedInvoice, AmountTooLarge> {
    let lines: Vec<Line> = new
        .iter()
        .map(|line| Line {
            unit_amount: line.unit_amount,
            units: line.units,
            taxes: line.taxes.iter().map(|tax| (tax.id, tax.rate)).collect(),
        })
        .collect();
    let priced = price(&lines)?;
    let known: Vec<Tax> = new.iter().flat_map(|line| line.taxes.clone()).collect();
    let made = new.into_iter().zip(&priced.lines);
    Ok(PricedInvoice {
        fees: made.map(|(line, priced)| invoice_fee(invoiced, line, priced)).collect(),
        taxes: applied_taxes(invoiced, &priced, &known),
        fees_amount: priced.fees_amount,
        taxes_amount: priced.taxes_amount,
        total_amount: priced.total_amount,
    })
}

/// The fee's own, else what applies to the add-on.
fn taxes_of_fee(
    reader: &Reader<'_>,
    customer: &Customer,
    fee: &NewFee,
    add_on: &AddOn,
) -> Result<Vec<Tax>, StoreError> {
    let Some(codes) = &fee.tax_codes else {
        return taxes_of(reader, customer, &add_on.tax_ids);
    };
    let mut taxes: Vec<Tax> = Vec::new();
    for code in codes {
        if let Some(tax) = reader.tax_by_code(customer.organization_id, code)?
            && taxes.iter().all(|known| known.id != tax.id)
        {
            taxes.push(tax);
        }
    }
    Ok(taxes)
}

/// Those of what is sold, else the customer's, else the organization's.
pub fn taxes_of(
    reader: &Reader<'_>,
    customer: &Customer,
    of_item: &[TaxId],
) -> Result<Vec<Tax>, StoreError> {
    let organization = customer.organization_id;
    for ids in [of_item, &customer.tax_ids] {
        let taxes = reader.taxes_by_id(organization, ids)?;
        if !taxes.is_empty() {
            return Ok(taxes);
        }
    }
    reader.taxes_applied_to_organization(organization)
}

fn invoice_fee(invoiced: &Invoiced<'_>, line: NewLine, priced: &PricedLine) -> Fee {
    let (from, to) = line.period;
    Fee {
        id: FeeId::at(invoiced.now),
        invoice_id: invoiced.invoice_id,
        item: line.item,
        item_code: line.item_code,
        item_name: line.item_name,
        description: line.description,
        invoice_display_name: line.invoice_display_name,
        units: line.units,
        unit_amount: line.unit_amount,
        amount: priced.amount,
        taxes_amount: priced.taxes_amount,
        taxes_rate: priced.taxes_rate,
        currency: invoiced.currency,
        from,
        to,
        payment_status: PaymentStatus::Pending,
        succeeded_at: None,
        failed_at: None,
        created_at: invoiced.now,
    }
}

fn applied_taxes(invoiced: &Invoiced<'_>, priced: &Price, known: &[Tax]) -> Vec<AppliedTax> {
    let find = |id: TaxId| known.iter().find(move |tax| tax.id == id);
    let applied = priced.taxes.iter().filter_map(|part| Some((part, find(part.tax_id)?)));
    applied
        .map(|(part, tax)| AppliedTax {
            id: AppliedTaxId::at(invoiced.now),
            invoice_id: invoiced.invoice_id,
            tax_id: tax.id,
            name: tax.name.clone(),
            code: tax.code.clone(),
            rate: tax.rate,
            description: tax.description.clone(),
            amount: part.amount,
            fees_amount: part.fees_amount,
            created_at: invoiced.now,
        })
        .collect()
}
