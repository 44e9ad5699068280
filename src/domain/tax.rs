//! Taxes: a rate in percent that is added to fees.

use rust_decimal::Decimal;

use super::change::Change;
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

/// What a request says of a tax.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TaxChange {
    pub code: Change<String>,
    pub name: Change<String>,
    pub rate: Change<Decimal>,
    pub description: Change<Option<String>>,
    pub applied_to_organization: Change<bool>,
}

impl TaxChange {
    #[must_use]
    pub fn apply(self, tax: Tax) -> Tax {
        let mut changed = tax;
        self.code.apply(&mut changed.code);
        self.name.apply(&mut changed.name);
        self.rate.apply(&mut changed.rate);
        self.description.apply(&mut changed.description);
        self.applied_to_organization.apply(&mut changed.applied_to_organization);
        changed
    }
}
