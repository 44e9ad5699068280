//! What people do to a customer's payment methods: make one the default, discard one. The
//! instrument itself stays at the provider.

use super::App;
use super::collect::CollectError;
use super::methods::{wake_planned, wake_resting};
use crate::domain::audit_trail::{Act, Action};
use crate::domain::id::{OrganizationId, PaymentMethodId};
use crate::domain::payment_method::{MethodState, PaymentMethod};
use crate::domain::view::MethodView;
use crate::store::{Reader, StoreError};

#[derive(Debug, thiserror::Error)]
pub enum ChangeMethodError {
    #[error("there is no customer of this external id")]
    CustomerNotFound,
    #[error("the customer has no such payment method")]
    MethodNotFound,
    /// It has to be made active first.
    #[error("an inactive payment method cannot be selected")]
    MethodInactive,
    #[error(transparent)]
    Collect(#[from] CollectError),
}

impl From<StoreError> for ChangeMethodError {
    fn from(error: StoreError) -> ChangeMethodError {
        ChangeMethodError::Collect(error.into())
    }
}

impl App {
    /// `id` is None when what was asked for is no id. Debts that waited for a method are tried on
    /// it. Doing it again changes nothing.
    pub fn set_default_method(
        &self,
        organization: OrganizationId,
        external_customer_id: &str,
        id: Option<PaymentMethodId>,
    ) -> Result<MethodView, ChangeMethodError> {
        let (customer, now) = (external_customer_id.to_owned(), self.clock.now());
        let signed = self.signed(organization, now);
        let view = self.store.write(move |tx| {
            let method = owned(tx, organization, &customer, id)?;
            if method.state != MethodState::Active {
                return Err(ChangeMethodError::MethodInactive);
            }
            if !method.is_default {
                tx.append_audit(signed, &act(Action::MethodMadeDefault, &method))?;
                tx.make_default(method.customer_id, method.id)?;
                tx.begin_with_default(method.customer_id)?;
                wake_resting(tx, method.customer_id, now)?;
                wake_planned(tx, method.customer_id, now)?;
            }
            view(tx, &method)
        })?;
        self.wake.ring();
        Ok(view)
    }

    /// No other method becomes the default.
    pub fn discard_method(
        &self,
        organization: OrganizationId,
        external_customer_id: &str,
        id: Option<PaymentMethodId>,
    ) -> Result<MethodView, ChangeMethodError> {
        let customer = external_customer_id.to_owned();
        let signed = self.signed(organization, self.clock.now());
        self.store.write(move |tx| {
            let method = owned(tx, organization, &customer, id)?;
            tx.append_audit(signed, &act(Action::MethodDiscarded, &method))?;
            tx.discard_payment_method(organization, method.id)?;
            view(tx, &method)
        })
    }
}

/// What was done to it, for the audit trail.
pub(super) fn act(action: Action, method: &PaymentMethod) -> Act {
    Act::on(action, method.id)
        .with("customer_id", method.customer_id)
        .with("method", method.label())
}

/// The method, unless it is another customer's or discarded.
pub(super) fn owned(
    reader: &Reader<'_>,
    organization: OrganizationId,
    external_customer_id: &str,
    id: Option<PaymentMethodId>,
) -> Result<PaymentMethod, ChangeMethodError> {
    let customer = reader
        .customer_by_external_id(organization, external_customer_id)?
        .ok_or(ChangeMethodError::CustomerNotFound)?;
    let id = id.ok_or(ChangeMethodError::MethodNotFound)?;
    let method = reader.payment_method(organization, id)?;
    method
        .filter(|method| {
            method.customer_id == customer.id && method.state != MethodState::Discarded
        })
        .ok_or(ChangeMethodError::MethodNotFound)
}

pub(super) fn view(
    reader: &Reader<'_>,
    method: &PaymentMethod,
) -> Result<MethodView, ChangeMethodError> {
    let found = reader.method_view(method.organization_id, method.id)?;
    found.ok_or(ChangeMethodError::MethodNotFound)
}
