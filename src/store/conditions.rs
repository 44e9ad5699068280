//! The conditions of a list that can be narrowed: pieces of SQL, each with its values. Only
//! what is asked for stands in the statement, so that an index can serve it.

use rusqlite::ToSql;
use rusqlite::types::Value;

use super::row::heard;
use super::{Reader, StoreError};
use crate::domain::place::Place;
use crate::domain::view::SliceRequest;

#[derive(Debug)]
pub struct Conditions {
    sql: String,
    values: Vec<(String, Value)>,
}

impl Conditions {
    /// The first condition and its value: whose rows these are.
    pub fn of(sql: &str, name: &str, value: impl Into<Value>) -> Conditions {
        Conditions { sql: sql.to_owned(), values: vec![(name.to_owned(), value.into())] }
    }

    /// A further condition without a value.
    pub fn and(&mut self, sql: &str) {
        self.sql.push_str("\n   AND ");
        self.sql.push_str(sql);
    }

    /// A further condition with one value.
    pub fn and_with(&mut self, sql: &str, name: &str, value: impl Into<Value>) {
        self.and(sql);
        self.bind(name, value);
    }

    /// `column IN (…)`; no values at all: nothing is found.
    pub fn and_in<V: Into<Value>>(
        &mut self,
        column: &str,
        name: &str,
        values: impl IntoIterator<Item = V>,
    ) {
        let mut names = Vec::new();
        for (position, value) in values.into_iter().enumerate() {
            let name = format!("{name}_{position}");
            self.bind(&name, value);
            names.push(name);
        }
        self.and(&match names.as_slice() {
            [] => "1 = 0".to_owned(),
            // Not a list of one: an index that sorts can then be walked.
            [only] => format!("{column} = {only}"),
            several => format!("{column} IN ({})", several.join(", ")),
        });
    }

    /// What follows a place in a list that begins with the newest.
    pub fn after(&mut self, (at, id): (&str, &str), place: Place) {
        self.and(&format!("{at} <= :after_at AND ({at} < :after_at OR {id} > :after_id)"));
        self.bind(":after_at", place.at.unix_ms());
        self.bind(":after_id", place.id.hyphenated().to_string());
    }

    /// A value that the rest of the statement names.
    pub fn bind(&mut self, name: &str, value: impl Into<Value>) {
        self.values.push((name.to_owned(), value.into()));
    }

    /// A whole statement: the rows that these conditions name, newest first, from where the request
    /// says on, and one more.
    pub fn slice(&mut self, select: &str, request: SliceRequest) -> String {
        if let Some(after) = request.after {
            self.and_with("id < :after", ":after", after.to_string());
        }
        self.bind(":limit", request.limit.saturating_add(1));
        format!("{select}\n WHERE {}\n ORDER BY id DESC\n LIMIT :limit", self.sql)
    }

    /// What follows `WHERE`.
    pub fn sql(&self) -> &str {
        &self.sql
    }

    pub fn values(&self) -> Vec<(&str, &dyn ToSql)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value as &dyn ToSql)).collect()
    }
}

impl Reader<'_> {
    /// What a `SELECT COUNT(*)` with these conditions answers.
    pub(super) fn total(&self, sql: &str, conditions: &Conditions) -> Result<u64, StoreError> {
        let mut statement = self.connection.prepare_cached(heard(sql))?;
        let total: i64 = statement.query_row(conditions.values().as_slice(), |row| row.get(0))?;
        Ok(total.unsigned_abs())
    }
}

/// In small letters of every alphabet, so that upper and lower case are the same. Columns that are
/// compared with it hold it, since SQLite's `LOWER` knows the English letters only.
pub fn folded(text: &str) -> String {
    text.to_lowercase()
}

/// For `LIKE :pattern ESCAPE '\'` on what is `folded`: contains `part`, whatever signs it has.
pub fn contains(part: &str) -> String {
    let mut pattern = String::from("%");
    for sign in folded(part).chars() {
        if matches!(sign, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(sign);
    }
    pattern.push('%');
    pattern
}
