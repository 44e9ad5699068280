//! Payment requests, in and out. What a campaign's end looks like stands here too: it tells of
//! the requests that came before it.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::customer::CustomerShape;
use super::fields::Fields;
use super::format::{date_time, shape};
use super::invoice::{PaymentStatusWord, PlainInvoice};
use super::page::Meta;
use crate::domain::money::Money;
use crate::domain::view::{CustomerView, PaymentRequestView};

/// One charge for several overdue invoices of a customer.
#[derive(Serialize, ToSchema)]
#[schema(as = PaymentRequest)]
pub struct PaymentRequestShape {
    #[schema(format = Uuid)]
    pub lago_id: String,
    /// What remained due of the invoices when it was made.
    #[schema(example = 12900)]
    pub amount_cents: i64,
    #[schema(example = "EUR")]
    pub amount_currency: String,
    /// Empty when none was given and the customer has none.
    #[schema(example = "dunning@example.com")]
    pub email: String,
    #[schema(value_type = PaymentStatusWord)]
    pub payment_status: &'static str,
    #[schema(format = DateTime)]
    pub created_at: String,
    pub customer: CustomerShape,
    /// Without what is listed beside an invoice elsewhere.
    pub invoices: Vec<PlainInvoice>,
}

/// What is asked for.
#[derive(ToSchema)]
#[allow(dead_code, reason = "a description: requests are read field by field")]
pub struct PaymentRequestInput {
    /// Whom it is addressed to, instead of the customer's e-mail.
    pub email: Option<String>,
    #[schema(example = "hooli_1234")]
    pub external_customer_id: String,
    /// Overdue invoices of the customer, of one currency. Ids that name none are passed over.
    pub lago_invoice_ids: Vec<String>,
}

wrapped!(PaymentRequestBody { payment_request: PaymentRequestInput });
wrapped!(PaymentRequestAnswer { payment_request: PaymentRequestShape });
wrapped!(PaymentRequestList { payment_requests: Vec<PaymentRequestShape>, meta: Meta });

pub fn payment_request(view: &PaymentRequestView) -> Value {
    let (request, customer) = (&view.request, &view.customer);
    let plain = |invoice| PlainInvoice::new(invoice, &customer.organization);
    shape(&PaymentRequestShape {
        lago_id: request.id.to_string(),
        amount_cents: request.amount.minor_units,
        amount_currency: request.amount.currency.code().to_owned(),
        email: request.email.clone(),
        payment_status: request.payment_status.as_str(),
        created_at: date_time(request.created_at),
        customer: CustomerShape::from(customer),
        invoices: view.invoices.iter().map(plain).collect(),
    })
}

/// What a request says, each as far as it makes sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub external_customer_id: String,
    pub email: Option<String>,
    pub invoice_ids: Vec<String>,
}

pub fn asked(fields: Fields<'_>) -> Asked {
    let text = |key: &str| {
        let text = fields.raw(key).and_then(Value::as_str).map(str::trim);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let ids = fields.raw("lago_invoice_ids").and_then(Value::as_array);
    let ids = ids.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    Asked {
        external_customer_id: text("external_customer_id").unwrap_or_default(),
        email: text("email"),
        invoice_ids: ids.collect(),
    }
}

/// A campaign has asked a customer as often as it may.
pub fn dunning_finished(customer: &CustomerView, code: Option<&str>, overdue: &[Money]) -> Value {
    let (organization, customer) = (&customer.organization, &customer.customer);
    let currency = customer.currency.unwrap_or(organization.default_currency);
    let own = overdue.iter().find(|balance| balance.currency == currency);
    let balances: Vec<Value> = overdue.iter().map(balance).collect();
    json!({
        "external_customer_id": customer.external_id,
        // The same under the name that another client reads.
        "customer_external_id": customer.external_id,
        "dunning_campaign_code": code,
        "overdue_balance_cents": own.map_or(0, |money| money.minor_units),
        "overdue_balance_currency": currency.code(),
        "overdue_balances": balances,
    })
}

fn balance(money: &Money) -> Value {
    let currency = money.currency.code();
    json!({ "currency": currency, "amount_cents": money.minor_units })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_is_passed_over() {
        let body = json!({ "external_customer_id": " ada ", "email": "", "lago_invoice_ids":
            ["a", 1, null, "b"] });
        let read = asked(Fields::new(body.as_object().expect("an object")));
        assert_eq!((read.external_customer_id.as_str(), read.email), ("ada", None));
        assert_eq!(read.invoice_ids, ["a", "b"]);
        let body = json!({ "lago_invoice_ids": "a" });
        let read = asked(Fields::new(body.as_object().expect("an object")));
        assert_eq!((read.external_customer_id.as_str(), read.invoice_ids.len()), ("", 0));
    }
}
