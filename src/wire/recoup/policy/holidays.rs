//! Files of holidays: a day a line, and what it is behind it. `#` begins a comment.

use std::collections::BTreeMap;

use crate::domain::policy::Holiday;

/// The texts of the files that a policy names, by the name that it uses. Whoever reads the policy
/// brings them: a program beside the file reads them from the disk, a request has them in it.
pub type HolidayFiles = BTreeMap<String, String>;

/// The days, or the first line that is none, from 1.
pub fn read(text: &str) -> Result<Vec<Holiday>, usize> {
    let mut days = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default();
        let Some(day) = line.split_whitespace().next() else { continue };
        days.push(day.parse().map_err(|_| number + 1)?);
    }
    Ok(days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_a_line() {
        let text = "# Germany\n2026-04-03  Good Friday\n\n12-25 Christmas # every year\n";
        let days = read(text).expect("days");
        assert_eq!(
            days.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["2026-04-03", "12-25"]
        );
        assert_eq!(read("2026-04-03\n3 April\n"), Err(2));
    }
}
