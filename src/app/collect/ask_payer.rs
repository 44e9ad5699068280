//! The payer is to go on: a page of ours is made for the debt, and its address told. The page at
//! the provider behind it is made when the payer presses the button.

use super::CollectError;
use super::settle_attempt::Scene;
use crate::app::links::new_token;
use crate::domain::event::EventKind;
use crate::domain::id::PayerPageId;
use crate::domain::invoice::Invoice;
use crate::domain::payer_page::{PagePurpose, PayerPage};

pub fn ask_payer(scene: &Scene<'_, '_>, invoice: &Invoice) -> Result<(), CollectError> {
    if !invoice.status.is_visible() || !invoice.due().is_positive() {
        return Ok(());
    }
    let (tx, rules, now) = (scene.within.tx, scene.within.rules, scene.now());
    let known = tx.payment_page(invoice.id)?;
    let page = match known.filter(|page| page.asks_for(invoice.due(), now)) {
        Some(page) => page,
        None => {
            let page = PayerPage {
                id: PayerPageId::at(now),
                organization_id: invoice.organization_id,
                customer_id: invoice.customer_id,
                purpose: PagePurpose::Payment { invoice: invoice.id, amount: invoice.due() },
                token: new_token(),
                created_at: now,
                expires_at: now.plus(rules.link_lifetime),
                ended_at: None,
            };
            tx.end_payment_page(invoice.id, now)?;
            tx.put_payer_page(&page)?;
            page
        }
    };
    let event = scene.event(EventKind::PayerAsked).with_message(page.address(&rules.public_url));
    Ok(tx.append_event(&event)?)
}
