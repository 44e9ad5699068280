//! Fields of forms, which `parts` hands on.

use askama::Template;

/// One line to write in.
#[derive(Debug, Clone, Template)]
#[template(path = "dashboard/parts/text_field.html")]
pub struct TextField {
    pub name: &'static str,
    pub label: &'static str,
    /// Tells it from fields of the same name on the same page.
    pub place: String,
    /// `text`, `email`, `password`, `number`, `date`, `datetime-local`, `search`.
    pub kind: &'static str,
    pub value: String,
    pub hint: Option<String>,
    /// What was wrong with what was sent.
    pub error: Option<String>,
    pub autocomplete: &'static str,
    pub is_required: bool,
}

impl TextField {
    pub fn new(name: &'static str, label: &'static str) -> TextField {
        TextField {
            name,
            label,
            place: String::new(),
            kind: "text",
            value: String::new(),
            hint: None,
            error: None,
            autocomplete: "off",
            is_required: false,
        }
    }

    /// In one of several forms of a page.
    #[must_use]
    pub fn at(self, place: impl ToString) -> TextField {
        TextField { place: format!("-{}", place.to_string()), ..self }
    }

    #[must_use]
    pub fn of_kind(self, kind: &'static str) -> TextField {
        TextField { kind, ..self }
    }

    #[must_use]
    pub fn with(self, value: impl Into<String>) -> TextField {
        TextField { value: value.into(), ..self }
    }

    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> TextField {
        TextField { hint: Some(hint.into()), ..self }
    }

    #[must_use]
    pub fn required(self) -> TextField {
        TextField { is_required: true, ..self }
    }

    #[must_use]
    pub fn completed_by(self, autocomplete: &'static str) -> TextField {
        TextField { autocomplete, ..self }
    }

    #[must_use]
    pub fn wrong(self, error: Option<String>) -> TextField {
        TextField { error, ..self }
    }
}

/// One of several.
#[derive(Debug, Clone, Template)]
#[template(path = "dashboard/parts/select_field.html")]
pub struct SelectField {
    pub name: &'static str,
    pub label: &'static str,
    pub options: Vec<Choice>,
    pub chosen: String,
}

/// One of a few, all of which are seen.
#[derive(Debug, Clone, Template)]
#[template(path = "dashboard/parts/radio_field.html")]
pub struct RadioField {
    pub name: &'static str,
    pub legend: &'static str,
    pub options: Vec<Choice>,
}

#[derive(Debug, Clone)]
pub struct Choice {
    pub value: String,
    pub label: String,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Choice {
        Choice { value: value.into(), label: label.into() }
    }
}
