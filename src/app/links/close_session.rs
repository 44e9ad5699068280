//! Closes a hosted page at its provider, and saves whatever the provider says of it.

use crate::app::App;
use crate::app::collect::CollectError;
use crate::app::crash_point::{CrashPoint, crash_point};
use crate::app::ports::PspError;
use crate::domain::session::{Session, SessionFinding, SessionProgress};

/// Whether money can still come in by the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    Closed,
    /// A payer is in the middle, or the provider gave no answer.
    StillOpen,
}

impl Closing {
    pub fn is_closed(self) -> bool {
        self == Closing::Closed
    }
}

impl App {
    pub fn close_session(&self, session: &Session) -> Result<Closing, CollectError> {
        let Some(provider_session_id) = &session.provider_session_id else {
            return self.close_unstarted(session);
        };
        let connection = self
            .store
            .read(|read| read.connection(session.organization_id, session.connection_id))?
            .ok_or(CollectError::Missing { what: "the connection of a hosted page" })?;
        crash_point(CrashPoint::BeforePageCloses);
        let answer = match self.psps.expire_session(&connection, provider_session_id) {
            // It may be over already: look.
            Err(PspError::Refused { .. } | PspError::Unable(_)) => {
                self.psps.find_session(&connection, provider_session_id)
            }
            answer => answer,
        };
        crash_point(CrashPoint::AfterPageCloses);
        match answer {
            Ok(finding) => self.session_found(session, finding),
            Err(error) => {
                tracing::warn!(session = ?session.id, %error, "a hosted page could not be closed");
                Ok(Closing::StillOpen)
            }
        }
    }

    /// Nobody was given its address yet, so nobody pays on it; and once it is closed here, whoever
    /// is having it made gives it to nobody. Unless the page came into being meanwhile.
    fn close_unstarted(&self, session: &Session) -> Result<Closing, CollectError> {
        let id = session.id;
        self.store.write(move |tx| -> Result<Closing, CollectError> {
            let Some(now) = tx.session_of_every_organization(id)? else {
                return Ok(Closing::Closed);
            };
            match now.progress {
                SessionProgress::Starting => {
                    let progress = SessionProgress::Expired;
                    tx.put_session(&Session { progress, ..now })?;
                    Ok(Closing::Closed)
                }
                SessionProgress::Open => Ok(Closing::StillOpen),
                SessionProgress::Completed
                | SessionProgress::Expired
                | SessionProgress::Refused => Ok(Closing::Closed),
            }
        })
    }

    /// Saves what the provider says of a page.
    pub(in crate::app) fn session_found(
        &self,
        session: &Session,
        finding: SessionFinding,
    ) -> Result<Closing, CollectError> {
        match finding {
            SessionFinding::Open => Ok(Closing::StillOpen),
            SessionFinding::Expired => {
                self.save_progress(session, SessionProgress::Expired)?;
                Ok(Closing::Closed)
            }
            SessionFinding::InProgress(None) => Ok(Closing::StillOpen),
            SessionFinding::InProgress(Some(answer)) => {
                self.settle_on_page(session, answer)?;
                Ok(Closing::StillOpen)
            }
            SessionFinding::Paid(answer) => {
                self.settle_on_page(session, answer)?;
                crash_point(CrashPoint::PaidOnPage);
                self.save_progress(session, SessionProgress::Completed)?;
                Ok(Closing::Closed)
            }
            SessionFinding::SetUp(details) => {
                self.method_left(session, details)?;
                self.save_progress(session, SessionProgress::Completed)?;
                Ok(Closing::Closed)
            }
        }
    }

    fn save_progress(
        &self,
        session: &Session,
        progress: SessionProgress,
    ) -> Result<(), CollectError> {
        let saved = Session { progress, ..session.clone() };
        self.store.write(move |tx| tx.put_session(&saved))?;
        Ok(())
    }
}
