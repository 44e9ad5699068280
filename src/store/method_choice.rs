//! How an object wants to be paid: what a request asks for, checked against the customer.

use rusqlite::named_params;

use super::row::{Columns, rows};
use super::{Reader, StoreError, Tx};
use crate::domain::currency::Currency;
use crate::domain::customer::Customer;
use crate::domain::id::{CustomerId, InvoiceId, PaymentMethodId};
use crate::domain::payment_method::{MethodChoice, MethodReference, MethodState, MethodUses};
use crate::domain::time::Timestamp;

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

/// So many names of each kind are read.
const USES_NAMED_MAX: u32 = 100;

impl Reader<'_> {
    /// What turns manual when the method is made inactive.
    pub fn method_uses(&self, method: PaymentMethodId) -> Result<MethodUses, StoreError> {
        let named = |sql: &str| {
            rows!(
                self,
                "payment_methods",
                sql,
                named_params! { ":method": method.to_string(), ":limit": USES_NAMED_MAX },
                |columns: &Columns<'_>| columns.get::<String>("name")
            )
        };
        Ok(MethodUses {
            invoices: named(
                "SELECT number AS name FROM invoices
                  WHERE payment_method_id = :method AND payment_status <> 'succeeded'
                    AND status IN ('draft', 'finalized')
                  ORDER BY number LIMIT :limit",
            )?,
            subscriptions: named(
                "SELECT external_id AS name FROM subscriptions
                  WHERE payment_method_id = :method AND state IN ('active', 'pending')
                  ORDER BY external_id LIMIT :limit",
            )?,
            wallets: named(
                "SELECT w.code AS name FROM wallets w
                  WHERE w.payment_method_id = :method
                  UNION
                 SELECT w.code FROM recurring_rules r JOIN wallets w ON w.id = r.wallet_id
                  WHERE r.payment_method_id = :method
                  ORDER BY name LIMIT :limit",
            )?,
        })
    }
}

impl Tx<'_> {
    /// Invoices that are not paid yet and name this method are to be paid by hand from now on.
    /// Answers which they were.
    pub fn switch_invoices_to_manual(
        &self,
        method: PaymentMethodId,
        now: Timestamp,
    ) -> Result<Vec<InvoiceId>, StoreError> {
        rows!(
            self,
            "invoices",
            "UPDATE invoices
                SET method_choice = 'manual', payment_method_id = NULL, updated_at = :now
              WHERE payment_method_id = :method AND payment_status <> 'succeeded'
             RETURNING id",
            named_params! { ":method": method.to_string(), ":now": now.unix_ms() },
            |columns: &Columns<'_>| columns.parsed("id")
        )
    }

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
