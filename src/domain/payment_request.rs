//! Payment requests: one charge for several overdue invoices of a customer. The debts stay the
//! invoices; a request only collects them together, once. Whoever else collects one of them
//! waits until the request has ended.

use super::currency::Currency;
use super::id::{CustomerId, DunningCampaignId, OrganizationId, PaymentRequestId};
use super::invoice::{Invoice, PaymentStatus};
use super::money::Money;
use super::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRequest {
    pub id: PaymentRequestId,
    pub organization_id: OrganizationId,
    pub customer_id: CustomerId,
    /// What remained due of its invoices when it was made.
    pub amount: Money,
    /// Whom it is addressed to; may be empty.
    pub email: String,
    pub payment_status: PaymentStatus,
    /// The provider has it, or may have it: its invoices say so by being pending.
    pub processing: bool,
    /// None: a person asked for it.
    pub campaign_id: Option<DunningCampaignId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// One invoice of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub invoice: Invoice,
    /// How much of the charge is for this invoice. Fixed when the charge begins.
    pub amount: i64,
}

/// A request with its invoices as they are now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requested {
    pub request: PaymentRequest,
    pub parts: Vec<Part>,
}

/// Why several invoices cannot be asked for together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CannotRequest {
    #[error("an invoice is not overdue")]
    NotOverdue,
    #[error("the invoices are of different currencies")]
    DifferentCurrencies,
    #[error("the invoices are more than can be counted")]
    TooMuch,
}

/// What is due of all together. They are at least one.
pub fn amount_of(invoices: &[Invoice]) -> Result<Money, CannotRequest> {
    if invoices.iter().any(|invoice| !invoice.payment_overdue) {
        return Err(CannotRequest::NotOverdue);
    }
    let currency = invoices.first().map_or(Currency::EUR, |first| first.currency);
    if invoices.iter().any(|invoice| invoice.currency != currency) {
        return Err(CannotRequest::DifferentCurrencies);
    }
    let zero = Money::zero(currency);
    invoices
        .iter()
        .try_fold(zero, |sum, invoice| sum.plus(invoice.due()))
        .map_err(|_| CannotRequest::TooMuch)
}

/// What came of the money of one charge for one invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub invoice: Invoice,
    /// What the invoice was paid with it.
    pub paid: i64,
    /// What was its part and was not owed any more: to be refunded.
    pub surplus: i64,
}

impl Requested {
    /// What a charge takes now: what is due of the invoices. None when one of them has been
    /// settled or voided, or when it would be more than was asked for.
    pub fn chargeable(&self) -> Option<Money> {
        if self.parts.is_empty() || self.parts.iter().any(|part| !part.invoice.is_collectible()) {
            return None;
        }
        let zero = Money::zero(self.request.amount.currency);
        let parts = self.parts.iter();
        let due = parts.map(|part| part.invoice.due());
        let sum = due.into_iter().try_fold(zero, Money::plus).ok()?;
        (sum.minor_units <= self.request.amount.minor_units).then_some(sum)
    }

    /// The charge begins: each part is what is due of its invoice now.
    #[must_use]
    pub fn fixed(self) -> Requested {
        let fix = |part: Part| Part { amount: part.invoice.due().minor_units, ..part };
        Requested { parts: self.parts.into_iter().map(fix).collect(), ..self }
    }

    /// The money has come: each invoice takes of its part what it is owed. Beside that, what the
    /// charge took beyond all parts.
    pub fn received(self, amount: i64, now: Timestamp) -> (Vec<Received>, i64) {
        let mut left = amount;
        let mut all = Vec::with_capacity(self.parts.len());
        for part in self.parts {
            let share = part.amount.min(left).max(0);
            left = left.saturating_sub(share);
            let (invoice, paid) = part.invoice.received(share, now);
            all.push(Received { invoice, paid, surplus: share.saturating_sub(paid) });
        }
        (all, left.max(0))
    }
}

impl Invoice {
    /// So much has come in for it; of that it takes what it is owed, and says how much.
    pub fn received(self, amount: i64, now: Timestamp) -> (Invoice, i64) {
        let owed = if self.is_collectible() { self.due().minor_units } else { 0 };
        let taken = amount.min(owed).max(0);
        if taken == 0 {
            return (self, 0);
        }
        let paid = self.paid_amount.saturating_add(taken);
        (self.with_paid(paid, now), taken)
    }
}

impl PaymentRequest {
    /// How it stands from now on. Nothing is processed any more once it has ended.
    #[must_use]
    pub fn with_status(self, status: PaymentStatus, now: Timestamp) -> PaymentRequest {
        PaymentRequest { payment_status: status, processing: false, updated_at: now, ..self }
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::id::InvoiceId;
    use crate::domain::invoice::{InvoiceStatus, InvoiceType};
    use crate::domain::payment_method::MethodChoice;

    const NOW: Timestamp = Timestamp::from_unix_ms(1_000);

    fn invoice(total: i64, paid: i64) -> Invoice {
        Invoice {
            id: InvoiceId::at(NOW),
            organization_id: OrganizationId::at(NOW),
            customer_id: CustomerId::at(NOW),
            invoice_type: InvoiceType::OneOff,
            status: InvoiceStatus::Finalized,
            payment_status: PaymentStatus::Pending,
            sequential_id: Some(1),
            number: "N-001-001".to_owned(),
            purchase_order_number: None,
            currency: Currency::EUR,
            fees_amount: total,
            taxes_amount: 0,
            prepaid_granted_amount: 0,
            prepaid_purchased_amount: 0,
            total_amount: total,
            paid_amount: paid,
            issuing_date: NaiveDate::default(),
            payment_due_date: NaiveDate::default(),
            net_payment_term: 0,
            payment_overdue: true,
            dispute_lost_at: None,
            voided_at: None,
            skip_automatic_payment: false,
            method_choice: MethodChoice::Default,
            created_at: NOW,
            updated_at: NOW,
        }
    }

    fn requested(invoices: Vec<Invoice>) -> Requested {
        let amount = amount_of(&invoices).expect("they go together");
        let request = PaymentRequest {
            id: PaymentRequestId::at(NOW),
            organization_id: OrganizationId::at(NOW),
            customer_id: CustomerId::at(NOW),
            amount,
            email: String::new(),
            payment_status: PaymentStatus::Pending,
            processing: false,
            campaign_id: None,
            created_at: NOW,
            updated_at: NOW,
        };
        let part = |invoice: Invoice| Part { amount: invoice.due().minor_units, invoice };
        Requested { request, parts: invoices.into_iter().map(part).collect() }
    }

    #[test]
    fn only_overdue_invoices_of_one_currency_go_together() {
        let early = Invoice { payment_overdue: false, ..invoice(100, 0) };
        let dollars = Invoice { currency: Currency::USD, ..invoice(100, 0) };
        assert_eq!(amount_of(&[invoice(100, 0), early]), Err(CannotRequest::NotOverdue));
        let mixed = amount_of(&[invoice(100, 0), dollars]);
        assert_eq!(mixed, Err(CannotRequest::DifferentCurrencies));
        let sum = amount_of(&[invoice(100, 0), invoice(100, 40)]);
        assert_eq!(sum, Ok(Money::new(160, Currency::EUR)));
    }

    #[test]
    fn a_request_is_not_charged_when_one_of_its_invoices_is_settled() {
        let mut it = requested(vec![invoice(100, 0), invoice(200, 0)]);
        assert_eq!(it.chargeable(), Some(Money::new(300, Currency::EUR)));
        it.parts[1].invoice.paid_amount = 50;
        assert_eq!(it.chargeable(), Some(Money::new(250, Currency::EUR)));
        let voided = it.parts[1].invoice.clone().void(NOW).expect("finalized");
        it.parts[1].invoice = voided;
        assert_eq!(it.chargeable(), None);
    }

    #[test]
    fn a_request_never_takes_more_than_was_asked_for() {
        let mut it = requested(vec![invoice(100, 60)]);
        it.parts[0].invoice.paid_amount = 0;
        assert_eq!(it.chargeable(), None);
    }

    /// What happens to an invoice between the charge and its answer.
    #[derive(Debug, Clone, Copy)]
    enum Meanwhile {
        Nothing,
        Paid(i64),
        DeclaredPaid,
        Voided,
    }

    fn any_meanwhile() -> impl Strategy<Value = Meanwhile> {
        prop_oneof![
            Just(Meanwhile::Nothing),
            (1..5_000_i64).prop_map(Meanwhile::Paid),
            Just(Meanwhile::DeclaredPaid),
            Just(Meanwhile::Voided),
        ]
    }

    fn after(invoice: Invoice, meanwhile: Meanwhile) -> Invoice {
        match meanwhile {
            Meanwhile::Nothing => invoice,
            Meanwhile::Paid(amount) => invoice.received(amount, NOW).0,
            Meanwhile::DeclaredPaid => invoice.with_payment_status(PaymentStatus::Succeeded, NOW),
            Meanwhile::Voided => invoice.void(NOW).expect("finalized"),
        }
    }

    proptest! {
        /// Every unit of the charge is an invoice's or told as too much, and no invoice is paid
        /// more than its total.
        #[test]
        fn what_a_request_brings_is_paid_or_told(
            told in prop::collection::vec((1..5_000_i64, any_meanwhile()), 1..8),
            beyond in 0..100_i64,
        ) {
            let invoices = told.iter().map(|(total, _)| invoice(*total, 0)).collect();
            let mut it = requested(invoices).fixed();
            let amount = it.chargeable().expect("all are due").minor_units + beyond;
            for (part, (_, meanwhile)) in it.parts.iter_mut().zip(&told) {
                part.invoice = after(part.invoice.clone(), *meanwhile);
            }
            let before: Vec<Invoice> = it.parts.iter().map(|part| part.invoice.clone()).collect();
            let (all, left) = it.received(amount, NOW);
            let sum: i64 = all.iter().map(|one| one.paid + one.surplus).sum();
            prop_assert_eq!(sum + left, amount);
            prop_assert_eq!(left, beyond);
            for (was, one) in before.iter().zip(&all) {
                prop_assert!(one.invoice.paid_amount <= one.invoice.total_amount);
                prop_assert_eq!(one.invoice.paid_amount - was.paid_amount, one.paid);
                prop_assert!(!one.invoice.is_collectible(), "nothing is left to collect");
                if !was.is_collectible() {
                    prop_assert_eq!(&one.invoice, was);
                }
            }
        }
    }
}
