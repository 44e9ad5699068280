//! Add-ons: named one-off prices that an invoice's fees refer to.

use super::change::Change;
use super::currency::Currency;
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

/// What a request says of an add-on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AddOnChange {
    pub code: Change<String>,
    pub name: Change<String>,
    pub invoice_display_name: Change<Option<String>>,
    pub description: Change<Option<String>>,
    /// Minor units of the currency beside it.
    pub amount: Change<i64>,
    pub currency: Change<Currency>,
    /// Replaces all there are.
    pub tax_codes: Change<Vec<String>>,
}

impl AddOnChange {
    /// All but the taxes, which are named by codes here.
    #[must_use]
    pub fn apply(self, add_on: AddOn) -> AddOn {
        let mut changed = add_on;
        self.code.apply(&mut changed.code);
        self.name.apply(&mut changed.name);
        self.invoice_display_name.apply(&mut changed.invoice_display_name);
        self.description.apply(&mut changed.description);
        self.amount.apply(&mut changed.amount.minor_units);
        self.currency.apply(&mut changed.amount.currency);
        changed
    }
}
