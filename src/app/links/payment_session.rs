//! The page at the provider where a payer pays one debt. It is written down first, and keeps the
//! next automatic attempt away; then the provider makes it; then it is open.

use super::ground::{Ground, PaymentLinkError};
use super::payment_link::keep_page;
use crate::app::App;
use crate::app::crash_point::{CrashPoint, crash_point};
use crate::app::ports::PspError;
use crate::app::wallets::tell_declined;
use crate::domain::event::{Event, EventKind};
use crate::domain::hold::Ticket;
use crate::domain::id::SessionId;
use crate::domain::payer_page::PayerPage;
use crate::domain::payment::PayableId;
use crate::domain::recovery::WaitReason;
use crate::domain::session::{Purpose, Session, SessionProgress};
use crate::domain::time::{Span, Timestamp};
use crate::store::{StoreError, Tx};

/// Providers keep a page open for no less than this.
pub(super) const SESSION_LIFETIME_MIN: Span = Span::minutes(30);

impl App {
    /// Makes the provider's page behind `page`, and answers its address. `told` is what the
    /// timeline says of it.
    pub(super) fn start_payment(
        &self,
        ground: &Ground,
        page: &PayerPage,
        told: EventKind,
    ) -> Result<String, PaymentLinkError> {
        let (session, ticket) = self.write_session_down(ground, page)?;
        self.store.count_outside(ticket)?;
        let request = ground.request(&session, page, &self.rules.public_url);
        crash_point(CrashPoint::PageStarting);
        let made = self.psps.start_payment(&ground.connection, &request);
        crash_point(CrashPoint::PageMade);
        let now = self.clock.now();
        match made {
            Ok(hosted) => {
                let provider_session_id = hosted.provider_session_id;
                let opened = Session {
                    progress: SessionProgress::Open,
                    provider_session_id: Some(provider_session_id.clone()),
                    url: Some(hosted.url.clone()),
                    ..session
                };
                let (page, event) = (page.clone(), ground.event(told, now));
                let opens = self.store.write(move |tx| open_page(tx, &opened, &page, &event))?;
                crash_point(CrashPoint::PageOpen);
                if opens {
                    return Ok(hosted.url);
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

    fn write_session_down(
        &self,
        ground: &Ground,
        page: &PayerPage,
    ) -> Result<(Session, Ticket), PaymentLinkError> {
        let now = self.clock.now();
        let session = Session {
            id: SessionId::at(now),
            organization_id: ground.invoice.organization_id,
            customer_id: ground.customer.id,
            connection_id: ground.connection.id,
            purpose: Purpose::Payment { payable: ground.payable(), amount: ground.invoice.due() },
            progress: SessionProgress::Starting,
            provider_session_id: None,
            url: None,
            created_at: now,
            expires_at: page.expires_at.max(now.plus(SESSION_LIFETIME_MIN)),
        };
        let until = now.plus(self.rules.link_grace);
        let made = session.clone();
        let ticket = self.store.write(move |tx| begin_session(tx, &made, until))?;
        Ok((session, ticket))
    }

    fn page_refused(
        &self,
        ground: &Ground,
        session: Session,
        error: &PspError,
    ) -> Result<(), PaymentLinkError> {
        let event = ground
            .event(EventKind::AttemptImpossible, self.clock.now())
            .with_code(error.code())
            .with_message(error.to_string());
        // Nobody was given the page, so whether it exists or not it is never paid on.
        let refused = Session { progress: SessionProgress::Refused, ..session };
        let invoice = ground.invoice.clone();
        self.store.write(move |tx| -> Result<(), StoreError> {
            tx.put_session(&refused)?;
            tx.append_event(&event)?;
            tell_declined(tx, &invoice, &event)
        })?;
        Ok(())
    }
}

/// Opens the page, unless the session was ended while the provider made it: a charge asked for
/// meanwhile has the debt to itself then.
fn open_page(
    tx: &Tx<'_>,
    opened: &Session,
    page: &PayerPage,
    event: &Event,
) -> Result<bool, PaymentLinkError> {
    let now = tx.session_of_every_organization(opened.id)?;
    let Some(now) = now.filter(|session| session.progress == SessionProgress::Starting) else {
        return Ok(false);
    };
    // A payment by hand may have ended it early meanwhile.
    let expires_at = opened.expires_at.min(now.expires_at);
    tx.put_session(&Session { expires_at, ..opened.clone() })?;
    keep_page(tx, page)?;
    tx.append_event(event)?;
    Ok(true)
}

/// Writes the session down and keeps the next automatic attempt away. Fails on the index when
/// someone else has just made one, or an attempt has begun.
fn begin_session(
    tx: &Tx<'_>,
    session: &Session,
    until: Timestamp,
) -> Result<Ticket, PaymentLinkError> {
    let ticket = tx.take_ticket()?.ok_or(PaymentLinkError::OnHold)?;
    let Purpose::Payment { payable, .. } = session.purpose else { return Ok(ticket) };
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
    })?;
    Ok(ticket)
}
