//! Records of CSV as RFC 4180 has them: commas, quotes that are doubled, any ends of lines.

/// One record, and the line on which it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub line: u64,
    pub fields: Vec<String>,
}

/// A quoted field that began on this line has no end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unclosed {
    pub line: u64,
}

/// The records of a text, blank lines left out, fields trimmed.
pub struct Records<'t> {
    rest: &'t str,
    line: u64,
}

impl Records<'_> {
    pub fn of(text: &str) -> Records<'_> {
        Records { rest: text.trim_start_matches('\u{feff}'), line: 1 }
    }

    /// One field, and the character after it.
    fn field(&mut self) -> Result<(String, Option<char>), Unclosed> {
        let trimmed = self.rest.trim_start_matches([' ', '\t']);
        let Some(quoted) = trimmed.strip_prefix('"') else {
            let end = self.rest.find([',', '\n']).unwrap_or(self.rest.len());
            let (field, rest) = self.rest.split_at(end);
            self.rest = rest;
            return Ok((field.trim().to_owned(), self.end_of_field()));
        };
        let (mut field, mut rest, begun) = (String::new(), quoted, self.line);
        loop {
            let end = rest.find('"').ok_or(Unclosed { line: begun })?;
            field.push_str(&rest[..end]);
            rest = &rest[end + 1..];
            let Some(more) = rest.strip_prefix('"') else { break };
            field.push('"');
            rest = more;
        }
        let newlines = field.matches('\n').count();
        self.line += u64::try_from(newlines).unwrap_or(0);
        // What stands between the quote and the comma belongs to nothing.
        self.rest = &rest[rest.find([',', '\n']).unwrap_or(rest.len())..];
        Ok((field, self.end_of_field()))
    }

    fn end_of_field(&mut self) -> Option<char> {
        let next = self.rest.chars().next()?;
        self.rest = &self.rest[1..];
        self.line += u64::from(next == '\n');
        Some(next)
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Record, Unclosed>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let line = self.line;
            let mut fields = vec![];
            loop {
                match self.field() {
                    Ok((field, after)) => {
                        fields.push(field);
                        if after != Some(',') {
                            break;
                        }
                    }
                    Err(unclosed) => {
                        self.rest = "";
                        return Some(Err(unclosed));
                    }
                }
            }
            if fields.iter().any(|field| !field.is_empty()) {
                return Some(Ok(Record { line, fields }));
            }
        }
    }
}

/// A text that others wrote, for people who open the file in a spreadsheet: none that begins like
/// a formula is one.
pub fn inert(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula { format!("'{text}") } else { text.to_owned() }
}

/// A record as a line.
pub fn line(fields: &[String]) -> String {
    let quoted: Vec<String> = fields.iter().map(|field| quoted(field)).collect();
    quoted.join(",") + "\n"
}

fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_formula() {
        assert_eq!(inert("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(inert("Ada & Sons"), "Ada & Sons");
    }

    #[test]
    fn what_is_written_is_read_again() {
        let fields: Vec<String> =
            ["a", "b,c", "say \"no\"", "two\nlines", ""].map(str::to_owned).to_vec();
        let text = format!("{}\r\n{}", line(&fields), line(&fields));
        let read: Vec<Record> = Records::of(&text).map(|one| one.expect("a record")).collect();
        let again = |line: u64| Record { line, fields: fields.clone() };
        assert_eq!(read, [again(1), again(4)], "a blank line is none");
        assert_eq!(Records::of("a,\"b").collect::<Vec<_>>(), [Err(Unclosed { line: 1 })]);
        let odd: Vec<_> = Records::of("\u{feff} a , b\r\n\"c\" ,d").map(Result::unwrap).collect();
        assert_eq!(odd[0].fields, ["a", "b"]);
        assert_eq!(odd[1].fields, ["c", "d"]);
        assert_eq!(Records::of("a,").next().expect("one").expect("it").fields, ["a", ""]);
    }
}
