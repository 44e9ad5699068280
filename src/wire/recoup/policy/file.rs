//! A policy from its file. What the file leaves out is as in `standard`.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::backups;
use super::holidays::{self, HolidayFiles};
use super::place::Finding;
use super::reading::{Notes, Section, integer, parsed};
use crate::domain::decline::DeclineClass;
use crate::domain::policy::{
    Caps, DAYS_MAX, Ladder, Ladders, OnExhausted, Payday, Paydays, Policy, PolicyName, Weekdays,
};
use crate::domain::time::Span;

/// A file that is longer is none that a person wrote.
const FILE_BYTES_MAX: usize = 256 * 1024;
const STEPS_MAX: usize = 50;
const HOLIDAYS_MAX: usize = 2_000;
const NAME_CHARS_MAX: usize = 60;

/// What a file says, and what is wrong or doubtful about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// None: something is wrong.
    pub policy: Option<Policy>,
    /// In the order of the file.
    pub findings: Vec<Finding>,
}

/// `files` has the holiday files that the policy names.
pub fn check(text: &str, files: &HolidayFiles) -> Checked {
    let mut notes = Notes::of(text);
    let policy = read(text, files, &mut notes);
    let policy = policy.filter(|_| !notes.has_errors());
    for doubt in policy.iter().flat_map(Policy::doubts) {
        notes.doubt(&doubt.field, doubt.sentence);
    }
    let mut findings = notes.findings;
    findings.sort_by_key(|finding| (finding.line, finding.column));
    Checked { policy, findings }
}

fn read(text: &str, files: &HolidayFiles, notes: &mut Notes<'_>) -> Option<Policy> {
    if text.len() > FILE_BYTES_MAX {
        notes.wrong(0, "", format!("the file is longer than {FILE_BYTES_MAX} bytes"));
        return None;
    }
    let root = match DeTable::parse(text) {
        Ok(root) => root.into_inner(),
        Err(error) => {
            let byte = error.span().map_or(0, |span| span.start);
            notes.wrong(byte, "", format!("this is no TOML: {}", error.message()));
            return None;
        }
    };
    let root = Section::root(&root);
    root.only(
        &[
            "name",
            "window_days",
            "jitter_minutes",
            "ladders",
            "when",
            "paydays",
            "caps",
            "backup_methods",
            "exhausted",
        ],
        notes,
    );
    let mut policy = Policy::standard();
    policy.name = PolicyName { code: name(&root, notes)?, version: 0 };
    if let Some(days) = root.whole("window_days", notes, (1, DAYS_MAX)) {
        policy.window = Span::days(days);
    }
    if let Some(minutes) = root.whole("jitter_minutes", notes, (0, 24 * 60)) {
        policy.jitter = Span::minutes(minutes);
    }
    if let Some(section) = root.section("ladders", notes) {
        ladders(&section, &mut policy.ladders, notes);
    }
    when(&root, files, &mut policy, notes);
    if let Some(section) = root.section("paydays", notes) {
        policy.calendar.paydays = paydays(&section, notes);
    }
    if let Some(section) = root.section("caps", notes) {
        caps(&section, &mut policy.caps, notes);
    }
    policy.backup_after = backups::read(&root, notes);
    if let Some(section) = root.section("exhausted", notes) {
        section.only(&["then"], notes);
        let words = "write one of leave_open, mark_uncollectible, void, cancel_subscription, \
                     link_only";
        let read = |value: &DeValue<'_>| value.as_str().and_then(OnExhausted::parse);
        if let Some(then) = section.read("then", notes, (words, read)) {
            policy.on_exhausted = then;
        }
    }
    Some(policy)
}

fn name(root: &Section<'_, '_>, notes: &mut Notes<'_>) -> Option<String> {
    let words = "write a name of lower-case letters, digits, `_` and `-`, at most 60 characters";
    let read = |value: &DeValue<'_>| {
        let name = value.as_str()?;
        let is_fine = |letter: char| {
            letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '_' | '-')
        };
        // The paths of our API have these names.
        let is_taken = matches!(name, "check" | "assignments");
        let fits = (1..=NAME_CHARS_MAX).contains(&name.len()) && name.chars().all(is_fine);
        let fits = fits && !is_taken;
        fits.then(|| name.to_owned())
    };
    let found = root.read("name", notes, (words, read));
    if found.is_none() && !notes.has_errors() {
        notes.wrong(0, "name", "give the policy a name: `name = \"gentle\"`");
    }
    found
}

fn ladders(section: &Section<'_, '_>, ladders: &mut Ladders, notes: &mut Notes<'_>) {
    for (key, byte) in section.keys() {
        let class = DeclineClass::parse(&key);
        let general = match key.as_str() {
            "soft" => Some(&mut ladders.soft),
            "soft_short" => Some(&mut ladders.soft_short),
            "limited" => Some(&mut ladders.limited),
            _ => None,
        };
        match (general, class) {
            (Some(general), _) => {
                if let Some(found) = ladder(section, &key, notes) {
                    *general = found;
                }
            }
            (None, Some(class)) => own_ladder(section, (class, byte), ladders, notes),
            (None, None) => notes.wrong(
                byte,
                &section.field(&key),
                "there is no such ladder; use soft, soft_short, limited or a decline class such \
                 as insufficient_funds",
            ),
        }
    }
}

/// A class that is never tried again has no ladder.
fn own_ladder(
    section: &Section<'_, '_>,
    (class, byte): (DeclineClass, usize),
    ladders: &mut Ladders,
    notes: &mut Notes<'_>,
) {
    use crate::domain::decline::RetryClass;
    let key = class.as_str();
    match class.usual_retry() {
        RetryClass::Soft | RetryClass::SoftShort | RetryClass::Limited => {
            if let Some(found) = ladder(section, key, notes) {
                ladders.of_classes.push((class, found));
            }
        }
        RetryClass::CustomerAction
        | RetryClass::NewMethod
        | RetryClass::Stop
        | RetryClass::Merchant
        | RetryClass::Hold => notes.wrong(
            byte,
            &section.field(key),
            "such declines are never tried again on the same payment method, so they have no \
             ladder; take it out",
        ),
    }
}

fn ladder(section: &Section<'_, '_>, key: &str, notes: &mut Notes<'_>) -> Option<Ladder> {
    let items = section.items(key, notes)?;
    if let Some((field, item)) = items.get(STEPS_MAX) {
        notes.wrong(item.span().start, field, format!("write at most {STEPS_MAX} steps"));
        return None;
    }
    let steps: Vec<_> = items.iter().map(|(field, item)| parsed(item, field, notes)).collect();
    steps.into_iter().collect::<Option<_>>().map(Ladder)
}

fn when(root: &Section<'_, '_>, files: &HolidayFiles, policy: &mut Policy, notes: &mut Notes<'_>) {
    let Some(section) = root.section("when", notes) else { return };
    section.only(&["hours", "weekdays", "holidays", "holiday_files"], notes);
    let calendar = &mut policy.calendar;
    calendar.hours = section.parsed("hours", notes);
    if let Some(items) = section.items("weekdays", notes) {
        calendar.weekdays = Weekdays::NONE;
        for (field, item) in items {
            match item.get_ref().as_str().and_then(Weekdays::named) {
                Some(day) => calendar.weekdays = calendar.weekdays.with(day),
                None => notes.wrong(
                    item.span().start,
                    &field,
                    "write one of mon, tue, wed, thu, fri, sat, sun",
                ),
            }
        }
    }
    for (field, item) in section.items("holidays", notes).unwrap_or_default() {
        calendar.holidays.extend(parsed::<crate::domain::policy::Holiday>(item, &field, notes));
    }
    for (field, item) in section.items("holiday_files", notes).unwrap_or_default() {
        calendar.holidays.extend(holiday_file(item, &field, (files, notes)));
    }
    calendar.holidays.sort();
    calendar.holidays.dedup();
    if calendar.holidays.len() > HOLIDAYS_MAX {
        notes.wrong(0, "when.holidays", format!("list at most {HOLIDAYS_MAX} days"));
    }
}

fn holiday_file(
    item: &Spanned<DeValue<'_>>,
    field: &str,
    (files, notes): (&HolidayFiles, &mut Notes<'_>),
) -> Vec<crate::domain::policy::Holiday> {
    let byte = item.span().start;
    let text = item.get_ref().as_str().and_then(|name| files.get(name));
    let Some(text) = text else {
        notes.wrong(byte, field, "this file is not there: put it beside the policy");
        return vec![];
    };
    match holidays::read(text) {
        Ok(days) => days,
        Err(line) => {
            let sentence = format!(
                "line {line} of the file is no day: write \"2026-04-03\", or \"12-25\" for every \
                 year, at the beginning of a line"
            );
            notes.wrong(byte, field, sentence);
            vec![]
        }
    }
}

fn paydays(section: &Section<'_, '_>, notes: &mut Notes<'_>) -> Option<Paydays> {
    section.only(&["days", "within_days"], notes);
    let within_days = section.whole("within_days", notes, (0, 15)).unwrap_or(2);
    let mut days = Vec::new();
    for (field, item) in section.items("days", notes).unwrap_or_default() {
        let value = item.get_ref();
        let number = integer(value).filter(|day| (1..=31).contains(day));
        let day = number.and_then(|day| u8::try_from(day).ok()).map(Payday::Day);
        match day.or_else(|| (value.as_str() == Some("last")).then_some(Payday::Last)) {
            Some(day) => days.push(day),
            None => notes.wrong(
                item.span().start,
                &field,
                "write a day of the month from 1 to 31, or \"last\"",
            ),
        }
    }
    if days.is_empty() {
        let sentence =
            "list the days of the month on which people are paid: `days = [1, \"last\"]`";
        notes.doubt("paydays", sentence.to_owned());
        return None;
    }
    Some(Paydays { days, within_days })
}

fn caps(section: &Section<'_, '_>, caps: &mut Caps, notes: &mut Notes<'_>) {
    section.only(
        &["attempts_per_instrument", "attempts_per_recovery", "limited_attempts", "gap_hours"],
        notes,
    );
    let mut set = |key: &str, bounds, value: &mut u32| {
        if let Some(number) = section.whole(key, notes, bounds) {
            *value = number;
        }
    };
    set("attempts_per_instrument", (1, 100), &mut caps.per_instrument);
    set("attempts_per_recovery", (1, 1_000), &mut caps.per_recovery);
    set("limited_attempts", (1, 100), &mut caps.limited);
    if let Some(hours) = section.whole("gap_hours", notes, (1, 24 * 30)) {
        caps.gap = Span::hours(hours);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::decline::{Decline, RetryClass};
    use crate::domain::id::RecoveryId;
    use crate::domain::policy::{Ask, History, Salt};
    use crate::domain::time::Timestamp;
    use crate::wire::recoup::policy::Severity;

    fn found(text: &str) -> Vec<String> {
        check(text, &HolidayFiles::new()).findings.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_wrong_is_pointed_at() {
        let rows = [
            ("name = \"x\"\nwindow_days = 0\n", "2:15: error: window_days: write a whole number"),
            ("name = \"X\"\n", "1:8: error: name: write a name of lower-case"),
            ("window_days = 3\n", "1:1: error: name: give the policy a name"),
            (
                "name = \"x\"\n[ladders]\nsoft = [\"1d\", \"soon\"]\n",
                "3:15: error: ladders.soft[1]",
            ),
            (
                "name = \"x\"\n[ladders]\nsoft = \"1d\"\n",
                "3:8: error: ladders.soft: write it as a list",
            ),
            (
                "name = \"x\"\n[ladders]\nsofft = []\n",
                "3:1: error: ladders.sofft: there is no such",
            ),
            (
                "name = \"x\"\n[ladders]\nlost_or_stolen = []\n",
                "3:1: error: ladders.lost_or_stolen",
            ),
            (
                "name = \"x\"\n[when]\nhours = \"18:00-09:00\"\n",
                "3:9: error: when.hours: write hours",
            ),
            ("name = \"x\"\n[when]\nweekdays = [\"monday\"]\n", "3:13: error: when.weekdays[0]"),
            ("name = \"x\"\n[when]\nholidays = [\"3 May\"]\n", "3:13: error: when.holidays[0]"),
            (
                "name = \"x\"\n[when]\nholiday_files = [\"de\"]\n",
                "3:18: error: when.holiday_files[0]",
            ),
            ("name = \"x\"\n[paydays]\ndays = [32]\n", "3:9: error: paydays.days[0]"),
            (
                "name = \"x\"\n[exhausted]\nthen = \"cry\"\n",
                "3:8: error: exhausted.then: write one",
            ),
            (
                "name = \"x\"\n[backup_methods]\nafter_declines = { expired_card = 1 }\n",
                "3:20: error: backup_methods.after_declines.expired_card: after such a decline",
            ),
            (
                "name = \"x\"\n[backup_methods]\nafter_declines = { no_money = 1 }\n",
                "3:20: error: backup_methods.after_declines.no_money: there is no such",
            ),
            (
                "name = \"x\"\n[backup_methods]\nafter_declines = { limit_exceeded = 0 }\n",
                "3:37: error: backup_methods.after_declines.limit_exceeded: write a whole number",
            ),
            ("name = \"x\"\nladders = 3\n", "2:11: error: ladders: write it as a table"),
            ("name = \"x\"\nname =\n", "2:"),
        ];
        for (text, expected) in rows {
            let found = found(text);
            assert!(found.iter().any(|line| line.starts_with(expected)), "{text}: {found:?}");
        }
    }

    #[test]
    fn what_is_doubtful_is_pointed_at_and_can_be_used() {
        let rows = [
            (
                "[ladders]\nsoft = [\"1d\", \"40d\"]\n",
                "3:15: warning: ladders.soft[1]: `40d` is after",
            ),
            (
                "[ladders]\nsoft = [\"5d\", \"3d\"]\n",
                "3:15: warning: ladders.soft[1]: `3d` is not after",
            ),
            ("[ladders]\nlimited = [\"6h\"]\n", "3:12: warning: ladders.limited[0]"),
            (
                "[when]\nweekdays = []\n",
                "3:12: warning: when.weekdays: is empty, so it never opens",
            ),
            (
                "[caps]\nattempts_per_instrument = 20\n",
                "3:27: warning: caps.attempts_per_instrument",
            ),
            ("[caps]\nattempts_per_instrument = 3\n", "warning: ladders.soft: has 7 steps"),
            (
                "[backup_methods]\nafter_declines = { insufficient_funds = 8 }\n",
                "3:41: warning: backup_methods.after_declines.insufficient_funds",
            ),
            ("[caps]\nlimited_attempts = 9\n", "3:20: warning: caps.limited_attempts"),
        ];
        for (text, expected) in rows {
            let text = format!("name = \"x\"\n{text}");
            let checked = check(&text, &HolidayFiles::new());
            assert!(checked.policy.is_some(), "{text}: {:?}", checked.findings);
            let found = found(&text);
            assert!(found.iter().any(|line| line.contains(expected)), "{text}: {found:?}");
        }
    }

    #[test]
    fn holiday_files_become_days() {
        let text = "name = \"x\"\n[when]\nholidays = [\"12-25\"]\nholiday_files = [\"de.txt\"]\n";
        let file = |days: &str| HolidayFiles::from([("de.txt".to_owned(), days.to_owned())]);
        let read = check(text, &file("2026-04-03 Good Friday\n12-25\n")).policy.expect("fine");
        assert_eq!(read.calendar.holidays.len(), 2);
        let wrong = check(text, &file("2026-04-03\nEaster\n"));
        assert_eq!(wrong.policy, None);
        assert!(wrong.findings[0].sentence.starts_with("line 2 of the file"), "{wrong:?}");
    }

    /// A line of a file: often right, sometimes not.
    fn line() -> impl Strategy<Value = String> {
        let step = prop::sample::select(vec!["1d", "3d", "6h", "99d", "0 9 * * MON", "0d", "soon"]);
        let steps = prop::collection::vec(step, 0..5);
        let key = prop::sample::select(vec!["soft", "soft_short", "limited", "do_not_honor", "x"]);
        let number = -3_i64..2_000;
        let field = prop::sample::select(vec![
            "window_days",
            "jitter_minutes",
            "caps.gap_hours",
            "caps.attempts_per_instrument",
            "caps.limited_attempts",
            "paydays.within_days",
            "unheard_of",
        ]);
        let hours = prop::sample::select(vec!["09:00-18:00", "00:00-24:00", "18:00-09:00", "9-5"]);
        let day = prop::sample::select(vec!["mon", "sat", "sunday"]);
        prop_oneof![
            (key, steps).prop_map(|(key, steps)| format!("ladders.{key} = {steps:?}")),
            (field, number).prop_map(|(field, number)| format!("{field} = {number}")),
            hours.prop_map(|hours| format!("when.hours = {hours:?}")),
            prop::collection::vec(day, 0..3).prop_map(|days| format!("when.weekdays = {days:?}")),
            prop::collection::vec(0_u8..34, 0..3)
                .prop_map(|days| format!("paydays.days = {days:?}")),
            Just("exhausted.then = \"void\"".to_owned()),
            "[ -~]{0,20}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn no_file_breaks_the_linter_or_the_engine(
            lines in prop::collection::vec(line(), 0..5),
            declines in 1_u32..9,
            which in 0..RetryClass::ALL.len(),
        ) {
            let text = format!("name = \"x\"\n{}\n", lines.join("\n"));
            let checked = check(&text, &HolidayFiles::new());
            let wrong = checked.findings.iter().any(|it| it.severity == Severity::Error);
            prop_assert_eq!(checked.policy.is_none(), wrong);
            for finding in &checked.findings {
                prop_assert!(finding.line >= 1 && finding.line <= text.lines().count() + 1);
                prop_assert!(!finding.sentence.is_empty());
            }
            let Some(policy) = checked.policy else { return Ok(()) };
            let decline = Decline {
                class: DeclineClass::DoNotHonor,
                retry: RetryClass::ALL[which],
                code: "code".to_owned(),
                network_code: None,
                advice_code: None,
                retry_after: None,
                message: String::new(),
            };
            let first_declined_at = Timestamp::from_unix_ms(1_790_000_000_000);
            let record = policy.decide(&Ask {
                decline: &decline,
                history: History {
                    declines,
                    limited_declines: declines,
                    short_declines: declines,
                    declines_in_all: declines,
                    steps_skipped: 0,
                    first_declined_at,
                },
                zone: chrono_tz::Europe::Berlin,
                salt: Salt {
                    recovery: RecoveryId::from_uuid(uuid::Uuid::nil()),
                    attempt_number: declines,
                },
                now: first_declined_at,
            });
            prop_assert!(!record.sentence().is_empty());
        }

        #[test]
        fn no_text_breaks_the_linter(text in "\\PC{0,80}") {
            check(&text, &HolidayFiles::new());
        }
    }
}
