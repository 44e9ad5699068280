//! Fees as invoices show them. Exact amounts are texts; those named `_cents` are in minor units,
//! the others in major ones.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::format::{date_time, decimal, joined, rate};
use crate::domain::customer::Customer;
use crate::domain::invoice::{Fee, FeeItem};
use crate::domain::plan::PayWhen;

pub fn fee(fee: &Fee, customer: &Customer) -> Value {
    let subscription = match &fee.item {
        FeeItem::Subscription { id, external_id, pay_when } => Some((id, external_id, pay_when)),
        FeeItem::AddOn(_) | FeeItem::WalletTransaction(_) => None,
    };
    joined([
        json!({
            "lago_id": fee.id.to_string(),
            "lago_charge_id": null,
            "lago_charge_filter_id": null,
            "lago_fixed_charge_id": null,
            "lago_true_up_fee_id": null,
            "lago_true_up_parent_fee_id": null,
            "lago_original_fee_id": null,
            "lago_invoice_id": fee.invoice_id.to_string(),
            "lago_subscription_id": subscription.map(|(id, ..)| id.to_string()),
            "external_subscription_id": subscription.map(|(_, external_id, _)| external_id),
            "lago_customer_id": customer.id.to_string(),
            "external_customer_id": customer.external_id,
            "item": item(fee),
            "pay_in_advance": subscription.is_some_and(|(.., when)| *when == PayWhen::InAdvance),
            "invoiceable": true,
        }),
        amounts(fee),
        json!({
            "events_count": null,
            "payment_status": fee.payment_status.as_str(),
            "created_at": date_time(fee.created_at),
            "succeeded_at": fee.succeeded_at.map(date_time),
            "failed_at": fee.failed_at.map(date_time),
            "refunded_at": null,
            "amount_details": {},
            "self_billed": false,
            "pricing_unit_details": null,
            "presentation_breakdowns": [],
            "from_date": date_time(fee.from),
            "to_date": date_time(fee.to),
        }),
    ])
}

fn item(fee: &Fee) -> Value {
    let (item_type, item_id) = match &fee.item {
        FeeItem::AddOn(id) => ("AddOn", id.to_string()),
        FeeItem::Subscription { id, .. } => ("Subscription", id.to_string()),
        FeeItem::WalletTransaction(id) => ("WalletTransaction", id.to_string()),
    };
    json!({
        "type": fee.item.kind(),
        "code": fee.item_code,
        "name": fee.item_name,
        "description": fee.description,
        "invoice_display_name": fee.invoice_display_name.as_ref().unwrap_or(&fee.item_name),
        "filters": null,
        "filter_invoice_display_name": null,
        "lago_item_id": item_id,
        "item_type": item_type,
        "grouped_by": {},
    })
}

fn amounts(fee: &Fee) -> Value {
    let exact = Exact::of(fee);
    let total = fee.amount.saturating_add(fee.taxes_amount);
    json!({
        "amount_cents": fee.amount,
        "amount_currency": fee.currency.code(),
        "precise_amount": decimal(exact.major(exact.amount)),
        "precise_total_amount": decimal(exact.major(exact.amount + exact.taxes)),
        "taxes_amount_cents": fee.taxes_amount,
        "taxes_precise_amount": decimal(exact.major(exact.taxes)),
        "taxes_rate": rate(fee.taxes_rate),
        "total_aggregated_units": null,
        "total_amount_cents": total,
        "total_amount_currency": fee.currency.code(),
        "units": decimal(fee.units),
        "description": fee.description,
        "precise_unit_amount": decimal(exact.major(Decimal::from(fee.unit_amount))),
        "precise_coupons_amount_cents": "0.0",
        "sub_total_excluding_taxes_amount_cents": fee.amount,
        "sub_total_excluding_taxes_precise_amount_cents": decimal(exact.amount),
    })
}

/// Before rounding, in minor units. Where the digits do not fit, the rounded amount.
struct Exact {
    amount: Decimal,
    taxes: Decimal,
    exponent: u32,
}

impl Exact {
    fn of(fee: &Fee) -> Exact {
        let amount = Decimal::from(fee.unit_amount)
            .checked_mul(fee.units)
            .unwrap_or_else(|| Decimal::from(fee.amount));
        let taxes = Decimal::from(fee.amount)
            .checked_mul(fee.taxes_rate)
            .and_then(|hundredfold| hundredfold.checked_div(Decimal::ONE_HUNDRED))
            .unwrap_or_else(|| Decimal::from(fee.taxes_amount));
        Exact { amount, taxes, exponent: fee.currency.exponent() }
    }

    fn major(&self, minor: Decimal) -> Decimal {
        minor * Decimal::new(1, self.exponent)
    }
}

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
        assert_eq!(euros["precise_amount"], "12.345");
        assert_eq!(euros["taxes_precise_amount"], "2.468");
        assert_eq!(euros["precise_unit_amount"], "8.23");
        assert_eq!(euros["sub_total_excluding_taxes_precise_amount_cents"], "1234.5");
        let yen = amounts(&line(823, "1.5", "JPY"));
        assert_eq!(yen["precise_amount"], "1234.5");
        assert_eq!(yen["precise_unit_amount"], "823.0");
    }

    #[test]
    fn the_largest_figures_do_not_panic() {
        let largest = line(i64::MAX, "79228162514264337593543950335", "EUR");
        assert_eq!(amounts(&largest)["precise_amount"], "12.34");
    }
}
