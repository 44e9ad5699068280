//! The dashboard, as a browser without scripts sees it: against the real server.

mod developers;
mod people;
mod policies;
