//! `[backup_methods]` of a policy: after how many declines the next method is charged.

use super::reading::{Notes, Section};
use crate::domain::decline::{DeclineClass, RetryClass};
use crate::domain::policy::BackupAfter;

const DECLINES_MAX: u32 = 100;

pub fn read(root: &Section<'_, '_>, notes: &mut Notes<'_>) -> Vec<BackupAfter> {
    let Some(section) = root.section("backup_methods", notes) else { return vec![] };
    section.only(&["after_declines"], notes);
    let Some(classes) = section.section("after_declines", notes) else { return vec![] };
    let mut read = Vec::new();
    for (key, byte) in classes.keys() {
        match DeclineClass::parse(&key) {
            Some(class) => match unusable(class) {
                Some(sentence) => notes.wrong(byte, &classes.field(&key), sentence),
                None => {
                    let declines = classes.whole(&key, notes, (1, DECLINES_MAX));
                    read.extend(declines.map(|declines| BackupAfter { class, declines }));
                }
            },
            None => notes.wrong(
                byte,
                &classes.field(&key),
                "there is no such decline class; write one such as insufficient_funds",
            ),
        }
    }
    read
}

/// Why nothing can be said of such declines.
const fn unusable(class: DeclineClass) -> Option<&'static str> {
    match class.usual_retry() {
        RetryClass::Soft | RetryClass::SoftShort | RetryClass::Limited => None,
        RetryClass::NewMethod => {
            Some("after such a decline the next method is charged at once; take it out")
        }
        RetryClass::CustomerAction | RetryClass::Stop | RetryClass::Merchant | RetryClass::Hold => {
            Some("after such a decline no other method is charged by itself; take it out")
        }
    }
}
