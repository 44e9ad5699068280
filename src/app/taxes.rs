//! Taxes are made, changed and deleted.

use super::App;
use crate::domain::id::{OrganizationId, TaxId};
use crate::domain::tax::{Tax, TaxChange};
use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum TaxError {
    #[error("there is no tax of this code")]
    NotFound,
    #[error("another tax has this code")]
    CodeTaken,
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for TaxError {
    /// The code is all that an index of this table holds.
    fn from(error: StoreError) -> TaxError {
        if error.is_conflict() { TaxError::CodeTaken } else { TaxError::Store(error) }
    }
}

impl App {
    /// `change` names a code, a name and a rate.
    pub fn create_tax(
        &self,
        organization: OrganizationId,
        change: TaxChange,
    ) -> Result<Tax, TaxError> {
        let now = self.clock.now();
        let made = change.apply(Tax {
            id: TaxId::at(now),
            organization_id: organization,
            code: String::new(),
            name: String::new(),
            description: None,
            rate: rust_decimal::Decimal::ZERO,
            applied_to_organization: false,
            created_at: now,
        });
        self.store.write(move |tx| {
            tx.insert_tax(&made)?;
            Ok(made.clone())
        })
    }

    pub fn update_tax(
        &self,
        organization: OrganizationId,
        code: &str,
        change: TaxChange,
    ) -> Result<Tax, TaxError> {
        let code = code.to_owned();
        self.store.write(move |tx| {
            let found = tx.tax_by_code(organization, &code)?.ok_or(TaxError::NotFound)?;
            let changed = change.clone().apply(found);
            tx.save_tax(&changed)?;
            Ok(changed)
        })
    }

    /// The tax as it was.
    pub fn delete_tax(&self, organization: OrganizationId, code: &str) -> Result<Tax, TaxError> {
        let (code, now) = (code.to_owned(), self.clock.now());
        self.store.write(move |tx| {
            let found = tx.tax_by_code(organization, &code)?.ok_or(TaxError::NotFound)?;
            tx.delete_tax(&found, now)?;
            Ok(found)
        })
    }
}
