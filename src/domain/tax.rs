//! Taxes: a rate in percent that is added to fees.

use rust_decimal::Decimal;

use super::id::{OrganizationId, TaxId};
use super::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tax {
    pub id: TaxId,
    pub organization_id: OrganizationId,
    pub code: String,
    pub name: String,
    pub description: Option<String>,
    /// Percent: 20 is a fifth.
    pub rate: Decimal,
    /// Taken where neither add-on nor customer names a tax.
    pub applied_to_organization: bool,
    pub created_at: Timestamp,
}
