//! Form bodies and query strings: `a[b]=c&d[0]=e`. Brackets of names stay as
//! they are, everything else outside RFC 3986's unreserved set is encoded.

use std::fmt::{Display, Write};

/// Pairs in the order in which they were added.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Form(Vec<(String, String)>);

impl Form {
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn set(mut self, name: impl Into<String>, value: impl Display) -> Self {
        self.0.push((name.into(), value.to_string()));
        self
    }

    /// Adds the pair if there is a value.
    #[must_use]
    pub fn set_some(self, name: impl Into<String>, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.set(name, value),
            None => self,
        }
    }

    /// Adds `name[0]=…&name[1]=…`.
    #[must_use]
    pub fn list<T: Display>(self, name: &str, values: impl IntoIterator<Item = T>) -> Self {
        let numbered = values.into_iter().enumerate();
        numbered.fold(self, |form, (index, value)| form.set(format!("{name}[{index}]"), value))
    }

    /// Adds `name[key]=value` for each pair.
    #[must_use]
    pub fn map(self, name: &str, pairs: &[(String, String)]) -> Self {
        pairs.iter().fold(self, |form, (key, value)| form.set(format!("{name}[{key}]"), value))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn encode(&self) -> String {
        let mut encoded = String::new();
        for (name, value) in &self.0 {
            if !encoded.is_empty() {
                encoded.push('&');
            }
            percent_encode(name, "[]", &mut encoded);
            encoded.push('=');
            percent_encode(value, "", &mut encoded);
        }
        encoded
    }
}

/// One segment of a URL's path, such as an id that came from elsewhere.
pub fn path_segment(text: &str) -> String {
    let mut encoded = String::new();
    percent_encode(text, "", &mut encoded);
    encoded
}

fn percent_encode(text: &str, also_plain: &str, encoded: &mut String) {
    for byte in text.bytes() {
        let character = char::from(byte);
        if character.is_ascii_alphanumeric()
            || "-._~".contains(character)
            || also_plain.contains(character)
        {
            encoded.push(character);
        } else {
            write!(encoded, "%{byte:02X}").expect("writing to a string does not fail");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_stay_and_values_are_percent_encoded() {
        let form = Form::new()
            .set("email", "a+b@c.de")
            .set("name", "Ünï & Co")
            .map("metadata", &[("recoup_customer".to_owned(), "c1".to_owned())])
            .set("address[country]", "DE");
        assert_eq!(
            form.encode(),
            "email=a%2Bb%40c.de&name=%C3%9Cn%C3%AF%20%26%20Co\
             &metadata[recoup_customer]=c1&address[country]=DE"
        );
    }

    #[test]
    fn lists_are_numbered_and_absent_values_left_out() {
        let form = Form::new().list("expand", ["a", "b"]).set_some("c", None::<&str>);
        assert_eq!(form.encode(), "expand[0]=a&expand[1]=b");
    }

    #[test]
    fn a_path_segment_cannot_leave_its_place() {
        assert_eq!(path_segment("../v1/x?y#z"), "..%2Fv1%2Fx%3Fy%23z");
    }
}
