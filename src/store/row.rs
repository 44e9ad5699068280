//! From columns to domain values. A value that does not parse is a damaged row, named as such.

use std::cell::Cell;
use std::str::FromStr;

use rusqlite::types::FromSql;
use rusqlite::{Row, Statement};

use super::StoreError;
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;

const MILLION: i64 = 1_000_000;

/// `SUM` of whole numbers fails when it grows too large, and `TOTAL` counts in floats. So both ends
/// of the numbers are added by themselves, and put together by `Columns::sum`.
pub fn exact_sum(expression: &str, name: &str) -> String {
    format!(
        "COALESCE(SUM({expression} / {MILLION}), 0) AS {name}_millions,
         COALESCE(SUM({expression} % {MILLION}), 0) AS {name}_rest"
    )
}

/// A row of a table whose name is told when something in it is wrong.
pub struct Columns<'r> {
    row: &'r Row<'r>,
    pub table: &'static str,
    /// Where the next one probably is: values are made in about the order of their columns, and
    /// looking through all names for each takes longer than the query.
    next: Cell<usize>,
}

impl<'r> Columns<'r> {
    pub fn of(row: &'r Row<'r>, table: &'static str) -> Columns<'r> {
        Columns { row, table, next: Cell::new(0) }
    }

    pub fn get<T: FromSql>(&self, column: &str) -> Result<T, StoreError> {
        match self.place(column) {
            Some(place) => Ok(self.row.get(place)?),
            None => Ok(self.row.get(column)?),
        }
    }

    /// Looked for from the last one on, then from the first.
    fn place(&self, column: &str) -> Option<usize> {
        let statement: &Statement<'_> = self.row.as_ref();
        let count = statement.column_count();
        let from = self.next.get();
        let mut places = (from..count).chain(0..from);
        let found = places.find(|place| statement.column_name(*place) == Ok(column))?;
        self.next.set(found + 1);
        Some(found)
    }

    fn corrupt(&self, column: &str, value: &str) -> StoreError {
        StoreError::corrupt(self.table, format!("`{value}` in column {column}"))
    }

    /// Parses text: ids, currencies, decimals, dates.
    pub fn parsed<T: FromStr>(&self, column: &str) -> Result<T, StoreError> {
        let text: String = self.get(column)?;
        text.parse().map_err(|_| self.corrupt(column, &text))
    }

    pub fn parsed_option<T: FromStr>(&self, column: &str) -> Result<Option<T>, StoreError> {
        let text: Option<String> = self.get(column)?;
        text.map(|text| text.parse().map_err(|_| self.corrupt(column, &text))).transpose()
    }

    /// A text that stands for a variant of one of our enums.
    pub fn word<T>(&self, column: &str, parse: fn(&str) -> Option<T>) -> Result<T, StoreError> {
        let text: String = self.get(column)?;
        parse(&text).ok_or_else(|| self.corrupt(column, &text))
    }

    pub fn word_option<T>(
        &self,
        column: &str,
        parse: fn(&str) -> Option<T>,
    ) -> Result<Option<T>, StoreError> {
        let text: Option<String> = self.get(column)?;
        text.map(|text| parse(&text).ok_or_else(|| self.corrupt(column, &text))).transpose()
    }

    pub fn time(&self, column: &str) -> Result<Timestamp, StoreError> {
        Ok(Timestamp::from_unix_ms(self.get(column)?))
    }

    pub fn time_option(&self, column: &str) -> Result<Option<Timestamp>, StoreError> {
        let ms: Option<i64> = self.get(column)?;
        Ok(ms.map(Timestamp::from_unix_ms))
    }

    pub fn money(&self, amount: &str, currency: &str) -> Result<Money, StoreError> {
        let currency: Currency = self.parsed(currency)?;
        Ok(Money::new(self.get(amount)?, currency))
    }

    /// A sum that `exact_sum` asked for, as large as it can be told.
    pub fn sum(&self, name: &str) -> Result<i64, StoreError> {
        let millions: i64 = self.get(&format!("{name}_millions"))?;
        let rest: i64 = self.get(&format!("{name}_rest"))?;
        Ok(millions.saturating_mul(MILLION).saturating_add(rest))
    }

    /// JSON text: lists of words.
    pub fn words(&self, column: &str) -> Result<Vec<String>, StoreError> {
        let text: String = self.get(column)?;
        serde_json::from_str(&text).map_err(|_| self.corrupt(column, &text))
    }
}

/// Ids as one value: a statement reads them with `json_each`.
pub fn json_list<T: ToString>(ids: &[T]) -> String {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    serde_json::json!(ids).to_string()
}

/// Lets a test hear which statements are run. Elsewhere it does nothing.
#[cfg(not(test))]
pub(super) const fn heard(sql: &str) -> &str {
    sql
}

#[cfg(test)]
pub(super) fn heard(sql: &str) -> &str {
    super::query_plans::hear(sql);
    sql
}

/// Runs a prepared query and turns each row into a value.
macro_rules! rows {
    ($reader:expr, $table:literal, $sql:expr, $params:expr, $from:expr) => {{
        let mut statement = $reader.connection.prepare_cached($crate::store::row::heard($sql))?;
        let mut rows = statement.query($params)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push($from(&$crate::store::row::Columns::of(row, $table))?);
        }
        Ok::<_, $crate::store::StoreError>(found)
    }};
}
pub(super) use rows;

/// The first row, if any.
macro_rules! row {
    ($reader:expr, $table:literal, $sql:expr, $params:expr, $from:expr) => {{
        let mut statement = $reader.connection.prepare_cached($crate::store::row::heard($sql))?;
        let mut rows = statement.query($params)?;
        match rows.next()? {
            Some(row) => Ok(Some($from(&$crate::store::row::Columns::of(row, $table))?)),
            None => Ok::<_, $crate::store::StoreError>(None),
        }
    }};
}
pub(super) use row;

#[cfg(test)]
mod tests {
    use super::{Columns, exact_sum};

    #[test]
    fn a_sum_is_exact_and_never_too_large() {
        let connection = rusqlite::Connection::open_in_memory().expect("memory");
        let sum = |values: &str| {
            let sql =
                format!("SELECT {} FROM (VALUES {values})", exact_sum("column1", "all_of_it"));
            let mut statement = connection.prepare(&sql).expect("a statement");
            let mut rows = statement.query([]).expect("rows");
            let row = rows.next().expect("an answer").expect("a row");
            Columns::of(row, "sums").sum("all_of_it").expect("a sum")
        };
        assert_eq!(sum("(9007199254740993), (1), (999999)"), 9_007_199_255_740_993);
        assert_eq!(sum("(9223372036854775807), (9223372036854775807)"), i64::MAX);
    }
}
