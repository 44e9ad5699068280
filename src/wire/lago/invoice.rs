//! Invoices as they are shown: alone with their fees, or in lists without.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::customer::CustomerShape;
use super::fee::FeeShape;
use super::format::{date, date_time, date_time_ms, rate, shape};
use super::method_reference::PaymentMethodReference;
use super::page::Meta;
use super::subscription::{self, BillingPeriodShape, SubscriptionShape};
use crate::domain::invoice::{AppliedTax, Invoice, InvoiceMetadata};
use crate::domain::organization::Organization;
use crate::domain::view::InvoiceView;

/// The layout of Lago's printed invoices that the figures follow.
const VERSION_NUMBER: u32 = 4;

words!(pub InvoiceTypeWord: "one_off", "subscription", "credit");
// Closed ones are not shown again; making one answers with it.
words!(pub InvoiceStatusWord: "draft", "finalized", "voided", "closed");
words!(pub PaymentStatusWord: "pending", "succeeded", "failed");

/// What a customer owes, without anything that stands beside it. Amounts are in minor units.
#[derive(Serialize, ToSchema)]
pub struct PlainInvoice {
    #[schema(format = Uuid)]
    pub lago_id: String,
    #[schema(example = "default")]
    pub billing_entity_code: String,
    pub sequential_id: Option<u32>,
    #[schema(example = "REC-001-001")]
    pub number: String,
    pub purchase_order_number: Option<String>,
    #[schema(format = Date)]
    pub issuing_date: String,
    #[schema(format = Date)]
    pub payment_due_date: String,
    /// Days.
    pub net_payment_term: u32,
    #[schema(value_type = InvoiceTypeWord)]
    pub invoice_type: &'static str,
    #[schema(value_type = InvoiceStatusWord)]
    pub status: &'static str,
    #[schema(value_type = PaymentStatusWord)]
    pub payment_status: &'static str,
    #[schema(format = DateTime)]
    pub payment_dispute_lost_at: Option<String>,
    pub payment_overdue: bool,
    #[schema(example = "EUR")]
    pub currency: &'static str,
    #[serde(flatten)]
    pub amounts: Amounts,
    pub file_url: Option<String>,
    pub xml_url: Option<String>,
    pub web_url: Option<String>,
    pub version_number: u32,
    pub self_billed: bool,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
    #[schema(format = DateTime)]
    pub voided_at: Option<String>,
}

/// What a customer owes, as lists show it.
#[derive(Serialize, ToSchema)]
pub struct ListedInvoice {
    #[serde(flatten)]
    pub plain: PlainInvoice,
    pub customer: CustomerShape,
    pub metadata: Vec<MetadataLine>,
    pub applied_taxes: Vec<AppliedTaxShape>,
    /// Ours: clients ignore what they do not know.
    pub payment_method: PaymentMethodReference,
}

/// What a customer owes, with everything.
#[derive(Serialize, ToSchema)]
#[schema(as = Invoice)]
pub struct InvoiceShape {
    #[serde(flatten)]
    pub listed: ListedInvoice,
    #[schema(value_type = Vec<SubscriptionShape>)]
    pub subscriptions: Vec<Value>,
    #[schema(value_type = Vec<BillingPeriodShape>)]
    pub billing_periods: Vec<Value>,
    pub fees: Vec<FeeShape>,
    /// Always empty.
    #[schema(value_type = Vec<Object>)]
    pub credits: Vec<Map<String, Value>>,
    /// Always empty.
    #[schema(value_type = Vec<Object>)]
    pub error_details: Vec<Map<String, Value>>,
    /// Always empty.
    #[schema(value_type = Vec<Object>)]
    pub applied_invoice_custom_sections: Vec<Map<String, Value>>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = InvoiceAmounts)]
pub struct Amounts {
    pub fees_amount_cents: i64,
    pub taxes_amount_cents: i64,
    pub progressive_billing_credit_amount_cents: i64,
    pub coupons_amount_cents: i64,
    pub credit_notes_amount_cents: i64,
    pub sub_total_excluding_taxes_amount_cents: i64,
    pub sub_total_including_taxes_amount_cents: i64,
    pub total_amount_cents: i64,
    pub total_due_amount_cents: i64,
    pub total_paid_amount_cents: i64,
    pub total_offsetted_credit_note_amount_cents: i64,
    pub prepaid_credit_amount_cents: i64,
    pub prepaid_granted_credit_amount_cents: Option<i64>,
    pub prepaid_purchased_credit_amount_cents: Option<i64>,
}

/// What the caller wrote down about an invoice.
#[derive(Serialize, ToSchema)]
#[schema(as = InvoiceMetadata)]
pub struct MetadataLine {
    #[schema(format = Uuid)]
    pub lago_id: String,
    pub key: String,
    pub value: String,
    #[schema(format = DateTime)]
    pub created_at: String,
}

/// What of an invoice is tax.
#[derive(Serialize, ToSchema)]
#[schema(as = AppliedTax)]
pub struct AppliedTaxShape {
    #[schema(format = Uuid)]
    pub lago_id: String,
    #[schema(format = Uuid)]
    pub lago_invoice_id: String,
    #[schema(format = Uuid)]
    pub lago_tax_id: String,
    pub tax_name: String,
    pub tax_code: String,
    /// Percent.
    #[schema(value_type = f64, example = 20.0)]
    pub tax_rate: Value,
    pub tax_description: Option<String>,
    pub amount_cents: i64,
    #[schema(example = "EUR")]
    pub amount_currency: &'static str,
    pub fees_amount_cents: i64,
    #[schema(format = DateTime)]
    pub created_at: String,
}

wrapped!(InvoiceAnswer { invoice: InvoiceShape });
wrapped!(InvoiceList { invoices: Vec<ListedInvoice>, meta: Meta });

/// On routes of one invoice, and in webhooks.
pub fn invoice(view: &InvoiceView) -> Value {
    let customer = &view.customer.customer;
    let known = &view.subscriptions;
    let periods = view.periods.iter().map(|period| subscription::billing_period(period, known));
    shape(&InvoiceShape {
        listed: ListedInvoice::from(view),
        subscriptions: known.iter().map(subscription::listed).collect(),
        billing_periods: periods.collect(),
        fees: view.fees.iter().map(|fee| FeeShape::new(fee, customer)).collect(),
        credits: vec![],
        error_details: vec![],
        applied_invoice_custom_sections: vec![],
    })
}

/// In lists.
pub fn listed(view: &InvoiceView) -> ListedInvoice {
    ListedInvoice::from(view)
}

impl From<&InvoiceView> for ListedInvoice {
    fn from(view: &InvoiceView) -> ListedInvoice {
        let invoice = &view.invoice;
        let applied_tax = |tax| applied_tax(tax, invoice);
        ListedInvoice {
            plain: PlainInvoice::new(invoice, &view.customer.organization),
            customer: CustomerShape::from(&view.customer),
            metadata: view.metadata.iter().map(MetadataLine::from).collect(),
            applied_taxes: view.applied_taxes.iter().map(applied_tax).collect(),
            payment_method: invoice.method_choice.into(),
        }
    }
}

impl PlainInvoice {
    pub fn new(invoice: &Invoice, organization: &Organization) -> PlainInvoice {
        PlainInvoice {
            lago_id: invoice.id.to_string(),
            billing_entity_code: organization.billing_entity_code.clone(),
            sequential_id: invoice.sequential_id,
            number: invoice.number.clone(),
            purchase_order_number: invoice.purchase_order_number.clone(),
            issuing_date: date(invoice.issuing_date),
            payment_due_date: date(invoice.payment_due_date),
            net_payment_term: invoice.net_payment_term,
            invoice_type: invoice.invoice_type.as_str(),
            status: invoice.status.as_str(),
            payment_status: invoice.payment_status.as_str(),
            payment_dispute_lost_at: invoice.dispute_lost_at.map(date_time_ms),
            payment_overdue: invoice.payment_overdue,
            currency: invoice.currency.code(),
            amounts: Amounts::from(invoice),
            file_url: None,
            xml_url: None,
            web_url: None,
            version_number: VERSION_NUMBER,
            self_billed: false,
            created_at: date_time(invoice.created_at),
            updated_at: date_time(invoice.updated_at),
            voided_at: invoice.voided_at.map(date_time),
        }
    }
}

impl From<&Invoice> for Amounts {
    fn from(invoice: &Invoice) -> Amounts {
        Amounts {
            fees_amount_cents: invoice.fees_amount,
            taxes_amount_cents: invoice.taxes_amount,
            progressive_billing_credit_amount_cents: 0,
            coupons_amount_cents: 0,
            credit_notes_amount_cents: 0,
            sub_total_excluding_taxes_amount_cents: invoice.fees_amount,
            sub_total_including_taxes_amount_cents: invoice.total_with_prepaid(),
            total_amount_cents: invoice.total_amount,
            total_due_amount_cents: invoice.due().minor_units,
            total_paid_amount_cents: invoice.paid_amount,
            total_offsetted_credit_note_amount_cents: 0,
            prepaid_credit_amount_cents: invoice.prepaid_amount(),
            prepaid_granted_credit_amount_cents: unless_zero(invoice.prepaid_granted_amount),
            prepaid_purchased_credit_amount_cents: unless_zero(invoice.prepaid_purchased_amount),
        }
    }
}

fn unless_zero(amount: i64) -> Option<i64> {
    (amount != 0).then_some(amount)
}

impl From<&InvoiceMetadata> for MetadataLine {
    fn from(pair: &InvoiceMetadata) -> MetadataLine {
        MetadataLine {
            lago_id: pair.id.to_string(),
            key: pair.key.clone(),
            value: pair.value.clone(),
            created_at: date_time(pair.created_at),
        }
    }
}

fn applied_tax(tax: &AppliedTax, invoice: &Invoice) -> AppliedTaxShape {
    AppliedTaxShape {
        lago_id: tax.id.to_string(),
        lago_invoice_id: tax.invoice_id.to_string(),
        lago_tax_id: tax.tax_id.to_string(),
        tax_name: tax.name.clone(),
        tax_code: tax.code.clone(),
        tax_rate: rate(tax.rate),
        tax_description: tax.description.clone(),
        amount_cents: tax.amount,
        amount_currency: invoice.currency.code(),
        fees_amount_cents: tax.fees_amount,
        created_at: date_time(tax.created_at),
    }
}
