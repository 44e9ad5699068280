//! What keeps subscriptions on invoices of their own: all that is due at once and has the same
//! group stands on one invoice.

use super::currency::Currency;
use super::id::PaymentMethodId;
use super::payment_method::MethodChoice;
use super::subscription::Subscription;

/// What is really charged: naming the default method and naming none come to the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EffectiveMethod {
    Method(PaymentMethodId),
    /// The default, of which there is none yet.
    ToCome,
    Manual,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceGroup {
    method: EffectiveMethod,
    pub currency: Currency,
    /// The external id of one that shares with nobody: with what followed it, it may.
    alone: Option<String>,
    pub purchase_order_number: Option<String>,
}

impl InvoiceGroup {
    pub fn of(
        subscription: &Subscription,
        currency: Currency,
        default_method: Option<PaymentMethodId>,
    ) -> InvoiceGroup {
        let method = match subscription.method_choice {
            MethodChoice::Specific(id) => EffectiveMethod::Method(id),
            MethodChoice::Manual => EffectiveMethod::Manual,
            MethodChoice::Default => {
                default_method.map_or(EffectiveMethod::ToCome, EffectiveMethod::Method)
            }
        };
        InvoiceGroup {
            method,
            currency,
            alone: (!subscription.consolidates).then(|| subscription.external_id.clone()),
            purchase_order_number: subscription.purchase_order_number.clone(),
        }
    }
}
