//! What an endpoint may answer when it is told of an attempt ahead: `{"recoup": "skip"}`, or stop.

use serde_json::{Map, Value};

use crate::domain::veto::Veto;

/// None: it says nothing of the kind.
pub fn read(body: &[u8]) -> Option<Veto> {
    let body: Map<String, Value> = serde_json::from_slice(body).ok()?;
    Veto::parse(body.get("recoup")?.as_str()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_meant_for_us_is_a_veto() {
        let rows = [
            (r#"{"recoup": "skip"}"#, Some(Veto::Skip)),
            (r#"{"recoup":"stop","why":"they called"}"#, Some(Veto::Stop)),
            (r#"{"recoup": "go"}"#, None),
            (r#"{"recoup": null}"#, None),
            (r#"["skip"]"#, None),
            ("skip", None),
            ("", None),
        ];
        for (body, expected) in rows {
            assert_eq!(read(body.as_bytes()), expected, "{body}");
        }
    }
}
