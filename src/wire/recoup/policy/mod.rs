//! Policies in and out: the files that people write, with what is wrong with them line by line;
//! the ready ones that come with recoup; and what our API says of policies.

mod backups;
pub mod file;
mod holidays;
mod place;
pub mod presets;
mod reading;
pub mod shapes;

pub use file::{Checked, check};
pub use holidays::HolidayFiles;
pub use place::{Finding, Severity};
