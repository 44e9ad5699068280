//! What differs between two texts, line by line.

use similar::{ChangeTag, TextDiff};

/// A line of either text, and where it stands.
#[derive(Debug, PartialEq, Eq)]
pub struct DiffLine {
    pub kind: DiffKind,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiffKind {
    Same,
    Added,
    Removed,
}

impl DiffKind {
    /// For the style sheet.
    pub const fn name(&self) -> &'static str {
        match self {
            DiffKind::Same => "same",
            DiffKind::Added => "added",
            DiffKind::Removed => "removed",
        }
    }

    /// For the eye, and for readers of the screen.
    pub const fn mark(&self) -> (&'static str, &'static str) {
        match self {
            DiffKind::Same => (" ", ""),
            DiffKind::Added => ("+", "added: "),
            DiffKind::Removed => ("−", "removed: "),
        }
    }
}

pub fn differing(was: &str, is: &str) -> Vec<DiffLine> {
    let diff = TextDiff::from_lines(was, is);
    let line = |change: similar::Change<&str>| DiffLine {
        kind: match change.tag() {
            ChangeTag::Equal => DiffKind::Same,
            ChangeTag::Insert => DiffKind::Added,
            ChangeTag::Delete => DiffKind::Removed,
        },
        text: change.value().trim_end_matches(['\r', '\n']).to_owned(),
    };
    diff.iter_all_changes().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_line_is_one_less_and_one_more() {
        let lines = differing("a\nb\nc\n", "a\nx\nc\n");
        let shown: Vec<String> =
            lines.iter().map(|line| format!("{}{}", line.kind.mark().0, line.text)).collect();
        assert_eq!(shown, [" a", "−b", "+x", " c"]);
    }
}
