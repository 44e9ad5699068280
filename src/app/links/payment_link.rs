//! A page where the payer pays one debt. One open page per debt: asked again, the same one is
//! answered. While a charge is open no page is made, so that nobody pays twice.

use super::close_session::Closing;
use crate::app::App;
use crate::app::collect::CollectError;
use crate::app::ports::{LinkRequest, PspError};
use crate::domain::attempt::AttemptState;
use crate::domain::connection::Connection;
use crate::domain::customer::Customer;
use crate::domain::event::{Event, EventKind, Subject};
use crate::domain::id::{InvoiceId, OrganizationId, SessionId};
use crate::domain::idempotency::session_key;
use crate::domain::invoice::{Invoice, InvoiceStatus, PaymentStatus};
use crate::domain::payment::PayableId;
use crate::domain::recovery::WaitReason;
use crate::domain::session::{Purpose, Session, SessionProgress};
use crate::domain::time::Timestamp;
use crate::store::{Reader, StoreError, Tx};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentLink {
    pub customer: Customer,
    pub provider: String,
    pub url: String,
}

#[derive(Debug, Clone, thiserror::Error)]
pub enum PaymentLinkError {
    #[error("there is no such invoice")]
    NotFound,
    #[error("the customer is linked to no payment provider")]
    NoLinkedProvider,
    #[error("the provider has no pages to pay on")]
    UnsuitableProvider,
    #[error("the invoice is a draft, voided or paid")]
    WrongStatus,
    #[error("the connection of the customer is gone")]
    NoConnection,
    #[error("the customer does not exist at the provider")]
    NoProviderCustomer,
    /// A charge is open: a page beside it could be paid too.
    #[error("a charge of this invoice is being processed")]
    AttemptOpen,
    #[error("the provider refused to make the page")]
    Provider { provider: String, error: PspError },
    #[error(transparent)]
    Collect(#[from] CollectError),
}

impl From<StoreError> for PaymentLinkError {
    fn from(error: StoreError) -> PaymentLinkError {
        PaymentLinkError::Collect(CollectError::from(error))
    }
}

/// Everything a page is made from.
#[derive(Clone)]
struct Ground {
    invoice: Invoice,
    customer: Customer,
    connection: Connection,
    provider_customer_id: String,
    method_kinds: Vec<String>,
    organization_name: String,
    installation: String,
}

impl App {
    pub fn payment_link(
        &self,
        organization: OrganizationId,
        invoice: InvoiceId,
    ) -> Result<PaymentLink, PaymentLinkError> {
        let ground = self.store.read(|read| ground(read, organization, invoice))?;
        if !self.can_check_out(&ground.connection) {
            return Err(PaymentLinkError::UnsuitableProvider);
        }
        let payable = PayableId::Invoice(invoice);
        if let Some(url) = self.store.read(|read| confirmation_page(read, payable))? {
            return Ok(ground.link(url));
        }
        let open = self.store.read(|read| read.open_payment_session(payable))?;
        if let Some(session) = open {
            if let Some(url) = session.still_good(&ground.invoice, self.clock.now()) {
                return Ok(ground.link(url));
            }
            match self.close_session(&session)? {
                Closing::Closed => {}
                Closing::StillOpen => return Err(PaymentLinkError::AttemptOpen),
            }
        }
        let session = self.write_session_down(&ground)?;
        self.make_page(&ground, session)
    }

    fn can_check_out(&self, connection: &Connection) -> bool {
        self.psps.provider(&connection.provider).is_some_and(|it| it.abilities.checkout)
    }

    fn write_session_down(&self, ground: &Ground) -> Result<Session, PaymentLinkError> {
        let now = self.clock.now();
        let session = Session {
            id: SessionId::at(now),
            organization_id: ground.invoice.organization_id,
            customer_id: ground.customer.id,
            connection_id: ground.connection.id,
            purpose: Purpose::Payment {
                payable: PayableId::Invoice(ground.invoice.id),
                amount: ground.invoice.due(),
            },
            progress: SessionProgress::Starting,
            provider_session_id: None,
            url: None,
            created_at: now,
            expires_at: now.plus(self.rules.link_lifetime),
        };
        let until = now.plus(self.rules.link_grace);
        let made = session.clone();
        self.store.write(move |tx| begin_session(tx, &made, until))?;
        Ok(session)
    }

    /// The session is durable; now the provider makes the page.
    fn make_page(
        &self,
        ground: &Ground,
        session: Session,
    ) -> Result<PaymentLink, PaymentLinkError> {
        let request = ground.request(&session, &self.rules.public_url);
        let made = self.psps.start_payment(&ground.connection, &request);
        let now = self.clock.now();
        match made {
            Ok(page) => {
                let provider_session_id = page.provider_session_id;
                let opened = Session {
                    progress: SessionProgress::Open,
                    provider_session_id: Some(provider_session_id.clone()),
                    url: Some(page.url.clone()),
                    ..session
                };
                let event = event(ground, EventKind::PaymentLinkMade, now);
                let opens = self.store.write(move |tx| open_page(tx, &opened, &event))?;
                if opens {
                    return Ok(ground.link(page.url));
                }
                // Nobody was given its address; closed, nobody can come upon it either.
                if let Err(error) =
                    self.psps.expire_session(&ground.connection, &provider_session_id)
                {
                    tracing::warn!(%error, "a page that was overtaken could not be closed");
                }
                Err(PaymentLinkError::AttemptOpen)
            }
            Err(error) => {
                self.page_refused(ground, session, &error)?;
                let provider = self.provider_title(&ground.connection);
                Err(PaymentLinkError::Provider { provider, error })
            }
        }
    }

    fn page_refused(
        &self,
        ground: &Ground,
        session: Session,
        error: &PspError,
    ) -> Result<(), PaymentLinkError> {
        let event = event(ground, EventKind::AttemptImpossible, self.clock.now())
            .with_code(error.code())
            .with_message(error.to_string());
        // Nobody was given the page, so whether it exists or not it is never paid on.
        let refused = Session { progress: SessionProgress::Refused, ..session };
        self.store.write(move |tx| -> Result<(), StoreError> {
            tx.put_session(&refused)?;
            tx.append_event(&event)
        })?;
        Ok(())
    }
}

impl Session {
    /// The page, while it is open for the right amount.
    fn still_good(&self, invoice: &Invoice, now: Timestamp) -> Option<String> {
        let Purpose::Payment { amount, .. } = self.purpose else { return None };
        if self.expires_at <= now || amount != invoice.due() {
            return None;
        }
        self.url.clone()
    }
}

impl Ground {
    fn link(&self, url: String) -> PaymentLink {
        PaymentLink {
            customer: self.customer.clone(),
            provider: self.connection.provider.clone(),
            url,
        }
    }

    fn request(&self, session: &Session, public_url: &str) -> LinkRequest {
        let number = &self.invoice.number;
        LinkRequest {
            idempotency_key: session_key(&self.installation, session.id),
            reference: session.id.to_string(),
            provider_customer_id: self.provider_customer_id.clone(),
            amount: self.invoice.due(),
            method_kinds: self.method_kinds.clone(),
            // Recurring charges in India need a mandate that a page for one payment cannot give.
            keep_method: self.customer.profile.address.country.as_deref() != Some("IN"),
            description: format!("{} - Invoice {number}", self.organization_name),
            return_url: self
                .connection
                .success_redirect_url
                .clone()
                .unwrap_or_else(|| public_url.to_owned()),
            expires_at: session.expires_at,
            metadata: vec![
                ("invoice_id".to_owned(), self.invoice.id.to_string()),
                ("customer_id".to_owned(), self.customer.id.to_string()),
            ],
        }
    }
}

fn ground(
    read: &Reader<'_>,
    organization: OrganizationId,
    id: InvoiceId,
) -> Result<Ground, PaymentLinkError> {
    let invoice = read
        .invoice(organization, id)?
        .filter(|invoice| invoice.status.is_visible())
        .ok_or(PaymentLinkError::NotFound)?;
    let customer = read
        .customer(organization, invoice.customer_id)?
        .ok_or(CollectError::Missing { what: "the customer of an invoice" })?;
    let link = customer.link.clone().ok_or(PaymentLinkError::NoLinkedProvider)?;
    let payable = matches!(invoice.status, InvoiceStatus::Finalized | InvoiceStatus::Open)
        && invoice.payment_status != PaymentStatus::Succeeded;
    if !payable || !invoice.due().is_positive() {
        return Err(PaymentLinkError::WrongStatus);
    }
    let connection = match link.connection_id {
        Some(id) => read.connection(organization, id)?,
        None => None,
    };
    let connection = connection.ok_or(PaymentLinkError::NoConnection)?;
    let account = link.account.ok_or(PaymentLinkError::NoProviderCustomer)?;
    let provider_customer_id =
        account.provider_customer_id.ok_or(PaymentLinkError::NoProviderCustomer)?;
    let installation = read
        .installation_identity()?
        .ok_or(CollectError::Missing { what: "the identity of the installation" })?;
    Ok(Ground {
        organization_name: read.organization(organization)?.name,
        method_kinds: account.method_kinds,
        invoice,
        customer,
        connection,
        provider_customer_id,
        installation,
    })
}

/// The page of an open attempt that waits for the payer. Any other open attempt is an error.
fn confirmation_page(
    read: &Reader<'_>,
    payable: PayableId,
) -> Result<Option<String>, PaymentLinkError> {
    let open = read.recovery_of(payable)?.and_then(|recovery| recovery.open_attempt());
    let Some(id) = open else { return Ok(None) };
    let attempt = read.attempt_of_every_organization(id)?;
    match attempt.map(|attempt| attempt.state) {
        Some(AttemptState::NeedsAction { action, .. }) if action.url.is_some() => Ok(action.url),
        Some(_) | None => Err(PaymentLinkError::AttemptOpen),
    }
}

/// Opens the page, unless the session was ended while the provider made it: a charge asked for
/// meanwhile has the debt to itself then.
fn open_page(tx: &Tx<'_>, opened: &Session, event: &Event) -> Result<bool, StoreError> {
    let now = tx.session_of_every_organization(opened.id)?;
    let Some(now) = now.filter(|session| session.progress == SessionProgress::Starting) else {
        return Ok(false);
    };
    // A payment by hand may have ended it early meanwhile.
    let expires_at = opened.expires_at.min(now.expires_at);
    tx.put_session(&Session { expires_at, ..opened.clone() })?;
    tx.append_event(event)?;
    Ok(true)
}

/// Writes the session down and keeps the next automatic attempt away. Fails on the index when
/// someone else has just made one, or an attempt has begun.
fn begin_session(tx: &Tx<'_>, session: &Session, until: Timestamp) -> Result<(), PaymentLinkError> {
    let Purpose::Payment { payable, .. } = session.purpose else { return Ok(()) };
    if let PayableId::Invoice(invoice) = payable
        && tx.request_collecting(invoice)?.is_some()
    {
        return Err(PaymentLinkError::AttemptOpen);
    }
    if let Some(recovery) = tx.recovery_of(payable)? {
        let now = session.created_at;
        let parked = recovery
            .park(until, WaitReason::LinkOpen, now)
            .map_err(|_| PaymentLinkError::AttemptOpen)?;
        tx.save_recovery(&parked)?;
    }
    tx.put_session(session).map_err(|error| {
        if error.is_conflict() { PaymentLinkError::AttemptOpen } else { error.into() }
    })
}

fn event(ground: &Ground, kind: EventKind, now: Timestamp) -> Event {
    let subject = Subject {
        customer_id: Some(ground.customer.id),
        invoice_id: Some(ground.invoice.id),
        connection_id: Some(ground.connection.id),
        ..Subject::default()
    };
    Event::new(kind, ground.invoice.organization_id, subject, now)
}
