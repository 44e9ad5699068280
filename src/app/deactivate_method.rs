//! A payment method is made inactive, and active again. While it is inactive nothing can be
//! charged on it: what named it is to be paid by hand, and what was planned on it is decided again.
//! A charge that is under way goes on, since nobody can call it back.

use super::App;
use super::change_method::{ChangeMethodError, act, owned, view};
use super::collect::{CollectError, NO_METHOD};
use crate::domain::audit_trail::Action;
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::id::{InvoiceId, OrganizationId, PaymentMethodId};
use crate::domain::payment::PayableId;
use crate::domain::payment_method::{MethodChoice, PaymentMethod};
use crate::domain::recovery::{IdleReason, Recovery};
use crate::domain::time::Timestamp;
use crate::domain::view::MethodView;
use crate::store::Tx;

/// So many planned debts of one customer are decided again at once. More of them are, one by one,
/// when their time comes.
const REDECIDED_MAX: u32 = 10_000;

/// For programs: why an invoice is to be paid by hand from now on.
const METHOD_INACTIVE: &str = "payment_method_inactive";

impl App {
    /// `id` is None when what was asked for is no id. Doing it again changes nothing.
    pub fn deactivate_method(
        &self,
        organization: OrganizationId,
        external_customer_id: &str,
        id: Option<PaymentMethodId>,
    ) -> Result<MethodView, ChangeMethodError> {
        let (customer, now) = (external_customer_id.to_owned(), self.clock.now());
        let signed = self.signed(organization, now);
        let changed = self.store.write(move |tx| {
            let method = owned(tx, organization, &customer, id)?;
            let after = method.clone().deactivated();
            if after != method {
                tx.put_payment_method(&after)?;
                if method.is_default {
                    tx.clear_default(method.customer_id)?;
                }
                tx.append_audit(signed, &act(Action::MethodDeactivated, &method))?;
                tx.append_event(&told(&method, EventKind::MethodDeactivated, now))?;
                detach_method(tx, &method, now)?;
            }
            view(tx, &after)
        })?;
        self.wake.ring_news();
        Ok(changed)
    }

    /// It can be selected again; it is not the default by that. Doing it again changes nothing.
    pub fn activate_method(
        &self,
        organization: OrganizationId,
        external_customer_id: &str,
        id: Option<PaymentMethodId>,
    ) -> Result<MethodView, ChangeMethodError> {
        let (customer, now) = (external_customer_id.to_owned(), self.clock.now());
        let signed = self.signed(organization, now);
        self.store.write(move |tx| {
            let method = owned(tx, organization, &customer, id)?;
            let after = method.clone().activated();
            if after != method {
                tx.put_payment_method(&after)?;
                tx.append_audit(signed, &act(Action::MethodActivated, &method))?;
                tx.append_event(&told(&method, EventKind::MethodActivated, now))?;
            }
            view(tx, &after)
        })
    }
}

fn told(method: &PaymentMethod, kind: EventKind, now: Timestamp) -> Event {
    let subject = Subject {
        customer_id: Some(method.customer_id),
        connection_id: Some(method.connection_id),
        ..Subject::default()
    };
    Event::new(kind, method.organization_id, subject, now)
        .with_code(method.id.to_string())
        .with_message(method.label())
}

/// Nothing names the method any more. `method` is as it was before, so that what relied on it as
/// the default is found too.
fn detach_method(tx: &Tx<'_>, method: &PaymentMethod, now: Timestamp) -> Result<(), CollectError> {
    tx.switch_wallets_to_manual(method.id, now)?;
    for invoice in tx.switch_invoices_to_manual(method.id, now)? {
        if let Some(recovery) = tx.recovery_of(PayableId::Invoice(invoice))? {
            rest(
                tx,
                recovery,
                IdleReason::Manual,
                (EventKind::MethodNeeded, METHOD_INACTIVE, now),
            )?;
        }
    }
    for switched in tx.switch_subscriptions_to_manual(method.id, now)? {
        let subject = Subject {
            customer_id: Some(switched.customer_id),
            subscription_id: Some(switched.id),
            ..Subject::default()
        };
        let kind = EventKind::SubscriptionUpdated;
        tx.append_event(&Event::new(kind, switched.organization_id, subject, now))?;
    }
    for recovery in tx.recoveries_planned(method.customer_id, REDECIDED_MAX)? {
        // A request over several invoices finds out when it is charged, and fails then.
        let PayableId::Invoice(invoice) = recovery.payable else { continue };
        if recovery.requested_method == Some(method.id) {
            // Whoever asked for a charge on it hears that there will be none.
            let event = (EventKind::AttemptImpossible, NO_METHOD, now);
            rest(tx, recovery, IdleReason::NeedsMethod, event)?;
        } else if method.is_default && takes_default(tx, &recovery, invoice)? {
            let event = (EventKind::MethodNeeded, NO_METHOD, now);
            rest(tx, recovery, IdleReason::NeedsMethod, event)?;
        }
    }
    Ok(())
}

/// Whether the next attempt would be made on the customer's default method.
fn takes_default(tx: &Tx<'_>, recovery: &Recovery, id: InvoiceId) -> Result<bool, CollectError> {
    if recovery.requested_method.is_some() || recovery.backup_method.is_some() {
        return Ok(false);
    }
    let invoice = tx.invoice(recovery.organization_id, id)?;
    Ok(invoice.is_some_and(|invoice| invoice.method_choice == MethodChoice::Default))
}

/// Nothing is tried by itself any more. An open attempt is left alone, and so is what has ended.
fn rest(
    tx: &Tx<'_>,
    recovery: Recovery,
    reason: IdleReason,
    (kind, code, now): (EventKind, &str, Timestamp),
) -> Result<(), CollectError> {
    let subject = recovery.payable.subject(recovery.customer_id);
    let event = Event::new(kind, recovery.organization_id, subject, now).with_code(code);
    if let Ok(resting) = recovery.rest(reason, now) {
        tx.save_recovery(&resting)?;
        tx.append_event(&event)?;
    }
    Ok(())
}
