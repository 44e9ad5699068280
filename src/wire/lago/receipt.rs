//! Receipts as they are shown.

use serde_json::{Value, json};

use super::format::date_time;
use super::page::Meta;
use super::payment;
use super::payment::PaymentShape;
use crate::domain::view::ReceiptView;

/// The proof of one payment.
#[derive(utoipa::ToSchema)]
#[schema(as = PaymentReceipt)]
#[allow(dead_code, reason = "a description: `receipt` makes the object")]
pub struct ReceiptShape {
    #[schema(format = Uuid)]
    pub lago_id: String,
    #[schema(example = "REC-1A2B-001-RCPT-001")]
    pub number: String,
    /// Opens without a key until it expires; each answer has a fresh one.
    pub file_url: Option<String>,
    pub xml_url: Option<String>,
    pub payment: PaymentShape,
    #[schema(format = DateTime)]
    pub created_at: String,
}

wrapped!(ReceiptAnswer { payment_receipt: ReceiptShape });
wrapped!(ReceiptList { payment_receipts: Vec<ReceiptShape>, meta: Meta });

pub fn receipt(view: &ReceiptView) -> Value {
    json!({
        "lago_id": view.receipt.id.to_string(),
        "number": view.receipt.number,
        "file_url": view.file_url,
        "xml_url": null,
        "payment": payment::payment(&view.payment),
        "created_at": date_time(view.receipt.created_at),
    })
}
