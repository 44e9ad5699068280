//! The address where a payer pays one debt: our own page, the same for a day. The page at the
//! provider behind it is made at once, so that a refusal is told to whoever asks for the link.
//! While a charge is open none is made, so that nobody pays twice. A provider that is slow is not
//! waited for: whoever asks again a little later is given the page that was made meanwhile.

use super::close_session::Closing;
use super::ground::Ground;
pub use super::ground::PaymentLinkError;
use crate::app::App;
use crate::app::invoice_changes::visible_invoice;
use crate::app::patience::{CALLER_WAITS, in_time, too_slow};
use crate::domain::attempt::AttemptState;
use crate::domain::chance;
use crate::domain::customer::Customer;
use crate::domain::event::EventKind;
use crate::domain::id::{InvoiceId, OrganizationId, PayerPageId};
use crate::domain::payer_page::{PagePurpose, PayerPage};
use crate::domain::payment::PayableId;
use crate::domain::secret::Secret;
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::store::{Reader, StoreError, Tx};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentLink {
    pub customer: Customer,
    pub provider: String,
    pub url: String,
}

impl App {
    pub fn payment_link(
        &self,
        organization: OrganizationId,
        invoice: InvoiceId,
    ) -> Result<PaymentLink, PaymentLinkError> {
        self.store
            .read(|read| visible_invoice(read, organization, invoice))?
            .ok_or(PaymentLinkError::NotFound)?;
        self.page_to_pay(organization, invoice)
    }

    /// The same for an invoice that may not be shown yet.
    pub(super) fn page_to_pay(
        &self,
        organization: OrganizationId,
        invoice: InvoiceId,
    ) -> Result<PaymentLink, PaymentLinkError> {
        let can_check_out = |provider: &str| self.can_check_out(provider);
        let ground =
            self.store.read(|read| Ground::find(read, organization, invoice, can_check_out))?;
        if let Some(page) = self.good_page(&ground)? {
            return Ok(self.link_to(&ground, &page));
        }
        let (app, mine) = (self.clone(), ground.clone());
        let made = in_time(&self.rules, CALLER_WAITS, move || app.make_link(&mine));
        let late = || PaymentLinkError::Provider {
            provider: self.provider_title(&ground.connection),
            error: too_slow(),
        };
        match made.unwrap_or_else(|| Err(late())) {
            Ok(page) => Ok(self.link_to(&ground, &page)),
            // Whoever was faster may have made the very page that is asked for.
            Err(PaymentLinkError::AttemptOpen) => match self.good_page(&ground)? {
                Some(page) => Ok(self.link_to(&ground, &page)),
                None => Err(PaymentLinkError::AttemptOpen),
            },
            Err(error) => Err(error),
        }
    }

    pub(super) fn can_check_out(&self, provider: &str) -> bool {
        self.psps.provider(provider).is_some_and(|it| it.abilities.checkout)
    }

    /// The page that was told before, while it asks for what is due.
    fn good_page(&self, ground: &Ground) -> Result<Option<PayerPage>, PaymentLinkError> {
        let now = self.clock.now();
        Ok(self.store.read(|read| good_page(read, ground, now))?)
    }

    fn make_link(&self, ground: &Ground) -> Result<PayerPage, PaymentLinkError> {
        let page = self.new_page(ground);
        let standing = self.store.read(|read| Standing::find(read, ground, page.created_at))?;
        if let Standing::Made(page) = standing {
            return Ok(page);
        }
        if matches!(standing, Standing::WaitsForPayer) {
            let event = ground.event(EventKind::PaymentLinkMade, page.created_at);
            let made = page.clone();
            self.store.write(move |tx| -> Result<(), PaymentLinkError> {
                keep_page(tx, &made)?;
                Ok(tx.append_event(&event)?)
            })?;
            return Ok(page);
        }
        if let Standing::Outdated(session) = standing {
            match self.close_session(&session)? {
                Closing::Closed => {}
                Closing::StillOpen => return Err(PaymentLinkError::AttemptOpen),
            }
        }
        self.start_payment(ground, &page, EventKind::PaymentLinkMade)?;
        Ok(page)
    }

    fn new_page(&self, ground: &Ground) -> PayerPage {
        let now = self.clock.now();
        PayerPage {
            id: PayerPageId::at(now),
            organization_id: ground.invoice.organization_id,
            customer_id: ground.customer.id,
            purpose: PagePurpose::Payment {
                invoice: ground.invoice.id,
                amount: ground.invoice.due(),
            },
            token: new_token(),
            created_at: now,
            expires_at: now.plus(self.rules.link_lifetime),
            ended_at: None,
        }
    }

    fn link_to(&self, ground: &Ground, page: &PayerPage) -> PaymentLink {
        PaymentLink {
            customer: ground.customer.clone(),
            provider: ground.connection.provider.clone(),
            url: page.address(&self.rules.public_url),
        }
    }
}

/// What there is of a debt when a page for it is to be made.
enum Standing {
    /// Somebody who asked at the same time was faster; to close that page would take it from them.
    Made(PayerPage),
    /// The open attempt waits for the payer to confirm it.
    WaitsForPayer,
    /// A page at the provider behind none that asks for what is due now.
    Outdated(Session),
    Nothing,
}

impl Standing {
    /// Page and session are read at one moment: read one after the other, the page just opened
    /// by somebody else would look like one that nobody needs.
    fn find(
        read: &Reader<'_>,
        ground: &Ground,
        now: Timestamp,
    ) -> Result<Standing, PaymentLinkError> {
        if let Some(page) = good_page(read, ground, now)? {
            return Ok(Standing::Made(page));
        }
        if waits_for_payer(read, ground.payable())? {
            return Ok(Standing::WaitsForPayer);
        }
        let session = read.open_payment_session(ground.payable())?;
        Ok(session.map_or(Standing::Nothing, Standing::Outdated))
    }
}

fn good_page(
    read: &Reader<'_>,
    ground: &Ground,
    now: Timestamp,
) -> Result<Option<PayerPage>, StoreError> {
    let found = read.payment_page(ground.invoice.id)?;
    Ok(found.filter(|page| page.asks_for(ground.invoice.due(), now)))
}

/// 128 random bits, as hexadecimal digits.
pub fn new_token() -> Secret {
    Secret::new(format!("{:032x}", u128::from_be_bytes(chance::bytes())))
}

/// In the place of the one before, if there is one.
pub(super) fn keep_page(tx: &Tx<'_>, page: &PayerPage) -> Result<(), PaymentLinkError> {
    if tx.payer_page_by_token(&page.token_hash())?.is_some() {
        return Ok(());
    }
    if let PagePurpose::Payment { invoice, .. } = page.purpose {
        tx.end_payment_page(invoice, page.created_at)?;
    }
    Ok(tx.put_payer_page(page)?)
}

/// Whether the open attempt waits for the payer to confirm it. Any other one is an error.
fn waits_for_payer(read: &Reader<'_>, payable: PayableId) -> Result<bool, PaymentLinkError> {
    let open = read.recovery_of(payable)?.and_then(|recovery| recovery.open_attempt());
    let Some(id) = open else { return Ok(false) };
    let attempt = read.attempt_of_every_organization(id)?;
    match attempt.map(|attempt| attempt.state) {
        Some(AttemptState::NeedsAction { action, .. }) if action.url.is_some() => Ok(true),
        Some(_) | None => Err(PaymentLinkError::AttemptOpen),
    }
}
