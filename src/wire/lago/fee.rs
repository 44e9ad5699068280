//! Fees as invoices show them. Exact amounts are texts; those named `_cents` are in minor units,
//! the others in major ones.

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::format::{date_time, decimal, rate, shape};
use super::invoice::PaymentStatusWord;
use super::page::Meta;
use crate::domain::customer::Customer;
use crate::domain::invoice::{Fee, FeeItem};
use crate::domain::plan::PayWhen;

words!(pub FeeItemWord: "AddOn", "Subscription", "WalletTransaction");

/// One line of an invoice.
#[derive(Serialize, ToSchema)]
#[schema(as = Fee)]
pub struct FeeShape {
    #[schema(format = Uuid)]
    pub lago_id: String,
    pub lago_charge_id: Option<String>,
    pub lago_charge_filter_id: Option<String>,
    pub lago_fixed_charge_id: Option<String>,
    pub lago_true_up_fee_id: Option<String>,
    pub lago_true_up_parent_fee_id: Option<String>,
    pub lago_original_fee_id: Option<String>,
    #[schema(format = Uuid)]
    pub lago_invoice_id: String,
    #[schema(format = Uuid)]
    pub lago_subscription_id: Option<String>,
    pub external_subscription_id: Option<String>,
    #[schema(format = Uuid)]
    pub lago_customer_id: String,
    pub external_customer_id: String,
    pub item: Item,
    pub pay_in_advance: bool,
    pub invoiceable: bool,
    #[serde(flatten)]
    pub amounts: Amounts,
    pub events_count: Option<u64>,
    #[schema(value_type = PaymentStatusWord)]
    pub payment_status: &'static str,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub succeeded_at: Option<String>,
    #[schema(format = DateTime)]
    pub failed_at: Option<String>,
    #[schema(format = DateTime)]
    pub refunded_at: Option<String>,
    #[schema(value_type = Object)]
    pub amount_details: Map<String, Value>,
    pub self_billed: bool,
    #[schema(value_type = Option<Object>)]
    pub pricing_unit_details: Option<Map<String, Value>>,
    #[schema(value_type = Vec<Object>)]
    pub presentation_breakdowns: Vec<Map<String, Value>>,
    #[schema(format = DateTime)]
    pub from_date: String,
    #[schema(format = DateTime)]
    pub to_date: String,
}

/// What a fee is for.
#[derive(Serialize, ToSchema)]
#[schema(as = FeeItem)]
pub struct Item {
    #[schema(example = "add_on")]
    pub r#type: &'static str,
    #[schema(example = "setup")]
    pub code: String,
    #[schema(example = "Set-up")]
    pub name: String,
    pub description: Option<String>,
    pub invoice_display_name: String,
    #[schema(value_type = Option<Object>)]
    pub filters: Option<Map<String, Value>>,
    pub filter_invoice_display_name: Option<String>,
    #[schema(format = Uuid)]
    pub lago_item_id: String,
    #[schema(value_type = FeeItemWord)]
    pub item_type: &'static str,
    #[schema(value_type = Object)]
    pub grouped_by: Map<String, Value>,
}

/// How much a fee comes to. Precise amounts are texts, in major units unless they say `cents`.
#[derive(Serialize, ToSchema)]
#[schema(as = FeeAmounts)]
pub struct Amounts {
    #[schema(example = 5000)]
    amount_cents: i64,
    #[schema(example = "EUR")]
    amount_currency: &'static str,
    #[schema(example = "50.0")]
    precise_amount: String,
    #[schema(example = "60.0")]
    precise_total_amount: String,
    taxes_amount_cents: i64,
    #[schema(example = "10.0")]
    taxes_precise_amount: String,
    /// Percent.
    #[schema(value_type = f64, example = 20.0)]
    taxes_rate: Value,
    total_aggregated_units: Option<String>,
    total_amount_cents: i64,
    #[schema(example = "EUR")]
    total_amount_currency: &'static str,
    #[schema(example = "1.0")]
    units: String,
    description: Option<String>,
    #[schema(example = "50.0")]
    precise_unit_amount: String,
    #[schema(example = "0.0")]
    precise_coupons_amount_cents: &'static str,
    sub_total_excluding_taxes_amount_cents: i64,
    #[schema(example = "5000.0")]
    sub_total_excluding_taxes_precise_amount_cents: String,
}

wrapped!(FeeAnswer { fee: FeeShape });
wrapped!(FeeList { fees: Vec<FeeShape>, meta: Meta });

pub fn fee(fee: &Fee, customer: &Customer) -> Value {
    shape(&FeeShape::new(fee, customer))
}

impl FeeShape {
    pub fn new(fee: &Fee, customer: &Customer) -> FeeShape {
        let subscription = match &fee.item {
            FeeItem::Subscription { id, external_id, pay_when } => {
                Some((id, external_id, pay_when))
            }
            FeeItem::AddOn(_) | FeeItem::WalletTransaction(_) => None,
        };
        FeeShape {
            lago_id: fee.id.to_string(),
            lago_charge_id: None,
            lago_charge_filter_id: None,
            lago_fixed_charge_id: None,
            lago_true_up_fee_id: None,
            lago_true_up_parent_fee_id: None,
            lago_original_fee_id: None,
            lago_invoice_id: fee.invoice_id.to_string(),
            lago_subscription_id: subscription.map(|(id, ..)| id.to_string()),
            external_subscription_id: subscription.map(|(_, external_id, _)| external_id.clone()),
            lago_customer_id: customer.id.to_string(),
            external_customer_id: customer.external_id.clone(),
            item: item(fee),
            pay_in_advance: subscription.is_some_and(|(.., when)| *when == PayWhen::InAdvance),
            invoiceable: true,
            amounts: amounts(fee),
            events_count: None,
            payment_status: fee.payment_status.as_str(),
            created_at: date_time(fee.created_at),
            succeeded_at: fee.succeeded_at.map(date_time),
            failed_at: fee.failed_at.map(date_time),
            refunded_at: None,
            amount_details: Map::new(),
            self_billed: false,
            pricing_unit_details: None,
            presentation_breakdowns: vec![],
            from_date: date_time(fee.from),
            to_date: date_time(fee.to),
        }
    }
}

fn item(fee: &Fee) -> Item {
    let (item_type, lago_item_id) = match &fee.item {
        FeeItem::AddOn(id) => ("AddOn", id.to_string()),
        FeeItem::Subscription { id, .. } => ("Subscription", id.to_string()),
        FeeItem::WalletTransaction(id) => ("WalletTransaction", id.to_string()),
    };
    let display_name = fee.invoice_display_name.as_ref().unwrap_or(&fee.item_name);
    Item {
        r#type: fee.item.kind(),
        code: fee.item_code.clone(),
        name: fee.item_name.clone(),
        description: fee.description.clone(),
        invoice_display_name: display_name.clone(),
        filters: None,
        filter_invoice_display_name: None,
        lago_item_id,
        item_type,
        grouped_by: Map::new(),
    }
}

fn amounts(fee: &Fee) -> Amounts {
    let exact = Exact::of(fee);
    Amounts {
        amount_cents: fee.amount,
        amount_currency: fee.currency.code(),
        precise_amount: decimal(exact.major(exact.amount)),
        precise_total_amount: decimal(exact.major(exact.amount + exact.taxes)),
        taxes_amount_cents: fee.taxes_amount,
        taxes_precise_amount: decimal(exact.major(exact.taxes)),
        taxes_rate: rate(fee.taxes_rate),
        total_aggregated_units: None,
        total_amount_cents: fee.amount.saturating_add(fee.taxes_amount),
        total_amount_currency: fee.currency.code(),
        units: decimal(fee.units),
        description: fee.description.clone(),
        precise_unit_amount: decimal(exact.major(exact.unit)),
        precise_coupons_amount_cents: "0.0",
        sub_total_excluding_taxes_amount_cents: fee.amount,
        sub_total_excluding_taxes_precise_amount_cents: decimal(exact.amount),
    }
}

/// Before rounding, in minor units. Where the digits do not fit, the rounded amount.
struct Exact {
    unit: Decimal,
    amount: Decimal,
    taxes: Decimal,
    exponent: u32,
}

impl Exact {
    fn of(fee: &Fee) -> Exact {
        let amount = match fee.item {
            FeeItem::AddOn(_) | FeeItem::Subscription { .. } => Decimal::from(fee.unit_amount)
                .checked_mul(fee.units)
                .unwrap_or_else(|| Decimal::from(fee.amount)),
            // A credit may cost less than a minor unit: its price is no whole one.
            FeeItem::WalletTransaction(_) => Decimal::from(fee.amount),
        };
        let taxes = Decimal::from(fee.amount)
            .checked_mul(fee.taxes_rate)
            .and_then(|hundredfold| hundredfold.checked_div(Decimal::ONE_HUNDRED))
            .unwrap_or_else(|| Decimal::from(fee.taxes_amount));
        Exact { unit: unit_amount(fee), amount, taxes, exponent: fee.currency.exponent() }
    }

    fn major(&self, minor: Decimal) -> Decimal {
        minor * Decimal::new(1, self.exponent)
    }
}

/// Of one unit. A credit may cost less than a minor unit: its price follows from the amount.
fn unit_amount(fee: &Fee) -> Decimal {
    let whole = Decimal::from(fee.unit_amount);
    match fee.item {
        FeeItem::AddOn(_) | FeeItem::Subscription { .. } => whole,
        FeeItem::WalletTransaction(_) => {
            let price = Decimal::from(fee.amount).checked_div(fee.units);
            price.map_or(whole, |price| price.round_dp(UNIT_PRICE_PLACES))
        }
    }
}

const UNIT_PRICE_PLACES: u32 = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::currency::Currency;
    use crate::domain::id::{AddOnId, FeeId, InvoiceId};
    use crate::domain::invoice::PaymentStatus;
    use crate::domain::time::Timestamp;

    fn line(unit_amount: i64, units: &str, currency: &str) -> Fee {
        let now = Timestamp::from_unix_ms(0);
        Fee {
            id: FeeId::at(now),
            invoice_id: InvoiceId::at(now),
            item: FeeItem::AddOn(AddOnId::at(now)),
            item_code: "setup".to_owned(),
            item_name: "Set-up".to_owned(),
            description: None,
            invoice_display_name: None,
            units: units.parse().expect("units"),
            unit_amount,
            amount: 1234,
            taxes_amount: 247,
            taxes_rate: Decimal::from(20),
            currency: currency.parse::<Currency>().expect("a currency"),
            from: now,
            to: now,
            payment_status: PaymentStatus::Pending,
            succeeded_at: None,
            failed_at: None,
            created_at: now,
        }
    }

    #[test]
    fn exact_amounts_are_in_major_units_of_the_currency() {
        let euros = amounts(&line(823, "1.5", "EUR"));
        assert_eq!(euros.precise_amount, "12.345");
        assert_eq!(euros.taxes_precise_amount, "2.468");
        assert_eq!(euros.precise_unit_amount, "8.23");
        assert_eq!(euros.sub_total_excluding_taxes_precise_amount_cents, "1234.5");
        let yen = amounts(&line(823, "1.5", "JPY"));
        assert_eq!(yen.precise_amount, "1234.5");
        assert_eq!(yen.precise_unit_amount, "823.0");
    }

    #[test]
    fn the_largest_figures_do_not_panic() {
        let largest = line(i64::MAX, "79228162514264337593543950335", "EUR");
        assert_eq!(amounts(&largest).precise_amount, "12.34");
    }
}
