//! Pages of the system itself: the database and the versions, what stands open and whether charges
//! are held, jobs, backups, and who changed what.

mod audit;
mod backups;
mod jobs;
mod overview;

use actix_web::web::ServiceConfig;

use super::parts::Tabs;
use super::shut;
pub use jobs::{Planned, Timetable};

const SYSTEM: &str = "/dashboard/system";
const JOBS: &str = "/dashboard/system/jobs";
const BACKUPS: &str = "/dashboard/system/backups";
const AUDIT: &str = "/dashboard/system/audit";

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(shut(SYSTEM).get(overview::show))
        .service(shut("/dashboard/system/hold/reconcile").post(overview::reconcile))
        .service(shut("/dashboard/system/hold/release").post(overview::release))
        .service(shut(JOBS).get(jobs::show))
        .service(shut(BACKUPS).get(backups::show).post(backups::make))
        .service(shut(AUDIT).get(audit::show));
}

/// Above each of these pages; `current` is where it leads.
fn places(current: &str) -> Tabs {
    let pages = [("Overview", SYSTEM), ("Jobs", JOBS), ("Backups", BACKUPS), ("Audit log", AUDIT)];
    Tabs::of_pages("System", &pages, current)
}

/// `1.4 MB`
fn size(bytes: u64) -> String {
    const UNITS: &[&str] = &["kB", "MB", "GB", "TB"];
    let (mut tenths, mut unit) = (bytes.saturating_mul(10) / 1_000, 0);
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1_000;
        unit += 1;
    }
    format!("{}.{}\u{a0}{}", tenths / 10, tenths % 10, UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        assert_eq!(size(0), "0.0\u{a0}kB");
        assert_eq!(size(1_400_000), "1.4\u{a0}MB");
        assert_eq!(size(999_900), "999.9\u{a0}kB");
        assert_eq!(size(12_000_000_000), "12.0\u{a0}GB");
    }
}
