//! JSON as Rails writes it: compact, key order kept, and five characters escaped that browsers
//! could take for markup or line ends. Receivers compare the bytes with their own rendering.

use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// The text that is signed and sent.
pub fn json(value: &impl Serialize) -> String {
    let mut bytes = Vec::new();
    value
        .serialize(&mut Serializer::with_formatter(&mut bytes, Escapes))
        .expect("text keys and plain values always become JSON");
    String::from_utf8(bytes).expect("whole fragments of UTF-8 stay UTF-8")
}

struct Escapes;

impl Formatter for Escapes {
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        let mut rest = fragment;
        while let Some((at, found, escape)) = first_escape(rest) {
            writer.write_all(&rest.as_bytes()[..at])?;
            writer.write_all(escape)?;
            rest = &rest[at + found.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }
}

fn first_escape(text: &str) -> Option<(usize, char, &'static [u8])> {
    text.char_indices().find_map(|(at, c)| {
        let escape: &[u8] = match c {
            '<' => br"\u003c",
            '>' => br"\u003e",
            '&' => br"\u0026",
            '\u{2028}' => br"\u2028",
            '\u{2029}' => br"\u2029",
            _ => return None,
        };
        Some((at, c, escape))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn markup_and_line_separators_are_escaped_in_values_and_keys() {
        let value = json!({ "a<b": "<Tom & Jerry>\u{2028}\u{2029}" });
        let expected = r#"{"a\u003cb":"\u003cTom \u0026 Jerry\u003e\u2028\u2029"}"#;
        assert_eq!(json(&value), expected);
    }

    #[test]
    fn slashes_and_other_letters_stay_as_they_are() {
        let value = json!({ "z": "https://a.example/é/日本/🎉", "a": 20.0, "m": [null, true] });
        let expected = r#"{"z":"https://a.example/é/日本/🎉","a":20.0,"m":[null,true]}"#;
        assert_eq!(json(&value), expected);
    }

    #[test]
    fn what_json_itself_escapes_is_escaped_once() {
        let value = json!("\"\\ \n\t\u{1f} \u{7f} \\u003c");
        assert_eq!(json(&value), "\"\\\"\\\\ \\n\\t\\u001f \u{7f} \\\\u003c\"");
    }

    #[test]
    fn the_text_reads_back_as_it_was() {
        let value = json!({ "k": "<&>\u{2028}é/\"\\\u{0}" });
        let read: serde_json::Value = serde_json::from_str(&json(&value)).unwrap();
        assert_eq!(read, value);
    }
}
