//! Failures of another system as CSV: an attempt a line, with a header. What is wrong is told
//! line by line.

use std::collections::HashMap;
use std::str::FromStr;

use chrono::DateTime;
use chrono_tz::Tz;
use uuid::Uuid;

use super::csv::{Record, Records};
use crate::domain::attempt::Origin;
use crate::domain::currency::Currency;
use crate::domain::decline::{Decline, DeclineClass, RetryClass};
use crate::domain::failure::{Failure, FirstDecline, MadeOn, Try};
use crate::domain::id::RecoveryId;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;

/// Columns that must be there.
pub const REQUIRED: [&str; 6] = ["debt", "at", "outcome", "amount", "currency", "class"];

/// Columns that may be there.
pub const OPTIONAL: [&str; 3] = ["retry_class", "instrument", "timezone"];

/// So many attempts are read.
pub const LINES_MAX: usize = 1_000_000;

/// So much that is wrong is told; what follows is probably the same.
const TOLD_MAX: usize = 20;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {sentence}")]
pub struct LineFault {
    pub line: u64,
    /// What to do about it.
    pub sentence: String,
}

/// One line.
struct Line {
    debt: String,
    zone: Tz,
    tried: Try,
}

/// Where the columns are.
struct Header(HashMap<String, usize>);

/// A debt whose first attempt was paid is no failure, and is left out.
pub fn read(text: &str) -> Result<Vec<Failure>, Vec<LineFault>> {
    let mut records = Records::of(text);
    let header = match records.next() {
        Some(Ok(names)) => Header::of(&names).map_err(|fault| vec![fault])?,
        Some(Err(unclosed)) => return Err(vec![fault(unclosed.line, NO_QUOTE)]),
        None => return Err(vec![fault(1, "begin with a line that names the columns")]),
    };
    let (mut debts, mut faults) = (Debts::default(), vec![]);
    for (count, record) in records.enumerate() {
        let line = match record {
            Ok(record) if count >= LINES_MAX => {
                Err(fault(record.line, format!("give at most {LINES_MAX} attempts")))
            }
            Ok(record) => header.line(&record).map_err(|told| fault(record.line, told)),
            Err(unclosed) => Err(fault(unclosed.line, NO_QUOTE)),
        };
        match line {
            Ok(line) => debts.add(line),
            Err(fault) => faults.push(fault),
        }
        if faults.len() >= TOLD_MAX || count >= LINES_MAX {
            break;
        }
    }
    if faults.is_empty() { Ok(debts.failures()) } else { Err(faults) }
}

const NO_QUOTE: &str = "a quoted field has no end: close it with a quote";

fn fault(line: u64, sentence: impl Into<String>) -> LineFault {
    LineFault { line, sentence: sentence.into() }
}

impl Header {
    fn of(names: &Record) -> Result<Header, LineFault> {
        let mut places = HashMap::new();
        for (place, name) in names.fields.iter().enumerate() {
            if !REQUIRED.contains(&name.as_str()) && !OPTIONAL.contains(&name.as_str()) {
                let (required, optional) = (REQUIRED.join(", "), OPTIONAL.join(", "));
                let sentence = format!(
                    "there is no column `{name}`; the columns are {required}, and if you like \
                     {optional}"
                );
                return Err(fault(names.line, sentence));
            }
            places.insert(name.to_owned(), place);
        }
        match REQUIRED.iter().find(|name| !places.contains_key(**name)) {
            Some(missing) => Err(fault(names.line, format!("the column `{missing}` is missing"))),
            None => Ok(Header(places)),
        }
    }

    fn text<'r>(&self, record: &'r Record, name: &str) -> &'r str {
        let field = self.0.get(name).and_then(|place| record.fields.get(*place));
        field.map_or("", String::as_str)
    }

    fn line(&self, record: &Record) -> Result<Line, String> {
        let (found, named) = (record.fields.len(), self.0.len());
        if found != named {
            return Err(format!("has {found} fields, but the first line names {named} columns"));
        }
        let text = |name: &str| self.text(record, name);
        let debt = text("debt").to_owned();
        if debt.is_empty() {
            return Err("debt: name the debt, the same in each of its lines".to_owned());
        }
        let at = DateTime::parse_from_rfc3339(text("at"))
            .map_err(|_| "at: write a time as 2026-01-31T10:00:00Z".to_owned())?;
        let currency: Currency = text("currency")
            .parse()
            .map_err(|_| "currency: write a code of three letters, such as EUR".to_owned())?;
        let amount = i64::from_str(text("amount")).ok().filter(|amount| *amount > 0);
        let amount = amount.ok_or("amount: write whole minor units, such as 4900 for 49.00")?;
        let decline = match text("outcome") {
            "declined" => Some(self.decline(record)?),
            "paid" => None,
            _ => return Err("outcome: write declined or paid".to_owned()),
        };
        let zone = match text("timezone") {
            "" => Tz::UTC,
            name => name.parse().map_err(|_| "timezone: write a name such as Europe/Berlin")?,
        };
        let instrument = match text("instrument") {
            "" => debt.clone(),
            named => named.to_owned(),
        };
        let made_on = MadeOn { provider: String::new(), method: String::new(), instrument };
        let at = Timestamp::from_utc(at.to_utc());
        let amount = Money::new(amount, currency);
        let tried = Try { number: 1, at, origin: Origin::Schedule, amount, made_on, decline };
        Ok(Line { debt, zone, tried })
    }

    fn decline(&self, record: &Record) -> Result<Decline, String> {
        let one_of = |names: Vec<&str>| names.join(", ");
        let class = DeclineClass::parse(self.text(record, "class")).ok_or_else(|| {
            let names = DeclineClass::ALL.iter().map(|class| class.as_str()).collect();
            format!("class: write one of {}", one_of(names))
        })?;
        let retry = match self.text(record, "retry_class") {
            "" => class.usual_retry(),
            name => RetryClass::parse(name).ok_or_else(|| {
                let names = RetryClass::ALL.iter().map(|class| class.as_str()).collect();
                format!("retry_class: leave it empty, or write one of {}", one_of(names))
            })?,
        };
        Ok(Decline {
            class,
            retry,
            code: class.as_str().to_owned(),
            network_code: None,
            advice_code: None,
            retry_after: None,
            message: String::new(),
        })
    }
}

#[derive(Default)]
struct Debts {
    places: HashMap<String, usize>,
    lines: Vec<(String, Tz, Vec<Try>)>,
}

impl Debts {
    fn add(&mut self, line: Line) {
        let next = self.lines.len();
        let place = *self.places.entry(line.debt.clone()).or_insert(next);
        if place == next {
            self.lines.push((line.debt, line.zone, vec![]));
        }
        self.lines[place].2.push(line.tried);
    }

    fn failures(self) -> Vec<Failure> {
        self.lines.into_iter().filter_map(failure).collect()
    }
}

fn failure((debt, zone, mut tries): (String, Tz, Vec<Try>)) -> Option<Failure> {
    tries.sort_by_key(|one| one.at);
    for (number, one) in (1..).zip(&mut tries) {
        one.number = number;
    }
    let first = tries.remove(0);
    Some(Failure {
        recovery: RecoveryId::from_uuid(Uuid::new_v5(&Uuid::NAMESPACE_OID, debt.as_bytes())),
        amount: first.amount,
        zone,
        first: FirstDecline { at: first.at, decline: first.decline?, made_on: first.made_on },
        tries,
        settled_otherwise: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "debt,at,outcome,amount,currency,class,retry_class,instrument,timezone\n";

    #[test]
    fn attempts_of_a_debt_are_gathered_in_their_order() {
        let text = format!(
            "{HEADER}a,2026-01-04T10:00:00Z,paid,4900,EUR,,,card-1,\n\
             b,2026-01-01T10:00:00Z,paid,100,EUR,,,,\n\
             a,2026-01-01T10:00:00Z,declined,4900,EUR,insufficient_funds,,card-1,Europe/Berlin\n"
        );
        let found = read(&text).expect("it is right");
        assert_eq!(found.len(), 1, "what was paid at once is no failure");
        assert_eq!(found[0].first.decline.retry, RetryClass::Soft);
        assert_eq!((found[0].tries.len(), found[0].tries[0].number), (1, 2));
        assert!(found[0].recovered().is_some());
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let rows = [
            ("a,soon,declined,1,EUR,fraud,,,", "line 2: at: write a time"),
            ("a,2026-01-01T10:00:00Z,maybe,1,EUR,fraud,,,", "line 2: outcome: write"),
            ("a,2026-01-01T10:00:00Z,declined,1.5,EUR,fraud,,,", "line 2: amount: write whole"),
            ("a,2026-01-01T10:00:00Z,declined,1,EURO,fraud,,,", "line 2: currency: write"),
            ("a,2026-01-01T10:00:00Z,declined,1,EUR,broke,,,", "line 2: class: write one of"),
            ("a,2026-01-01T10:00:00Z,declined,1,EUR,fraud,hardly,,", "line 2: retry_class: leave"),
            ("a,2026-01-01T10:00:00Z,declined,1,EUR,fraud,,,Bonn", "line 2: timezone: write"),
            ("a,b", "line 2: has 2 fields, but the first line names 9 columns"),
            (",2026-01-01T10:00:00Z,declined,1,EUR,fraud,,,", "line 2: debt: name"),
        ];
        for (line, expected) in rows {
            let faults = read(&format!("{HEADER}{line}\n")).expect_err(line);
            assert!(faults[0].to_string().starts_with(expected), "{line}: {}", faults[0]);
        }
        let faults = read("debt,at\n").expect_err("columns are missing");
        assert_eq!(faults[0].to_string(), "line 1: the column `outcome` is missing");
        let faults = read("debt,when\n").expect_err("a column is unknown");
        assert!(faults[0].sentence.starts_with("there is no column `when`"), "{}", faults[0]);
    }
}
