//! The address where a payer leaves a method without paying. Each call makes a new one, and the
//! provider's page behind it, so that a refusal is told at once.

use super::payment_link::new_token;
use super::payment_session::SESSION_LIFETIME_MIN;
use crate::app::App;
use crate::app::collect::CollectError;
use crate::app::crash_point::{CrashPoint, crash_point};
use crate::app::patience::{CALLER_WAITS, in_time, too_slow};
use crate::app::ports::{PspError, SetupRequest};
use crate::domain::audit_trail::{Act, Action};
use crate::domain::connection::Connection;
use crate::domain::customer::Customer;
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::id::{CustomerId, OrganizationId, PayerPageId, SessionId};
use crate::domain::idempotency::session_key;
use crate::domain::payer_page::{PagePurpose, PayerPage};
use crate::domain::session::{Purpose, Session, SessionProgress};
use crate::store::{Reader, StoreError};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckoutLink {
    pub customer: Customer,
    pub provider: String,
    pub connection_code: String,
    pub url: String,
}

#[derive(Debug, Clone, thiserror::Error)]
pub enum CheckoutLinkError {
    #[error("the customer is linked to no payment provider")]
    NoLinkedProvider,
    #[error("none of the allowed kinds of methods can be left on a page")]
    NothingToSetUp,
    #[error("the provider has no pages to leave a method on")]
    Unsupported,
    #[error("the provider refused to make the page")]
    Provider { provider: String, error: PspError },
    #[error(transparent)]
    Collect(#[from] CollectError),
}

impl From<StoreError> for CheckoutLinkError {
    fn from(error: StoreError) -> CheckoutLinkError {
        CheckoutLinkError::Collect(CollectError::from(error))
    }
}

/// Kinds of methods that need no page: money comes by transfer.
const NEEDS_NO_SETUP: [&str; 2] = ["customer_balance", "crypto"];

pub(super) struct Ground {
    customer: Customer,
    connection: Connection,
    provider_customer_id: String,
    method_kinds: Vec<String>,
    installation: String,
}

impl App {
    /// For a person or a program that asks for it.
    pub fn checkout_link(
        &self,
        organization: OrganizationId,
        customer: CustomerId,
    ) -> Result<CheckoutLink, CheckoutLinkError> {
        let link = self.checkout_link_in_time(organization, customer)?;
        let signed = self.signed(organization, self.clock.now());
        self.store.write(move |tx| {
            tx.append_audit(signed, &Act::on(Action::CustomerMethodLinkMade, customer))
        })?;
        Ok(link)
    }

    /// For whoever waits for it: a slow provider is not waited for.
    pub(super) fn checkout_link_in_time(
        &self,
        organization: OrganizationId,
        customer: CustomerId,
    ) -> Result<CheckoutLink, CheckoutLinkError> {
        let app = self.clone();
        let made = in_time(&self.rules, CALLER_WAITS, move || {
            app.make_checkout_link(organization, customer)
        });
        match made {
            Some(outcome) => outcome,
            None => {
                let ground = self.store.read(|read| Ground::find(read, organization, customer))?;
                let provider = self.provider_title(&ground.connection);
                Err(CheckoutLinkError::Provider { provider, error: too_slow() })
            }
        }
    }

    pub fn make_checkout_link(
        &self,
        organization: OrganizationId,
        customer: CustomerId,
    ) -> Result<CheckoutLink, CheckoutLinkError> {
        let ground = self.store.read(|read| Ground::find(read, organization, customer))?;
        let now = self.clock.now();
        let page = PayerPage {
            id: PayerPageId::at(now),
            organization_id: organization,
            customer_id: customer,
            purpose: PagePurpose::Setup { session: SessionId::at(now) },
            token: new_token(),
            created_at: now,
            expires_at: now.plus(self.rules.link_lifetime),
            ended_at: None,
        };
        self.start_setup(&ground, &page)?;
        Ok(ground.link(page.address(&self.rules.public_url)))
    }

    /// Makes the provider's page that `page` names, and answers its address.
    pub(super) fn start_setup(
        &self,
        ground: &Ground,
        page: &PayerPage,
    ) -> Result<String, CheckoutLinkError> {
        if !self.can_check_out(&ground.connection.provider) {
            return Err(CheckoutLinkError::Unsupported);
        }
        let PagePurpose::Setup { session } = page.purpose else {
            return Err(CollectError::Missing { what: "the session of a page" }.into());
        };
        let now = self.clock.now();
        let session = Session {
            id: session,
            organization_id: page.organization_id,
            customer_id: page.customer_id,
            connection_id: ground.connection.id,
            purpose: Purpose::Setup,
            progress: SessionProgress::Starting,
            provider_session_id: None,
            url: None,
            created_at: now,
            expires_at: page.expires_at.max(now.plus(SESSION_LIFETIME_MIN)),
        };
        let started = session.clone();
        self.store.write(move |tx| tx.put_session(&started))?;
        let request = ground.request(&session, page, &self.rules.public_url);
        crash_point(CrashPoint::SetupStarting);
        let made = self.psps.start_setup(&ground.connection, &request);
        crash_point(CrashPoint::SetupMade);
        match made {
            Ok(hosted) => {
                let opened = Session {
                    progress: SessionProgress::Open,
                    provider_session_id: Some(hosted.provider_session_id),
                    url: Some(hosted.url.clone()),
                    ..session
                };
                let page = page.clone();
                self.store.write(move |tx| -> Result<(), StoreError> {
                    tx.put_session(&opened)?;
                    tx.put_payer_page(&page)
                })?;
                Ok(hosted.url)
            }
            Err(error) => Err(self.setup_refused(ground, session, error)?),
        }
    }

    fn setup_refused(
        &self,
        ground: &Ground,
        session: Session,
        error: PspError,
    ) -> Result<CheckoutLinkError, StoreError> {
        let subject = Subject {
            customer_id: Some(ground.customer.id),
            connection_id: Some(ground.connection.id),
            ..Subject::default()
        };
        let event = Event::new(
            EventKind::CustomerLinkFailed,
            session.organization_id,
            subject,
            self.clock.now(),
        )
        .with_code(error.code())
        .with_message(error.to_string());
        let refused = Session { progress: SessionProgress::Refused, ..session };
        self.store.write(move |tx| -> Result<(), StoreError> {
            tx.put_session(&refused)?;
            tx.append_event(&event)
        })?;
        let provider = self.provider_title(&ground.connection);
        Ok(CheckoutLinkError::Provider { provider, error })
    }
}

impl Ground {
    pub(super) fn find(
        read: &Reader<'_>,
        organization: OrganizationId,
        id: CustomerId,
    ) -> Result<Ground, CheckoutLinkError> {
        let customer = read
            .customer(organization, id)?
            .ok_or(CollectError::Missing { what: "the customer" })?;
        let link = customer.link.clone().ok_or(CheckoutLinkError::NoLinkedProvider)?;
        let connection = match link.connection_id {
            Some(id) => read.connection(organization, id)?,
            None => None,
        };
        let connection = connection.ok_or(CheckoutLinkError::NoLinkedProvider)?;
        let account = link.account.ok_or(CheckoutLinkError::NoLinkedProvider)?;
        let provider_customer_id =
            account.provider_customer_id.ok_or(CheckoutLinkError::NoLinkedProvider)?;
        let kinds = &account.method_kinds;
        if !kinds.is_empty() && kinds.iter().all(|kind| NEEDS_NO_SETUP.contains(&kind.as_str())) {
            return Err(CheckoutLinkError::NothingToSetUp);
        }
        let installation = read
            .installation_identity()?
            .ok_or(CollectError::Missing { what: "the identity of the installation" })?;
        Ok(Ground {
            method_kinds: account.method_kinds,
            customer,
            connection,
            provider_customer_id,
            installation,
        })
    }

    fn link(&self, url: String) -> CheckoutLink {
        CheckoutLink {
            customer: self.customer.clone(),
            provider: self.connection.provider.clone(),
            connection_code: self.connection.code.clone(),
            url,
        }
    }

    fn request(&self, session: &Session, page: &PayerPage, public_url: &str) -> SetupRequest {
        SetupRequest {
            idempotency_key: session_key(&self.installation, session.id),
            reference: session.id.to_string(),
            provider_customer_id: self.provider_customer_id.clone(),
            currency: self.customer.currency.map(|currency| currency.code().to_owned()),
            method_kinds: self.method_kinds.clone(),
            return_url: self
                .connection
                .success_redirect_url
                .clone()
                .unwrap_or_else(|| page.return_address(public_url)),
            expires_at: session.expires_at,
            metadata: vec![("customer_id".to_owned(), self.customer.id.to_string())],
        }
    }
}
