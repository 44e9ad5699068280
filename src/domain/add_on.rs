//! Add-ons: named one-off prices that an invoice's fees refer to.

use super::id::{AddOnId, OrganizationId, TaxId};
use super::money::Money;
use super::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddOn {
    pub id: AddOnId,
    pub organization_id: OrganizationId,
    /// Unique among those that are not deleted. Any characters.
    pub code: String,
    pub name: String,
    pub invoice_display_name: Option<String>,
    pub description: Option<String>,
    pub amount: Money,
    pub tax_ids: Vec<TaxId>,
    pub created_at: Timestamp,
}
