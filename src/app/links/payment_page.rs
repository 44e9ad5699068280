//! Our page behind a payment link: what it shows, and what its button does. Showing it changes
//! nothing and asks nobody. The button leads to the provider's page, which is looked at first and
//! made again when it is over, with every guard that a new link has.

use super::ground::{Ground, PaymentLinkError};
use crate::app::App;
use crate::app::collect::CollectError;
use crate::domain::api_key::KeyHash;
use crate::domain::event::EventKind;
use crate::domain::invoice::{Fee, Invoice};
use crate::domain::payer_page::{PagePurpose, PayState, PayerPage};
use crate::domain::payment::PayableId;
use crate::domain::recovery::WaitReason;
use crate::domain::secret::Secret;
use crate::domain::session::{Purpose, Session, SessionProgress};
use crate::store::{Reader, StoreError};

/// A debt as its payer sees it.
#[derive(Debug, Clone)]
pub struct PaymentPage {
    pub page: PayerPage,
    pub organization_name: String,
    pub invoice: Invoice,
    pub fees: Vec<Fee>,
    pub state: PayState,
    /// The address is of no use any more, though the debt may be.
    pub is_over: bool,
}

/// What came of the button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pressed {
    GoTo(String),
    /// The page says why there is nothing to go to.
    Stay,
    /// The provider did not make its page.
    Unavailable,
}

/// What is behind the button now.
enum Behind {
    Page(String),
    Nothing,
    /// Someone is having it made, or it cannot be closed.
    Busy,
}

impl App {
    /// None: nobody was given such an address.
    pub fn payment_page(&self, token: &Secret) -> Result<Option<PaymentPage>, CollectError> {
        let now = self.clock.now();
        self.store.read(|read| {
            let Some(page) = read.payer_page_by_token(&KeyHash::of(token))? else {
                return Ok(None);
            };
            let PagePurpose::Payment { invoice, .. } = page.purpose else { return Ok(None) };
            let invoice = read
                .invoice(page.organization_id, invoice)?
                .ok_or(CollectError::Missing { what: "the invoice of a page" })?;
            Ok(Some(PaymentPage {
                organization_name: read.organization(page.organization_id)?.name,
                fees: read.fees(invoice.id)?,
                state: pay_state(read, &invoice)?,
                is_over: !page.asks_for(invoice.due(), now),
                page,
                invoice,
            }))
        })
    }

    /// The payer wants to pay.
    pub fn press_pay(&self, token: &Secret) -> Result<Option<Pressed>, CollectError> {
        let Some(shown) = self.payment_page(token)? else { return Ok(None) };
        match shown.state {
            PayState::Confirm { url } => Ok(Some(Pressed::GoTo(url))),
            PayState::Payable if !shown.is_over => self.go_and_pay(token, &shown.page).map(Some),
            PayState::Payable | PayState::BeingPaid | PayState::Paid | PayState::Withdrawn => {
                Ok(Some(Pressed::Stay))
            }
        }
    }

    /// The payer comes back from the provider, whose webhook may be slower.
    pub fn returned_to_pay(&self, token: &Secret) -> Result<(), CollectError> {
        let Some(shown) = self.payment_page(token)? else { return Ok(()) };
        let payable = PayableId::Invoice(shown.invoice.id);
        if let Some(session) = self.store.read(|read| read.open_payment_session(payable))? {
            self.look_at_session(&session)?;
        }
        Ok(())
    }

    fn go_and_pay(&self, token: &Secret, page: &PayerPage) -> Result<Pressed, CollectError> {
        let PagePurpose::Payment { invoice, .. } = page.purpose else {
            return Ok(Pressed::Stay);
        };
        let payable = PayableId::Invoice(invoice);
        if !self.keep_schedule_away(page, payable)? {
            return Ok(Pressed::Stay);
        }
        let behind = self.behind(page, payable)?;
        // The look at the provider may have found that it is paid.
        let still = self.payment_page(token)?;
        if still.is_none_or(|shown| shown.state != PayState::Payable || shown.is_over) {
            return Ok(Pressed::Stay);
        }
        match behind {
            Behind::Page(url) => return Ok(Pressed::GoTo(url)),
            Behind::Busy => return Ok(Pressed::Stay),
            Behind::Nothing => {}
        }
        let can_check_out = |provider: &str| self.can_check_out(provider);
        let ground = self
            .store
            .read(|read| Ground::find(read, page.organization_id, invoice, can_check_out));
        let made = ground
            .and_then(|ground| self.start_payment(&ground, page, EventKind::PaymentPageRenewed));
        match made {
            Ok(url) => Ok(Pressed::GoTo(url)),
            Err(PaymentLinkError::Collect(error)) => Err(error),
            Err(PaymentLinkError::AttemptOpen | PaymentLinkError::WrongStatus) => Ok(Pressed::Stay),
            Err(
                error @ (PaymentLinkError::NotFound
                | PaymentLinkError::NoLinkedProvider
                | PaymentLinkError::UnsuitableProvider
                | PaymentLinkError::NoConnection
                | PaymentLinkError::NoProviderCustomer
                | PaymentLinkError::OnHold
                | PaymentLinkError::Provider { .. }),
            ) => {
                tracing::warn!(page = ?page.id, %error, "no page at the provider for a payer");
                Ok(Pressed::Unavailable)
            }
        }
    }

    /// While the payer is at it no charge is begun, but never beyond the life of the address. False
    /// when one has begun already.
    fn keep_schedule_away(
        &self,
        page: &PayerPage,
        payable: PayableId,
    ) -> Result<bool, CollectError> {
        let now = self.clock.now();
        let until = now.plus(self.rules.link_grace).min(page.expires_at);
        self.store.write(move |tx| -> Result<bool, CollectError> {
            let Some(recovery) = tx.recovery_of(payable)? else { return Ok(true) };
            let before = recovery.clone();
            match recovery.park(until, WaitReason::LinkOpen, now) {
                Ok(parked) if parked == before => Ok(true),
                Ok(parked) => {
                    tx.save_recovery(&parked)?;
                    Ok(true)
                }
                Err(_) => Ok(false),
            }
        })
    }

    /// The provider's page as the provider has it. One that asks for another amount is closed.
    fn behind(&self, page: &PayerPage, payable: PayableId) -> Result<Behind, CollectError> {
        let now = self.clock.now();
        let Some(session) = self.store.read(|read| read.open_payment_session(payable))? else {
            return Ok(Behind::Nothing);
        };
        let is_being_made = session.progress == SessionProgress::Starting
            && session.created_at.plus(self.rules.charge_lease) > now;
        if is_being_made {
            return Ok(Behind::Busy);
        }
        let fits = session.asks_for_what(page) && session.expires_at > now;
        if fits
            && let Some(url) = session.url.clone()
            && self.look_at_session(&session)?
        {
            return Ok(Behind::Page(url));
        }
        if fits && session.url.is_some() {
            return Ok(Behind::Nothing);
        }
        let closing = self.close_session(&session)?;
        Ok(if closing.is_closed() { Behind::Nothing } else { Behind::Busy })
    }

    /// Whether the payer can go on there. A provider that gives no answer has the page, as far
    /// as we know: it says itself when it is over.
    pub(super) fn look_at_session(&self, session: &Session) -> Result<bool, CollectError> {
        let Some(provider_session_id) = &session.provider_session_id else { return Ok(false) };
        let connection = self
            .store
            .read(|read| read.connection(session.organization_id, session.connection_id))?
            .ok_or(CollectError::Missing { what: "the connection of a hosted page" })?;
        match self.psps.find_session(&connection, provider_session_id) {
            Ok(finding) => Ok(!self.session_found(session, finding)?.is_closed()),
            Err(error) => {
                tracing::warn!(session = ?session.id, %error, "a page was not looked at");
                Ok(true)
            }
        }
    }
}

impl Session {
    fn asks_for_what(&self, page: &PayerPage) -> bool {
        match (self.purpose, page.purpose) {
            (Purpose::Payment { amount, .. }, PagePurpose::Payment { amount: asked, .. }) => {
                amount == asked
            }
            (
                Purpose::Payment { .. } | Purpose::Setup,
                PagePurpose::Payment { .. } | PagePurpose::Setup { .. } | PagePurpose::Portal,
            ) => false,
        }
    }
}

/// A request over several invoices may be collecting this one too: then it is being paid.
pub(super) fn pay_state(read: &Reader<'_>, invoice: &Invoice) -> Result<PayState, StoreError> {
    let payable = PayableId::Invoice(invoice.id);
    let open = read.recovery_of(payable)?.and_then(|recovery| recovery.open_attempt());
    let attempt = match open {
        Some(id) => read.attempt_of_every_organization(id)?,
        None => None,
    };
    let state = PayState::of(invoice, attempt.as_ref());
    if state == PayState::Payable && read.request_collecting(invoice.id)?.is_some() {
        return Ok(PayState::BeingPaid);
    }
    Ok(state)
}
