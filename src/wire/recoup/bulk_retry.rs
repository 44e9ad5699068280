//! Bulk retries: the filter in, progress and results out.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::domain::bulk_retry::{BulkFilter, BulkRetry};
use crate::domain::decline::DeclineClass;
use crate::domain::invoice::PaymentStatus;
use crate::domain::view::{BulkCount, BulkInvoiceView};
use crate::wire::lago::format::date_time;
use crate::wire::lago::page::Meta;

/// What a bulk retry is asked with.
#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct BulkRetryRequest {
    /// Which unpaid invoices; all when it is absent.
    #[serde(default, deserialize_with = "object")]
    pub filter: BulkFilterShape,
    /// Only say what would be done.
    #[serde(default)]
    pub dry_run: bool,
    /// Of your choice: asking again with it answers the same bulk retry. The header
    /// `Idempotency-Key` does the same.
    pub key: Option<String>,
}

/// A list would be read as the fields in their order: an empty one would mean everything.
fn object<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BulkFilterShape, D::Error> {
    let object = Map::deserialize(deserializer)?;
    serde_json::from_value(Value::Object(object)).map_err(D::Error::custom)
}

/// Which unpaid invoices are meant; what is absent means any.
#[derive(Serialize, Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
#[schema(as = BulkFilter)]
pub struct BulkFilterShape {
    pub payment_overdue: Option<bool>,
    pub external_customer_id: Option<String>,
    #[schema(example = "EUR")]
    pub currency: Option<String>,
    /// `pending` or `failed`.
    #[schema(example = "failed")]
    pub payment_status: Option<String>,
    /// Of the last decline.
    #[schema(example = json!(["insufficient_funds"]))]
    pub decline_classes: Option<Vec<String>>,
    /// Of what is due, inclusive.
    pub amount_cents_from: Option<i64>,
    pub amount_cents_to: Option<i64>,
    /// Inclusive.
    #[schema(value_type = Option<String>, format = Date)]
    pub issuing_date_from: Option<NaiveDate>,
    #[schema(value_type = Option<String>, format = Date)]
    pub issuing_date_to: Option<NaiveDate>,
    /// The beginning of a number, a whole id, or part of what a customer is called by.
    pub search_term: Option<String>,
}

/// The filter, or a sentence about what is wrong with it.
pub fn filter(asked: BulkFilterShape) -> Result<BulkFilter, String> {
    let currency = match &asked.currency {
        Some(code) => Some(code.parse().map_err(|_| format!("`{code}` is no currency"))?),
        None => None,
    };
    let payment_status = match asked.payment_status.as_deref() {
        Some("pending") => Some(PaymentStatus::Pending),
        Some("failed") => Some(PaymentStatus::Failed),
        Some(other) => {
            return Err(format!("`payment_status` is `pending` or `failed`, not `{other}`"));
        }
        None => None,
    };
    let decline_classes = match asked.decline_classes {
        Some(words) => {
            let class = |word: &String| {
                DeclineClass::parse(word).ok_or_else(|| format!("`{word}` is no decline class"))
            };
            Some(words.iter().map(class).collect::<Result<Vec<_>, _>>()?)
        }
        None => None,
    };
    Ok(BulkFilter {
        payment_overdue: asked.payment_overdue,
        external_customer_id: asked.external_customer_id,
        currency,
        payment_status,
        decline_classes,
        amount_from: asked.amount_cents_from,
        amount_to: asked.amount_cents_to,
        issued_from: asked.issuing_date_from,
        issued_to: asked.issuing_date_to,
        search_term: asked.search_term.filter(|term| !term.trim().is_empty()),
    })
}

fn shown_filter(filter: &BulkFilter) -> BulkFilterShape {
    let words =
        |classes: &Vec<DeclineClass>| classes.iter().map(|c| c.as_str().to_owned()).collect();
    BulkFilterShape {
        payment_overdue: filter.payment_overdue,
        external_customer_id: filter.external_customer_id.clone(),
        currency: filter.currency.map(|currency| currency.code().to_owned()),
        payment_status: filter.payment_status.map(|status| status.as_str().to_owned()),
        decline_classes: filter.decline_classes.as_ref().map(words),
        amount_cents_from: filter.amount_from,
        amount_cents_to: filter.amount_to,
        issuing_date_from: filter.issued_from,
        issuing_date_to: filter.issued_to,
        search_term: filter.search_term.clone(),
    }
}

/// Many invoices that are asked for at once.
#[derive(Serialize, ToSchema)]
#[schema(as = BulkRetry)]
pub struct BulkRetryShape {
    #[schema(format = Uuid)]
    pub id: String,
    pub key: Option<String>,
    /// `listing`, `queueing`, `queued`, `cancelling` or `cancelled`.
    #[schema(example = "queued")]
    pub state: &'static str,
    pub filter: BulkFilterShape,
    /// How many it covers; grows while it is `listing`.
    pub invoices_count: u32,
    /// What has become of them. Null in lists.
    pub results: Option<Vec<ResultShape>>,
    /// Nothing more comes of it. Null in lists.
    pub finished: Option<bool>,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// How many invoices have come to one result.
#[derive(Serialize, ToSchema)]
#[schema(as = BulkResult)]
pub struct ResultShape {
    /// `listed`, `refused`, `withdrawn`, `queued`, `charging`, `pending`, `needs_payer`,
    /// `unknown`, `succeeded`, `failed`, `not_chargeable` or `settled`.
    #[schema(example = "refused")]
    pub result: &'static str,
    /// Why, of those that were refused.
    #[schema(example = "customer_has_no_payment_method")]
    pub code: Option<String>,
    pub count: u64,
    pub amounts: Vec<AmountShape>,
}

/// A sum in one currency.
#[derive(Serialize, ToSchema)]
#[schema(as = AmountOfCurrency)]
pub struct AmountShape {
    #[schema(example = "EUR")]
    pub currency: String,
    #[schema(example = 4900)]
    pub amount_cents: i64,
}

/// `counts` of None: a line of a list.
pub fn bulk_retry(bulk: &BulkRetry, counts: Option<&[BulkCount]>) -> BulkRetryShape {
    use crate::domain::bulk_retry::BulkState;
    let is_worked_through = match bulk.state {
        BulkState::Queued | BulkState::Cancelled => true,
        BulkState::Listing | BulkState::Queueing | BulkState::Cancelling => false,
    };
    let is_over = |counts: &[BulkCount]| counts.iter().all(|count| count.result.is_over());
    BulkRetryShape {
        id: bulk.id.to_string(),
        key: bulk.client_key.clone(),
        state: bulk.state.as_str(),
        filter: shown_filter(&bulk.filter),
        invoices_count: bulk.invoices_count,
        results: counts.map(results),
        finished: counts.map(|counts| is_worked_through && is_over(counts)),
        created_at: date_time(bulk.created_at),
        updated_at: date_time(bulk.updated_at),
    }
}

/// One line for each result and code, whatever the currency.
fn results(counts: &[BulkCount]) -> Vec<ResultShape> {
    let mut lines: BTreeMap<(&'static str, Option<&str>), ResultShape> = BTreeMap::new();
    for count in counts {
        let key = (count.result.as_str(), count.code.as_deref());
        let line = lines.entry(key).or_insert_with(|| ResultShape {
            result: count.result.as_str(),
            code: count.code.clone(),
            count: 0,
            amounts: vec![],
        });
        line.count += count.count;
        line.amounts.push(AmountShape {
            currency: count.amount.currency.code().to_owned(),
            amount_cents: count.amount.minor_units,
        });
    }
    lines.into_values().collect()
}

/// What a bulk retry would do now.
#[derive(Serialize, ToSchema)]
pub struct Preview {
    /// Invoices that the filter means.
    pub invoices_count: u64,
    /// `queued` and `refused`, as the bulk retry itself would tell them.
    pub results: Vec<ResultShape>,
    /// The first thousand of those that would be refused.
    pub refused: Vec<RefusedInvoice>,
}

#[derive(Serialize, ToSchema)]
pub struct RefusedInvoice {
    #[schema(format = Uuid)]
    pub invoice_id: String,
    pub invoice_number: String,
    pub external_customer_id: String,
    #[schema(example = "customer_has_no_payment_method")]
    pub code: String,
    pub amount_cents: i64,
    pub currency: String,
}

pub fn preview(counts: &[BulkCount], refused: Vec<RefusedInvoice>) -> Preview {
    Preview {
        invoices_count: counts.iter().map(|count| count.count).sum(),
        results: results(counts),
        refused,
    }
}

/// One invoice of a bulk retry, and what has become of it.
#[derive(Serialize, ToSchema)]
#[schema(as = BulkInvoice)]
pub struct BulkInvoiceShape {
    #[schema(format = Uuid)]
    pub invoice_id: String,
    pub invoice_number: String,
    pub external_customer_id: String,
    #[schema(example = "succeeded")]
    pub result: &'static str,
    /// Why it was refused.
    pub code: Option<String>,
    /// What was charged, else what was due.
    pub amount_cents: i64,
    pub currency: String,
    /// The payment that it led to.
    #[schema(format = Uuid)]
    pub payment_id: Option<String>,
    pub decline_class: Option<&'static str>,
    /// The provider's own.
    pub decline_code: Option<String>,
}

pub fn bulk_invoice(view: &BulkInvoiceView) -> BulkInvoiceShape {
    BulkInvoiceShape {
        invoice_id: view.invoice_id.to_string(),
        invoice_number: view.invoice_number.clone(),
        external_customer_id: view.external_customer_id.clone(),
        result: view.result.as_str(),
        code: view.code.clone(),
        amount_cents: view.amount.minor_units,
        currency: view.amount.currency.code().to_owned(),
        payment_id: view.payment_id.map(|id| id.to_string()),
        decline_class: view.decline_class.map(DeclineClass::as_str),
        decline_code: view.decline_code.clone(),
    }
}

#[derive(Serialize, ToSchema)]
pub struct BulkRetryAnswer {
    pub bulk_retry: BulkRetryShape,
}

#[derive(Serialize, ToSchema)]
pub struct PreviewAnswer {
    pub preview: Preview,
}

/// What answers a call that starts nothing: the preview of a dry run, or the bulk retry that was
/// started before under the same key.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum NotStartedAnswer {
    Preview(PreviewAnswer),
    StartedBefore(BulkRetryAnswer),
}

#[derive(Serialize, ToSchema)]
pub struct BulkRetryList {
    pub bulk_retries: Vec<BulkRetryShape>,
    pub meta: Meta,
}

#[derive(Serialize, ToSchema)]
pub struct BulkInvoiceList {
    pub invoices: Vec<BulkInvoiceShape>,
    pub meta: Meta,
}
