//! What an event is about, as links and ids.

use super::super::parts::Html;
use crate::domain::event::{Event, Subject};

/// One thing that an event is about.
pub struct About {
    pub name: &'static str,
    pub id: String,
    /// None: there is no page for it.
    pub href: Option<String>,
}

impl About {
    fn page(name: &'static str, kind: &str, id: Option<impl ToString>) -> Option<About> {
        let id = id?.to_string();
        let href = Some(format!("/dashboard/{kind}/{id}"));
        Some(About { name, id, href })
    }

    fn id(name: &'static str, id: Option<impl ToString>) -> Option<About> {
        Some(About { name, id: id?.to_string(), href: None })
    }

    pub fn shown(&self) -> Html {
        match &self.href {
            Some(href) => Html::link(href, &self.id),
            None => Html::code(&self.id),
        }
    }
}

/// Those that there is a page for first.
pub fn subjects(event: &Event) -> Vec<About> {
    let it = event.subject;
    let Subject { customer_id, invoice_id, subscription_id, wallet_id, .. } = it;
    let all = [
        About::page("Invoice", "invoices", invoice_id),
        About::page("Customer", "customers", customer_id),
        About::page("Subscription", "subscriptions", subscription_id),
        About::page("Wallet", "wallets", wallet_id),
        About::id("Attempt", it.attempt_id),
        About::id("Page at the provider", it.session_id),
        About::id("Connection", it.connection_id),
        About::id("Wallet transaction", it.wallet_transaction_id),
        About::id("Payment request", it.payment_request_id),
        About::id("Receipt", it.receipt_id),
        About::id("Surplus payment", it.surplus_id),
        About::id("Refund", it.refund_id),
    ];
    all.into_iter().flatten().collect()
}
