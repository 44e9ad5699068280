//! What is wrong with a file, or doubtful, and where: line and column as an editor counts them.

use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    Error,
    Warning,
}

impl Severity {
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// Such as `ladders.soft[2]`; empty where the text is no TOML.
    pub field: String,
    /// What is wrong and what to do.
    pub sentence: String,
}

/// `3:9: error: ladders.soft[1]: write …`
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding { severity, line, column, field, sentence } = self;
        write!(f, "{line}:{column}: {}: ", severity.as_str())?;
        if !field.is_empty() {
            write!(f, "{field}: ")?;
        }
        f.write_str(sentence)
    }
}

/// Line and column of a byte of the text.
pub fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.matches('\n').count() + 1;
    let column = before.get(line_start..).map_or(0, |rest| rest.chars().count()) + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_characters() {
        assert_eq!(position("a\nüb = 1\n", 5), (2, 3));
        assert_eq!(position("a", 0), (1, 1));
        assert_eq!(position("a\n", 2), (2, 1));
        assert_eq!(position("", 9), (1, 1));
    }
}
