//! There is no further attempt: what the policy says becomes of the debt is carried out, in the
//! transaction that settles the last one.

use super::CollectError;
use super::ask_payer::ask_payer;
use super::settle_attempt::Scene;
use crate::app::subscriptions::end_subscriptions_of;
use crate::app::void_invoice::save_voided;
use crate::domain::event::EventKind;
use crate::domain::invoice::Invoice;
use crate::domain::payment_method::MethodChoice;
use crate::domain::policy::{DecisionRecord, OnExhausted};

/// The invoice as it is then.
pub fn exhaust(
    scene: &Scene<'_, '_>,
    invoice: &Invoice,
    record: &DecisionRecord,
) -> Result<(), CollectError> {
    let (tx, now) = (scene.within.tx, scene.now());
    let told = scene
        .event(EventKind::RecoveryExhausted)
        .with_code(record.class.as_str())
        .with_message(record.sentence());
    tx.append_event(&told)?;
    match record.on_exhausted {
        // How the debt rests says it.
        OnExhausted::LeaveOpen | OnExhausted::MarkUncollectible => Ok(()),
        OnExhausted::Void => {
            // What cannot be voided any more stays as it is.
            let Ok(voided) = invoice.clone().void(now) else { return Ok(()) };
            Ok(save_voided(tx, &voided, now)?)
        }
        OnExhausted::CancelSubscription => end_subscriptions_of(tx, invoice, now),
        OnExhausted::LinkOnly => {
            let by_link =
                Invoice { method_choice: MethodChoice::Manual, updated_at: now, ..invoice.clone() };
            tx.save_invoice(&by_link)?;
            ask_payer(scene, &by_link)
        }
    }
}
