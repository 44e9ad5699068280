//! How an object wants to be paid: what a request asks for, checked against the customer.

use rusqlite::named_params;

use super::{Reader, StoreError, Tx};
use crate::domain::currency::Currency;
use crate::domain::customer::Customer;
use crate::domain::id::CustomerId;
use crate::domain::payment_method::{MethodChoice, MethodReference, MethodState};

impl Reader<'_> {
    /// None: it names a method that is not an active one of this customer.
    pub fn method_choice(
        &self,
        customer: &Customer,
        reference: MethodReference,
    ) -> Result<Option<MethodChoice>, StoreError> {
        let id = match reference {
            MethodReference::Default => return Ok(Some(MethodChoice::Default)),
            MethodReference::Manual => return Ok(Some(MethodChoice::Manual)),
            MethodReference::Impossible => return Ok(None),
            MethodReference::Specific(id) => id,
        };
        let found = self.payment_method(customer.organization_id, id)?.filter(|method| {
            method.customer_id == customer.id && method.state == MethodState::Active
        });
        Ok(found.map(|method| MethodChoice::Specific(method.id)))
    }
}

impl Tx<'_> {
    /// The currency of a customer's first invoice becomes their default.
    pub fn set_customer_currency(
        &self,
        customer: CustomerId,
        currency: Currency,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE customers SET currency = :currency WHERE id = :customer")?
            .execute(named_params! {
                ":customer": customer.to_string(),
                ":currency": currency.code(),
            })?;
        Ok(())
    }
}
