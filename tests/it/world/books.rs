//! What must be true of the database whenever a story ends: the audit finds nothing.

use std::path::Path;

use recoup::domain::policy::NetworkLimit;
use recoup::store::{DATABASE_FILE, audit_file};

pub fn add_up(data_dir: &Path) {
    let limit = NetworkLimit::CARDS;
    let found = audit_file(&data_dir.join(DATABASE_FILE), limit).expect("an audit");
    let told: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}
