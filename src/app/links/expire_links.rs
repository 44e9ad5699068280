//! Closes pages whose time is up or whose debt is settled, so that nobody pays what is not owed.

use crate::app::App;
use crate::app::collect::CollectError;

const PAGE: u32 = 256;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LinksExpired {
    pub closed: u64,
    /// Looked at again at the next run.
    pub still_open: u64,
}

impl App {
    pub fn expire_links(&self) -> Result<LinksExpired, CollectError> {
        let now = self.clock.now();
        let sessions = self.store.read(|read| read.sessions_to_close(now, PAGE))?;
        let mut run = LinksExpired::default();
        for session in sessions {
            match self.close_session(&session) {
                Ok(closing) if closing.is_closed() => run.closed += 1,
                Ok(_) => run.still_open += 1,
                Err(error) => {
                    run.still_open += 1;
                    tracing::error!(session = ?session.id, %error, "a page could not be closed");
                }
            }
        }
        Ok(run)
    }
}
