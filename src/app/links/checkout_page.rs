//! Our page behind a checkout link: it leads to the provider's page where a method is left, makes
//! that again when it is over, and says when the method is stored.

use super::checkout_link::{CheckoutLinkError, Ground};
use super::payment_page::Pressed;
use crate::app::App;
use crate::app::collect::CollectError;
use crate::domain::api_key::KeyHash;
use crate::domain::id::SessionId;
use crate::domain::payer_page::{PagePurpose, PayerPage};
use crate::domain::secret::Secret;
use crate::domain::session::{Session, SessionProgress};

/// How far the leaving of a method has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetupState {
    Asked,
    Stored,
    /// The address is of no use any more.
    Over,
}

#[derive(Debug, Clone)]
pub struct CheckoutPage {
    pub page: PayerPage,
    pub organization_name: String,
    pub state: SetupState,
}

impl App {
    /// None: nobody was given such an address.
    pub fn checkout_page(&self, token: &Secret) -> Result<Option<CheckoutPage>, CollectError> {
        let now = self.clock.now();
        self.store.read(|read| {
            let Some(page) = read.payer_page_by_token(&KeyHash::of(token))? else {
                return Ok(None);
            };
            let PagePurpose::Setup { session } = page.purpose else { return Ok(None) };
            let session = read.session_of_every_organization(session)?;
            let is_stored = session.is_some_and(|it| it.progress == SessionProgress::Completed);
            let state = if is_stored {
                SetupState::Stored
            } else if page.is_over(now) {
                SetupState::Over
            } else {
                SetupState::Asked
            };
            let organization_name = read.organization(page.organization_id)?.name;
            Ok(Some(CheckoutPage { page, organization_name, state }))
        })
    }

    /// The payer wants to leave a method.
    pub fn press_checkout(&self, token: &Secret) -> Result<Option<Pressed>, CollectError> {
        let Some(shown) = self.checkout_page(token)? else { return Ok(None) };
        if shown.state != SetupState::Asked {
            return Ok(Some(Pressed::Stay));
        }
        if let Some(session) = self.setup_session(&shown.page)?
            && session.expires_at > self.clock.now()
            && let Some(url) = session.url.clone()
            && self.look_at_session(&session)?
        {
            return Ok(Some(Pressed::GoTo(url)));
        }
        let still = self.checkout_page(token)?;
        if still.is_none_or(|shown| shown.state != SetupState::Asked) {
            return Ok(Some(Pressed::Stay));
        }
        let page = &shown.page;
        let ground =
            self.store.read(|read| Ground::find(read, page.organization_id, page.customer_id));
        // The address stays; only the page at the provider behind it is another.
        let purpose = PagePurpose::Setup { session: SessionId::at(self.clock.now()) };
        let renewed = PayerPage { purpose, ..page.clone() };
        match ground.and_then(|ground| self.start_setup(&ground, &renewed)) {
            Ok(url) => Ok(Some(Pressed::GoTo(url))),
            Err(CheckoutLinkError::Collect(error)) => Err(error),
            Err(error) => {
                tracing::warn!(page = ?page.id, %error, "no page at the provider for a payer");
                Ok(Some(Pressed::Unavailable))
            }
        }
    }

    /// The payer comes back from the provider, whose webhook may be slower.
    pub fn returned_to_checkout(&self, token: &Secret) -> Result<(), CollectError> {
        let Some(shown) = self.checkout_page(token)? else { return Ok(()) };
        if let Some(session) = self.setup_session(&shown.page)? {
            self.look_at_session(&session)?;
        }
        Ok(())
    }

    /// The page at the provider, while it is open as far as we know.
    fn setup_session(&self, page: &PayerPage) -> Result<Option<Session>, CollectError> {
        let PagePurpose::Setup { session } = page.purpose else { return Ok(None) };
        let found = self.store.read(|read| read.session_of_every_organization(session))?;
        Ok(found.filter(|session| session.progress == SessionProgress::Open))
    }
}
