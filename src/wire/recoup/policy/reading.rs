//! Reading a table of TOML key by key: what is wrong is noted with its place, and reading goes on,
//! so that a person sees all of it at once.

use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::place::{Finding, Severity, position};

/// What is noted of a whole file.
pub struct Notes<'t> {
    text: &'t str,
    pub findings: Vec<Finding>,
    /// Where each field stands that is there.
    places: Vec<(String, usize)>,
}

impl<'t> Notes<'t> {
    pub fn of(text: &'t str) -> Notes<'t> {
        Notes { text, findings: vec![], places: vec![] }
    }

    pub fn wrong(&mut self, byte: usize, field: &str, sentence: impl Into<String>) {
        self.note(Severity::Error, byte, (field, sentence.into()));
    }

    pub fn doubt(&mut self, field: &str, sentence: String) {
        let byte = self.place_of(field);
        self.note(Severity::Warning, byte, (field, sentence));
    }

    fn note(&mut self, severity: Severity, byte: usize, (field, sentence): (&str, String)) {
        let (line, column) = position(self.text, byte);
        let field = field.to_owned();
        self.findings.push(Finding { severity, line, column, field, sentence });
    }

    fn stands(&mut self, field: &str, byte: usize) {
        self.places.push((field.to_owned(), byte));
    }

    /// The place of the field, else of what it is in, else the beginning.
    fn place_of(&self, field: &str) -> usize {
        let mut name = field;
        loop {
            if let Some((_, byte)) = self.places.iter().find(|(known, _)| known == name) {
                return *byte;
            }
            match name.rfind(['[', '.']) {
                Some(end) => name = &name[..end],
                None => return 0,
            }
        }
    }

    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}

/// One table, with the path to it.
pub struct Section<'a, 'i> {
    path: String,
    table: &'a DeTable<'i>,
}

/// What a value is read as, and what to write if it cannot be.
pub type Read<'f, T> = (&'f str, fn(&DeValue<'_>) -> Option<T>);

impl<'a, 'i> Section<'a, 'i> {
    pub fn root(table: &'a DeTable<'i>) -> Section<'a, 'i> {
        Section { path: String::new(), table }
    }

    pub fn field(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Keys that are not among the known ones are wrong.
    pub fn only(&self, known: &[&str], notes: &mut Notes<'_>) {
        for (key, _) in self.table.iter() {
            let name: &str = key.get_ref();
            if !known.contains(&name) {
                let sentence = format!("there is no such field here; use {}", known.join(", "));
                notes.wrong(key.span().start, &self.field(name), sentence);
            }
        }
    }

    pub fn keys(&self) -> Vec<(String, usize)> {
        let keys = self.table.iter();
        keys.map(|(key, _)| (key.get_ref().to_string(), key.span().start)).collect()
    }

    fn value(&self, key: &str, notes: &mut Notes<'_>) -> Option<&'a Spanned<DeValue<'i>>> {
        let (_, value) = self.table.iter().find(|(known, _)| known.get_ref() == key)?;
        notes.stands(&self.field(key), value.span().start);
        Some(value)
    }

    /// None: it is not there, or wrong, which is noted then.
    pub fn read<T>(&self, key: &str, notes: &mut Notes<'_>, read: Read<'_, T>) -> Option<T> {
        let value = self.value(key, notes)?;
        let found = (read.1)(value.get_ref());
        if found.is_none() {
            notes.wrong(value.span().start, &self.field(key), read.0);
        }
        found
    }

    /// A whole number within bounds.
    pub fn whole(&self, key: &str, notes: &mut Notes<'_>, (min, max): (u32, u32)) -> Option<u32> {
        let value = self.value(key, notes)?;
        let found = integer(value.get_ref()).filter(|number| (min..=max).contains(number));
        if found.is_none() {
            let sentence = format!("write a whole number from {min} to {max}");
            notes.wrong(value.span().start, &self.field(key), sentence);
        }
        found
    }

    /// A text that is read as what it stands for; the error says what to write.
    pub fn parsed<T: FromStr<Err: ToString>>(&self, key: &str, notes: &mut Notes<'_>) -> Option<T> {
        let value = self.value(key, notes)?;
        parsed(value, &self.field(key), notes)
    }

    pub fn section(&self, key: &str, notes: &mut Notes<'_>) -> Option<Section<'a, 'i>> {
        let value = self.value(key, notes)?;
        let Some(table) = value.get_ref().as_table() else {
            notes.wrong(value.span().start, &self.field(key), "write it as a table: `[…]`");
            return None;
        };
        Some(Section { path: self.field(key), table })
    }

    /// The items of a list, each with its path.
    pub fn items(
        &self,
        key: &str,
        notes: &mut Notes<'_>,
    ) -> Option<Vec<(String, &'a Spanned<DeValue<'i>>)>> {
        let value = self.value(key, notes)?;
        let list: Option<&DeArray<'_>> = value.get_ref().as_array();
        let Some(list) = list else {
            notes.wrong(value.span().start, &self.field(key), "write it as a list: `[…]`");
            return None;
        };
        let mut items = Vec::with_capacity(list.len());
        for (place, item) in list.iter().enumerate() {
            let path = format!("{}[{place}]", self.field(key));
            notes.stands(&path, item.span().start);
            items.push((path, item));
        }
        Some(items)
    }
}

pub fn integer(value: &DeValue<'_>) -> Option<u32> {
    let number = value.as_integer()?;
    u32::from_str_radix(number.as_str(), number.radix()).ok()
}

/// A text as what it stands for.
pub fn parsed<T: FromStr<Err: ToString>>(
    value: &Spanned<DeValue<'_>>,
    field: &str,
    notes: &mut Notes<'_>,
) -> Option<T> {
    let Some(text) = value.get_ref().as_str() else {
        notes.wrong(value.span().start, field, "write it as a text in quotation marks");
        return None;
    };
    match text.parse() {
        Ok(read) => Some(read),
        Err(error) => {
            notes.wrong(value.span().start, field, error.to_string());
            None
        }
    }
}
