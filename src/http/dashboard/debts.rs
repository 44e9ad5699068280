//! A debt in a list: what it is, and how its collecting stands.

use askama::Template;
use askama::filters::HtmlSafe;

use super::frame::Frame;
use super::parts::{Amount, Badge, When, distance};
use super::words;
use crate::domain::payment::{Payable, PayableId};
use crate::domain::view::RecoveryView;

pub struct Debt {
    pub title: String,
    /// None: it has no page.
    pub href: Option<String>,
    pub customer: String,
    pub amount: Amount,
    pub state: Badge,
    pub sentence: String,
    pub next: Option<When>,
    pub next_in: String,
}

/// Several of them.
#[derive(Template)]
#[template(path = "dashboard/parts/debts.html")]
pub struct Debts {
    pub caption: String,
    pub debts: Vec<Debt>,
}

impl HtmlSafe for Debts {}

impl Debts {
    pub fn of(caption: impl Into<String>, views: &[RecoveryView], frame: &Frame) -> Debts {
        let debts = views.iter().map(|view| Debt::of(view, frame)).collect();
        Debts { caption: caption.into(), debts }
    }
}

impl Debt {
    pub fn of(view: &RecoveryView, frame: &Frame) -> Debt {
        let explained = view.explain();
        let next_at = explained.next_attempt_at;
        let name = view.customer_name.clone();
        Debt {
            title: match &view.payable {
                Payable::Invoice(invoice) => invoice.number.clone(),
                Payable::Request(_) => view.payable.title(),
            },
            href: match view.payable.id() {
                PayableId::Invoice(id) => Some(format!("/dashboard/invoices/{id}")),
                PayableId::PaymentRequest(_) => None,
            },
            customer: name.unwrap_or_else(|| view.external_customer_id.clone()),
            amount: Amount::of(view.payable.total()),
            state: words::collecting(&view.recovery),
            sentence: explained.sentence,
            next: next_at.map(|at| frame.when(&at)),
            next_in: next_at.map(|at| distance(frame.now, at)).unwrap_or_default(),
        }
    }
}
