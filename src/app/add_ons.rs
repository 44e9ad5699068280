//! Add-ons are made, changed and deleted. Invoices keep what was billed.

use super::App;
use crate::domain::add_on::{AddOn, AddOnChange};
use crate::domain::change::Change;
use crate::domain::currency::Currency;
use crate::domain::id::{AddOnId, OrganizationId};
use crate::domain::money::Money;
use crate::domain::tax::Tax;
use crate::store::{Reader, StoreError, Tx};

#[derive(Debug, thiserror::Error)]
pub enum AddOnError {
    #[error("there is no add-on of this code")]
    NotFound,
    #[error("another add-on has this code")]
    CodeTaken,
    #[error("there is no tax of this code")]
    TaxNotFound,
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for AddOnError {
    /// The code is all that an index of this table holds.
    fn from(error: StoreError) -> AddOnError {
        if error.is_conflict() { AddOnError::CodeTaken } else { AddOnError::Store(error) }
    }
}

impl App {
    /// `change` names a code, a name, an amount and a currency.
    pub fn create_add_on(
        &self,
        organization: OrganizationId,
        change: AddOnChange,
    ) -> Result<(AddOn, Vec<Tax>), AddOnError> {
        let now = self.clock.now();
        let blank = AddOn {
            id: AddOnId::at(now),
            organization_id: organization,
            code: String::new(),
            name: String::new(),
            invoice_display_name: None,
            description: None,
            amount: Money::zero(Currency::EUR),
            tax_ids: vec![],
            created_at: now,
        };
        self.store.write(move |tx| {
            let made = changed(tx, blank.clone(), &change)?;
            tx.insert_add_on(&made)?;
            with_taxes(tx, made)
        })
    }

    pub fn update_add_on(
        &self,
        organization: OrganizationId,
        code: &str,
        change: AddOnChange,
    ) -> Result<(AddOn, Vec<Tax>), AddOnError> {
        let code = code.to_owned();
        self.store.write(move |tx| {
            let found = tx.add_on_by_code(organization, &code)?.ok_or(AddOnError::NotFound)?;
            let changed = changed(tx, found, &change)?;
            tx.save_add_on(&changed)?;
            with_taxes(tx, changed)
        })
    }

    /// The add-on as it was.
    pub fn delete_add_on(
        &self,
        organization: OrganizationId,
        code: &str,
    ) -> Result<(AddOn, Vec<Tax>), AddOnError> {
        let (code, now) = (code.to_owned(), self.clock.now());
        self.store.write(move |tx| {
            let found = tx.add_on_by_code(organization, &code)?.ok_or(AddOnError::NotFound)?;
            tx.delete_add_on(organization, found.id, now)?;
            with_taxes(tx, found)
        })
    }
}

fn changed(tx: &Tx<'_>, add_on: AddOn, change: &AddOnChange) -> Result<AddOn, AddOnError> {
    let tax_ids = match &change.tax_codes {
        Change::Keep => add_on.tax_ids.clone(),
        Change::To(codes) => {
            tx.tax_ids_by_code(add_on.organization_id, codes)?.ok_or(AddOnError::TaxNotFound)?
        }
    };
    Ok(AddOn { tax_ids, ..change.clone().apply(add_on) })
}

fn with_taxes(reader: &Reader<'_>, add_on: AddOn) -> Result<(AddOn, Vec<Tax>), AddOnError> {
    let taxes = reader.taxes_by_id(add_on.organization_id, &add_on.tax_ids)?;
    Ok((add_on, taxes))
}
