//! The bodies of the routes of fees, for the description of the API. A fee itself is in `fee.rs`.

use serde_json::Value;

use super::page::Meta;

/// A line of an invoice.
#[derive(utoipa::ToSchema)]
#[schema(as = Fee, value_type = Object)]
#[allow(dead_code, reason = "a description: `fee.rs` makes the object")]
pub struct FeeShape(Value);

wrapped!(FeeAnswer { fee: FeeShape });
wrapped!(FeeList { fees: Vec<FeeShape>, meta: Meta });
