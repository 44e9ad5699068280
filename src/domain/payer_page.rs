//! Our own pages for payers, behind addresses that do not change: to pay one debt, to leave a
//! payment method, or to see what is owed. What a page shows follows from how things stand now; the
//! pages at providers that it leads to are sessions.

use super::api_key::KeyHash;
use super::attempt::{Attempt, AttemptState};
use super::id::{CustomerId, InvoiceId, OrganizationId, PayerPageId, SessionId};
use super::invoice::{Invoice, InvoiceStatus, PaymentStatus};
use super::money::Money;
use super::secret::Secret;
use super::time::{Span, Timestamp};

/// How long a customer can look at what they owe behind one address.
pub const PORTAL_LIFETIME: Span = Span::hours(12);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PagePurpose {
    /// Pay one invoice. The amount is frozen: when another is due, the page is over.
    Payment { invoice: InvoiceId, amount: Money },
    /// Leave a method; the session is the latest page at the provider.
    Setup { session: SessionId },
    /// See what is owed and what is stored.
    Portal,
}

impl PagePurpose {
    pub const fn as_str(&self) -> &'static str {
        match self {
            PagePurpose::Payment { .. } => "payment",
            PagePurpose::Setup { .. } => "setup",
            PagePurpose::Portal => "portal",
        }
    }

    /// The first word of its path.
    const fn segment(&self) -> &'static str {
        match self {
            PagePurpose::Payment { .. } => "pay",
            PagePurpose::Setup { .. } => "checkout",
            PagePurpose::Portal => "portal",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayerPage {
    pub id: PayerPageId,
    pub organization_id: OrganizationId,
    pub customer_id: CustomerId,
    pub purpose: PagePurpose,
    /// Whoever has it sees the page.
    pub token: Secret,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

impl PayerPage {
    pub fn token_hash(&self) -> KeyHash {
        KeyHash::of(&self.token)
    }

    /// Its address on a server that is found at `public_url`.
    pub fn address(&self, public_url: &str) -> String {
        format!("{public_url}/{}/{}", self.purpose.segment(), self.token.reveal())
    }

    /// Where the provider sends the payer back to.
    pub fn return_address(&self, public_url: &str) -> String {
        format!("{}/returned", self.address(public_url))
    }

    pub fn is_over(&self, now: Timestamp) -> bool {
        self.ended_at.is_some() || self.expires_at <= now
    }

    /// It still asks for what is due.
    pub fn asks_for(&self, due: Money, now: Timestamp) -> bool {
        match self.purpose {
            PagePurpose::Payment { amount, .. } => amount == due && !self.is_over(now),
            PagePurpose::Setup { .. } | PagePurpose::Portal => false,
        }
    }
}

/// What a payer can do about a debt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PayState {
    Payable,
    /// A payment waits for them to confirm it there.
    Confirm {
        url: String,
    },
    /// A charge is under way: nothing but to wait.
    BeingPaid,
    Paid,
    /// Nobody asks for it any more.
    Withdrawn,
}

impl PayState {
    /// `open` is the attempt that is under way, if any.
    pub fn of(invoice: &Invoice, open: Option<&Attempt>) -> PayState {
        match invoice.status {
            InvoiceStatus::Voided
            | InvoiceStatus::Closed
            | InvoiceStatus::Deleted
            | InvoiceStatus::Draft => return PayState::Withdrawn,
            InvoiceStatus::Open | InvoiceStatus::Finalized => {}
        }
        let is_paid = invoice.payment_status == PaymentStatus::Succeeded;
        if is_paid || !invoice.due().is_positive() {
            return PayState::Paid;
        }
        match open.map(|attempt| &attempt.state) {
            None => PayState::Payable,
            Some(AttemptState::NeedsAction { action, .. }) => match &action.url {
                Some(url) => PayState::Confirm { url: url.clone() },
                None => PayState::BeingPaid,
            },
            Some(
                AttemptState::Charging { .. }
                | AttemptState::Pending { .. }
                | AttemptState::Unknown { .. },
            ) => PayState::BeingPaid,
            Some(
                AttemptState::NotSent { .. }
                | AttemptState::Paid { .. }
                | AttemptState::Declined { .. }
                | AttemptState::Cancelled { .. },
            ) => PayState::Payable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::currency::Currency;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_unix_ms(ms)
    }

    fn page() -> PayerPage {
        PayerPage {
            id: PayerPageId::at(at(0)),
            organization_id: OrganizationId::at(at(0)),
            customer_id: CustomerId::at(at(0)),
            purpose: PagePurpose::Payment {
                invoice: InvoiceId::at(at(0)),
                amount: Money::new(4_900, Currency::EUR),
            },
            token: Secret::new("t"),
            created_at: at(0),
            expires_at: at(1_000),
            ended_at: None,
        }
    }

    #[test]
    fn a_page_asks_for_one_amount_until_its_time_is_up_or_it_was_ended() {
        let (page, due) = (page(), Money::new(4_900, Currency::EUR));
        assert!(page.asks_for(due, at(999)));
        assert!(!page.asks_for(due, at(1_000)));
        assert!(!page.asks_for(Money::new(4_800, Currency::EUR), at(1)));
        assert!(!page.asks_for(Money::new(4_900, Currency::USD), at(1)));
        assert!(!PayerPage { ended_at: Some(at(1)), ..page }.asks_for(due, at(1)));
    }

    #[test]
    fn the_address_names_what_it_is_for() {
        assert_eq!(page().address("https://x.example"), "https://x.example/pay/t");
        let portal = PayerPage { purpose: PagePurpose::Portal, ..page() };
        assert_eq!(
            portal.return_address("https://x.example"),
            "https://x.example/portal/t/returned"
        );
    }
}
